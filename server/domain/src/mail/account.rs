//! What is said about accounts, to whoever reads the mail of an address.
//!
//! Nobody has proven yet that the name a stranger typed is that of the reader: such mail greets nobody, so
//! that it carries no words of strangers.
use super::Letter;
use crate::identity::proof::Code;

fn letter(subject: &str, said: &str, link: (&'static str, String), closing: &[&str]) -> Letter {
    Letter {
        subject: subject.to_owned(),
        name: String::new(),
        paragraphs: vec![said.to_owned()],
        facts: Vec::new(),
        link: Some(link),
        closing: closing.iter().map(|&text| text.to_owned()).collect(),
    }
}

/// Somebody says that the reader's address is theirs; `page` takes the link instead of the code.
#[must_use]
pub fn confirm_address(code: Code, page: String) -> Letter {
    let mut letter = letter(
        "Your code for MedConnect",
        "Enter this code on the page where you made your account. That shows us that this address is yours.",
        ("Or confirm the address here", page),
        &[
            "The code works once and for 30 minutes. Nobody of ours ever asks you for it.",
            "Was it not you who asked? Then please do nothing: without this code the address stays unconfirmed.",
        ],
    );
    letter.facts.push(("Code", code.to_string()));
    letter
}

/// The same where the address has an account already: nothing in it opens anything.
#[must_use]
pub fn account_exists(login: String) -> Letter {
    letter(
        "You already have an account with MedConnect",
        "Somebody, perhaps you, has tried to make an account with this address. It has one already, so nothing was changed.",
        ("Sign in to your account", login),
        &["Was it not you who asked? Then you need do nothing."],
    )
}
