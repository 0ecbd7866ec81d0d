//! What is said about accounts, to whoever reads the mail of an address.
//!
//! Nobody has proven yet that the name a stranger typed is that of the reader: such mail greets nobody, so
//! that it carries no words of strangers.
use super::{Letter, Topic, words::when};
use crate::{identity::proof::Code, zone::Zone};
use jiff::Timestamp;

fn letter(
    subject: &str,
    said: &str,
    link: impl Into<Option<(&'static str, String)>>,
    closing: &[&str],
) -> Letter {
    Letter {
        subject: subject.to_owned(),
        name: String::new(),
        paragraphs: vec![said.to_owned()],
        items: Vec::new(),
        facts: Vec::new(),
        link: link.into(),
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
            "The password of your account with MedConnect was changed just now, and all your other devices were signed out. If you have added a passkey, a calendar address or somebody who acts for you in the last seven days, please do so again. If that was you, all is well.",
            ("It was not me: choose a new password", reset),
            &[
                "If it was not you, somebody knows your password or reads your mail. Please change the password of your mailbox first.",
            ],
        )
    }
}

/// From where somebody has signed in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignInWords {
    /// Whom the mail greets.
    pub name: String,
    /// On whose clock it tells the time.
    pub zone: Zone,
    /// `Firefox on Windows`
    pub device: String,
    /// As the server sees it; where in the world that is, we do not know.
    pub network: Option<String>,
    pub at: Timestamp,
}

impl SignInWords {
    fn letter(&self, subject: &str, said: &str, link: (&'static str, String)) -> Letter {
        let mut letter = letter(subject, said, link, &[]);
        letter.name.clone_from(&self.name);
        letter.facts = vec![
            ("Device", self.device.clone()),
            ("When", when(self.at, &self.zone, self.zone.as_str())),
        ];
        letter.facts.extend(self.network.clone().map(|network| ("Internet address", network)));
        letter
    }
}

/// Somebody has signed in from where the account was not opened before; `sessions` is where that is ended.
#[must_use]
pub fn new_sign_in(words: &SignInWords, sessions: String, reset: &str) -> Letter {
    let mut letter = words.letter(
        "New sign-in to your MedConnect account",
        "Somebody has signed in to your account from a device that we have not seen with it before. If that was you, all is well.",
        ("See where you are signed in", sessions),
    );
    letter.closing = vec![format!(
        "Was it not you? Then choose a new password, which signs out whoever it was: {reset}"
    )];
    letter
}

/// A key of a program was used twice, so that its sign-in was ended.
#[must_use]
pub fn token_reused(words: &SignInWords, sessions: String, reset: &str) -> Letter {
    let mut letter = words.letter(
        "We signed out an app of your MedConnect account",
        "An app that is signed in to your account used a key that had been used before. Somebody may have copied it, so we signed the app out.",
        ("See where you are signed in", sessions),
    );
    letter.closing = vec![
        "Please sign in again in the app. If it happens again, write to those who make it."
            .to_owned(),
        format!(
            "If you use no such app, choose a new password, which signs everybody out: {reset}"
        ),
    ];
    letter
}

/// Something about the second factor of `name` is other than it was; `page` is where they see what. `None`: not
/// of that topic.
#[must_use]
pub fn factor_changed(topic: Topic, name: &str, page: String) -> Option<Letter> {
    let (subject, said) = match topic {
        Topic::FactorOn => (
            "Signing in now asks for a code from your app",
            "Codes from an app were switched on for your account with MedConnect. From now on, signing in asks for one after the password. Keep your recovery codes where you find them without your phone.",
        ),
        Topic::FactorOff => (
            "Signing in no longer asks for a code",
            "Codes from an app were switched off for your account with MedConnect. From now on, unless you have a passkey, the password alone opens it.",
        ),
        Topic::RecoveryCodesRenewed => (
            "You have new recovery codes",
            "New recovery codes were made for your account with MedConnect. Those you had before work no more.",
        ),
        Topic::RecoveryCodeUsed => (
            "One of your recovery codes was used",
            "Somebody, we hope you, has used a recovery code of your account with MedConnect instead of a code from the app or a passkey. It works no more.",
        ),
        Topic::FactorRemovalAsked => (
            "We were asked to switch your codes off",
            "Somebody says that you have lost your phone, and has asked the clinic to switch codes from an app off for your account, and to remove its passkeys. Two of our people have to agree to that.",
        ),
        Topic::FactorRemoved => (
            "Your codes were switched off by the clinic",
            "As you have lost your phone, the clinic has switched codes from an app off for your account, has removed its passkeys, and has signed you out everywhere. Sign in with your password and set them up anew.",
        ),
        Topic::PasskeyAdded => (
            "A passkey was added to your account",
            "A new passkey opens your account with MedConnect from now on, without your password. Signing in with the password asks for a passkey, or a code, too. If it is not yours, choose another password by a mail from us (“Forgot your password?”): that removes it.",
        ),
        Topic::PasskeyRemoved => (
            "A passkey was removed from your account",
            "A passkey of your account with MedConnect was removed. It opens the account no more. If it was the last one and you use no app, the password alone opens it, and your recovery codes are gone.",
        ),
        Topic::PasskeyCopied => (
            "We turned away a passkey of your account",
            "Somebody tried to sign in to your account with MedConnect with one of your passkeys, but it looked like a copy of it, and we did not let them in.",
        ),
        _ => return None,
    };
    let closing = match topic {
        Topic::PasskeyCopied => {
            "If that was you, remove the passkey and add it again. If not, somebody has a copy of what is on your device: remove the passkey, and write to the clinic."
        }
        _ => {
            "If that was you, all is well. If not, somebody knows your password: choose another one from the page where you sign in, and write to the clinic."
        }
    };
    Some(Letter {
        name: name.to_owned(),
        ..letter(subject, said, ("Sign-in and security", page), &[closing])
    })
}

/// Something is new about a device of `name`, which is seen at `page`. `None`: not of that topic.
#[must_use]
pub fn device(topic: Topic, name: &str, page: String) -> Option<Letter> {
    const UNLESS_YOU: &str = "If that was you, all is well. If not, remove the device, and choose another password from the page where you sign in: that ends what was made in the week before.";
    let (subject, said, closing) = match topic {
        Topic::DeviceAdded => (
            "A device was added to your account",
            "A device was added to your account with MedConnect. It can add readings to your record, and can read nothing.",
            UNLESS_YOU,
        ),
        Topic::DeviceKeyMade => (
            "A device of yours has a new key",
            "A new key was made for a device of your account with MedConnect. Whoever has it can add readings to your record, and can read nothing.",
            UNLESS_YOU,
        ),
        Topic::DeviceFailed => (
            "A device of yours reports a problem",
            "A device of yours tells us that something is wrong with it. Its readings may be missing, or not be right, until that is mended.",
            "We write about this once a day at most. If you use the device no more, remove it on its page.",
        ),
        _ => return None,
    };
    Some(Letter {
        name: name.to_owned(),
        ..letter(subject, said, ("See the device", page), &[closing])
    })
}

/// Readings of `name` are beyond their limits. Which ones, and how far, is on the page alone. `None`: not of that topic.
#[must_use]
pub fn alert(topic: Topic, name: &str, page: String) -> Option<Letter> {
    let (subject, said, closing) = match topic {
        Topic::AlertCritical => (
            "Please look at your readings now",
            "Something that was just measured of you needs your attention now.",
            "If you feel very ill, do not read on: call your emergency number, 112 in Europe or 911 in North America.",
        ),
        Topic::AlertOpened => (
            "One of your readings needs a look",
            "Something that was measured of you is not as it should be. Please look at it now: it may be best to measure again at once.",
            "If you feel unwell, do not wait for that: call your doctor or, if it is bad, your emergency number.",
        ),
        _ => return None,
    };
    Some(Letter {
        name: name.to_owned(),
        ..letter(subject, said, ("See your alerts", page), &[closing])
    })
}

/// `name` has reached something with their readings; what, is seen at `page`: it is clinical.
#[must_use]
pub fn milestone_reached(name: &str, page: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "Well done: you have reached a milestone",
            "You have reached a milestone with your readings. Well done!",
            ("See what you have reached", page),
            &["You can switch such mails off under Notifications, in your account."],
        )
    }
}

/// `name` has not measured for days what they measured regularly; what, is seen at `page`: it is clinical.
#[must_use]
pub fn measure_reminder(name: &str, page: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "Time for a reading?",
            "You have not measured for some days what you used to measure. A reading now helps you and your doctor see where things are going.",
            ("See your readings", page),
            &[
                "If you have stopped for a reason, there is nothing you need to do: we do not write again until you have started again.",
                "You can switch such mails off under Notifications, in your account.",
            ],
        )
    }
}

/// Nobody gets into the account of `name` for now.
#[must_use]
pub fn account_blocked(name: &str) -> Letter {
    let mut letter = letter(
        "Your account is blocked",
        "The clinic has blocked your account with MedConnect, and has signed out all your devices. Your visits and your record are as they were.",
        None,
        &["Please call or write to the clinic: they can say why, and open it again."],
    );
    name.clone_into(&mut letter.name);
    letter
}

/// They do again, with the password that they choose at `reset`.
#[must_use]
pub fn account_unblocked(name: &str, reset: String) -> Letter {
    Letter {
        name: name.to_owned(),
        ..letter(
            "Your account is open again",
            "The clinic has opened your account with MedConnect again. The old password works no more: choose a new one by a link that we send you.",
            ("Choose a new password", reset),
            &[
                "Passkeys, devices and calendar addresses of the week before are gone, and nobody acts for you any more. Please add them again.",
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
