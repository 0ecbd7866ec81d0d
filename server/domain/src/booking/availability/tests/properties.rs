//! What holds for any doctor, any visits and any instant.
use super::{
    case::{any_case, monday_of},
    transitions::minutes_of,
    *,
};
use proptest::{option, prelude::*};

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
            prop_assert_eq!(offer.pauses, Pauses {
                before_minutes: rule.buffer_before_minutes.max(case.plan.buffer_before_minutes),
                after_minutes: rule.buffer_after_minutes.max(case.plan.buffer_after_minutes),
            });
        }
    }

    #[test]
    fn whatever_is_booked_first_visits_keep_their_pauses(
        case in any_case(),
        picks in prop::collection::vec(any::<prop::sample::Index>(), 1..8),
    ) {
        let mut booked: Vec<Busy> = Vec::new();
        for pick in picks {
            let free = free_slots(&case.plan, &booked, case.window, case.now);
            if !free.is_empty() {
                booked.push(taken(&free[pick.index(free.len())]));
            }
        }
        booked.sort_by_key(|visit| visit.slot.start);
        for pair in booked.windows(2) {
            let pause = pair[0].pauses.after_minutes.max(pair[1].pauses.before_minutes);
            let apart = pair[1].slot.start.duration_since(pair[0].slot.end);
            prop_assert!(apart >= SignedDuration::from_mins(i64::from(pause)));
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
