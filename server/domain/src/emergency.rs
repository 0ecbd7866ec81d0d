//! Emergency access ("break-glass"): a doctor opens the record of somebody who is not their patient, says why,
//! and somebody else looks at it afterwards (HIPAA §164.312(a)(2)(ii)).
use crate::{FieldProblem, Id, Refusal, family::born, identity::Email, text};
use jiff::{SignedDuration, civil::Date};
use std::{fmt, ops::RangeInclusive};

/// A row of `emergency_accesses`.
#[derive(Debug)]
pub enum EmergencyAccess {}
pub type EmergencyAccessId = Id<EmergencyAccess>;

/// How long it lasts; mirrors `emergency_accesses_an_hour`.
pub const LIFETIME: SignedDuration = SignedDuration::from_mins(60);

/// How many characters a reason and a finding have; mirror `_reason_length` and `_finding_length`.
const REASON: RangeInclusive<usize> = 20..=500;
const FINDING: RangeInclusive<usize> = 10..=500;

/// How many records one doctor opens in an hour at most: whoever has stolen a session does not read all of them.
pub const MOST_AN_HOUR: i64 = 10;

pub const TOO_MANY: Refusal = Refusal::new(
    "emergency.too_many",
    "You have opened ten records in the last hour, which is as many as one doctor can. Please ask a colleague.",
);
pub const OVER: Refusal = Refusal::new(
    "emergency.over",
    "Your hour with this record is over. If you still need it, open it again and say why.",
);
pub const REVIEWED: Refusal =
    Refusal::new("emergency.reviewed", "Somebody else has reviewed this already.");
pub const NOT_YOUR_OWN: Refusal =
    Refusal::new("emergency.not_your_own", "This is about you, so somebody else has to review it.");

/// Whose record is to be opened and why, as it was typed. Either the address, or names and date of birth.
#[derive(Clone, Default)]
pub struct EmergencyForm {
    pub email: String,
    pub first_name: String,
    pub last_name: String,
    /// `1950-03-21`
    pub date_of_birth: String,
    pub reason: String,
}

/// Without names and reasons, which no log may show.
impl fmt::Debug for EmergencyForm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EmergencyForm").finish_non_exhaustive()
    }
}

/// By what a doctor knows who lies in front of them.
#[derive(Clone, PartialEq, Eq)]
pub enum KnownBy {
    Email(Email),
    Birth { first_name: String, last_name: String, date_of_birth: Date },
}

impl KnownBy {
    /// The field that is wrong when nobody is known by it.
    #[must_use]
    pub const fn field(&self) -> &'static str {
        match self {
            Self::Email(_) => "email",
            Self::Birth { .. } => "last_name",
        }
    }
}

impl fmt::Debug for KnownBy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.field())
    }
}

/// A form whose every field is right.
#[derive(Clone, PartialEq, Eq)]
pub struct CheckedEmergency {
    pub whom: KnownBy,
    pub reason: String,
}

impl fmt::Debug for CheckedEmergency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedEmergency").field("whom", &self.whom).finish_non_exhaustive()
    }
}

impl EmergencyForm {
    /// All that is wrong with it, field by field, on the day `today`.
    pub fn check(&self, today: Date) -> Result<CheckedEmergency, Vec<FieldProblem>> {
        let reason = text::checked("reason", "The reason", &self.reason, REASON)
            .map_err(|problem| vec![problem]);
        match (self.whom(today), reason) {
            (Ok(whom), Ok(reason)) => Ok(CheckedEmergency { whom, reason }),
            (whom, reason) => {
                Err([whom.err(), reason.err()].into_iter().flatten().flatten().collect())
            }
        }
    }

    fn whom(&self, today: Date) -> Result<KnownBy, Vec<FieldProblem>> {
        let is_named = [&self.first_name, &self.last_name, &self.date_of_birth]
            .iter()
            .any(|typed| !typed.trim().is_empty());
        if !self.email.trim().is_empty() {
            return Email::checked("email", &self.email)
                .map(KnownBy::Email)
                .map_err(|problem| vec![problem]);
        }
        if !is_named {
            return Err(vec![FieldProblem::new(
                "email",
                "Enter their email address, or below their name and date of birth.",
            )]);
        }
        let first_name = text::checked("first_name", "Their first name", &self.first_name, 1..=80);
        let last_name = text::checked("last_name", "Their last name", &self.last_name, 1..=80);
        let date_of_birth = born("their", &self.date_of_birth, today);
        match (first_name, last_name, date_of_birth) {
            (Ok(first_name), Ok(last_name), Ok(date_of_birth)) => {
                Ok(KnownBy::Birth { first_name, last_name, date_of_birth })
            }
            (first_name, last_name, date_of_birth) => {
                Err([first_name.err(), last_name.err(), date_of_birth.err()]
                    .into_iter()
                    .flatten()
                    .collect())
            }
        }
    }
}

/// What a reviewer says of an emergency access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    pub is_justified: bool,
    /// For the patient. Said whenever it was not justified.
    pub finding: Option<String>,
}

impl Review {
    /// `verdict` is `justified` or `not_justified`.
    pub fn check(verdict: &str, finding: &str) -> Result<Self, Vec<FieldProblem>> {
        let is_justified = match verdict {
            "justified" => Ok(true),
            "not_justified" => Ok(false),
            _ => Err(FieldProblem::new("verdict", "Choose whether there was reason for it.")),
        };
        let finding = match (finding.trim(), &is_justified) {
            ("", Ok(false)) => Err(FieldProblem::new(
                "finding",
                "Say what was wrong and what is done about it. The patient reads it.",
            )),
            ("", _) => Ok(None),
            (finding, _) => text::checked("finding", "What you found", finding, FINDING).map(Some),
        };
        match (is_justified, finding) {
            (Ok(is_justified), Ok(finding)) => Ok(Self { is_justified, finding }),
            (is_justified, finding) => {
                Err([is_justified.err(), finding.err()].into_iter().flatten().collect())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    const REASON: &str = "Unconscious after a fall, no papers but an ID card.";

    fn fields(problems: &[FieldProblem]) -> Vec<&str> {
        problems.iter().map(|problem| problem.field.as_ref()).collect()
    }

    fn form(email: &str, name: [&str; 3]) -> EmergencyForm {
        let [first_name, last_name, date_of_birth] = name.map(ToOwned::to_owned);
        EmergencyForm {
            email: email.into(),
            first_name,
            last_name,
            date_of_birth,
            reason: REASON.into(),
        }
    }

    #[test]
    fn somebody_is_known_by_their_address_or_by_name_and_birth() {
        let today = date(2026, 3, 2);
        let known = |form: EmergencyForm| form.check(today).map(|checked| checked.whom);
        let by_name = known(form("", ["Ana", " Lima ", "1950-03-21"])).unwrap();
        let born = KnownBy::Birth {
            first_name: "Ana".into(),
            last_name: "Lima".into(),
            date_of_birth: date(1950, 3, 21),
        };
        assert!(by_name == born);
        let by_address = known(form("Ana@Example.org", ["", "", ""])).unwrap();
        assert!(by_address == KnownBy::Email("ana@example.org".parse().unwrap()));

        assert_eq!(fields(&known(form("", ["", " ", ""])).unwrap_err()), ["email"]);
        let half = known(form("", ["Ana", "", "21.3.1950"])).unwrap_err();
        assert_eq!(fields(&half), ["last_name", "date_of_birth"]);
    }

    #[test]
    fn what_is_wrong_with_the_reason_is_said_beside_the_rest() {
        let short = EmergencyForm { reason: "urgent".into(), ..form("nobody", ["", "", ""]) };
        assert_eq!(fields(&short.check(date(2026, 3, 2)).unwrap_err()), ["email", "reason"]);
        assert!(!format!("{short:?}").contains("urgent"));
    }

    #[test]
    fn who_says_that_it_was_wrong_says_why() {
        assert_eq!(
            Review::check("justified", " ").unwrap(),
            Review { is_justified: true, finding: None }
        );
        assert_eq!(fields(&Review::check("not_justified", "").unwrap_err()), ["finding"]);
        assert_eq!(fields(&Review::check("", "short").unwrap_err()), ["verdict", "finding"]);
    }

    proptest! {
        #[test]
        fn no_reason_is_shorter_or_longer_than_the_database_takes(reason in "\\PC{0,600}") {
            let typed = EmergencyForm { reason: reason.clone(), ..form("a@example.org", ["", "", ""]) };
            let length = reason.trim().chars().count();
            if let Ok(checked) = typed.check(date(2026, 3, 2)) {
                prop_assert!((20..=500).contains(&checked.reason.chars().count()));
            } else {
                prop_assert!(!(20..=500).contains(&length) || reason.chars().any(|c| !c.is_alphanumeric()));
            }
        }
    }
}
