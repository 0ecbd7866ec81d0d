//! The second factor: a code from an app (TOTP, RFC 6238) or, when the phone is not there, a recovery code.
use super::{permission::Permission, proof::Code};
use crate::{FieldProblem, Id, Refusal, UnknownWord};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// A sign-in whose password was right and that waits for its code.
#[derive(Debug)]
pub enum Challenge {}
pub type ChallengeId = Id<Challenge>;

/// How long a sign-in waits for its code.
pub const CHALLENGE_LIFETIME: SignedDuration = SignedDuration::from_mins(5);

/// A second factor that is to be removed for its owner, who has lost it.
#[derive(Debug)]
pub enum Removal {}
pub type RemovalId = Id<Removal>;

/// How long a removal waits for a second admin.
pub const REMOVAL_LIFETIME: SignedDuration = SignedDuration::from_hours(24);

/// How long a proof of who somebody is counts for what is asked once more.
pub const PROOF_LIFETIME: SignedDuration = SignedDuration::from_mins(10);

/// How many recovery codes there are, each for once.
pub const RECOVERY_CODES: usize = 10;

/// The bytes of the secret that we share with an app: as many as HMAC-SHA-1 has (RFC 4226, section 4).
pub const SECRET_LENGTH: usize = 20;

/// The bytes of a recovery code: 80 bits, which nobody guesses.
pub const RECOVERY_LENGTH: usize = 10;

pub const WRONG_CODE: Refusal = Refusal::new(
    "identity.wrong_code",
    "That code does not fit. Each works once: please try the next one.",
);
pub const CHALLENGE_OVER: Refusal = Refusal::new(
    "identity.challenge_over",
    "That took longer than five minutes, or was used already. Please sign in again.",
);
pub const FACTOR_IS_ON: Refusal =
    Refusal::new("identity.factor_is_on", "Codes from an app are switched on already.");
pub const FACTOR_IS_OFF: Refusal =
    Refusal::new("identity.factor_is_off", "Codes from an app are not switched on.");
pub const FACTOR_REQUIRED: Refusal = Refusal::new(
    "identity.factor_required",
    "Your account needs codes from an app before it can do anything else. Switch them on under “Sign-in and security”.",
);

pub const REMOVAL_WAITS: Refusal = Refusal::new(
    "identity.removal_waits",
    "Somebody has asked for this person already. It waits for another admin.",
);
pub const REMOVAL_OVER: Refusal = Refusal::new(
    "identity.removal_over",
    "This no longer waits: it was done, refused, or is older than a day.",
);
pub const NOT_FOR_ONESELF: Refusal = Refusal::new(
    "identity.removal_not_for_oneself",
    "Nobody asks for their own account. Please let another admin do it.",
);
pub const NOT_ALONE: Refusal = Refusal::new(
    "identity.removal_not_alone",
    "Another admin has to agree: not who has asked, and not the person.",
);

/// Whether a proof that was given `at` still counts `now`.
#[must_use]
pub fn is_recent(at: Timestamp, now: Timestamp) -> bool {
    let age = now.duration_since(at);
    !age.is_negative() && age < PROOF_LIFETIME
}

/// Whether somebody with these permissions sees the records of others, so that a password alone is not enough.
#[must_use]
pub fn needs_factor(permissions: &[Permission]) -> bool {
    permissions.iter().any(|permission| *permission != Permission::BookVisits)
}

/// What somebody proves with that they have their second factor.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    App(Code),
    Recovery(RecoveryCode),
}

impl Answer {
    pub fn checked(field: &'static str, raw: &str) -> Result<Self, FieldProblem> {
        let code = raw.parse().map(Self::App);
        code.or_else(|_| raw.parse().map(Self::Recovery)).map_err(|_| {
            FieldProblem::new(
                field,
                "Enter the six digits that your app shows, or one of your recovery codes.",
            )
        })
    }
}

/// A code for once, for whoever has lost their phone: `ABCD-EFGH-IJKL-MNOP`.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct RecoveryCode([u8; RECOVERY_LENGTH]);

impl RecoveryCode {
    #[must_use]
    pub const fn of(random: [u8; RECOVERY_LENGTH]) -> Self {
        Self(random)
    }

    #[must_use]
    pub const fn bytes(&self) -> &[u8; RECOVERY_LENGTH] {
        &self.0
    }
}

/// Without the code, which no log may show.
impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl fmt::Display for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&grouped(&base32(&self.0), '-'))
    }
}

impl FromStr for RecoveryCode {
    type Err = UnknownWord;

    /// However people group it and whatever they take for a letter.
    fn from_str(raw: &str) -> Result<Self, UnknownWord> {
        let (mut bits, mut held, mut bytes) = (0_u32, 0, Vec::with_capacity(RECOVERY_LENGTH));
        for letter in raw.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            let letter = match letter.to_ascii_uppercase() {
                '0' => 'O',
                '1' => 'I',
                '8' => 'B',
                other => other,
            };
            let value = ALPHABET.chars().position(|known| known == letter).ok_or(UnknownWord)?;
            bits = (bits << 5 | u32::try_from(value).map_err(|_| UnknownWord)?) & 0xfff;
            held += 5;
            if held >= 8 {
                held -= 8;
                bytes.push(u8::try_from(bits >> held & 0xff).map_err(|_| UnknownWord)?);
            }
        }
        let whole = held == 0;
        bytes.try_into().ok().filter(|_| whole).map(Self).ok_or(UnknownWord)
    }
}

/// RFC 4648, section 6: no digit that looks like a letter.
const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// `bytes` in base32, without padding.
#[must_use]
pub fn base32(bytes: &[u8]) -> String {
    let bit = |index: usize| {
        bytes.get(index / 8).map_or(0, |byte| usize::from(byte >> (7 - index % 8) & 1))
    };
    (0..bytes.len() * 8)
        .step_by(5)
        .filter_map(|start| {
            let value = (start..start + 5).fold(0, |sum, index| sum << 1 | bit(index));
            ALPHABET.chars().nth(value)
        })
        .collect()
}

/// `text` in groups of four, as people can copy it.
#[must_use]
pub fn grouped(text: &str, between: char) -> String {
    let mut said = String::with_capacity(text.len() * 5 / 4);
    for (index, letter) in text.chars().enumerate() {
        if index > 0 && index % 4 == 0 {
            said.push(between);
        }
        said.push(letter);
    }
    said
}

/// What an app reads from a QR code: whose account it is, and the secret in base32.
#[must_use]
pub fn key_uri(email: &str, secret: &str) -> String {
    let account: String = email
        .bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                char::from(byte).to_string()
            }
            _ => format!("%{byte:02X}"),
        })
        .collect();
    format!("otpauth://totp/MedConnect:{account}?secret={secret}&issuer=MedConnect")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_recovery_code_is_read_back_however_it_is_typed(random: [u8; RECOVERY_LENGTH], at in 0..=19_usize, gap in "[ \u{a0}-]{0,3}") {
            let code = RecoveryCode::of(random);
            let mut typed = code.to_string();
            prop_assert_eq!(typed.len(), 19);
            typed.insert_str(at, &gap);
            prop_assert_eq!(typed.to_lowercase().parse(), Ok(code));
            let mistaken = typed.replace('O', "0").replace('I', "1").replace('B', "8").replace('-', "");
            prop_assert_eq!(Answer::checked("code", &mistaken), Ok(Answer::Recovery(code)));
        }

        #[test]
        fn six_digits_are_a_code_of_the_app(random: u64) {
            let code = Code::of(random);
            prop_assert_eq!(Answer::checked("code", &code.to_string()), Ok(Answer::App(code)));
        }

        #[test]
        fn what_is_neither_is_refused(text in "[A-Z2-7]{0,15}|[A-Z2-7]{17,24}|[0-9]{1,5}|\\PC{0,12}") {
            let letters = text.chars().filter(|c| !c.is_whitespace() && *c != '-').count();
            prop_assume!(letters != 6 && letters != 16);
            prop_assert!(Answer::checked("code", &text).is_err());
        }

        #[test]
        fn base32_says_each_secret_in_its_own_words(one: [u8; SECRET_LENGTH], other: [u8; SECRET_LENGTH]) {
            prop_assert_eq!(base32(&one) == base32(&other), one == other);
            prop_assert_eq!(base32(&one).len(), 32);
        }

        #[test]
        fn a_proof_counts_for_ten_minutes_and_none_comes_from_the_future(seconds in -2_000..2_000_i64) {
            let at = Timestamp::UNIX_EPOCH;
            let now = at + SignedDuration::from_secs(seconds);
            prop_assert_eq!(is_recent(at, now), (0..600).contains(&seconds));
        }

        #[test]
        fn a_name_ends_nothing_of_the_address_that_the_app_reads(email in "\\PC{1,30}") {
            let uri = key_uri(&email, "ABC");
            prop_assert_eq!(uri.matches(['?', '#', ' ', '<']).count(), 1);
            prop_assert_eq!(uri.matches("secret=").count(), 1);
        }
    }

    #[test]
    fn base32_is_that_of_the_standard() {
        for (plain, encoded) in
            [("", ""), ("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(plain.as_bytes()), encoded, "RFC 4648, section 10");
        }
    }

    #[test]
    fn whoever_is_more_than_a_patient_needs_a_factor() {
        assert!(!needs_factor(&[]) && !needs_factor(&[Permission::BookVisits]));
        for permission in [Permission::RunVisits, Permission::ManageRoles, Permission::ReadAudit] {
            assert!(needs_factor(&[Permission::BookVisits, permission]));
        }
    }

    #[test]
    fn a_recovery_code_never_reaches_a_log() {
        let code = RecoveryCode::of([7; RECOVERY_LENGTH]);
        assert!(!format!("{code:?}").contains(&code.to_string()));
    }
}
