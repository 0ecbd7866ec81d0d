//! The visits there are: when they leave no room, and how many there may be.
use super::{
    Busy, BusyState, Cause, VisitLimits,
    clock::{MINUTE, ceiling, floor, timestamp, today},
    recurrence::monday,
};
use crate::directory::HospitalId;
use jiff::tz::TimeZone;
use std::ops::Range;

/// What is taken, in order of start.
pub(super) struct Taken {
    times: Vec<TakenTime>,
    /// The longest pauses that any of them keeps.
    before: i64,
    after: i64,
}

struct TakenTime {
    instants: Range<i64>,
    state: BusyState,
    place: Option<HospitalId>,
    /// Its pauses.
    before: i64,
    after: i64,
    /// When this one and all before it are over.
    over: i64,
}

/// A time, and the room that it needs.
pub(super) struct Need {
    pub(super) time: Range<i64>,
    pub(super) before: i64,
    pub(super) after: i64,
    /// From a visit at another place, and to it.
    pub(super) travel: i64,
    pub(super) place: Option<HospitalId>,
}

impl Taken {
    pub(super) fn new(busy: &[Busy]) -> Self {
        let mut taken: Vec<TakenTime> = busy
            .iter()
            .filter(|busy| busy.state != BusyState::Done)
            .map(|busy| TakenTime {
                instants: floor(busy.slot.start)..ceiling(busy.slot.end),
                state: busy.state,
                place: busy.place,
                before: i64::from(busy.pauses.before_minutes) * MINUTE,
                after: i64::from(busy.pauses.after_minutes) * MINUTE,
                over: 0,
            })
            .collect();
        taken.sort_by_key(|time| time.instants.start);
        let mut over = i64::MIN;
        for time in &mut taken {
            over = over.max(time.instants.end);
            time.over = over;
        }
        let longest = |pause: fn(&TakenTime) -> i64| taken.iter().map(pause).max().unwrap_or(0);
        let (before, after) = (longest(|time| time.before), longest(|time| time.after));
        Self { times: taken, before, after }
    }

    /// Why the time that is needed cannot be taken any more.
    pub(super) fn cause(&self, need: &Need) -> Option<Cause> {
        let before = need.before.max(need.travel).max(self.after);
        let end = need.time.end + need.after.max(need.travel).max(self.before);
        let upto = self.times.partition_point(|taken| taken.instants.start < end);
        self.times[..upto]
            .iter()
            .rev()
            .take_while(|taken| taken.over > need.time.start - before)
            .filter_map(|taken| taken.cause(need))
            .min()
    }
}

impl TakenTime {
    fn cause(&self, need: &Need) -> Option<Cause> {
        let within = |before: i64, after: i64| {
            self.instants.start < need.time.end + after
                && need.time.start - before < self.instants.end
        };
        // Who is seen by video or phone may sit anywhere.
        let elsewhere = self.place.is_some() && need.place.is_some() && self.place != need.place;
        match self.state {
            BusyState::Booked if within(0, 0) => Some(Cause::Booked),
            BusyState::Held if within(0, 0) => Some(Cause::Held),
            // No buffer is kept to what is no visit.
            BusyState::Elsewhere => within(0, 0).then_some(Cause::Elsewhere),
            // The longer pause of the two: what one needs after it, and the next before it.
            _ if within(need.before.max(self.after), need.after.max(self.before)) => {
                Some(Cause::Buffer)
            }
            _ if elsewhere && within(need.travel, need.travel) => Some(Cause::Travel),
            _ => None,
        }
    }
}

/// The days of all visits, in order, and how many there may be.
pub(super) struct Counted {
    zone: TimeZone,
    per_day: usize,
    per_week: usize,
    days: Vec<i64>,
}

impl Counted {
    pub(super) fn new(limits: &VisitLimits, busy: &[Busy]) -> Self {
        let most = |limit: Option<u16>| limit.map_or(usize::MAX, usize::from);
        let visits = busy.iter().filter(|busy| busy.state != BusyState::Elsewhere);
        let mut days: Vec<i64> = visits.map(|busy| today(&limits.zone, busy.slot.start)).collect();
        days.sort_unstable();
        Self {
            zone: limits.zone.clone(),
            per_day: most(limits.per_day),
            per_week: most(limits.per_week),
            days,
        }
    }

    /// Which limit has no room for another visit that begins at `start`.
    pub(super) fn cause(&self, start: i64) -> Option<Cause> {
        let day = today(&self.zone, timestamp(start));
        let week = monday(day);
        if self.count(day..day + 1) >= self.per_day {
            Some(Cause::DayFull)
        } else if self.count(week..week + 7) >= self.per_week {
            Some(Cause::WeekFull)
        } else {
            None
        }
    }

    fn count(&self, days: Range<i64>) -> usize {
        let before = |end: i64| self.days.partition_point(|&day| day < end);
        before(days.end) - before(days.start)
    }
}
