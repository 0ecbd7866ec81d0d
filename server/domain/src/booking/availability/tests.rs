mod case;
mod causes;
mod clocks;
mod kinds;
mod lengths;
mod limits;
mod overlaps;
mod properties;
mod transitions;
mod urgent;

use super::*;
use crate::booking::{
    VisitKind::{self, InPerson, Phone, Video},
    taken,
};
use jiff::{
    SignedDuration, ToSpan,
    civil::{date, time},
    tz::offset,
};

fn zone(name: &str) -> TimeZone {
    TimeZone::get(name).unwrap()
}

fn at(instant: &str) -> Timestamp {
    instant.parse().unwrap()
}

fn between(start: &str, end: &str) -> Slot {
    Slot { start: at(start), end: at(end) }
}

fn busy(start: &str, end: &str, state: BusyState) -> Busy {
    Busy { slot: between(start, end), state, place: None, pauses: Pauses::NONE }
}

fn hours(
    weekday: Weekday,
    starts: Time,
    ends: Time,
    slot_minutes: u16,
    zone: &TimeZone,
) -> WeeklyRule {
    WeeklyRule {
        id: Id::generate(),
        weekday,
        starts,
        ends,
        slot_minutes,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        place: None,
        zone: zone.clone(),
        kinds: Video.into(),
        every_weeks: 1,
        valid_from: None,
        valid_until: None,
        kept_for_urgent_minutes: None,
    }
}

/// The same hours on each day of the week.
fn daily(starts: Time, ends: Time, slot_minutes: u16, zone: &TimeZone) -> Vec<WeeklyRule> {
    Weekday::Monday
        .cycle_forward()
        .take(7)
        .map(|weekday| hours(weekday, starts, ends, slot_minutes, zone))
        .collect()
}

fn plan(rules: Vec<WeeklyRule>) -> Plan {
    Plan { rules, horizon_days: 365, ..Plan::default() }
}

fn closed(
    date: Date,
    hours: Option<(Time, Time)>,
    place: Option<HospitalId>,
    zone: &TimeZone,
) -> DayException {
    let change = DayChange::Closed { hours, zone: zone.clone(), place };
    DayException { id: Id::generate(), date, change }
}

fn extra(date: Date, starts: Time, ends: Time, zone: &TimeZone) -> DayException {
    let change = DayChange::Extra {
        starts,
        ends,
        slot_minutes: 30,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        place: None,
        zone: zone.clone(),
        kinds: Phone.into(),
        kept_for_urgent_minutes: None,
    };
    DayException { id: Id::generate(), date, change }
}

/// `09:00 09:30`, on the wall clock of the hours.
fn clocks<'o>(offers: impl IntoIterator<Item = &'o Offer>) -> String {
    let clocks: Vec<String> =
        offers.into_iter().map(|offer| offer.local.strftime("%H:%M").to_string()).collect();
    clocks.join(" ")
}

/// `09:00 free, 09:30 booked`
fn causes(offers: &[Offer]) -> String {
    let causes: Vec<String> = offers
        .iter()
        .map(|offer| {
            let cause = offer.cause.map_or("free", Cause::as_str);
            format!("{} {cause}", offer.local.strftime("%H:%M"))
        })
        .collect();
    causes.join(", ")
}

fn free(offers: &[Offer]) -> Vec<&Offer> {
    offers.iter().filter(|offer| offer.is_free()).collect()
}

const LONG_BEFORE: &str = "2026-01-01T00:00:00Z";

/// All offers of `date` in `zone`, seen from the start of 2026.
fn on(plan: &Plan, date: Date, zone: &TimeZone) -> Vec<Offer> {
    let start = date.to_zoned(zone.clone()).unwrap().timestamp();
    let end = date.tomorrow().unwrap().to_zoned(zone.clone()).unwrap().timestamp();
    offers(plan, &[], Slot { start, end }, at(LONG_BEFORE))
}

#[test]
fn times_lie_on_the_grid_of_their_hours_and_end_by_closing() {
    let paris = zone("Europe/Paris");
    let plan = plan(vec![hours(Weekday::Monday, time(9, 0, 0, 0), time(11, 0, 0, 0), 25, &paris)]);

    let monday = on(&plan, date(2026, 3, 2), &paris);

    assert_eq!(clocks(&monday), "09:00 09:25 09:50 10:15");
    assert_eq!(monday[0].slot, between("2026-03-02T08:00:00Z", "2026-03-02T08:25:00Z"));
    assert!(monday.iter().all(|offer| offer.slot.minutes() == 25));
    assert!(on(&plan, date(2026, 3, 3), &paris).is_empty());
}

#[test]
fn hours_that_end_at_midnight_reach_to_the_end_of_the_day() {
    let utc = TimeZone::UTC;
    let plan = plan(daily(time(22, 0, 0, 0), Time::midnight(), 60, &utc));
    assert_eq!(clocks(&on(&plan, date(2026, 3, 2), &utc)), "22:00 23:00");
}

#[test]
fn hours_that_make_no_sense_offer_nothing() {
    let utc = TimeZone::UTC;
    let (nine, ten) = (time(9, 0, 0, 0), time(10, 0, 0, 0));
    let mut nobody = hours(Weekday::Monday, nine, ten, 30, &utc);
    nobody.kinds = [].into_iter().collect();
    let rules = vec![
        hours(Weekday::Monday, ten, nine, 30, &utc),
        hours(Weekday::Monday, nine, nine, 30, &utc),
        hours(Weekday::Monday, nine, ten, 0, &utc),
        hours(Weekday::Monday, nine, ten, 61, &utc),
        nobody,
    ];
    assert_eq!(on(&plan(rules), date(2026, 3, 2), &utc), []);
}

#[test]
fn rules_hold_from_their_first_day_to_their_last() {
    let utc = TimeZone::UTC;
    let rules =
        daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &utc).into_iter().map(|rule| WeeklyRule {
            valid_from: Some(date(2026, 3, 3)),
            valid_until: Some(date(2026, 3, 4)),
            ..rule
        });
    let window = between("2026-03-01T00:00:00Z", "2026-03-08T00:00:00Z");

    let week = offers(&plan(rules.collect()), &[], window, at(LONG_BEFORE));

    let days: Vec<Date> = week.iter().map(|offer| offer.local.date()).collect();
    assert_eq!(days, [date(2026, 3, 3), date(2026, 3, 4)]);
}

#[test]
fn the_window_holds_its_start_and_not_its_end() {
    let plan = plan(daily(time(9, 0, 0, 0), time(11, 0, 0, 0), 30, &TimeZone::UTC));
    let window = between("2026-03-02T09:30:00Z", "2026-03-02T10:30:00Z");
    assert_eq!(clocks(&offers(&plan, &[], window, at(LONG_BEFORE))), "09:30 10:00");
    let window = between("2026-03-02T09:30:00.5Z", "2026-03-02T10:30:00.5Z");
    assert_eq!(clocks(&offers(&plan, &[], window, at(LONG_BEFORE))), "10:00 10:30");
    let window = between("2026-03-02T10:30:00Z", "2026-03-02T09:30:00Z");
    assert_eq!(offers(&plan, &[], window, at(LONG_BEFORE)), []);
}

#[test]
fn closed_times_are_closed_where_they_say() {
    let utc = TimeZone::UTC;
    let (here, there) = (Id::generate(), Id::generate());
    let monday = date(2026, 3, 2);
    let mut plan = plan(daily(time(9, 0, 0, 0), time(11, 0, 0, 0), 30, &utc));
    for rule in &mut plan.rules {
        rule.place = Some(here);
    }
    let mut with = |exception| {
        plan.exceptions = vec![exception];
        causes(&on(&plan, monday, &utc))
    };
    let late_morning = Some((time(9, 45, 0, 0), time(10, 30, 0, 0)));
    let from_ten = Some((time(10, 0, 0, 0), Time::midnight()));

    assert_eq!(
        with(closed(monday, None, None, &utc)),
        "09:00 closed, 09:30 closed, 10:00 closed, 10:30 closed"
    );
    assert_eq!(
        with(closed(monday, late_morning, None, &utc)),
        "09:00 free, 09:30 closed, 10:00 closed, 10:30 free"
    );
    assert_eq!(
        with(closed(monday, from_ten, Some(here), &utc)),
        "09:00 free, 09:30 free, 10:00 closed, 10:30 closed"
    );
    assert_eq!(
        with(closed(monday, None, Some(there), &utc)),
        "09:00 free, 09:30 free, 10:00 free, 10:30 free"
    );
    assert_eq!(
        with(closed(date(2026, 3, 3), None, None, &utc)),
        "09:00 free, 09:30 free, 10:00 free, 10:30 free"
    );
}

#[test]
fn closed_times_are_read_on_the_clock_of_their_own_zone() {
    let (paris, tokyo) = (zone("Europe/Paris"), zone("Asia/Tokyo"));
    let mut plan = plan(daily(time(8, 0, 0, 0), time(10, 0, 0, 0), 30, &paris));
    // 17:00 in Tokyo is 09:00 in Paris.
    let hours = Some((time(17, 0, 0, 0), time(17, 30, 0, 0)));
    plan.exceptions = vec![closed(date(2026, 3, 2), hours, None, &tokyo)];
    let monday = on(&plan, date(2026, 3, 2), &paris);
    assert_eq!(causes(&monday), "08:00 free, 08:30 free, 09:00 closed, 09:30 free");
}

#[test]
fn extra_hours_come_beside_those_of_the_week_and_stay_closed_when_the_day_is() {
    let utc = TimeZone::UTC;
    let sunday = date(2026, 3, 1);
    let mut plan =
        plan(vec![hours(Weekday::Sunday, time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &utc)]);
    plan.exceptions.push(extra(sunday, time(9, 45, 0, 0), time(11, 45, 0, 0), &utc));
    assert_eq!(
        causes(&on(&plan, sunday, &utc)),
        "09:00 free, 09:30 free, 09:45 duplicate, 10:15 free, 10:45 free, 11:15 free"
    );
    assert_eq!(on(&plan, sunday, &utc)[3].origin, Origin::Extra(plan.exceptions[0].id));

    plan.exceptions.push(closed(sunday, None, None, &utc));
    assert_eq!(free(&on(&plan, sunday, &utc)), Vec::<&Offer>::new());
}

#[test]
fn an_instant_between_two_seconds_is_not_offered() {
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &TimeZone::UTC));
    let offered = |start| offer_at(&plan, &[], (at(start), None), at(LONG_BEFORE)).is_some();
    assert!(offered("2026-03-02T09:30:00Z"));
    assert!(!offered("2026-03-02T09:29:59.5Z"));
    assert!(!offered("2026-03-02T09:30:00.5Z"));
}

#[test]
fn the_next_free_times_are_of_the_kind_asked_for() {
    let mut rules = daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &TimeZone::UTC);
    rules[2].kinds = [Video, InPerson].into_iter().collect();
    let plan = plan(rules);
    let now = at("2026-03-02T09:10:00Z");
    let next = |kind, count| {
        let found =
            next_free(&plan, &[], Slot::onwards(at("2026-02-01T00:00:00Z")), now, count, kind);
        found.iter().map(|offer| offer.local.to_string()).collect::<Vec<_>>()
    };
    assert_eq!(next(None, 2), ["2026-03-02T09:30:00", "2026-03-03T09:00:00"]);
    assert_eq!(next(Some(InPerson), 2), ["2026-03-04T09:00:00", "2026-03-04T09:30:00"]);
    assert_eq!(next(Some(Phone), 2), [""; 0]);
    assert_eq!(next(None, 0), [""; 0]);
}

#[test]
fn the_next_free_time_may_be_the_last_one_before_the_horizon() {
    let mut plan = plan(daily(time(23, 0, 0, 0), Time::midnight(), 60, &zone("Pacific/Auckland")));
    plan.horizon_days = 3;
    let now = at("2026-03-02T00:00:00Z");
    let found = next_free(&plan, &[], Slot::onwards(now), now, 100, None);
    assert_eq!(found.len(), 4);
    assert_eq!(found[3].local.date(), date(2026, 3, 5));
}

#[test]
fn an_empty_plan_offers_nothing() {
    let now = at(LONG_BEFORE);
    let window = between("2026-03-02T00:00:00Z", "2026-03-09T00:00:00Z");
    assert_eq!(offers(&Plan::default(), &[], window, now), []);
    assert_eq!(next_free(&Plan::default(), &[], Slot::onwards(now), now, 3, None), []);
    assert_eq!(offer_at(&Plan::default(), &[], (now, None), now), None);
}

#[test]
fn the_ends_of_time_are_survived() {
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &zone("Europe/Paris")));
    for edge in [Timestamp::MIN, Timestamp::MAX] {
        assert_eq!(offer_at(&plan, &[], (edge, None), at(LONG_BEFORE)), None);
        let _ = next_free(&plan, &[], Slot::onwards(edge), at(LONG_BEFORE), 3, None);
        let _ = next_free(&plan, &[], Slot::onwards(at(LONG_BEFORE)), edge, 3, None);
    }
}

#[test]
fn kinds_survive_their_words() {
    for words in [&["video"][..], &["phone", "in_person"], &["video", "phone", "in_person"]] {
        let kinds = VisitKinds::from_words(words);
        assert_eq!(kinds.words(), words);
        let json = serde_json::to_string(&kinds).unwrap();
        assert_eq!(serde_json::from_str::<VisitKinds>(&json).unwrap(), kinds);
    }
    assert_eq!(VisitKinds::from_words(&["video", "fax"]).words(), ["video"]);
    assert!(VisitKinds::from_words(&["fax"]).is_empty());
    assert!(serde_json::from_str::<VisitKinds>("[]").is_err());
}
