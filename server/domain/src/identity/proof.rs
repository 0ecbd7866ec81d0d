//! Proof of an address: a code, or a link, that only who reads its mail has.
use super::Email;
use crate::{FieldProblem, Id, Refusal, UnknownWord};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// An account that somebody has asked for.
#[derive(Debug)]
pub enum PendingAccount {}
pub type RegistrationId = Id<PendingAccount>;

/// How long a code works, and the link that came with it.
pub const CODE_LIFETIME: SignedDuration = SignedDuration::from_mins(30);

/// How often a code may be tried.
pub const CODE_TRIES: i16 = 5;

/// How long to wait before another code is sent.
pub const RESEND_PAUSE: SignedDuration = SignedDuration::from_secs(60);

/// How often a code is sent for one registration, the first time included.
pub const SENDS: i16 = 6;

/// How often an address is written to in a day because somebody says it is theirs.
pub const MAILS_A_DAY: i64 = 12;

pub const RESEND_TOO_SOON: Refusal = Refusal::new(
    "identity.resend_too_soon",
    "We sent you a code less than a minute ago. Please look for it, among spam too, before you ask for another one.",
);
pub const RESENT_TOO_OFTEN: Refusal = Refusal::new(
    "identity.resent_too_often",
    "We have sent you six codes. If none has come, check the address and register again.",
);
pub const REGISTRATION_OVER: Refusal = Refusal::new(
    "identity.registration_over",
    "This registration is no longer open. If you have finished it, sign in; else register again.",
);

/// Six digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Code(u32);

impl Code {
    /// The code that `random` stands for.
    #[must_use]
    pub fn of(random: u64) -> Self {
        Self(u32::try_from(random % 1_000_000).unwrap_or_default())
    }

    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        raw.parse().map_err(|_| {
            FieldProblem::new(field, "Enter the six digits of the code from the mail.")
        })
    }
}

impl FromStr for Code {
    type Err = UnknownWord;

    /// However people group the digits.
    fn from_str(raw: &str) -> Result<Self, UnknownWord> {
        let digits: String = raw.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
        let valid = digits.len() == 6 && digits.bytes().all(|byte| byte.is_ascii_digit());
        if valid { digits.parse().map(Self).map_err(|_| UnknownWord) } else { Err(UnknownWord) }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:06}", self.0)
    }
}

/// Whether another code may be sent `now`, after `sends` of them, the last one at `sent_at`.
pub fn may_resend(sends: i16, sent_at: Timestamp, now: Timestamp) -> Result<(), Refusal> {
    if sends >= SENDS {
        return Err(RESENT_TOO_OFTEN);
    }
    if now.duration_since(sent_at) < RESEND_PAUSE {
        return Err(RESEND_TOO_SOON);
    }
    Ok(())
}

impl Email {
    /// `a…@example.org`: enough for its owner to know it, whoever else looks.
    #[must_use]
    pub fn masked(&self) -> String {
        let (name, host) = self.as_str().rsplit_once('@').unwrap_or_default();
        let first: String = name.chars().take(1).collect();
        format!("{first}…@{host}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_code_is_read_back_however_it_is_grouped(random: u64, at in 0..=6_usize, gap in "[ \u{a0}-]{0,3}") {
            let code = Code::of(random);
            let mut typed = code.to_string();
            prop_assert_eq!(typed.len(), 6);
            typed.insert_str(at, &gap);
            prop_assert_eq!(typed.parse(), Ok(code));
        }

        #[test]
        fn what_is_not_six_digits_is_no_code(text in "[0-9]{0,5}|[0-9]{7,9}|[0-9]{5}[a-z٣]|\\PC{0,12}") {
            let digits = text.chars().filter(char::is_ascii_digit).count();
            prop_assume!(digits != 6);
            prop_assert!(text.parse::<Code>().is_err());
        }

        #[test]
        fn a_masked_address_tells_one_letter_of_the_name(name in "[a-z0-9]{2,12}", host in "[a-z]{1,8}\\.[a-z]{2,4}") {
            let email: Email = format!("{name}@{host}").parse().unwrap();
            prop_assert_eq!(email.masked(), format!("{}…@{host}", &name[..1]));
        }

        #[test]
        fn codes_are_a_minute_apart_and_six_at_most(sends in 1..20_i16, seconds in 0..10_000_i64) {
            let sent_at = Timestamp::UNIX_EPOCH;
            let now = sent_at + SignedDuration::from_secs(seconds);
            let allowed = may_resend(sends, sent_at, now).is_ok();
            prop_assert_eq!(allowed, sends < SENDS && seconds >= 60);
        }
    }
}
