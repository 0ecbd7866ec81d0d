//! What is said about the audit trail, to whoever keeps its heads.
use super::Letter;

/// `line` is [`crate::audit::noted`].
#[must_use]
pub fn audit_head(line: &str) -> Letter {
    Letter {
        subject: "The head of the audit trail".to_owned(),
        name: String::new(),
        paragraphs: vec![
            "Please keep this mail. Whoever rewrites the audit trail from before today cannot make this line true again."
                .to_owned(),
        ],
        items: Vec::new(),
        facts: vec![("Head", line.to_owned())],
        link: None,
        closing: vec![
            "To look at the trail, put the lines of these mails into a file, without the word before them, and run: medconnect audit verify --heads FILE"
                .to_owned(),
        ],
    }
}
