use crate::{FieldProblem, family::born, text, zone::Zone};
use jiff::civil::Date;
use serde::{Deserialize, Serialize};
use std::{fmt, ops::RangeInclusive};

/// What a person says of themselves, as it was typed. All but the names and the zone may be empty.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ProfileDetails {
    pub first_name: String,
    pub last_name: String,
    pub username: String,
    pub phone_number: String,
    /// `1990-05-31`
    pub date_of_birth: String,
    /// IANA name of the zone the person reads times in.
    pub time_zone: String,
    pub emergency_contact_name: String,
    pub emergency_contact_phone: String,
}

/// Without names and numbers, which no log may show.
impl fmt::Debug for ProfileDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ProfileDetails").finish_non_exhaustive()
    }
}

/// Details whose every field is right.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedProfile {
    pub first_name: String,
    pub last_name: String,
    pub username: Option<String>,
    pub phone_number: Option<String>,
    pub date_of_birth: Option<Date>,
    pub time_zone: Zone,
    pub emergency_contact_name: Option<String>,
    pub emergency_contact_phone: Option<String>,
}

impl fmt::Debug for CheckedProfile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedProfile").finish_non_exhaustive()
    }
}

/// What is said at the field of a name that somebody else has.
pub const USERNAME_TAKEN: &str = "Somebody else has this username. Please choose another one.";

/// How many characters a username has.
const USERNAME_LENGTH: RangeInclusive<usize> = 3..=30;

/// How many digits a phone number has (E.164 allows 15).
const PHONE_DIGITS: RangeInclusive<usize> = 5..=15;

impl ProfileDetails {
    /// All that is wrong with them, field by field, on the day `today`.
    pub fn check(&self, today: Date) -> Result<CheckedProfile, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let first = text::checked("first_name", "Your first name", &self.first_name, 1..=80);
        let last = text::checked("last_name", "Your last name", &self.last_name, 1..=80);
        let (first_name, last_name) = (kept(first, &mut problems), kept(last, &mut problems));
        let username = kept(username(&self.username), &mut problems);
        let phone_number = phone("phone_number", &self.phone_number);
        let phone_number = kept(phone_number, &mut problems);
        let date_of_birth = match self.date_of_birth.trim() {
            "" => None,
            raw => kept(born("your", raw, today), &mut problems),
        };
        let time_zone = kept(Zone::checked("time_zone", &self.time_zone), &mut problems);
        let name = &self.emergency_contact_name;
        let name = text::checked("emergency_contact_name", "The name", name, 0..=160);
        let emergency_contact_name = kept(name, &mut problems).and_then(some);
        let contact = phone("emergency_contact_phone", &self.emergency_contact_phone);
        let emergency_contact_phone = kept(contact, &mut problems).flatten();
        match (first_name, last_name, time_zone) {
            (Some(first_name), Some(last_name), Some(time_zone)) if problems.is_empty() => {
                Ok(CheckedProfile {
                    first_name,
                    last_name,
                    username: username.flatten(),
                    phone_number: phone_number.flatten(),
                    date_of_birth,
                    time_zone,
                    emergency_contact_name,
                    emergency_contact_phone,
                })
            }
            _ => Err(problems),
        }
    }
}

/// The value, if it is right; else what is wrong is added to `problems`.
pub(crate) fn kept<T>(
    checked: Result<T, FieldProblem>,
    problems: &mut Vec<FieldProblem>,
) -> Option<T> {
    checked.map_err(|problem| problems.push(problem)).ok()
}

/// `None` for a field that was left empty.
pub(crate) fn some(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

fn username(raw: &str) -> Result<Option<String>, FieldProblem> {
    let name = raw.trim().to_lowercase();
    let letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let plain = name.chars().all(|c| letter(c) || "._-".contains(c)) && name.starts_with(letter);
    match name.chars().count() {
        0 => Ok(None),
        count if plain && USERNAME_LENGTH.contains(&count) => Ok(Some(name)),
        _ => Err(FieldProblem::new(
            "username",
            "Use 3 to 30 letters, digits, dots, dashes or underscores, with a letter or digit first.",
        )),
    }
}

/// A number as people write it: digits, and what they put between them.
fn phone(field: &'static str, raw: &str) -> Result<Option<String>, FieldProblem> {
    let number = raw.trim();
    let digits = number.chars().filter(char::is_ascii_digit).count();
    let plain = number.chars().all(|c| c.is_ascii_digit() || "+ ()-./".contains(c));
    match number.chars().count() {
        0 => Ok(None),
        count if plain && count <= 40 && PHONE_DIGITS.contains(&digits) => {
            Ok(Some(number.to_owned()))
        }
        _ => Err(FieldProblem::new(field, "Enter a phone number, such as +351 912 345 678.")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn ana() -> ProfileDetails {
        ProfileDetails {
            first_name: " Ana ".into(),
            last_name: "Silva".into(),
            time_zone: "europe/lisbon".into(),
            ..ProfileDetails::default()
        }
    }

    const TODAY: Date = date(2026, 3, 2);

    #[test]
    fn names_and_zone_are_enough() {
        let checked = ana().check(TODAY).unwrap();
        assert_eq!(
            (checked.first_name.as_str(), checked.time_zone.as_str()),
            ("Ana", "Europe/Lisbon")
        );
        assert_eq!((checked.username, checked.phone_number, checked.date_of_birth), <_>::default());
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let wrong = ProfileDetails {
            username: "-x".into(),
            phone_number: "call me".into(),
            date_of_birth: "2030-01-01".into(),
            emergency_contact_name: "\0".into(),
            emergency_contact_phone: "12".into(),
            ..ProfileDetails::default()
        };
        let problems = wrong.check(TODAY).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        assert_eq!(
            fields,
            [
                "first_name",
                "last_name",
                "username",
                "phone_number",
                "date_of_birth",
                "time_zone",
                "emergency_contact_name",
                "emergency_contact_phone"
            ]
        );
        assert!(!format!("{wrong:?}").contains("call me"));
    }

    proptest! {
        #[test]
        fn a_username_is_kept_in_lower_case(name in "[A-Za-z0-9][A-Za-z0-9._-]{2,29}") {
            let details = ProfileDetails { username: format!(" {name} "), ..ana() };
            prop_assert_eq!(details.check(TODAY).unwrap().username, Some(name.to_lowercase()));
        }

        #[test]
        fn whatever_is_typed_as_username_or_phone_is_kept_plain_or_refused(name: String, phone in "[0-9+ ()x-]{0,50}") {
            let details = ProfileDetails { username: name, phone_number: phone, ..ana() };
            if let Ok(checked) = details.check(TODAY) {
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c);
                prop_assert!(checked.username.is_none_or(|name| (3..=30).contains(&name.len()) && name.chars().all(plain)));
                let digits = |phone: &str| phone.chars().filter(char::is_ascii_digit).count();
                prop_assert!(checked.phone_number.is_none_or(|phone| phone.len() <= 40 && (5..=15).contains(&digits(&phone))));
            }
        }
    }
}
