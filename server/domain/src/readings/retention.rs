//! How long readings are kept.
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};

/// Fewer years nobody keeps: a device may send what is two years old, and sends it again when it is not sure.
pub const YEARS_AT_LEAST: u16 = 3;

/// How long a reading is kept apart whose time cannot be right: long enough to find a clock that was never set.
pub const QUARANTINED_FOR: SignedDuration = SignedDuration::from_hours(90 * 24);

/// For how many years single readings are kept. What they came to in hours and days stays, and so does what was said of
/// them: alerts, corrections, milestones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retention {
    /// `None`: for ever. Readings are a part of somebody's record, and laws differ in how long that is to be kept: nothing
    /// of it goes until a clinic says so.
    years: Option<u16>,
}

impl Retention {
    /// For so many years, and for no fewer than [`YEARS_AT_LEAST`]; `None`: for ever.
    #[must_use]
    pub fn of(years: Option<u16>) -> Self {
        Self { years: years.map(|years| years.max(YEARS_AT_LEAST)) }
    }

    /// From when on single readings are kept that are looked for `now`: the beginning of a month (UTC), as they go by whole
    /// months. `None`: all of them.
    #[must_use]
    pub fn kept_from(self, now: Timestamp) -> Option<Timestamp> {
        let years = i64::from(self.years?);
        let then = now.to_zoned(TimeZone::UTC).checked_sub(years.years()).ok()?;
        Some(then.first_of_month().ok()?.start_of_day().ok()?.timestamp())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::readings::OLDEST;
    use proptest::prelude::*;

    fn at(time: &str) -> Timestamp {
        time.parse().unwrap()
    }

    #[test]
    fn whole_months_go_once_their_last_reading_is_old_enough() {
        let ten = Retention::of(Some(10));
        let from = |now| ten.kept_from(at(now)).unwrap();
        assert_eq!(from("2036-03-31T23:59:59Z"), at("2026-03-01T00:00:00Z"));
        assert_eq!(from("2036-04-01T00:00:00Z"), at("2026-04-01T00:00:00Z"));
        // Ten years before the 29th there is none.
        assert_eq!(from("2036-02-29T12:00:00Z"), at("2026-02-01T00:00:00Z"));
        assert_eq!(Retention::default().kept_from(at("2036-03-31T23:59:59Z")), None);
    }

    proptest! {
        #[test]
        fn what_is_young_enough_is_kept_and_nothing_much_longer(second in 0..7_000_000_000_i64, years in 0..60_u16) {
            let now = Timestamp::from_second(second).unwrap();
            let from = Retention::of(Some(years)).kept_from(now).unwrap();
            let days = i64::from(years.max(YEARS_AT_LEAST)) * 365;
            let age = now.duration_since(from);
            prop_assert!(age >= SignedDuration::from_hours(days * 24));
            prop_assert!(age < SignedDuration::from_hours((days + 16 + 32) * 24));
            prop_assert!(age > OLDEST);
        }
    }
}
