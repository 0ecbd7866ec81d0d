//! The times that a plan offers, as one pure function of plan, visits and now.
//!
//! - **Clocks.** A time starts where the grid of its hours says, read on the
//!   wall clock, and lasts `slot_minutes` of real time. When the clocks go
//!   forward, a time that touches the skipped hour is not offered, even if it
//!   starts before: shortened it would not fit, at full length it would run
//!   into the next one. When they go back, the first copy of the repeated hour
//!   is offered and the second is not; a time that begins in the first copy
//!   keeps its length and ends within the second.
//! - **One doctor, two hours.** Among times of different hours that overlap,
//!   the earlier start wins, then the order of the plan (rules, then extra
//!   hours). This is settled before looking at visits and at now: a visit never
//!   makes another time free, and times do not change places as the day goes by.
//! - **Hours kept for urgent visits** are free to nobody else until so long before each
//!   start; an urgent visit takes them, or any other free time, on the same day.
//! - **Kinds with a length or pauses of their own** have times of their own, on the grid
//!   of that length. They do not compete with those of other kinds: one start may be
//!   offered with two lengths, and whichever is booked takes the other.
//! - **Instants** are whole seconds from here on; hours have no fractions.
use super::{
    Busy, Cause, Offer, Plan, Slot,
    calendar::{Calendar, Candidate, quiet_hour},
    clock::{DAY, ceiling, timestamp},
    kinds::MOST_LANES,
};
use crate::booking::VisitKind;
use jiff::Timestamp;
use std::ops::Range;

/// Every offer whose start lies in `window`, in order of start, each with
/// exactly one cause when it is not free. Of offers that start together, the
/// free one comes first.
///
/// `busy` must hold every visit that touches `window`, with its pauses and its
/// way, and where the plan has limits all visits of the weeks that do.
#[must_use]
pub fn offers(plan: &Plan, busy: &[Busy], window: Slot, now: Timestamp) -> Vec<Offer> {
    let mut offers = Vec::new();
    walk_window(plan, busy, window, now, |calendar, time, cause| {
        offers.push(calendar.offer(time, cause));
    });
    // Already so, but for times of several lanes.
    offers.sort_by_key(|offer| (offer.slot.start, offer.cause.is_some()));
    offers
}

/// Those of [`offers`] that are free.
#[must_use]
pub fn free_slots(plan: &Plan, busy: &[Busy], window: Slot, now: Timestamp) -> Vec<Offer> {
    let mut free = Vec::new();
    walk_window(plan, busy, window, now, |calendar, time, cause| {
        if cause.is_none() {
            free.push(calendar.offer(time, None));
        }
    });
    free
}

/// The first `count` free offers that start in `within`, of `kind` if given; of those that start
/// together the first alone.
///
/// Looks at one day after the other, up to the horizon, and no further than it must. `busy` must be
/// as complete for all of `within` as [`offers`] needs it.
#[must_use]
pub fn next_free(
    plan: &Plan,
    busy: &[Busy],
    within: Slot,
    now: Timestamp,
    count: usize,
    kind: Option<VisitKind>,
) -> Vec<Offer> {
    // Nothing is free before now, so that there is no need to look there.
    let mut starts = ceiling(within.start.max(now))..0;
    let calendar = Calendar::new(plan, busy, now, starts.start, None);
    let last = calendar.horizon().min(ceiling(within.end));
    let mut walk = Walk::new(&calendar, starts.start);
    let mut free: Vec<Offer> = Vec::new();
    while free.len() < count && starts.start < last {
        starts.end = (starts.start + DAY).min(last);
        walk.step(&starts, |time, wins| {
            let wanted = kind.is_none_or(|kind| calendar.hours[time.hours].kinds.contains(kind));
            let new = || free.last().is_none_or(|last| last.slot.start != timestamp(time.start));
            if free.len() < count && wanted && new() && calendar.cause(time, wins).is_none() {
                free.push(calendar.offer(time, None));
            }
        });
        starts.start = starts.end;
    }
    free
}

/// The offer of `kind`, if given, that begins exactly at `start`, free or with its cause; `None`
/// when no hours offer it. Always the first one that [`offers`] has for `start`.
#[must_use]
pub fn offer_at(
    plan: &Plan,
    busy: &[Busy],
    (start, kind): (Timestamp, Option<VisitKind>),
    now: Timestamp,
) -> Option<Offer> {
    let mut found: Option<Offer> = None;
    let instant = Slot { start, end: timestamp(ceiling(start) + 1) };
    walk_window(plan, busy, instant, now, |calendar, time, cause| {
        let wanted = timestamp(time.start) == start
            && kind.is_none_or(|kind| calendar.hours[time.hours].kinds.contains(kind));
        let better = found.is_none_or(|found| !found.is_free() && cause.is_none());
        if wanted && better {
            found = Some(calendar.offer(time, cause));
        }
    });
    found
}

fn walk_window(
    plan: &Plan,
    busy: &[Busy],
    window: Slot,
    now: Timestamp,
    mut visit: impl FnMut(&Calendar, &Candidate, Option<Cause>),
) {
    let starts = ceiling(window.start)..ceiling(window.end);
    if starts.is_empty() {
        return;
    }
    let calendar = Calendar::new(plan, busy, now, starts.start, Some(starts.end));
    let mut walk = Walk::new(&calendar, starts.start);
    walk.step(&starts, |time, wins| visit(&calendar, time, calendar.cause(time, wins)));
}

/// Walks along a calendar and settles which of two overlapping times is offered.
///
/// Who wins may hang on what won before, back to the last gap between times. So
/// that every walk agrees wherever it begins, each starts afresh at the quiet
/// hour of the week: times that run into that hour come before those after it.
struct Walk<'c> {
    calendar: &'c Calendar,
    found: Vec<Candidate>,
    lanes: [Reached; MOST_LANES],
}

/// How far a walk has got in one lane.
#[derive(Clone, Copy)]
struct Reached {
    week: i64,
    /// When the last winner is over.
    won_until: i64,
    /// When all times so far are over, winners or not.
    over: i64,
}

impl Reached {
    const NOTHING: Self = Self { week: i64::MIN, won_until: i64::MIN, over: i64::MIN };
}

impl<'c> Walk<'c> {
    /// A walk that has reached `from`.
    fn new(calendar: &'c Calendar, from: i64) -> Self {
        let mut walk = Self { calendar, found: Vec::new(), lanes: [Reached::NOTHING; MOST_LANES] };
        if calendar.contested {
            // No time is longer than a day, so that none that starts earlier gets there.
            walk.step(&(quiet_hour(from) - DAY..from), |_, _| {});
        }
        walk
    }

    /// Visits the times that start in `starts`, which begins where the last step
    /// ended, and says of each whether it wins.
    fn step(&mut self, starts: &Range<i64>, mut visit: impl FnMut(&Candidate, bool)) {
        let mut found = std::mem::take(&mut self.found);
        self.calendar.collect(starts, &mut found);
        found.sort_by_key(|time| (time.start, time.withdrawn.is_some(), time.hours));
        for time in found.drain(..) {
            let wins = time.withdrawn.is_none() && self.wins(&time);
            visit(&time, wins);
        }
        self.found = found;
    }

    fn wins(&mut self, time: &Candidate) -> bool {
        let lane = &mut self.lanes[self.calendar.hours[time.hours].lane];
        let week = quiet_hour(time.start);
        if week != lane.week {
            lane.week = week;
            lane.won_until = lane.over;
        }
        lane.over = lane.over.max(time.end);
        let wins = lane.won_until <= time.start;
        if wins {
            lane.won_until = time.end;
        }
        wins
    }
}
