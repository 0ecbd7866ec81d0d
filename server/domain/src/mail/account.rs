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
        items: Vec::new(),
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
        &[
            "If you have forgotten your password, choose a new one from the page where you sign in.",
            "Was it not you who asked? Then you need do nothing.",
        ],
    )
}

/// Somebody, perhaps the reader, has forgotten the password; `page` lets whoever opens it choose another.
#[must_use]
pub fn reset_password(page: String) -> Letter {
    letter(
        "Choose a new password for MedConnect",
        "Somebody, perhaps you, has forgotten the password of this address. With this link you choose a new one.",
        ("Choose a new password", page),
        &[
            "The link works once and for 30 minutes. Whoever has it can change your password, so please do not pass it on.",
            "Was it not you who asked? Then please do nothing: your password stays as it is.",
        ],
    )
}

/// The password of `name` is another one now; `reset` is where they can take it back.
#[must_use]
pub fn password_changed(name: &str, reset: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "Your password was changed",
            "The password of your account with MedConnect was changed just now, and all your devices were signed out. If that was you, all is well.",
            ("It was not me: choose a new password", reset),
            &[
                "If it was not you, somebody may be reading your mail. Please change the password of your mailbox first.",
            ],
        )
    }
}

/// The account of `name` is closed; `register` is where they can make another one.
#[must_use]
pub fn account_closed(name: &str, register: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "Your account is closed",
            "You have closed your account with MedConnect. All your devices were signed out, and this is the last mail from us.",
            ("Should you come back: make a new account", register),
            &[
                "Your past visits stay with the doctors, as the law asks, and so does the record of who looked at them.",
                "If it was not you, please write to the clinic at once.",
            ],
        )
    }
}

/// Somebody wants the reader's address for an account that they have; `page` gives it to them.
#[must_use]
pub fn confirm_new_address(page: String) -> Letter {
    letter(
        "Confirm your new address for MedConnect",
        "Somebody, perhaps you, wants to use this address for their account. Open the link to confirm that it is yours.",
        ("Use this address", page),
        &[
            "The link works once and for 30 minutes.",
            "Was it not you who asked? Then please do nothing: without the link nothing changes.",
        ],
    )
}

/// The same where the address has an account already: nothing in it opens anything.
#[must_use]
pub fn address_has_account(login: String) -> Letter {
    letter(
        "Your address was not changed",
        "Somebody, perhaps you, wants to use this address for another account. It has an account already, so nothing was changed.",
        ("Sign in to the account of this address", login),
        &["Was it not you who asked? Then you need do nothing."],
    )
}

/// The account of `name` has another address now; `undo` takes it back.
#[must_use]
pub fn address_changed(name: &str, undo: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "The address of your account was changed",
            "Your account with MedConnect has another address now: you sign in with that one, and we write to it. If that was you, all is well.",
            ("It was not me: take it back", undo),
            &[
                "The link works for seven days, and signs out everybody who is signed in.",
                "This is the last mail to this address.",
            ],
        )
    }
}
