use super::*;
use crate::booking::{Pauses, WeeklyRule};
use jiff::civil::{Time, Weekday, time};
use proptest::prelude::*;

const KIND: VisitKind = VisitKind::Video;

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn lisbon() -> TimeZone {
    TimeZone::get("Europe/Lisbon").unwrap()
}

/// Every day from nine to `ends`, in visits of half an hour.
fn plan(ends: Time, buffer_before_minutes: u16) -> Plan {
    let rules = Weekday::Monday.cycle_forward().take(7).map(|weekday| WeeklyRule {
        id: Id::generate(),
        weekday,
        starts: time(9, 0, 0, 0),
        ends,
        slot_minutes: 30,
        buffer_before_minutes,
        buffer_after_minutes: 0,
        place: None,
        zone: lisbon(),
        kinds: KIND.into(),
        every_weeks: 1,
        valid_from: None,
        valid_until: None,
        kept_for_urgent_minutes: None,
    });
    Plan { rules: rules.collect(), horizon_days: 365, ..Plan::default() }
}

fn busy(start: &str, minutes: i64) -> Busy {
    let start = at(start);
    let slot = Slot { start, end: start + SignedDuration::from_mins(minutes) };
    Busy { slot, state: BusyState::Booked, place: None, pauses: Pauses::NONE }
}

fn starts(offers: &[Offer]) -> Vec<String> {
    offers.iter().map(|offer| offer.local.time().strftime("%H:%M").to_string()).collect()
}

#[test]
fn times_follow_each_other_around_what_is_taken() {
    let (plan, now) = (plan(time(12, 0, 0, 0), 0), at("2026-03-02T06:00:00Z"));
    let busy = [busy("2026-03-03T09:30:00Z", 60)];
    let from = |start, count| one_after_another(&plan, &busy, at(start), count, KIND, now);
    assert_eq!(starts(&from("2026-03-03T09:00:00Z", 3).unwrap()), ["09:00", "10:30", "11:00"]);
    assert_eq!(starts(&from("2026-03-03T11:00:00Z", 3).unwrap_err()), ["11:00", "11:30"]);
    assert_eq!(from("2026-03-03T09:30:00Z", 2), Err(vec![]));
    let within = Slot::onwards(at("2026-03-03T11:00:00Z"));
    let nearest = nearest_together(&plan, &busy, within, 3, KIND, now).unwrap();
    assert_eq!(nearest[0].slot.start, at("2026-03-04T09:00:00Z"));
}

#[test]
fn nobody_waits_for_longer_than_an_hour() {
    let (plan, now) = (plan(time(12, 0, 0, 0), 0), at("2026-03-02T06:00:00Z"));
    let from = |minutes| {
        let busy = [busy("2026-03-03T09:30:00Z", minutes)];
        one_after_another(&plan, &busy, at("2026-03-03T09:00:00Z"), 2, KIND, now).is_ok()
    };
    assert!(from(60));
    assert!(!from(61));
}

#[test]
fn the_pause_between_two_visits_holds_for_a_family_too() {
    let (plan, now) = (plan(time(12, 0, 0, 0), 10), at("2026-03-02T06:00:00Z"));
    let found = one_after_another(&plan, &[], at("2026-03-03T09:00:00Z"), 2, KIND, now).unwrap();
    assert_eq!(starts(&found), ["09:00", "10:00"]);
}

#[test]
fn nine_stays_nine_when_the_clocks_change() {
    let found = recurrences(at("2026-03-24T09:00:00Z"), &lisbon(), 1, 2);
    assert_eq!(found, [at("2026-03-24T09:00:00Z"), at("2026-03-31T08:00:00Z")]);
    // On 29 March there is no half past one: the clocks are at half past two then.
    let skipped = recurrences(at("2026-03-22T01:30:00Z"), &lisbon(), 1, 2);
    assert_eq!(skipped[1], at("2026-03-29T01:30:00Z"));
}

#[test]
fn what_is_not_free_moves_within_its_day_or_else_its_week() {
    let (plan, now) = (plan(time(10, 0, 0, 0), 0), at("2026-03-02T06:00:00Z"));
    let busy = [
        busy("2026-03-10T09:00:00Z", 30),
        busy("2026-03-17T09:00:00Z", 60),
        busy("2026-03-23T00:00:00Z", 7 * 24 * 60),
    ];
    let starts = recurrences(at("2026-03-03T09:00:00Z"), &lisbon(), 1, 4);
    let found = plan_series(&plan, &busy, (&lisbon(), &starts), KIND, now);
    let times: Vec<_> = found.iter().map(|one| one.offer.map(|offer| offer.slot.start)).collect();
    assert_eq!(
        times,
        [
            Some(at("2026-03-03T09:00:00Z")),
            Some(at("2026-03-10T09:30:00Z")),
            Some(at("2026-03-16T09:30:00Z")),
            None
        ]
    );
    assert_eq!(found.iter().filter(|one| one.is_as_wanted()).count(), 1);
}

fn zones() -> impl Strategy<Value = TimeZone> {
    prop::sample::select(vec![
        "Europe/Lisbon",
        "America/Edmonton",
        "Australia/Lord_Howe",
        "Asia/Kathmandu",
        "Pacific/Apia",
    ])
    .prop_map(|name| TimeZone::get(name).unwrap())
}

proptest! {
    #[test]
    fn a_clock_shows_the_same_at_every_recurrence(
        zone in zones(),
        minutes in 0..2_000_000_i64,
        every in prop::sample::select(EVERY_WEEKS.to_vec()),
        times in 1..=MOST_VISITS,
    ) {
        let start = at("2025-01-01T00:00:00Z") + SignedDuration::from_mins(minutes);
        let civil = |instant: Timestamp| instant.to_zoned(zone.clone()).datetime();
        let found = recurrences(start, &zone, every, times);
        prop_assert_eq!(found.len(), times);
        for (index, &instant) in (0_i64..).zip(&found) {
            let wanted = civil(start) + (index * i64::from(every)).weeks();
            // But for an hour that is skipped, in which no clock could show it.
            let skipped = zone.to_ambiguous_timestamp(wanted).is_ambiguous() && civil(instant) != wanted;
            prop_assert!(skipped || civil(instant) == wanted, "{} is not {wanted}", civil(instant));
        }
        prop_assert!(found.is_sorted());
    }

    #[test]
    fn what_moves_alike_moves_as_far_on_the_clock(
        zone in zones(),
        minutes in prop::collection::vec(0..2_000_000_i64, 3),
    ) {
        let instants: Vec<_> = minutes
            .iter()
            .map(|&minutes| at("2025-01-01T00:00:00Z") + SignedDuration::from_mins(minutes))
            .collect();
        let civil = |instant: Timestamp| instant.to_zoned(zone.clone()).datetime();
        let [start, from, to] = instants[..] else { unreachable!() };
        let moved = moved_alike(start, from, to, &zone).unwrap();
        let wanted = civil(start) + civil(to).duration_since(civil(from));
        prop_assert!(civil(moved) == wanted || zone.to_ambiguous_timestamp(wanted).is_ambiguous());
        let same = moved_alike(from, from, from, &zone).unwrap();
        prop_assert_eq!(civil(same), civil(from));
    }

    #[test]
    fn times_one_after_another_are_free_in_order_and_near(
        taken_half_hours in prop::collection::vec(0..6_i64, 0..4),
        start in 0..6_i64,
        count in 1..=MOST_PEOPLE,
    ) {
        let (plan, now) = (plan(time(12, 0, 0, 0), 0), at("2026-03-02T06:00:00Z"));
        let nine = at("2026-03-03T09:00:00Z");
        let half_hour = |n: i64| nine + SignedDuration::from_mins(30 * n);
        let busy: Vec<_> = taken_half_hours
            .iter()
            .map(|&n| busy(&half_hour(n).to_string(), 30))
            .collect();
        let is_free = |n: i64| n < 6 && !taken_half_hours.contains(&n);
        // The first free half hours from `start` on, as long as none is too late.
        let mut wanted = Vec::new();
        let mut next = start;
        while wanted.len() < count {
            let reach = if wanted.is_empty() { next..next + 1 } else { next..next + 3 };
            let Some(n) = reach.into_iter().find(|&n| is_free(n)) else { break };
            wanted.push(half_hour(n));
            next = n + 1;
        }
        let found = one_after_another(&plan, &busy, half_hour(start), count, KIND, now);
        prop_assert_eq!(found.is_ok(), wanted.len() == count);
        let found: Vec<_> = found.unwrap_or_else(|some| some).iter().map(|o| o.slot.start).collect();
        prop_assert_eq!(found, wanted);
    }
}
