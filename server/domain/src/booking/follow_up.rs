//! When a doctor would see a patient again.
use super::AppointmentStatus;
use crate::{FieldProblem, Refusal};
use jiff::{ToSpan, civil::Date};

/// How many weeks ahead a follow-up may be suggested.
pub const FOLLOW_UP_WEEKS: std::ops::RangeInclusive<i64> = 1..=52;

pub const NOT_SEEN_YET: Refusal =
    Refusal::new("booking.not_seen_yet", "A follow-up can be suggested once the visit has begun.");

/// The day around which a follow-up is suggested, `weeks` after the visit on `day`.
pub fn follow_up_day(day: Date, weeks: i64) -> Result<Date, FieldProblem> {
    let day = Some(weeks)
        .filter(|weeks| FOLLOW_UP_WEEKS.contains(weeks))
        .and_then(|weeks| day.checked_add(weeks.weeks()).ok());
    day.ok_or(FieldProblem::new("weeks", "Enter a whole number of weeks from 1 to 52."))
}

/// Whether a doctor may say so of a visit.
pub fn can_suggest_follow_up(status: AppointmentStatus) -> Result<(), Refusal> {
    match status {
        AppointmentStatus::InProgress | AppointmentStatus::Completed => Ok(()),
        _ => Err(NOT_SEEN_YET),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::prelude::*;

    #[test]
    fn it_can_be_said_during_the_visit_and_after_it() {
        for &status in AppointmentStatus::ALL {
            let seen = [AppointmentStatus::InProgress, AppointmentStatus::Completed];
            assert_eq!(can_suggest_follow_up(status).is_ok(), seen.contains(&status), "{status}");
        }
    }

    proptest! {
        #[test]
        fn a_follow_up_falls_on_the_same_weekday(weeks in -10..70_i64, day in 0..10_000_i64) {
            let visit = date(2020, 1, 1).saturating_add(day.days());
            let found = follow_up_day(visit, weeks).ok();
            prop_assert_eq!(found.is_some(), (1..=52).contains(&weeks));
            if let Some(found) = found {
                prop_assert_eq!(found.weekday(), visit.weekday());
                prop_assert_eq!(found.duration_since(visit).as_hours(), weeks * 7 * 24);
            }
        }
    }
}
