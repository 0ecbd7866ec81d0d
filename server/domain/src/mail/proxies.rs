//! What is said about those who act for others.
//!
//! The invitation goes to whatever address somebody typed: it names nobody, so that it carries no words of strangers.
use super::Letter;

/// Somebody asks the reader to act for them; `page` says who, once the reader is signed in.
#[must_use]
pub fn proxy_invited(page: String) -> Letter {
    Letter {
        subject: "Somebody asks you to act for them at MedConnect".to_owned(),
        name: String::new(),
        paragraphs: vec![
            "A patient of ours would like you to act for them. Open the invitation to see who it is, what you may do, and until when.".to_owned(),
        ],
        items: Vec::new(),
        facts: Vec::new(),
        link: Some(("See the invitation", page)),
        closing: vec![
            "You sign in with the account of this address, or make one first. The invitation works once and for 7 days.".to_owned(),
            "If you know nobody who would ask you this, you need do nothing.".to_owned(),
        ],
    }
}

/// Whom `name` has invited acts for them from now on; `page` is where they see and end that.
#[must_use]
pub fn proxy_accepted(name: &str, page: String) -> Letter {
    Letter {
        subject: "Your invitation was accepted".to_owned(),
        name: name.to_owned(),
        paragraphs: vec![
            "The person whom you asked to act for you has agreed. From now on they can do what you chose, until the day you chose.".to_owned(),
        ],
        items: Vec::new(),
        facts: Vec::new(),
        link: Some(("See who acts for you", page)),
        closing: vec![
            "What they open and change is written into your access log. You can stop it at any time, at once.".to_owned(),
            "Did you not ask anybody? Then stop it on that page, and choose a new password.".to_owned(),
        ],
    }
}
