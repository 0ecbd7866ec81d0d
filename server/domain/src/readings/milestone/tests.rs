use super::*;
use crate::readings::{Figures, LimitNumbers, PersonalLimits, Reading};
use jiff::civil::date;
use proptest::{collection::btree_set, prelude::*};

/// A Sunday.
const TODAY: Date = date(2026, 5, 31);

fn ago(days: i64) -> Date {
    TODAY.saturating_sub(days.days())
}

fn on(kind: MetricKind, day: Date, value: f64) -> Bucket<Date> {
    let lower = kind.is_pair().then_some(value - 45.0);
    let figures = Figures::of(Reading::stored(kind, value, lower).unwrap());
    Bucket { at: day, figures }
}

fn all(kind: MetricKind, ago_and_value: &[(i64, f64)]) -> Vec<(Milestone, Date)> {
    all_with(kind, ago_and_value, Target::of(kind))
}

fn all_with(
    kind: MetricKind,
    ago_and_value: &[(i64, f64)],
    target: Option<Target>,
) -> Vec<(Milestone, Date)> {
    let mut days: Vec<_> =
        ago_and_value.iter().map(|(days, value)| on(kind, ago(*days), *value)).collect();
    days.sort_by_key(|day| day.at);
    let all = reached(kind, &days, target.as_ref(), TODAY);
    all.into_iter().map(|reached| (reached.what, reached.on)).collect()
}

#[test]
fn a_week_of_days_in_a_row_is_reached_on_the_seventh() {
    let days = |range: std::ops::Range<i64>| -> Vec<_> { range.map(|day| (day, 72.0)).collect() };
    let kind = MetricKind::HeartRate;
    assert_eq!(all(kind, &days(0..6)), []);
    assert_eq!(all(kind, &days(0..7)), [(Milestone::Days7, TODAY)]);
    assert_eq!(all(kind, &days(3..33)), [(Milestone::Days7, ago(26)), (Milestone::Days30, ago(3))]);
    let gap = [days(0..6), days(7..13)].concat();
    assert_eq!(all(kind, &gap), []);
    assert_eq!(all(kind, &days(-7..0)), [], "days that are still to come");
}

#[test]
fn what_is_weighed_once_a_week_counts_by_weeks() {
    // Sunday, Monday of the week before, and so on: each in a week of its own.
    let weeks = [(0, 70.0), (13, 70.0), (14, 70.0), (27, 70.0)];
    assert_eq!(all(MetricKind::Weight, &weeks), [(Milestone::Weeks4, TODAY)]);
    assert_eq!(all(MetricKind::Weight, &weeks[1..]), []);
    assert_eq!(all(MetricKind::Height, &weeks), []);
}

#[test]
fn five_days_of_seven_are_reached_when_the_fifth_is_over() {
    let steps = |ago: &[i64]| {
        all(MetricKind::Steps, &ago.iter().map(|ago| (*ago, 7_000.0)).collect::<Vec<_>>())
    };
    assert_eq!(steps(&[1, 2, 4, 5, 7]), [(Milestone::MostDays, ago(1))]);
    assert_eq!(steps(&[0, 2, 4, 5, 6]), [], "today is not over");
    assert_eq!(steps(&[1, 2, 4, 5, 8]), []);
    assert_eq!(all(MetricKind::Steps, &[1, 2, 3, 4, 5, 6].map(|ago| (ago, 6_999.0))), []);
}

#[test]
fn fourteen_days_in_range_may_have_days_without_readings_between_but_none_out_of_range() {
    let days = |out: Option<i64>| -> Vec<_> {
        (1..=14).map(|day| (day * 2 - 1, if out == Some(day) { 150.0 } else { 120.0 })).collect()
    };
    let kind = MetricKind::BloodPressure;
    assert_eq!(all(kind, &days(None)), [(Milestone::InRange, ago(1))]);
    for out in 1..=14 {
        assert_eq!(all(kind, &days(Some(out))), [], "{out}");
    }
    let far: Vec<_> = (1..=14).map(|day| (day * 3, 120.0)).collect();
    assert_eq!(all(kind, &far), []);
    let warm: Vec<_> = (1..=14).map(|day| (day * 2 - 1, 37.0)).collect();
    assert_eq!(all(MetricKind::BodyTemperature, &warm), [], "no merit");
}

#[test]
fn whose_doctor_has_set_a_target_is_measured_by_that() {
    let kind = MetricKind::BloodPressure;
    let days: Vec<_> = (1..=14).map(|day| (day, 138.0)).collect();
    assert_eq!(all(kind, &days), [(Milestone::Days7, ago(8))]);
    let mut numbers: LimitNumbers = [None; 12];
    (numbers[0], numbers[1], numbers[2], numbers[3]) =
        (Some(110.0), Some(140.0), Some(60.0), Some(95.0));
    let own = PersonalLimits::stored(kind, numbers).target();
    assert_eq!(
        all_with(kind, &days, own),
        [(Milestone::Days7, ago(8)), (Milestone::InRange, ago(1))]
    );
    let steps = [1, 2, 4, 5, 7].map(|day| (day, 4_200.0));
    assert_eq!(all(MetricKind::Steps, &steps), []);
    assert_eq!(all_with(MetricKind::Steps, &steps, None), []);
}

#[test]
fn only_what_is_new_is_news() {
    let on = |days| Reached { kind: MetricKind::Steps, what: Milestone::Days7, on: ago(days) };
    assert!(on(0).is_news(TODAY) && on(3).is_news(TODAY) && !on(4).is_news(TODAY));
    for what in Milestone::ALL {
        let reached = Reached { kind: MetricKind::BloodPressure, what: *what, on: TODAY };
        let text = reached.text();
        assert!(
            text.starts_with("Well done.") && text.ends_with('.') && !reached.title().is_empty()
        );
    }
}

proptest! {
    /// What was missed and comes late takes no streak away, and none is reached without its days.
    #[test]
    fn days_that_come_late_take_no_streak_away(
        first in btree_set(0_i64..60, 0..50), late in btree_set(0_i64..60, 0..20),
    ) {
        let kind = MetricKind::HeartRate;
        let of = |days: Vec<i64>| all(kind, &days.into_iter().map(|day| (day, 72.0)).collect::<Vec<_>>());
        let before = of(first.iter().copied().collect());
        let both: std::collections::BTreeSet<i64> = first.union(&late).copied().collect();
        let after = of(both.iter().copied().collect());
        for (what, day) in &before {
            let now = after.iter().find(|(other, _)| other == what);
            prop_assert!(now.is_some_and(|(_, earlier)| earlier <= day));
        }
        let longest = (0..60).map(|start| (start..60).take_while(|day| both.contains(day)).count()).max().unwrap();
        prop_assert_eq!(after.iter().any(|(what, _)| *what == Milestone::Days7), longest >= 7);
        prop_assert_eq!(after.iter().any(|(what, _)| *what == Milestone::Days30), longest >= 30);
    }

    /// However often it is looked while days come in whatever order, the streaks are those of all days.
    #[test]
    fn the_order_in_which_days_come_changes_no_streak(
        days in btree_set(0_i64..40, 0..40).prop_flat_map(|days| Just(days.into_iter().collect::<Vec<_>>()).prop_shuffle()),
    ) {
        let kind = MetricKind::OxygenSaturation;
        let of = |days: &[i64]| all(kind, &days.iter().map(|day| (*day, 97.0)).collect::<Vec<_>>());
        let mut found = std::collections::BTreeMap::new();
        for until in 0..=days.len() {
            for (what, day) in of(&days[..until]) {
                let known = found.entry(what.as_str()).or_insert(day);
                *known = day.min(*known);
            }
        }
        let at_once: std::collections::BTreeMap<_, _> =
            of(&days).into_iter().map(|(what, day)| (what.as_str(), day)).collect();
        prop_assert_eq!(found, at_once);
    }

    #[test]
    fn five_of_seven_is_what_counting_says(hits in btree_set(1_i64..40, 0..30)) {
        let steps: Vec<_> = hits.iter().map(|day| (*day, 9_000.0)).collect();
        let counted = (1..40).any(|last| (last..last + 7).filter(|day| hits.contains(day)).count() >= 5);
        let found = all(MetricKind::Steps, &steps);
        prop_assert_eq!(found.iter().any(|(what, _)| *what == Milestone::MostDays), counted);
    }

    #[test]
    fn a_row_of_days_ends_today_or_yesterday(days in btree_set(0_i64..30, 0..30)) {
        let dates: Vec<Date> = days.iter().rev().map(|day| ago(*day)).collect();
        let start = i64::from(!days.contains(&0));
        let counted = (start..).take_while(|day| days.contains(day)).count();
        prop_assert_eq!(days_in_row(&dates, TODAY) as usize, counted);
    }
}
