//! Licences: what a register of doctors says about a number.
use crate::text_enum;

text_enum! {
    /// Whether a licence lets its doctor practise.
    pub enum LicenseStanding {
        Valid = "valid",
        /// The register has no such licence.
        Unknown = "unknown",
        Suspended = "suspended",
        Expired = "expired",
    }
}

impl LicenseStanding {
    /// What to say at the field when it is not valid.
    #[must_use]
    pub const fn refusal(self) -> Option<&'static str> {
        match self {
            Self::Valid => None,
            Self::Unknown => Some(
                "Invalid licence: the register does not know this number. Please check each digit.",
            ),
            Self::Suspended => Some("Invalid licence: the register says that it is suspended."),
            Self::Expired => Some("Invalid licence: the register says that it has expired."),
        }
    }
}

/// The register of the demo, which knows no doctors, but a rule. `None`: it does not answer.
///
/// - `SUSPENDED` or `EXPIRED` in a number says what it is; `OFFLINE` leaves us without an answer.
/// - A number has a digit, and else letters, digits, and `-`, `/`, `.` or spaces between them.
/// - Four digits or more, a hyphen and one last digit, as in `PT-100003-2`: the last one is the check digit
///   of those before it (ISO/IEC 7812-1, also called Luhn's).
#[must_use]
pub fn demo_standing(number: &str) -> Option<LicenseStanding> {
    let number = number.trim().to_ascii_uppercase();
    if number.contains("OFFLINE") {
        return None;
    }
    Some(if number.contains("SUSPENDED") {
        LicenseStanding::Suspended
    } else if number.contains("EXPIRED") {
        LicenseStanding::Expired
    } else if is_well_formed(&number) && has_right_check_digit(&number) {
        LicenseStanding::Valid
    } else {
        LicenseStanding::Unknown
    })
}

fn is_well_formed(number: &str) -> bool {
    let known = |letter: char| letter.is_ascii_alphanumeric() || "-/. ".contains(letter);
    number.chars().any(|letter| letter.is_ascii_digit())
        && number.chars().all(known)
        && !number.contains("INVALID")
}

fn has_right_check_digit(number: &str) -> bool {
    let Some((body, last)) = number.rsplit_once('-') else { return true };
    let run = body.len() - body.trim_end_matches(|letter: char| letter.is_ascii_digit()).len();
    let mut letters = last.chars();
    let (Some(check), None) = (letters.next().and_then(|last| last.to_digit(10)), letters.next())
    else {
        return true;
    };
    run < 4 || check_digit(body.get(body.len() - run..).unwrap_or_default()) == check
}

/// The digit that makes `digits` whole.
#[must_use]
pub fn check_digit(digits: &str) -> u32 {
    let sum: u32 = digits
        .chars()
        .rev()
        .filter_map(|letter| letter.to_digit(10))
        .enumerate()
        .map(|(place, digit)| match place % 2 {
            0 => digit * 2 / 10 + digit * 2 % 10,
            _ => digit,
        })
        .sum();
    (10 - sum % 10) % 10
}

#[cfg(test)]
mod tests {
    use super::{LicenseStanding::*, check_digit, demo_standing};
    use proptest::prelude::*;

    #[test]
    fn the_demo_register_goes_by_its_rule() {
        for number in ["LIC-1", "MD123456", "PT-100003", "GMC 1234567", "LIC/2024/0042", "de 77.1"]
        {
            assert_eq!(demo_standing(number), Some(Valid), "{number}");
        }
        for number in ["", "abc", "no digits", "PT-100003;1", "INVALID-123", "PT-１２３"] {
            assert_eq!(demo_standing(number), Some(Unknown), "{number}");
        }
        assert_eq!(demo_standing("suspended-12"), Some(Suspended));
        assert_eq!(demo_standing("EXPIRED 12"), Some(Expired));
        assert_eq!(demo_standing("OFFLINE-1"), None);
        // The example of the standard: 7992739871 with the check digit 3.
        assert_eq!(check_digit("7992739871"), 3);
    }

    proptest! {
        #[test]
        fn one_wrong_digit_is_always_noticed(
            digits in "[0-9]{4,12}", place in any::<prop::sample::Index>(), other in 1..10_u32,
        ) {
            let right = format!("PT-{digits}-{}", check_digit(&digits));
            prop_assert_eq!(demo_standing(&right), Some(Valid));
            let place = place.index(digits.len());
            let wrong: String = digits
                .chars()
                .enumerate()
                .map(|(at, digit)| match digit.to_digit(10) {
                    Some(digit) if at == place => char::from_digit((digit + other) % 10, 10).unwrap_or('0'),
                    _ => digit,
                })
                .collect();
            let wrong = format!("PT-{wrong}-{}", check_digit(&digits));
            prop_assert_eq!(demo_standing(&wrong), Some(Unknown));
        }

        #[test]
        fn every_text_has_an_answer(number: String) {
            let _ = demo_standing(&number);
        }
    }
}
