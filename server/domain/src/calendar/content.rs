//! Content lines of iCalendar (RFC 5545, section 3.1).

/// The most octets that a line may have, without its CRLF.
pub const LINE: usize = 75;

/// An iCalendar object in the making: lines end in CRLF, and long ones are folded.
#[derive(Debug, Default)]
pub struct Content(String);

impl Content {
    /// One line whose value is written as it is, such as a time or a word of the standard.
    pub fn raw(&mut self, name: &str, value: &str) {
        let mut room = LINE;
        for piece in [name, ":", value] {
            // A line break would begin a property of whoever chose the value.
            for character in piece.chars().filter(|character| !character.is_control()) {
                let length = character.len_utf8();
                if length > room {
                    self.0.push_str("\r\n ");
                    room = LINE - 1;
                }
                room -= length;
                self.0.push(character);
            }
        }
        self.0.push_str("\r\n");
    }

    /// One line whose value is text of people, which is escaped.
    pub fn text(&mut self, name: &str, value: &str) {
        self.raw(name, &escaped(value));
    }

    pub fn finish(self) -> String {
        self.0
    }
}

/// The value of a parameter (section 3.2) in quotes, which cannot hold any.
pub fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "'"))
}

/// TEXT of section 3.3.11. Control characters cannot be written and are left out.
fn escaped(value: &str) -> String {
    let mut escaped = String::with_capacity(value.len() + 8);
    let mut characters = value.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '\\' | ';' | ',' => escaped.extend(['\\', character]),
            '\r' if characters.peek() == Some(&'\n') => {}
            '\n' | '\r' => escaped.push_str("\\n"),
            _ if character.is_control() && character != '\t' => {}
            '\t' => escaped.push(' '),
            _ => escaped.push(character),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::{Content, LINE};
    use proptest::prelude::*;

    /// What a reader makes of the value of a line.
    fn unescaped(value: &str) -> String {
        let mut text = String::new();
        let mut characters = value.chars();
        while let Some(character) = characters.next() {
            match character {
                '\\' => match characters.next() {
                    Some('n' | 'N') => text.push('\n'),
                    other => text.extend(other),
                },
                _ => text.push(character),
            }
        }
        text
    }

    fn written(text: &str) -> String {
        let mut content = Content::default();
        content.text("SUMMARY", text);
        content.finish()
    }

    proptest! {
        #[test]
        fn lines_are_short_and_end_in_crlf(text in "\\PC{0,300}|[ -~\n\r\t;,\\\\é🤒]{0,300}") {
            let written = written(&text);
            prop_assert!(written.ends_with("\r\n"));
            for line in written.split_terminator("\r\n") {
                prop_assert!(line.len() <= LINE, "{line:?}");
                prop_assert!(!line.contains(['\r', '\n']), "{line:?}");
            }
            prop_assert!(written.split_terminator("\r\n").skip(1).all(|line| line.starts_with(' ')));
        }

        #[test]
        fn what_is_escaped_comes_back(text in "[ -~\n;,\\\\éß漢🤒]{0,300}") {
            let written = written(&text);
            let unfolded = written.replace("\r\n ", "");
            let value = unfolded.strip_prefix("SUMMARY:").and_then(|line| line.strip_suffix("\r\n"));
            prop_assert_eq!(unescaped(value.unwrap()), text);
        }
    }

    #[test]
    fn nobody_writes_a_property_of_their_own() {
        assert_eq!(written("A\r\nATTACH:x\u{7f}\u{0}"), "SUMMARY:A\\nATTACH:x\r\n");
        let mut content = Content::default();
        content.raw("URL", "https://a.example/\r\nATTACH:x");
        assert_eq!(content.finish(), "URL:https://a.example/ATTACH:x\r\n");
    }
}
