//! On which dates weekly hours are kept.
use super::clock::{NEVER, day};
use jiff::civil::{Date, Weekday};
use std::ops::Range;

/// The most weeks that weekly hours may lie apart.
pub const MOST_WEEKS: u16 = 12;

/// The dates of weekly hours: one weekday, in each week or in every so many.
///
/// Weeks go from Monday to Sunday and are counted from the one that holds
/// `from`. Hours of every 0 weeks, and those that rotate without a first day to
/// count from, are never kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Recurrence {
    pub weekday: Weekday,
    pub every_weeks: u16,
    pub from: Option<Date>,
    /// Inclusive.
    pub until: Option<Date>,
}

/// Why weekly hours are not kept on a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Miss {
    OtherWeekday,
    /// They begin later.
    NotYet,
    /// They have ended.
    NoLonger,
    /// They are kept in other weeks.
    OtherWeek,
}

impl Recurrence {
    /// Whether the hours are kept on any date at all.
    #[must_use]
    pub fn is_ever(&self) -> bool {
        self.meets(self)
    }

    /// Whether there is a date on which both are kept.
    #[must_use]
    pub fn meets(&self, other: &Self) -> bool {
        self.days().meets(&other.days())
    }

    /// Why the hours are not kept on `date`; `None`: they are.
    #[must_use]
    pub fn misses(&self, date: Date) -> Option<Miss> {
        let on = day(date);
        let days = self.days();
        if date.weekday() != self.weekday {
            Some(Miss::OtherWeekday)
        } else if self.from.is_some_and(|from| date < from) {
            Some(Miss::NotYet)
        } else if self.until.is_some_and(|until| date > until) {
            Some(Miss::NoLonger)
        } else if days.among(&(on..on + 1)).next().is_none() {
            Some(Miss::OtherWeek)
        } else {
            None
        }
    }

    pub(super) fn days(&self) -> Days {
        let weekday = i64::from(self.weekday.to_monday_zero_offset());
        let kept = match (self.every_weeks, self.from) {
            (0, _) | (2.., None) => None,
            (_, None) => Some((monday(0), -NEVER)),
            (_, Some(from)) => Some((monday(day(from)), day(from))),
        };
        let end = self.until.map_or(NEVER, |last| day(last) + 1);
        let (monday, span) = kept.map_or((0, 0..0), |(monday, start)| (monday, start..end));
        Days { one: monday + weekday, weeks: self.every_weeks.max(1), span }
    }
}

/// The Monday of the week of `day`.
pub(super) fn monday(day: i64) -> i64 {
    // 1970-01-01 was a Thursday, three days after a Monday.
    day - (day + 3).rem_euclid(7)
}

/// Days at the same distance from each other.
#[derive(Clone)]
pub(super) struct Days {
    /// One of them, if it lies in `span`.
    one: i64,
    /// How far apart they are.
    weeks: u16,
    span: Range<i64>,
}

impl Days {
    /// One day alone.
    pub(super) fn single(day: i64) -> Self {
        Self { one: day, weeks: 1, span: day..day + 1 }
    }

    /// Those of `days`, in order.
    pub(super) fn among(&self, days: &Range<i64>) -> impl Iterator<Item = i64> + use<> {
        let end = days.end.min(self.span.end);
        (self.first_from(days.start)..end).step_by(usize::from(self.weeks) * 7)
    }

    /// Whether a day is one of both.
    pub(super) fn meets(&self, other: &Self) -> bool {
        let first = self.first_from(other.span.start);
        let end = self.span.end.min(other.span.end);
        // After as many steps as the other has weeks it all begins again.
        (0..i64::from(other.weeks))
            .map(|step| first + step * self.period())
            .take_while(|&day| day < end)
            .any(|day| (day - other.one).rem_euclid(other.period()) == 0)
    }

    fn first_from(&self, day: i64) -> i64 {
        let from = day.max(self.span.start);
        from + (self.one - from).rem_euclid(self.period())
    }

    fn period(&self) -> i64 {
        i64::from(self.weeks) * 7
    }
}
