/// Text that may be missing: made from `"…"`, a `String`, or an `Option` of either.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MaybeText(Option<String>);

impl MaybeText {
    /// The text as it was given, even if it is empty: what a field holds.
    pub fn value(self) -> Option<String> {
        self.0
    }

    /// The text, unless there is nothing to read in it: a hint, an error, a title.
    pub fn words(self) -> Option<String> {
        self.0.filter(|text| !text.trim().is_empty())
    }
}

impl From<&str> for MaybeText {
    fn from(text: &str) -> Self {
        Self(Some(text.to_owned()))
    }
}

impl From<String> for MaybeText {
    fn from(text: String) -> Self {
        Self(Some(text))
    }
}

impl From<Option<&str>> for MaybeText {
    fn from(text: Option<&str>) -> Self {
        Self(text.map(str::to_owned))
    }
}

impl From<Option<String>> for MaybeText {
    fn from(text: Option<String>) -> Self {
        Self(text)
    }
}

/// The id of the field `name`: `form[reason]` becomes `form-reason`.
pub fn id_of(name: &str) -> String {
    let id: String = name
        .chars()
        .map(|sign| if sign.is_ascii_alphanumeric() || "-_".contains(sign) { sign } else { '-' })
        .collect();
    id.trim_matches('-').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_holds_only_what_a_link_can_name() {
        assert_eq!(id_of("form[reason]"), "form-reason");
        assert_eq!(id_of("close_day"), "close_day");
    }

    #[test]
    fn blank_text_is_nothing_to_read() {
        assert_eq!(MaybeText::from(" ").words(), None);
        assert_eq!(MaybeText::from("").value(), Some(String::new()));
    }
}
