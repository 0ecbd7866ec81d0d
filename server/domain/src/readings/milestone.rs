//! What people have reached with their readings, worth a kind word.
//!
//! By their days alone, whose figures are kept: in whatever order readings come, the same is reached.
use super::{Bucket, MetricKind, Target};
use crate::text_enum;
use jiff::{
    SignedDuration, ToSpan,
    civil::{Date, Weekday},
};

text_enum! {
    /// What can be reached, once with each kind of reading.
    pub enum Milestone {
        /// Measured on so many days in a row.
        Days7 = "days_in_row_7",
        Days30 = "days_in_row_30",
        Days100 = "days_in_row_100",
        Days365 = "days_in_row_365",
        /// In so many weeks in a row, of what is measured about once a week.
        Weeks4 = "weeks_in_row_4",
        Weeks12 = "weeks_in_row_12",
        Weeks52 = "weeks_in_row_52",
        /// What a day comes to was in the range that holds for the person on five days of seven.
        MostDays = "in_range_5_of_7_days",
        /// The average was in that range on fourteen days with readings, one after the other.
        InRange = "in_range_14_days",
    }
}

/// How late somebody may be congratulated: what is older is no news.
pub const NEWS_DAYS: i64 = 3;

const IN_RANGE_DAYS: usize = 14;

/// Fourteen days with readings are at least half of as many weeks: the norm of pressures measured at
/// home is three days of seven.
const IN_RANGE_WITHIN: i64 = 28;

/// A milestone, and the first day on which it was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    pub kind: MetricKind,
    pub what: Milestone,
    pub on: Date,
}

impl Reached {
    /// Whether somebody wants to hear of it on the day `today`.
    #[must_use]
    pub fn is_news(self, today: Date) -> bool {
        self.on >= today.saturating_sub(NEWS_DAYS.days())
    }

    /// `7 days in a row`
    #[must_use]
    pub const fn title(self) -> &'static str {
        match self.what {
            Milestone::Days7 => "7 days in a row",
            Milestone::Days30 => "30 days in a row",
            Milestone::Days100 => "100 days in a row",
            Milestone::Days365 => "A whole year, day by day",
            Milestone::Weeks4 => "4 weeks in a row",
            Milestone::Weeks12 => "12 weeks in a row",
            Milestone::Weeks52 => "A whole year, week by week",
            Milestone::MostDays => "5 days of 7 in your range",
            Milestone::InRange => "14 days in your range",
        }
    }

    /// A kind word. It names no range: which one held then, a doctor may have changed since.
    #[must_use]
    pub const fn text(self) -> &'static str {
        match self.what {
            Milestone::Days7 => "Well done. A week of readings is the beginning of a habit.",
            Milestone::Days30 => {
                "Well done. With a month of readings your doctor sees where things are going."
            }
            Milestone::Days100 => "Well done. A hundred days: few people keep at it like that.",
            Milestone::Days365 => "Well done. You have not missed a day in a whole year.",
            Milestone::Weeks4 => "Well done. Once a week is all it takes, and you have kept to it.",
            Milestone::Weeks12 => "Well done. Three months, and not a week without a reading.",
            Milestone::Weeks52 => "Well done. A whole year, and not a week without a reading.",
            Milestone::MostDays => {
                "Well done. On five days of seven you were in the range that is right for you."
            }
            Milestone::InRange => {
                "Well done. On 14 days with readings, one after the other, your average was in the range that is right for you."
            }
        }
    }
}

/// What was reached with the readings of `kind` until `today`, the earliest first; `days` are in their order, and `target`
/// is the range that holds for the person.
#[must_use]
pub fn reached(
    kind: MetricKind,
    days: &[Bucket<Date>],
    target: Option<&Target>,
    today: Date,
) -> Vec<Reached> {
    let measured: Vec<Date> = days.iter().map(|day| day.at).filter(|day| *day <= today).collect();
    // What a day comes to is known when it is over.
    let over = days.iter().filter(|day| day.at < today);
    let judged: Vec<(Date, bool)> = over.map(|day| (day.at, is_in(kind, target, day))).collect();
    let mut all: Vec<Reached> = Milestone::ALL
        .iter()
        .filter_map(|what| {
            let on = match rule(*what) {
                Rule::Days(length) if is_daily(kind) => run(&measured, length, 1),
                Rule::Weeks(length) if is_weekly(kind) => in_weeks(&measured, length),
                Rule::MostDays if kind.is_total() => most_days(&judged),
                Rule::InRange if is_judged(kind) => in_range(&judged),
                _ => None,
            };
            Some(Reached { kind, what: *what, on: on? })
        })
        .collect();
    all.sort_by_key(|reached| reached.on);
    all
}

/// On how many days in a row there are readings until `today`, or until yesterday while today is not over.
/// `days` are in their order.
#[must_use]
pub fn days_in_row(days: &[Date], today: Date) -> u32 {
    let mut expected = match days.last() {
        Some(last) if *last == today || last.tomorrow().ok() == Some(today) => *last,
        _ => return 0,
    };
    let mut length = 0;
    for day in days.iter().rev() {
        if *day != expected {
            break;
        }
        length += 1;
        expected = day.saturating_sub(1.day());
    }
    length
}

enum Rule {
    Days(usize),
    Weeks(usize),
    MostDays,
    InRange,
}

const fn rule(what: Milestone) -> Rule {
    match what {
        Milestone::Days7 => Rule::Days(7),
        Milestone::Days30 => Rule::Days(30),
        Milestone::Days100 => Rule::Days(100),
        Milestone::Days365 => Rule::Days(365),
        Milestone::Weeks4 => Rule::Weeks(4),
        Milestone::Weeks12 => Rule::Weeks(12),
        Milestone::Weeks52 => Rule::Weeks(52),
        Milestone::MostDays => Rule::MostDays,
        Milestone::InRange => Rule::InRange,
    }
}

/// Whether it is right to measure it each day.
fn is_daily(kind: MetricKind) -> bool {
    kind.cadence() <= SignedDuration::from_hours(24)
}

/// Whoever weighs themselves each day is told to do so once a week.
fn is_weekly(kind: MetricKind) -> bool {
    !is_daily(kind) && kind.cadence() <= SignedDuration::from_hours(7 * 24)
}

/// What people bring into range themselves, with their doctor: nobody is praised for the temperature they have.
const fn is_judged(kind: MetricKind) -> bool {
    matches!(kind, MetricKind::BloodPressure | MetricKind::BloodGlucose)
}

/// The day on which the first run of so many days ends, each `apart` days after the one before.
fn run(days: &[Date], length: usize, apart: i64) -> Option<Date> {
    let mut count = 0;
    let mut before: Option<Date> = None;
    for day in days {
        let follows = before.is_some_and(|before| before.saturating_add(apart.days()) == *day);
        count = if follows { count + 1 } else { 1 };
        if count == length {
            return Some(*day);
        }
        before = Some(*day);
    }
    None
}

/// The same of weeks from Monday on: the first day measured in the last of them.
fn in_weeks(days: &[Date], length: usize) -> Option<Date> {
    let mut firsts: Vec<(Date, Date)> = days.iter().map(|day| (monday(*day), *day)).collect();
    firsts.dedup_by_key(|(week, _)| *week);
    let weeks: Vec<Date> = firsts.iter().map(|(week, _)| *week).collect();
    let last = run(&weeks, length, 7)?;
    firsts.iter().find(|(week, _)| *week == last).map(|(_, day)| *day)
}

fn monday(day: Date) -> Date {
    day.saturating_sub(i64::from(day.weekday().since(Weekday::Monday)).days())
}

fn is_in(kind: MetricKind, target: Option<&Target>, day: &Bucket<Date>) -> bool {
    let level = day.figures.level(kind.is_total());
    target.zip(level).is_some_and(|(target, level)| target.has(level))
}

fn most_days(days: &[(Date, bool)]) -> Option<Date> {
    let within: Vec<Date> = days.iter().filter(|(_, is_in)| *is_in).map(|(day, _)| *day).collect();
    spread(&within, 5, 7)
}

fn in_range(days: &[(Date, bool)]) -> Option<Date> {
    days.split(|(_, is_in)| !is_in).find_map(|run| {
        let run: Vec<Date> = run.iter().map(|(day, _)| *day).collect();
        spread(&run, IN_RANGE_DAYS, IN_RANGE_WITHIN)
    })
}

/// The last of the first `count` days that lie within so many days of the calendar.
fn spread(days: &[Date], count: usize, within: i64) -> Option<Date> {
    days.windows(count).find_map(|window| {
        let (first, last) = (window.first()?, window.last()?);
        (*last < first.saturating_add(within.days())).then_some(*last)
    })
}

#[cfg(test)]
mod tests {
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
        let days =
            |range: std::ops::Range<i64>| -> Vec<_> { range.map(|day| (day, 72.0)).collect() };
        let kind = MetricKind::HeartRate;
        assert_eq!(all(kind, &days(0..6)), []);
        assert_eq!(all(kind, &days(0..7)), [(Milestone::Days7, TODAY)]);
        assert_eq!(
            all(kind, &days(3..33)),
            [(Milestone::Days7, ago(26)), (Milestone::Days30, ago(3))]
        );
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
            (1..=14)
                .map(|day| (day * 2 - 1, if out == Some(day) { 150.0 } else { 120.0 }))
                .collect()
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
                text.starts_with("Well done.")
                    && text.ends_with('.')
                    && !reached.title().is_empty()
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
}
