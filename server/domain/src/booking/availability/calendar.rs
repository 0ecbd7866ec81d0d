//! A plan and the visits there are, made ready to be walked in order of time.
use super::{
    Busy, Cause, DayChange, Offer, Origin, Pauses, Plan, Slot, VisitKinds,
    clock::{
        Clock, DAY, MINUTE, Reading, ceiling, civil, day, end_of_hours, reached, time_of_day,
        timestamp, today,
    },
    kinds::{Lane, lanes},
    recurrence::Days,
    taken::{Counted, Need, Taken},
};
use crate::{directory::HospitalId, holidays::holidays_between};
use jiff::{Timestamp, civil::Time, tz::TimeZone};
use std::ops::Range;

/// An hour in which hardly anyone in the world works: Sunday, 03:00 UTC.
const QUIET_HOUR: i64 = 3 * DAY + 180 * MINUTE;
const WEEK: i64 = 7 * DAY;

/// A plan made ready to be walked.
pub(super) struct Calendar {
    pub(super) hours: Vec<Hours>,
    clocks: Vec<Clock>,
    /// For each clock, the first instant that is too far ahead.
    horizons: Vec<i64>,
    /// For each clock, when today is over.
    nights: Vec<i64>,
    closures: Vec<Closure>,
    /// The days on which weekly hours are closed, in order.
    holidays: Vec<i64>,
    taken: Taken,
    counted: Option<Counted>,
    travel: i64,
    now: i64,
    notice: i64,
    /// Whether some hours may offer times that overlap those of others.
    pub(super) contested: bool,
}

/// One rule, or one set of extra hours: of it, the kinds of visit that are alike in length and pauses.
pub(super) struct Hours {
    origin: Origin,
    /// Times of one lane are instead of each other; those of two are about different kinds.
    pub(super) lane: usize,
    clock: usize,
    days: Days,
    opening: Range<i64>,
    length: i64,
    pauses: Pauses,
    place: Option<HospitalId>,
    pub(super) kinds: VisitKinds,
    /// Until so long before its start a time is kept for urgent visits.
    kept: Option<i64>,
}

struct Closure {
    instants: Range<i64>,
    place: Option<HospitalId>,
}

/// A time on the grid of some hours.
pub(super) struct Candidate {
    pub(super) start: i64,
    pub(super) end: i64,
    local: i64,
    /// Which hours, by their place in the plan.
    pub(super) hours: usize,
    /// Why the plan itself does not offer it: clocks or closing.
    pub(super) withdrawn: Option<Cause>,
}

impl Calendar {
    /// Ready for times that start between `from` and `until`; `None`: the horizon.
    pub(super) fn new(
        plan: &Plan,
        busy: &[Busy],
        now: Timestamp,
        from: i64,
        until: Option<i64>,
    ) -> Self {
        let mut zones = Vec::new();
        let hours = hours(plan, &mut zones);
        let horizon = |zone: &&TimeZone| {
            reached(zone, (today(zone, now) + i64::from(plan.horizon_days) + 1) * DAY)
        };
        let horizons: Vec<i64> = zones.iter().map(horizon).collect();
        let night = |zone: &&TimeZone| reached(zone, (today(zone, now) + 1) * DAY);
        let nights = zones.iter().map(night).collect();
        let until = until.or(horizons.iter().copied().max()).unwrap_or(from).max(from);
        let during = quiet_hour(from) - 3 * DAY..until + 3 * DAY;
        let now = ceiling(now);
        Self {
            contested: contested(&hours),
            hours,
            clocks: zones.iter().map(|zone| Clock::new(zone, &during)).collect(),
            horizons,
            nights,
            closures: closures(plan, &during),
            holidays: holidays(plan, &during),
            taken: Taken::new(busy),
            counted: plan.limits.as_ref().map(|limits| Counted::new(limits, busy)),
            travel: seconds(plan.travel_minutes),
            now,
            notice: now + i64::from(plan.lead_minutes) * MINUTE,
        }
    }

    /// The first instant at which nothing can be booked anywhere.
    pub(super) fn horizon(&self) -> i64 {
        self.horizons.iter().copied().max().unwrap_or(self.now)
    }

    /// Adds every time that starts in `starts`, those that the plan withdraws among them.
    pub(super) fn collect(&self, starts: &Range<i64>, found: &mut Vec<Candidate>) {
        for (index, hours) in self.hours.iter().enumerate() {
            let clock = &self.clocks[hours.clock];
            let mut add = |start: i64, local: i64, withdrawn: Option<Cause>| {
                let end = start + hours.length;
                let closed = || self.rests(local, hours) || self.closed(start, end, hours);
                let withdrawn = withdrawn.or_else(|| closed().then_some(Cause::Closed));
                found.push(Candidate { start, end, local, hours: index, withdrawn });
            };
            for day in hours.days.among(&clock.days(starts)) {
                let opening = day * DAY + hours.opening.start..day * DAY + hours.opening.end;
                if let Some(offset) = clock.steady(&opening) {
                    let opens = opening.start - offset;
                    let steps = hours.steps(starts.start - opens).max(0)
                        ..hours.steps(starts.end - opens).min(hours.count());
                    for step in steps {
                        let after = step * hours.length;
                        add(opens + after, opening.start + after, None);
                    }
                } else {
                    for step in 0..hours.count() {
                        let local = opening.start + step * hours.length;
                        let mut add = |start: i64, withdrawn: Option<Cause>| {
                            if starts.contains(&start) {
                                add(start, local, withdrawn);
                            }
                        };
                        match clock.read(&(local..local + hours.length)) {
                            Reading::Once(start) => add(start, None),
                            Reading::Twice(first, second) => {
                                add(first, None);
                                add(second, Some(Cause::ClockOverlap));
                            }
                            Reading::Skipped(start) => add(start, Some(Cause::ClockGap)),
                        }
                    }
                }
            }
        }
    }

    /// Whether the day of `local` is a holiday on which `hours` are not kept.
    fn rests(&self, local: i64, hours: &Hours) -> bool {
        matches!(hours.origin, Origin::Rule(_))
            && self.holidays.binary_search(&local.div_euclid(DAY)).is_ok()
    }

    fn closed(&self, start: i64, end: i64, hours: &Hours) -> bool {
        self.closures.iter().any(|closure| {
            closure.instants.start < end
                && start < closure.instants.end
                && (closure.place.is_none() || closure.place == hours.place)
        })
    }

    /// The first cause, in the order of [`Cause`], for which `time` is not free.
    pub(super) fn cause(&self, time: &Candidate, wins: bool) -> Option<Cause> {
        let hours = &self.hours[time.hours];
        if time.withdrawn.is_some() {
            time.withdrawn
        } else if time.start < self.now {
            Some(Cause::Past)
        } else if time.start < self.notice && hours.kept.is_none() {
            // Hours that are kept for what cannot wait ask for no notice.
            Some(Cause::Notice)
        } else if time.start >= self.horizons[hours.clock] {
            Some(Cause::Horizon)
        } else {
            let need = Need {
                time: time.start..time.end,
                before: seconds(hours.pauses.before_minutes),
                after: seconds(hours.pauses.after_minutes),
                travel: self.travel,
                place: hours.place,
            };
            self.taken
                .cause(&need)
                .or_else(|| self.counted.as_ref()?.cause(time.start))
                .or((!wins).then_some(Cause::Duplicate))
                .or_else(|| self.is_kept(time).then_some(Cause::KeptForUrgent))
        }
    }

    /// Whether `time` is for urgent visits alone.
    fn is_kept(&self, time: &Candidate) -> bool {
        self.hours[time.hours].kept.is_some_and(|kept| self.now < time.start - kept)
    }

    pub(super) fn offer(&self, time: &Candidate, cause: Option<Cause>) -> Offer {
        let Hours { origin, place, kinds, pauses, kept, clock, .. } = self.hours[time.hours];
        Offer {
            slot: Slot { start: timestamp(time.start), end: timestamp(time.end) },
            local: civil(time.local),
            place,
            kinds,
            origin,
            pauses,
            cause,
            kept_until: kept.map(|kept| timestamp(time.start - kept)),
            takes_urgent: matches!(cause, None | Some(Cause::KeptForUrgent))
                && time.start < self.nights[clock],
        }
    }
}

impl Hours {
    /// Those of each lane, with the length and the pauses that hold there.
    fn by_lane(&self, lanes: &[Lane]) -> impl Iterator<Item = Self> {
        lanes.iter().enumerate().map(|(lane, own)| Self {
            lane,
            days: self.days.clone(),
            opening: self.opening.clone(),
            length: own.slot_minutes.map_or(self.length, seconds),
            pauses: longer(self.pauses, own.before_minutes, own.after_minutes),
            kinds: self.kinds.common(own.kinds),
            ..*self
        })
    }

    /// How many times fit.
    fn count(&self) -> i64 {
        (self.opening.end - self.opening.start) / self.length
    }

    /// How many steps of the grid it takes to reach `seconds` after opening.
    fn steps(&self, seconds: i64) -> i64 {
        -(-seconds).div_euclid(self.length)
    }
}

/// The hours of `plan` that offer anything, in order; their zones go to `zones`, once each.
fn hours<'p>(plan: &'p Plan, zones: &mut Vec<&'p TimeZone>) -> Vec<Hours> {
    let mut clock = |zone: &'p TimeZone| {
        zones.iter().position(|&known| known == zone).unwrap_or_else(|| {
            zones.push(zone);
            zones.len() - 1
        })
    };
    let pauses = Pauses {
        before_minutes: plan.buffer_before_minutes,
        after_minutes: plan.buffer_after_minutes,
    };
    let weekly = plan.rules.iter().map(|rule| Hours {
        origin: Origin::Rule(rule.id),
        lane: 0,
        clock: clock(&rule.zone),
        days: rule.recurrence().days(),
        opening: opening(rule.starts, rule.ends),
        length: seconds(rule.slot_minutes),
        pauses: longer(pauses, rule.buffer_before_minutes, rule.buffer_after_minutes),
        place: rule.place,
        kinds: rule.kinds,
        kept: rule.kept_for_urgent_minutes.map(seconds),
    });
    let mut hours: Vec<Hours> = weekly.collect();
    hours.extend(plan.exceptions.iter().filter_map(|exception| match &exception.change {
        DayChange::Closed { .. } => None,
        DayChange::Extra {
            starts,
            ends,
            slot_minutes,
            buffer_before_minutes,
            buffer_after_minutes,
            place,
            zone,
            kinds,
            kept_for_urgent_minutes,
        } => Some(Hours {
            origin: Origin::Extra(exception.id),
            lane: 0,
            clock: clock(zone),
            days: Days::single(day(exception.date)),
            opening: opening(*starts, *ends),
            length: seconds(*slot_minutes),
            pauses: longer(pauses, *buffer_before_minutes, *buffer_after_minutes),
            place: *place,
            kinds: *kinds,
            kept: kept_for_urgent_minutes.map(seconds),
        }),
    }));
    // Hours with no length offer nothing, whatever is said of a kind.
    hours.retain(|hours| hours.length > 0);
    if !plan.kind_rules.is_empty() {
        let lanes = lanes(plan);
        hours = hours.iter().flat_map(|hours| hours.by_lane(&lanes)).collect();
    }
    hours.retain(|hours| hours.length > 0 && !hours.opening.is_empty() && !hours.kinds.is_empty());
    hours
}

/// Of two pauses before a visit, and of two after it, the longer one each.
fn longer(pauses: Pauses, before_minutes: u16, after_minutes: u16) -> Pauses {
    Pauses {
        before_minutes: pauses.before_minutes.max(before_minutes),
        after_minutes: pauses.after_minutes.max(after_minutes),
    }
}

/// Whether two of `hours` may be open at once. Hours of two clocks may, on some day of some year.
///
/// On one clock, hours that do not meet on the wall never meet: when it goes back, each time is
/// offered in its first copy, which moves later ones further away.
fn contested(hours: &[Hours]) -> bool {
    let meet =
        |one: &Range<i64>, other: &Range<i64>| one.start < other.end && other.start < one.end;
    hours.iter().enumerate().any(|(index, one)| {
        hours.iter().skip(index + 1).any(|other| {
            one.lane == other.lane
                && (one.clock != other.clock
                    || one.days.meets(&other.days) && meet(&one.opening, &other.opening))
        })
    })
}

/// The closed times of `plan` that may touch `during`.
fn closures(plan: &Plan, during: &Range<i64>) -> Vec<Closure> {
    let near = during.start.div_euclid(DAY) - 2..during.end.div_euclid(DAY) + 2;
    plan.exceptions
        .iter()
        .filter_map(|exception| match &exception.change {
            DayChange::Closed { hours, zone, place } => {
                let midnight = day(exception.date);
                let Range { start, end } = hours.map_or(0..DAY, |(from, to)| opening(from, to));
                near.contains(&midnight).then(|| Closure {
                    instants: reached(zone, midnight * DAY + start)
                        ..reached(zone, midnight * DAY + end),
                    place: *place,
                })
            }
            DayChange::Extra { .. } => None,
        })
        .collect()
}

/// The holidays of `plan` that may lie in `during`.
fn holidays(plan: &Plan, during: &Range<i64>) -> Vec<i64> {
    let date = |instant: i64| civil(instant).date();
    plan.holidays.map_or_else(Vec::new, |country| {
        let near = holidays_between(country, date(during.start), date(during.end));
        near.iter().map(|holiday| day(holiday.date)).collect()
    })
}

fn opening(starts: Time, ends: Time) -> Range<i64> {
    time_of_day(starts)..end_of_hours(ends)
}

fn seconds(minutes: u16) -> i64 {
    i64::from(minutes) * MINUTE
}

/// The last quiet hour at or before `instant`.
pub(super) fn quiet_hour(instant: i64) -> i64 {
    instant - (instant - QUIET_HOUR).rem_euclid(WEEK)
}
