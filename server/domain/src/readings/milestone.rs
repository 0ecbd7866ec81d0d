//! What people have reached with their readings, worth a kind word.
//!
//! By their days alone, whose figures are kept: in whatever order readings come, the same is reached.
#[cfg(test)]
mod tests;

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
