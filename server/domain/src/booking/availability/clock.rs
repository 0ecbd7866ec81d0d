//! A wall clock over a stretch of time, read in seconds.
//!
//! A civil time is counted in seconds as if it were UTC. A day without a change
//! of the clocks then costs one subtraction a time instead of one look-up.
use jiff::{
    Timestamp,
    civil::{Date, DateTime, Time},
    tz::{AmbiguousOffset, Offset, TimeZone},
};
use std::ops::Range;

pub(super) const MINUTE: i64 = 60;
pub(super) const DAY: i64 = 86_400;

/// Beyond every civil time, and far enough from the ends of `i64` to add to.
pub(super) const NEVER: i64 = i64::MAX / 4;

/// The offsets of one zone between two instants, in order.
pub(super) struct Clock {
    spans: Vec<Span>,
}

/// A stretch in which the offset stays the same.
struct Span {
    instants: Range<i64>,
    offset: i64,
}

impl Span {
    /// What the clock shows during it.
    fn shown(&self) -> Range<i64> {
        self.instants.start + self.offset..self.instants.end + self.offset
    }
}

/// Where on the line of instants a length of civil time lies.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reading {
    Once(i64),
    /// The clock shows its start twice.
    Twice(i64, i64),
    /// Some of it is never shown. Its start is read with the offset before the jump.
    Skipped(i64),
}

impl Clock {
    /// The clock of `zone`, right between the instants of `during`.
    pub(super) fn new(zone: &TimeZone, during: &Range<i64>) -> Self {
        let first = timestamp(during.start);
        let mut spans =
            vec![Span { instants: -NEVER..NEVER, offset: seconds(zone.to_offset(first)) }];
        for change in zone.following(first) {
            let (at, offset) = (floor(change.timestamp()), seconds(change.offset()));
            if at >= during.end {
                break;
            }
            if let Some(last) = spans.last_mut().filter(|last| last.offset != offset) {
                last.instants.end = at;
                spans.push(Span { instants: at..NEVER, offset });
            }
        }
        Self { spans }
    }

    /// Every civil day that the clock may show, or skip, at an instant of `during`.
    pub(super) fn days(&self, during: &Range<i64>) -> Range<i64> {
        let offsets = || self.spans.iter().map(|span| span.offset);
        let (least, most) = (offsets().min().unwrap_or(0), offsets().max().unwrap_or(0));
        (during.start + least).div_euclid(DAY)..(during.end - 1 + most).div_euclid(DAY) + 1
    }

    /// The one offset at which all of `local` is read, if the clocks do not change near it.
    pub(super) fn steady(&self, local: &Range<i64>) -> Option<i64> {
        let mut touching = self.spans.iter().filter(|span| {
            let shown = span.shown();
            shown.start < local.end && local.start < shown.end
        });
        let span = touching.next()?;
        let whole = span.shown().start <= local.start && local.end <= span.shown().end;
        (whole && touching.next().is_none()).then_some(span.offset)
    }

    /// Reads the civil time `local`, or what is left of it on that day.
    pub(super) fn read(&self, local: &Range<i64>) -> Reading {
        let mut copies = self.spans.iter().filter(|span| span.shown().contains(&local.start));
        let first = copies.next().map(|span| local.start - span.offset);
        let second = copies.next().map(|span| local.start - span.offset);
        let jump = self.jumps().find(|jump| jump.start < local.end && local.start < jump.end);
        match (first, second) {
            (Some(start), _) if jump.is_some() => Reading::Skipped(start),
            (Some(first), Some(second)) => Reading::Twice(first, second),
            (Some(start), None) => Reading::Once(start),
            (None, _) => Reading::Skipped(local.start - self.offset_before(local.start)),
        }
    }

    /// The civil times that are never shown.
    fn jumps(&self) -> impl Iterator<Item = Range<i64>> {
        self.spans
            .iter()
            .zip(self.spans.iter().skip(1))
            .map(|(before, after)| before.shown().end..after.shown().start)
            .filter(|jump| !jump.is_empty())
    }

    /// The offset that held before the clock jumped over `local`.
    fn offset_before(&self, local: i64) -> i64 {
        let before = self.spans.iter().rfind(|span| span.shown().end <= local);
        before.or(self.spans.first()).map_or(0, |span| span.offset)
    }
}

/// The first instant at which the clock of `zone` has reached `local`.
pub(super) fn reached(zone: &TimeZone, local: i64) -> i64 {
    match zone.to_ambiguous_timestamp(civil(local)).offset() {
        AmbiguousOffset::Unambiguous { offset: before } | AmbiguousOffset::Fold { before, .. } => {
            local - seconds(before)
        }
        AmbiguousOffset::Gap { after, .. } => {
            let earlier = local - seconds(after);
            let jump = zone.following(timestamp(earlier)).next();
            jump.map_or(earlier, |jump| floor(jump.timestamp()))
        }
    }
}

/// The civil day that the clock of `zone` shows at `instant`.
pub(super) fn today(zone: &TimeZone, instant: Timestamp) -> i64 {
    (floor(instant) + seconds(zone.to_offset(instant))).div_euclid(DAY)
}

/// How many days `date` is after 1970-01-01.
pub(super) fn day(date: Date) -> i64 {
    date.duration_since(Date::constant(1970, 1, 1)).as_secs().div_euclid(DAY)
}

/// Whole seconds since midnight.
pub(super) fn time_of_day(time: Time) -> i64 {
    time.duration_since(Time::midnight()).as_secs()
}

/// The same, for an end: 00:00 is midnight at the end of the day.
pub(super) fn end_of_hours(time: Time) -> i64 {
    if time == Time::midnight() { DAY } else { time_of_day(time) }
}

pub(super) fn civil(local: i64) -> DateTime {
    Offset::UTC.to_datetime(timestamp(local))
}

/// The instant, or the nearest one that can be written down.
pub(super) fn timestamp(second: i64) -> Timestamp {
    let nearest = if second < 0 { Timestamp::MIN } else { Timestamp::MAX };
    Timestamp::from_second(second).unwrap_or(nearest)
}

/// The last whole second at or before `instant`.
pub(super) fn floor(instant: Timestamp) -> i64 {
    instant.as_second() - i64::from(instant.subsec_nanosecond() < 0)
}

/// The first whole second at or after `instant`.
pub(super) fn ceiling(instant: Timestamp) -> i64 {
    instant.as_second() + i64::from(instant.subsec_nanosecond() > 0)
}

fn seconds(offset: Offset) -> i64 {
    i64::from(offset.seconds())
}
