//! Family: people without an account, for whom somebody else books and reads.
use crate::{FieldProblem, Refusal, text, text_enum};
use jiff::{ToSpan, civil::Date};
use serde::{Deserialize, Serialize};
use std::fmt;

text_enum! {
    /// What a dependant is to their guardian.
    pub enum Relationship {
        Child = "child",
        Partner = "partner",
        Parent = "parent",
        Other = "other",
    }
}

impl Relationship {
    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Child => "Child",
            Self::Partner => "Partner",
            Self::Parent => "Parent",
            Self::Other => "Other",
        }
    }
}

/// Nobody lives longer, and a year typed wrongly is seen.
const OLDEST_YEARS: i32 = 130;

pub const TOO_MANY_DEPENDANTS: Refusal = Refusal::new(
    "family.too_many",
    "Your list holds ten people, and it is full. Remove somebody to add another.",
);
pub const HAS_COMING_VISITS: Refusal = Refusal::new(
    "family.has_coming_visits",
    "There are coming visits for this person. Cancel them first, or wait until they are over.",
);

/// What is known of a dependant, as it was typed.
#[derive(Clone, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct DependantDetails {
    pub first_name: String,
    pub last_name: String,
    /// `2018-05-31`
    pub date_of_birth: String,
    /// A word of [`Relationship`].
    pub relationship: String,
}

/// Without names, which no log may show.
impl fmt::Debug for DependantDetails {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DependantDetails").finish_non_exhaustive()
    }
}

/// Details whose every field is right.
pub struct CheckedDependant {
    pub first_name: String,
    pub last_name: String,
    pub date_of_birth: Date,
    pub relationship: Relationship,
}

impl fmt::Debug for CheckedDependant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedDependant").finish_non_exhaustive()
    }
}

impl DependantDetails {
    /// All that is wrong with them, field by field, on the day `today`.
    pub fn check(&self, today: Date) -> Result<CheckedDependant, Vec<FieldProblem>> {
        let first_name = text::checked("first_name", "Their first name", &self.first_name, 1..=80);
        let last_name = text::checked("last_name", "Their last name", &self.last_name, 1..=80);
        let date_of_birth = born("their", &self.date_of_birth, today);
        let relationship = self
            .relationship
            .parse()
            .map_err(|_| FieldProblem::new("relationship", "Choose what this person is to you."));
        match (first_name, last_name, date_of_birth, relationship) {
            (Ok(first_name), Ok(last_name), Ok(date_of_birth), Ok(relationship)) => {
                Ok(CheckedDependant { first_name, last_name, date_of_birth, relationship })
            }
            (first_name, last_name, date_of_birth, relationship) => {
                Err([first_name.err(), last_name.err(), date_of_birth.err(), relationship.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// When somebody was born who lives on the day `today`; `whose` is "your" or "their".
pub(crate) fn born(whose: &str, raw: &str, today: Date) -> Result<Date, FieldProblem> {
    let problem = |message: String| FieldProblem::new("date_of_birth", message);
    // A time beside the date, which the parser would take, is no date.
    let date: Date = Some(raw.trim())
        .filter(|raw| raw.len() == 10)
        .and_then(|raw| raw.parse().ok())
        .ok_or_else(|| problem(format!("Enter {whose} date of birth, such as 2018-05-31.")))?;
    if date > today {
        return Err(problem(format!("{} date of birth lies in the future.", capital(whose))));
    }
    if date < today.saturating_sub(OLDEST_YEARS.years()) {
        let whose = capital(whose);
        return Err(problem(format!(
            "{whose} date of birth is too long ago. Please check the year."
        )));
    }
    Ok(date)
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    fn mia() -> DependantDetails {
        DependantDetails {
            first_name: " Mia ".into(),
            last_name: "Silva".into(),
            date_of_birth: "2018-05-31".into(),
            relationship: "child".into(),
        }
    }

    #[test]
    fn every_wrong_field_is_named_at_once() {
        let problems = DependantDetails::default().check(date(2026, 3, 2)).unwrap_err();
        let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
        assert_eq!(fields, ["first_name", "last_name", "date_of_birth", "relationship"]);
    }

    #[test]
    fn dates_that_are_none_are_refused() {
        for raw in ["", "31.05.2018", "2018-02-30", "2018-05-31T10:00", "1800-01-01", "2026-03-03"]
        {
            let details = DependantDetails { date_of_birth: raw.into(), ..mia() };
            assert!(details.check(date(2026, 3, 2)).is_err(), "{raw:?}");
        }
    }

    #[test]
    fn a_name_never_reaches_a_log() {
        let checked = mia().check(date(2026, 3, 2)).unwrap();
        assert_eq!(checked.first_name, "Mia");
        assert!(!format!("{:?}{checked:?}", mia()).contains("Mia"));
    }

    proptest! {
        #[test]
        fn who_was_born_by_today_and_can_be_alive_is_kept(days in -60_000..1_000_i64) {
            let today = date(2026, 3, 2);
            let born = today.saturating_add(days.days());
            let details = DependantDetails { date_of_birth: born.to_string(), ..mia() };
            let alive = born <= today && born >= date(2026 - 130, 3, 2);
            prop_assert_eq!(details.check(today).ok().map(|checked| checked.date_of_birth), alive.then_some(born));
        }
    }
}
