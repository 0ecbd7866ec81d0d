//! Identity: people, what they may be here, and how they prove it.
pub mod device;
pub mod factor;
pub mod passkey;
pub mod permission;
pub mod proof;
pub mod refresh;
pub mod reset;
pub mod session;
pub mod throttle;

use crate::{FieldProblem, Id, Refusal, UnknownWord, text, text_enum};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Someone with an account.
#[derive(Debug)]
pub enum User {}
pub type UserId = Id<User>;

text_enum! {
    /// The roles that are part of how the clinic works. The words are the names of their rows in `roles`.
    pub enum Role {
        Patient = "patient",
        Doctor = "doctor",
        Admin = "admin",
    }
}

pub const EMAIL_TAKEN: Refusal = Refusal::new(
    "identity.email_taken",
    "We could not make an account with that address. If it is yours, sign in instead.",
);
pub const WRONG_CREDENTIALS: Refusal = Refusal::new(
    "identity.wrong_credentials",
    "That email and password do not match. Please check both and try again.",
);

/// An email address: one `@`, a name before it, a dotted host after it, lower case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Email(String);

impl Email {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        raw.parse().map_err(|_| {
            FieldProblem::new(field, "Enter an email address, such as name@example.org.")
        })
    }
}

impl FromStr for Email {
    type Err = UnknownWord;

    fn from_str(raw: &str) -> Result<Self, UnknownWord> {
        let address = raw.trim().to_lowercase();
        let (name, host) = address.rsplit_once('@').ok_or(UnknownWord)?;
        let plain =
            |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
        let labels = host.split('.').collect::<Vec<_>>();
        let label = |part: &&str| {
            !part.is_empty()
                && part.chars().all(|c| c.is_alphanumeric() || c == '-')
                && !part.starts_with('-')
                && !part.ends_with('-')
        };
        let valid = address.len() <= 254
            && !name.is_empty()
            && name.len() <= 64
            && name.chars().all(plain)
            && labels.len() >= 2
            && labels.iter().all(label);
        if valid { Ok(Self(address)) } else { Err(UnknownWord) }
    }
}

impl TryFrom<String> for Email {
    type Error = UnknownWord;

    fn try_from(raw: String) -> Result<Self, UnknownWord> {
        raw.parse()
    }
}

impl From<Email> for String {
    fn from(email: Email) -> Self {
        email.0
    }
}

impl fmt::Display for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long a password may be, in characters (NIST SP 800-63B-4: long ones
/// accepted, no rules of composition; the upper bound keeps hashing cheap).
pub const PASSWORD_LENGTH: std::ops::RangeInclusive<usize> = 12..=256;

/// What a visitor fills in to get an account.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Registration {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub password: String,
    /// IANA name of the zone the person reads times in.
    pub time_zone: String,
}

/// Without the password, which no log may show.
impl fmt::Debug for Registration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Registration").finish_non_exhaustive()
    }
}

/// A registration whose every field is right.
pub struct CheckedRegistration {
    pub first_name: String,
    pub last_name: String,
    pub email: Email,
}

impl fmt::Debug for CheckedRegistration {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedRegistration").finish_non_exhaustive()
    }
}

impl Registration {
    /// All that is wrong with it, field by field, but for the strength of the
    /// password, which needs a dictionary.
    pub fn check(&self) -> Result<CheckedRegistration, Vec<FieldProblem>> {
        let first_name = text::checked("first_name", "Your first name", &self.first_name, 1..=80);
        let last_name = text::checked("last_name", "Your last name", &self.last_name, 1..=80);
        let email = Email::checked("email", &self.email);
        let password = check_password_length(&self.password);
        match (first_name, last_name, email, password) {
            (Ok(first_name), Ok(last_name), Ok(email), Ok(())) => {
                Ok(CheckedRegistration { first_name, last_name, email })
            }
            (first_name, last_name, email, password) => {
                Err([first_name.err(), last_name.err(), email.err(), password.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// Whether `password` has a length that can be right.
pub fn check_password_length(password: &str) -> Result<(), FieldProblem> {
    let count = password.chars().count();
    let problem = |message| Err(FieldProblem::new("password", message));
    if count < *PASSWORD_LENGTH.start() {
        return problem("Use at least 12 characters. Three or four words in a row work well.");
    }
    if count > *PASSWORD_LENGTH.end() {
        return problem("Use 256 characters or fewer.");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{Email, Registration};

    #[test]
    fn addresses_that_can_receive_mail_are_accepted() {
        for address in ["ana@example.org", " Ana.B+x@Sub.Example.co.uk ", "a@bücher.example"] {
            assert!(address.parse::<Email>().is_ok(), "{address}");
        }
        assert_eq!("ANA@Example.ORG".parse::<Email>().unwrap().as_str(), "ana@example.org");
    }

    #[test]
    fn addresses_that_cannot_are_refused() {
        for address in [
            "",
            "ana",
            "@example.org",
            "ana@",
            "ana@host",
            "a b@c.de",
            "a@b@c.de",
            "a@-b.de",
            "a@b..de",
            "a\n@b.de",
        ] {
            assert!(address.parse::<Email>().is_err(), "{address:?}");
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let problems = Registration::default().check().unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        assert_eq!(fields, ["first_name", "last_name", "email", "password"]);
    }

    #[test]
    fn a_password_never_reaches_a_log() {
        let registration = Registration { password: "hunter2hunter2".into(), ..Default::default() };
        assert!(!format!("{registration:?}").contains("hunter2"));
    }
}
