//! Any doctor with any visits, and what a slow and simple reader says of their times.
use super::{
    transitions::{CHANGES, Change, hours_around},
    *,
};
use crate::holidays::holidays;
use jiff::{civil::DateTime, tz::AmbiguousOffset};
use proptest::{collection::vec, option, prelude::*};

/// A doctor, the visits there are, and someone who looks around a change of the clocks.
#[derive(Debug, Clone)]
pub(super) struct Case {
    pub(super) plan: Plan,
    pub(super) busy: Vec<Busy>,
    pub(super) window: Slot,
    pub(super) now: Timestamp,
}

impl Case {
    pub(super) fn offers(&self) -> Vec<Offer> {
        offers(&self.plan, &self.busy, self.window, self.now)
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Busy> {
        self.busy.iter().filter(|busy| busy.state != BusyState::Done)
    }

    fn is_holiday(&self, offer: &Offer) -> bool {
        let date = offer.local.date();
        let holidays = self.plan.holidays.map(|country| holidays(country, date.year()));
        matches!(offer.origin, Origin::Rule(_))
            && holidays.is_some_and(|days| days.iter().any(|holiday| holiday.date == date))
    }

    /// Whether as many visits begin in the time of `offer`, of which `of` gives the first day, as may.
    pub(super) fn is_full(
        &self,
        offer: &Offer,
        limit: impl Fn(&VisitLimits) -> Option<u16>,
        of: impl Fn(Date) -> Date,
    ) -> bool {
        self.plan.limits.as_ref().is_some_and(|limits| {
            let time = |slot: Slot| of(slot.start.to_zoned(limits.zone.clone()).date());
            let visits = self.busy.iter().filter(|busy| busy.state != BusyState::Elsewhere);
            let there = visits.filter(|busy| time(busy.slot) == time(offer.slot));
            limit(limits).is_some_and(|limit| there.count() >= usize::from(limit))
        })
    }

    /// The hours of `offer` as they are for its kinds of visit.
    pub(super) fn rule(&self, offer: &Offer) -> WeeklyRule {
        let rule = self.hours(offer);
        let kind = offer.kinds.iter().next().unwrap();
        let own = self.own(kind);
        WeeklyRule {
            slot_minutes: own.0.unwrap_or(rule.slot_minutes),
            buffer_before_minutes: own.1.max(rule.buffer_before_minutes),
            buffer_after_minutes: own.2.max(rule.buffer_after_minutes),
            kinds: rule.kinds.iter().filter(|&other| self.own(other) == own).collect(),
            ..rule
        }
    }

    /// The length and the pauses of its own that `kind` has.
    pub(super) fn own(&self, kind: VisitKind) -> (Option<u16>, u16, u16) {
        let rule = self.plan.kind_rules.iter().find(|rule| rule.kind == kind);
        rule.map_or((None, 0, 0), |rule| {
            (rule.slot_minutes, rule.buffer_before_minutes, rule.buffer_after_minutes)
        })
    }

    pub(super) fn hours(&self, offer: &Offer) -> WeeklyRule {
        match offer.origin {
            Origin::Rule(id) => self.plan.rules.iter().find(|rule| rule.id == id).unwrap().clone(),
            Origin::Extra(id) => {
                let exception = self.plan.exceptions.iter().find(|other| other.id == id).unwrap();
                let DayChange::Extra {
                    starts,
                    ends,
                    slot_minutes,
                    buffer_before_minutes,
                    buffer_after_minutes,
                    place,
                    ref zone,
                    kinds,
                    kept_for_urgent_minutes,
                } = exception.change
                else {
                    panic!("a closed day offers something")
                };
                WeeklyRule {
                    id: Id::generate(),
                    weekday: exception.date.weekday(),
                    starts,
                    ends,
                    slot_minutes,
                    buffer_before_minutes,
                    buffer_after_minutes,
                    place,
                    zone: zone.clone(),
                    kinds,
                    every_weeks: 1,
                    valid_from: Some(exception.date),
                    valid_until: Some(exception.date),
                    kept_for_urgent_minutes,
                }
            }
        }
    }

    /// Whether `cause` alone would keep `offer` from being free. Written from
    /// its sentence, with jiff alone, to check the quick way against.
    pub(super) fn holds(&self, cause: Cause, offer: &Offer, all: &[Offer]) -> bool {
        let rule = self.rule(offer);
        let lasts = SignedDuration::from_mins(i64::from(rule.slot_minutes));
        let touches = |from: Timestamp, until: Timestamp| {
            offer.slot.overlaps(&Slot { start: from, end: until })
        };
        let taken = |state| {
            self.busy.iter().any(|busy| busy.state == state && busy.slot.overlaps(&offer.slot))
        };
        match cause {
            Cause::ClockGap => (0..i64::from(rule.slot_minutes))
                .any(|minute| is_skipped(&rule.zone, offer.local + minute.minutes())),
            Cause::ClockOverlap => {
                let first = rule.zone.to_ambiguous_timestamp(offer.local).compatible().unwrap();
                first < offer.slot.start
            }
            Cause::Closed if self.is_holiday(offer) => true,
            Cause::Closed => self.plan.exceptions.iter().any(|exception| {
                let DayChange::Closed { hours, zone, place } = &exception.change else {
                    return false;
                };
                let (from, until) = hours.unwrap_or((Time::midnight(), Time::midnight()));
                let end = if until == Time::midnight() {
                    exception.date.tomorrow().unwrap()
                } else {
                    exception.date
                };
                (place.is_none() || *place == offer.place)
                    && touches(
                        reached(zone, exception.date.to_datetime(from)),
                        reached(zone, end.to_datetime(until)),
                    )
            }),
            Cause::Past => offer.slot.start < self.now,
            Cause::Notice => {
                let notice = SignedDuration::from_mins(i64::from(self.plan.lead_minutes));
                rule.kept_for_urgent_minutes.is_none() && offer.slot.start < self.now + notice
            }
            Cause::Horizon => {
                let today = self.now.to_zoned(rule.zone.clone()).date();
                let last = today + i64::from(self.plan.horizon_days + 1).days();
                offer.slot.start >= reached(&rule.zone, last.to_datetime(Time::midnight()))
            }
            Cause::Booked => taken(BusyState::Booked),
            Cause::Held => taken(BusyState::Held),
            Cause::Elsewhere => taken(BusyState::Elsewhere),
            Cause::Buffer => {
                let before = rule.buffer_before_minutes.max(self.plan.buffer_before_minutes);
                let after = rule.buffer_after_minutes.max(self.plan.buffer_after_minutes);
                let minutes = |minutes: u16| SignedDuration::from_mins(i64::from(minutes));
                let kept_apart = |busy: &&Busy| busy.state != BusyState::Elsewhere;
                self.live().filter(kept_apart).any(|busy| {
                    let its = busy.pauses;
                    let needed = Slot {
                        start: offer.slot.start - minutes(before.max(its.after_minutes)),
                        end: offer.slot.start + lasts + minutes(after.max(its.before_minutes)),
                    };
                    busy.slot.overlaps(&needed)
                })
            }
            Cause::Travel => {
                let way = SignedDuration::from_mins(i64::from(self.plan.travel_minutes));
                let needed = offer.slot.widened(way);
                self.live().any(|busy| {
                    let elsewhere = busy.place.zip(offer.place).is_some_and(|(at, to)| at != to);
                    elsewhere && busy.slot.overlaps(&needed)
                })
            }
            Cause::DayFull => self.is_full(offer, |limits| limits.per_day, |date| date),
            Cause::WeekFull => self.is_full(offer, |limits| limits.per_week, monday_of),
            Cause::KeptForUrgent => rule.kept_for_urgent_minutes.is_some_and(|kept| {
                self.now < offer.slot.start - SignedDuration::from_mins(i64::from(kept))
            }),
            Cause::Duplicate => all.iter().any(|other| {
                let withdrawn = [Cause::ClockGap, Cause::ClockOverlap, Cause::Closed];
                other.origin != offer.origin
                    && self.own(other.kinds.iter().next().unwrap())
                        == self.own(offer.kinds.iter().next().unwrap())
                    && other.slot.overlaps(&offer.slot)
                    && other.cause.is_none_or(|cause| !withdrawn.contains(&cause))
            }),
        }
    }
}

pub(super) fn monday_of(date: Date) -> Date {
    date - i64::from(date.weekday().to_monday_zero_offset()).days()
}

fn is_skipped(zone: &TimeZone, civil: DateTime) -> bool {
    matches!(zone.to_ambiguous_timestamp(civil).offset(), AmbiguousOffset::Gap { .. })
}

/// The first minute at which the clocks have reached `civil`, by looking at each.
fn reached(zone: &TimeZone, civil: DateTime) -> Timestamp {
    let read = zone.to_ambiguous_timestamp(civil);
    if !is_skipped(zone, civil) {
        return read.earlier().unwrap();
    }
    let mut minute = read.earlier().unwrap();
    while zone.to_datetime(minute) < civil {
        minute += SignedDuration::from_mins(1);
    }
    minute
}

fn minute_of_day() -> impl Strategy<Value = Time> {
    (0..24_i8, 0..12_i8).prop_map(|(hour, five)| time(hour, five * 5, 0, 0))
}

fn kinds() -> impl Strategy<Value = VisitKinds> {
    vec(proptest::sample::select(VisitKind::ALL), 1..3)
        .prop_map(|kinds| kinds.into_iter().collect())
}

prop_compose! {
    fn any_rule(zones: [TimeZone; 2], places: [HospitalId; 2], day: Date)(
        weekday in 0..7_usize,
        (starts, ends) in (minute_of_day(), minute_of_day()),
        slot_minutes in (1..25_u16).prop_map(|five| five * 5),
        (before, after) in (0..4_u16, 0..4_u16),
        place in option::of(0..2_usize),
        zone in 0..2_usize,
        kinds in kinds(),
        (from, until) in (option::weighted(0.4, -20..3_i64), option::weighted(0.2, -3..3_i64)),
        every_weeks in prop_oneof![4 => Just(1_u16), 1 => 0..4_u16],
        kept in option::weighted(0.2, (0..20_u16).prop_map(|quarters| quarters * 15)),
    ) -> WeeklyRule {
        WeeklyRule {
            id: Id::generate(),
            weekday: Weekday::Monday.cycle_forward().nth(weekday).unwrap(),
            starts,
            ends,
            slot_minutes,
            buffer_before_minutes: before * 10,
            buffer_after_minutes: after * 10,
            place: place.map(|place| places[place]),
            zone: zones[zone].clone(),
            kinds,
            every_weeks,
            valid_from: from.map(|days| day + days.days()),
            valid_until: until.map(|days| day + days.days()),
            kept_for_urgent_minutes: kept,
        }
    }
}

prop_compose! {
    fn any_exception(zones: [TimeZone; 2], places: [HospitalId; 2], day: Date)(
        days in -3..4_i64,
        hours in option::of((minute_of_day(), minute_of_day())),
        rule in any_rule(zones, places, day),
        is_extra in any::<bool>(),
    ) -> DayException {
        let WeeklyRule { starts, ends, slot_minutes, place, zone, kinds, .. } = rule;
        let change = if is_extra {
            DayChange::Extra {
                starts,
                ends,
                slot_minutes,
                buffer_before_minutes: rule.buffer_before_minutes,
                buffer_after_minutes: rule.buffer_after_minutes,
                place,
                zone,
                kinds,
                kept_for_urgent_minutes: rule.kept_for_urgent_minutes,
            }
        } else {
            let in_order = |&(from, until): &(Time, Time)| from < until || until == Time::midnight();
            DayChange::Closed { hours: hours.filter(in_order), zone, place }
        };
        DayException { id: Id::generate(), date: day + days.days(), change }
    }
}

fn any_busy(around: Timestamp, places: [HospitalId; 2]) -> impl Strategy<Value = Busy> {
    let states = [BusyState::Booked, BusyState::Held, BusyState::Done, BusyState::Elsewhere];
    let time = (-3 * 1440..3 * 1440_i64, 5..120_i64);
    let room = (option::of(0..2_usize), 0..3_u16, 0..3_u16);
    (time, 0..4_usize, room).prop_map(move |((minute, lasts), state, (place, before, after))| {
        let start = around + SignedDuration::from_mins(minute);
        let state = states[state];
        let is_visit = state != BusyState::Elsewhere;
        Busy {
            slot: Slot { start, end: start + SignedDuration::from_mins(lasts) },
            state,
            place: place.filter(|_| is_visit).map(|place| places[place]),
            pauses: if is_visit {
                Pauses { before_minutes: before * 15, after_minutes: after * 15 }
            } else {
                Pauses::NONE
            },
        }
    })
}

/// Of each kind of visit something, or nothing.
fn any_kind_rules() -> impl Strategy<Value = Vec<KindRule>> {
    let rule = (option::of((1..25_u16).prop_map(|five| five * 5)), 0..3_u16, 0..3_u16);
    vec(option::weighted(0.3, rule), 3).prop_map(|rules| {
        let rules = VisitKind::ALL.iter().zip(rules).filter_map(|(&kind, rule)| {
            let (slot_minutes, before, after) = rule?;
            Some(KindRule {
                kind,
                slot_minutes,
                buffer_before_minutes: before * 15,
                buffer_after_minutes: after * 15,
            })
        });
        rules.collect()
    })
}

fn any_limits(zone: TimeZone) -> impl Strategy<Value = Option<VisitLimits>> {
    let limits = (option::of(0..4_u16), option::of(0..9_u16));
    option::of(limits.prop_map(move |(per_day, per_week)| VisitLimits {
        zone: zone.clone(),
        per_day,
        per_week,
    }))
}

pub(super) fn any_case() -> impl Strategy<Value = Case> {
    let zones = (0..CHANGES.len(), 0..CHANGES.len());
    zones.prop_flat_map(|(one, other)| {
        let Change { zone, at, before, .. } = &CHANGES[one];
        let zones = [zone.clone(), CHANGES[other].zone.clone()];
        let places = [Id::generate(), Id::generate()];
        let (at, day) = (*at, before.date());
        let rules = vec(any_rule(zones.clone(), places, day), 1..14);
        let limits = any_limits(zones[1].clone());
        let exceptions = vec(any_exception(zones, places, day), 0..4);
        let busy = vec(any_busy(at, places), 0..12);
        let holidays = option::of(proptest::sample::select(Country::ALL));
        let room = (0..3_u16, 0..3_u16, 0..4_u16, any_kind_rules());
        let reach = (0..300_u32, 0..5_u16, -4 * 86_400..86_400_i64, 1..4_i64);
        let all = (rules, exceptions, busy, (limits, holidays), room, reach);
        all.prop_map(move |(rules, exceptions, busy, limits, room, reach)| {
            let (lead_minutes, horizon_days, now, days) = reach;
            let ((limits, holidays), (before, after, travel, kind_rules)) = (limits, room);
            Case {
                plan: Plan {
                    rules,
                    exceptions,
                    lead_minutes,
                    horizon_days,
                    buffer_before_minutes: before * 10,
                    buffer_after_minutes: after * 10,
                    kind_rules,
                    travel_minutes: travel * 30,
                    limits,
                    holidays,
                },
                busy,
                window: hours_around(at, days * 24),
                now: at + SignedDuration::from_secs(now),
            }
        })
    })
}
