//! How a mail looks: plain text, and the same as simple HTML.

/// What is written to one person, before it is a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Letter {
    pub subject: String,
    /// Whom it greets; empty: nobody by name.
    pub name: String,
    pub paragraphs: Vec<String>,
    /// What it is about, where that is more than one thing.
    pub items: Vec<Item>,
    /// What is so now, as label and value.
    pub facts: Vec<(&'static str, String)>,
    /// What to do next, as label and address.
    pub link: Option<(&'static str, String)>,
    /// What comes after all that.
    pub closing: Vec<String>,
}

/// One of several things that a letter is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub title: String,
    pub detail: String,
    /// Its address.
    pub page: String,
}

/// The sentence under every mail.
const FOOT: &str = "You get this mail because of a visit or an account with MedConnect. In an emergency, call your local \
    emergency number.";

/// `text` as the value of a header: what would begin another header, or cannot be shown, is a space.
#[must_use]
pub fn one_line(text: &str) -> String {
    let plain =
        |c: char| if c.is_control() || matches!(c, '\u{2028}' | '\u{2029}') { ' ' } else { c };
    let text: String = text.chars().map(plain).collect();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

impl Letter {
    fn greeting(&self) -> String {
        match one_line(&self.name).as_str() {
            "" => "Hello,".to_owned(),
            name => format!("Dear {name},"),
        }
    }

    /// The part for programs that show plain text.
    #[must_use]
    pub fn text(&self) -> String {
        let mut parts = vec![self.greeting()];
        parts.extend(self.paragraphs.iter().cloned());
        parts.extend(self.items.iter().map(|Item { title, detail, page }| {
            format!("{}\n{}\n{page}", one_line(title), one_line(detail))
        }));
        if !self.facts.is_empty() {
            let lines =
                self.facts.iter().map(|(label, value)| format!("{label}: {}", one_line(value)));
            parts.push(lines.collect::<Vec<_>>().join("\n"));
        }
        if let Some((label, address)) = &self.link {
            parts.push(format!("{label}:\n{address}"));
        }
        parts.extend(self.closing.iter().cloned());
        parts.push(format!("MedConnect\n\n-- \n{FOOT}"));
        parts.join("\n\n") + "\n"
    }

    /// The part for programs that show HTML. Nothing in it is loaded from anywhere.
    #[must_use]
    pub fn html(&self) -> String {
        let mut body = paragraph(&self.greeting());
        body.extend(self.paragraphs.iter().map(|text| paragraph(text)));
        body.extend(self.items.iter().map(item));
        if !self.facts.is_empty() {
            body.push_str("<table role=\"presentation\" cellpadding=\"0\" cellspacing=\"0\" style=\"margin:0 0 20px\">");
            for (label, value) in &self.facts {
                let (label, value) = (escaped(label), escaped(&one_line(value)));
                body.push_str(&format!(
                    "<tr><td style=\"padding:4px 16px 4px 0;color:#56616e;vertical-align:top\">{label}</td>\
                     <td style=\"padding:4px 0;font-weight:600\">{value}</td></tr>"
                ));
            }
            body.push_str("</table>");
        }
        if let Some((label, address)) = &self.link {
            let (label, address) = (escaped(label), escaped(address));
            body.push_str(&format!(
                "<p style=\"margin:0 0 20px\"><a href=\"{address}\" style=\"display:inline-block;padding:12px 20px;\
                 border-radius:8px;background:#0b5c6b;color:#ffffff;font-weight:600;text-decoration:none\">{label}</a></p>"
            ));
        }
        body.extend(self.closing.iter().map(|text| paragraph(text)));
        let (title, foot) = (escaped(&one_line(&self.subject)), escaped(FOOT));
        format!(
            "<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><meta name=\"viewport\" \
             content=\"width=device-width\"><title>{title}</title></head>\n\
             <body style=\"margin:0;padding:24px 12px;background:#f3f5f7;color:#17212b;\
             font:16px/1.5 system-ui,-apple-system,'Segoe UI',sans-serif\">\n\
             <div style=\"max-width:560px;margin:0 auto;padding:28px;background:#ffffff;border-radius:12px\">\n\
             <p style=\"margin:0 0 20px;color:#0b5c6b;font-size:18px;font-weight:700\">MedConnect</p>\n{body}\
             <p style=\"margin:24px 0 0;color:#56616e;font-size:13px\">{foot}</p>\n</div></body></html>\n"
        )
    }
}

fn paragraph(text: &str) -> String {
    format!("<p style=\"margin:0 0 16px\">{}</p>\n", escaped(text))
}

fn item(Item { title, detail, page }: &Item) -> String {
    let (title, detail, page) =
        (escaped(&one_line(title)), escaped(&one_line(detail)), escaped(page));
    format!(
        "<p style=\"margin:0 0 16px;padding-left:12px;border-left:3px solid #cfd6dd\">\
         <a href=\"{page}\" style=\"color:#0b5c6b;font-weight:600\">{title}</a><br>{detail}</p>\n"
    )
}

/// Text that HTML shows as it is, in elements and in quoted attributes.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}
