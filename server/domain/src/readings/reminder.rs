//! When somebody is reminded to measure: what they measured regularly by their own hand, and have not for days.
use super::MetricKind;
use jiff::{
    Timestamp, ToSpan,
    civil::{Date, time},
    tz::TimeZone,
};

/// Whoever measures on so many of these days does so regularly. Once a week is enough.
const REGULARLY: usize = 4;
const OF_DAYS: i64 = 28;

/// Nobody is reminded more than so many days late: by then they have heard of it, or have given it up.
const LATE: i64 = 3;

/// After how many days without a reading somebody is reminded. `None`: never, as a device measures it by itself or nobody
/// need measure it often.
const fn missed_after(kind: MetricKind) -> Option<i64> {
    match kind {
        MetricKind::BloodPressure | MetricKind::BloodGlucose | MetricKind::PeakFlow => Some(3),
        MetricKind::Weight => Some(10),
        _ => None,
    }
}

/// The day on which somebody is to be reminded who has measured `kind` on `days`, which are in their order, and does not
/// measure it again before. `None`: never.
#[must_use]
pub fn remind_on(kind: MetricKind, days: &[Date]) -> Option<Date> {
    let (after, last) = (missed_after(kind)?, *days.last()?);
    let since = last.saturating_sub(OF_DAYS.days());
    let measured = days.iter().rev().take_while(|day| **day > since).count();
    (measured >= REGULARLY).then(|| last.saturating_add(after.days()))
}

/// Whether `today` is late enough for a reminder of that day, and not too late.
#[must_use]
pub fn is_time_to_remind(on: Date, today: Date) -> bool {
    (on..=on.saturating_add(LATE.days())).contains(&today)
}

/// When somebody who lives in `zone` is reminded on the day `on`: in the morning, when most people measure.
#[must_use]
pub fn reminded_at(on: Date, zone: &TimeZone) -> Option<Timestamp> {
    let morning = on.to_datetime(time(9, 0, 0, 0));
    Some(zone.to_ambiguous_zoned(morning).compatible().ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use proptest::{collection::btree_set, prelude::*};

    const TODAY: Date = date(2026, 5, 31);

    /// Measured so many days ago, the first one first.
    fn ago(days: &[i64]) -> Vec<Date> {
        days.iter().map(|days| TODAY.saturating_sub(days.days())).collect()
    }

    #[test]
    fn who_measures_on_four_days_of_four_weeks_is_reminded_three_days_after_the_last() {
        let kind = MetricKind::BloodPressure;
        let on = |days: &[i64]| remind_on(kind, &ago(days));
        assert_eq!(on(&[6, 5, 4, 3]), Some(TODAY));
        assert_eq!(on(&[30, 20, 10, 3]), Some(TODAY));
        assert_eq!(on(&[31, 20, 10, 3]), None, "the first is too long ago");
        assert_eq!(on(&[5, 4, 3]), None);
        assert_eq!(on(&[]), None);
    }

    #[test]
    fn weight_has_time_and_what_a_watch_measures_is_left_to_it() {
        let weeks = ago(&[31, 24, 17, 10]);
        assert_eq!(remind_on(MetricKind::Weight, &weeks), Some(TODAY));
        let days = ago(&[6, 5, 4, 3, 2, 1, 0]);
        let reminded: Vec<_> =
            MetricKind::ALL.iter().filter(|kind| remind_on(**kind, &days).is_some()).collect();
        use MetricKind::{BloodGlucose, BloodPressure, PeakFlow, Weight};
        assert_eq!(reminded, [&BloodPressure, &BloodGlucose, &Weight, &PeakFlow]);
    }

    #[test]
    fn nobody_is_reminded_before_the_day_or_long_after_it() {
        let times = |on: i64| is_time_to_remind(TODAY.saturating_sub(on.days()), TODAY);
        assert_eq!([-1, 0, 3, 4].map(times), [false, true, true, false]);
    }

    #[test]
    fn it_is_in_the_morning_where_somebody_lives() {
        let at = |zone: &str| {
            reminded_at(date(2026, 3, 29), &TimeZone::get(zone).unwrap()).unwrap().to_string()
        };
        assert_eq!(at("Europe/Lisbon"), "2026-03-29T08:00:00Z", "the clocks went forward");
        assert_eq!(at("Asia/Kathmandu"), "2026-03-29T03:15:00Z");
    }

    proptest! {
        /// Whatever was measured before, it is the last day from which is counted.
        #[test]
        fn a_new_day_puts_the_reminder_off(days in btree_set(0_i64..60, 4..40), more in 1_i64..30) {
            let mut all: Vec<Date> = days.iter().rev().map(|day| TODAY.saturating_sub(day.days())).collect();
            let before = remind_on(MetricKind::BloodGlucose, &all);
            all.push(TODAY.saturating_add(more.days()));
            let after = remind_on(MetricKind::BloodGlucose, &all);
            prop_assert!(before.zip(after).is_none_or(|(before, after)| before < after));
        }
    }
}
