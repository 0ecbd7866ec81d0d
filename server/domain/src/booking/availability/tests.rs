mod kinds;
mod limits;
mod transitions;
mod urgent;

use super::*;
use crate::booking::VisitKind::{InPerson, Phone, Video};
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
    Busy { slot: between(start, end), state, place: None, kind: None }
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
fn a_time_that_touches_the_missing_hour_of_spring_is_not_offered() {
    let paris = zone("Europe/Paris");
    let spring = date(2026, 3, 29);
    let night = |slot_minutes| {
        let plan = plan(daily(time(0, 30, 0, 0), time(5, 0, 0, 0), slot_minutes, &paris));
        causes(&on(&plan, spring, &paris))
    };
    assert_eq!(
        night(30),
        "00:30 free, 01:00 free, 01:30 free, 03:00 free, 02:00 clock_gap, 03:30 free, 02:30 clock_gap, 04:00 free, 04:30 free"
    );
    // 01:30 would end at 02:30, which is never shown; at full length it would reach 03:30.
    assert_eq!(night(60), "00:30 free, 01:30 clock_gap, 03:30 free, 02:30 clock_gap");
    assert_eq!(night(90), "00:30 free, 02:00 clock_gap, 03:30 free");
}

#[test]
fn the_repeated_hour_of_autumn_is_offered_once() {
    let paris = zone("Europe/Paris");
    let night = |slot_minutes| {
        let plan = plan(daily(time(1, 0, 0, 0), time(4, 0, 0, 0), slot_minutes, &paris));
        on(&plan, date(2026, 10, 25), &paris)
    };

    let halves = night(30);
    assert_eq!(
        causes(&halves),
        "01:00 free, 01:30 free, 02:00 free, 02:30 free, 02:00 clock_overlap, 02:30 clock_overlap, 03:00 free, 03:30 free"
    );
    assert_eq!(halves[2].slot.start, at("2026-10-25T00:00:00Z"));

    // 02:30 begins in the first copy, keeps its 90 minutes, and is over an hour before 04:00.
    let long = night(90);
    assert_eq!(causes(&long), "01:00 free, 02:30 free, 02:30 clock_overlap");
    assert_eq!(long[1].slot, between("2026-10-25T00:30:00Z", "2026-10-25T02:00:00Z"));
}

#[test]
fn days_of_23_and_25_hours_have_23_and_24_whole_hours() {
    let paris = zone("Europe/Paris");
    let plan = plan(daily(Time::midnight(), Time::midnight(), 60, &paris));
    let count = |date| free(&on(&plan, date, &paris)).len();
    assert_eq!(count(date(2026, 3, 28)), 24);
    assert_eq!(count(date(2026, 3, 29)), 23);
    assert_eq!(count(date(2026, 10, 25)), 24);
}

#[test]
fn lord_howe_moves_its_clocks_by_half_an_hour() {
    let howe = zone("Australia/Lord_Howe");
    let plan = plan(daily(time(1, 0, 0, 0), time(4, 0, 0, 0), 30, &howe));
    assert_eq!(
        causes(&on(&plan, date(2026, 4, 5), &howe)),
        "01:00 free, 01:30 free, 01:30 clock_overlap, 02:00 free, 02:30 free, 03:00 free, 03:30 free"
    );
    assert_eq!(
        causes(&on(&plan, date(2026, 10, 4), &howe)),
        "01:00 free, 01:30 free, 02:30 free, 02:00 clock_gap, 03:00 free, 03:30 free"
    );
}

#[test]
fn a_visit_across_a_half_hour_change_keeps_its_length() {
    let howe = zone("Australia/Lord_Howe");
    let plan = plan(daily(time(1, 0, 0, 0), time(4, 0, 0, 0), 60, &howe));
    let autumn = on(&plan, date(2026, 4, 5), &howe);
    // From 01:00 at +11 to the second 01:30 at +10:30; the next is at 02:00.
    assert_eq!(autumn[0].slot, between("2026-04-04T14:00:00Z", "2026-04-04T15:00:00Z"));
    assert_eq!(autumn[1].slot.start, at("2026-04-04T15:30:00Z"));
    assert!(autumn.iter().all(|offer| offer.is_free() && offer.slot.minutes() == 60));
}

#[test]
fn kathmandu_is_a_quarter_to_six_ahead() {
    let kathmandu = zone("Asia/Kathmandu");
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &kathmandu));
    let offers = on(&plan, date(2026, 3, 2), &kathmandu);
    assert_eq!(offers[0].slot.start, at("2026-03-02T03:15:00Z"));
}

#[test]
fn the_zones_are_those_of_2026_not_those_of_the_system() {
    let december = at("2026-12-01T12:00:00Z");
    assert_eq!(zone("Africa/Casablanca").to_offset(december), offset(0));
    assert_eq!(zone("America/Edmonton").to_offset(december), offset(-6));
}

#[test]
fn a_day_that_a_place_skipped_has_no_times() {
    let apia = zone("Pacific/Apia");
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &apia));
    let window = between("2011-12-29T00:00:00Z", "2011-12-31T12:00:00Z");
    let days = offers(&plan, &[], window, at("2011-12-01T00:00:00Z"));
    let days: Vec<String> =
        days.iter().map(|offer| format!("{} {:?}", offer.local.date(), offer.cause)).collect();
    assert_eq!(days, ["2011-12-29 None", "2011-12-31 None", "2011-12-30 Some(ClockGap)"]);
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
fn closed_times_and_horizons_in_a_repeated_hour_mean_its_first_copy() {
    let (paris, havana) = (zone("Europe/Paris"), zone("America/Havana"));
    let autumn = date(2026, 10, 25);
    let mut night = plan(daily(time(1, 30, 0, 0), time(3, 30, 0, 0), 30, &paris));
    let hours = Some((time(1, 0, 0, 0), time(2, 30, 0, 0)));
    night.exceptions = vec![closed(autumn, hours, None, &paris)];
    let of_day = on(&night, autumn, &paris);
    let offered: Vec<&Offer> =
        of_day.iter().filter(|offer| offer.cause != Some(Cause::ClockOverlap)).collect();
    assert_eq!(clocks(offered), "01:30 02:00 02:30 03:00");
    assert_eq!(clocks(free(&of_day)), "02:30 03:00");

    // Clocks in Havana go from 01:00 back to 00:00.
    let mut midnight = plan(daily(Time::midnight(), time(2, 0, 0, 0), 60, &havana));
    midnight.horizon_days = 0;
    let now = at("2026-10-31T04:00:00Z");
    let window = between("2026-10-31T00:00:00Z", "2026-11-02T00:00:00Z");
    assert_eq!(
        causes(&offers(&midnight, &[], window, now)),
        "00:00 free, 01:00 free, 00:00 horizon, 00:00 clock_overlap, 01:00 horizon"
    );
}

#[test]
fn a_skipped_time_is_read_with_the_clock_before_the_jump() {
    let sydney = zone("Australia/Sydney");
    let plan = plan(daily(time(2, 30, 0, 0), time(3, 0, 0, 0), 30, &sydney));
    // Autumn comes first in the window, then spring.
    let window = between("2026-03-01T00:00:00Z", "2026-12-01T00:00:00Z");
    let all = offers(&plan, &[], window, at(LONG_BEFORE));
    let skipped: Vec<_> = all.iter().filter(|offer| offer.cause == Some(Cause::ClockGap)).collect();
    assert_eq!(skipped.len(), 1);
    assert_eq!(skipped[0].slot.start, at("2026-10-03T16:30:00Z"));
    assert_eq!(skipped[0].local, date(2026, 10, 4).at(2, 30, 0, 0));
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
fn notice_and_horizon_are_counted_from_now() {
    let auckland = zone("Pacific/Auckland");
    let mut plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &auckland));
    plan.lead_minutes = 60;
    plan.horizon_days = 1;
    let window = between("2026-03-01T00:00:00Z", "2026-03-06T00:00:00Z");
    // Tuesday 08:30 in Auckland, still Monday in UTC.
    let now = at("2026-03-02T19:30:00Z");
    assert_eq!(
        causes(&offers(&plan, &[], window, now)),
        "09:00 past, 09:30 past, 09:00 notice, 09:30 free, 09:00 free, 09:30 free, 09:00 horizon, 09:30 horizon, 09:00 horizon, 09:30 horizon"
    );
}

#[test]
fn a_time_that_begins_now_is_not_past() {
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &TimeZone::UTC));
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let seen = |now| causes(&offers(&plan, &[], window, at(now)));
    assert_eq!(seen("2026-03-02T09:00:00Z"), "09:00 free, 09:30 free");
    assert_eq!(seen("2026-03-02T09:00:00.000000001Z"), "09:00 past, 09:30 free");
}

#[test]
fn buffers_keep_distance_from_other_visits() {
    let mut plan = plan(daily(time(9, 0, 0, 0), time(12, 0, 0, 0), 30, &TimeZone::UTC));
    for rule in &mut plan.rules {
        rule.buffer_before_minutes = 10;
        rule.buffer_after_minutes = 30;
    }
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let taken = [
        busy("2026-03-02T10:30:00Z", "2026-03-02T11:00:00Z", BusyState::Booked),
        busy("2026-03-02T08:00:00Z", "2026-03-02T08:50:00Z", BusyState::Held),
    ];
    assert_eq!(
        causes(&offers(&plan, &taken, window, at(LONG_BEFORE))),
        "09:00 free, 09:30 free, 10:00 buffer, 10:30 booked, 11:00 buffer, 11:30 free"
    );
}

#[test]
fn a_long_visit_counts_even_when_a_shorter_one_begins_later() {
    let plan = plan(daily(time(9, 0, 0, 0), time(12, 0, 0, 0), 60, &TimeZone::UTC));
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let taken = [
        busy("2026-03-02T09:10:00Z", "2026-03-02T09:20:00Z", BusyState::Booked),
        busy("2026-03-02T08:00:00Z", "2026-03-02T11:00:00Z", BusyState::Held),
    ];
    assert_eq!(
        causes(&offers(&plan, &taken, window, at(LONG_BEFORE))),
        "09:00 booked, 10:00 held, 11:00 free"
    );
}

#[test]
fn of_several_causes_the_first_in_the_list_is_given() {
    let utc = TimeZone::UTC;
    let here = Some(Id::generate());
    let monday = date(2026, 3, 2);
    let noon = at("2026-03-02T12:00:00Z");
    let window = between("2026-03-02T12:00:00Z", "2026-03-02T12:01:00Z");
    let mut rules = daily(time(11, 45, 0, 0), time(12, 15, 0, 0), 30, &utc);
    rules.extend(daily(time(12, 0, 0, 0), time(12, 30, 0, 0), 30, &utc));
    for rule in &mut rules {
        rule.buffer_before_minutes = 60;
        rule.place = here;
    }
    let mut plan = plan(rules);
    plan.lead_minutes = 60;
    plan.travel_minutes = 120;
    plan.limits = Some(VisitLimits { zone: utc.clone(), per_day: Some(1), per_week: Some(1) });
    plan.exceptions = vec![closed(monday, None, Some(Id::generate()), &utc)];

    let sunday = busy("2026-03-08T20:00:00Z", "2026-03-08T20:30:00Z", BusyState::Booked);
    let evening = busy("2026-03-02T20:00:00Z", "2026-03-02T20:30:00Z", BusyState::Done);
    let mut far = busy("2026-03-02T09:30:00Z", "2026-03-02T10:30:00Z", BusyState::Booked);
    far.place = Some(Id::generate());
    let near = busy("2026-03-02T11:00:00Z", "2026-03-02T11:30:00Z", BusyState::Booked);
    let away = busy("2026-03-02T12:05:00Z", "2026-03-02T12:10:00Z", BusyState::Elsewhere);
    let held = busy("2026-03-02T12:10:00Z", "2026-03-02T12:20:00Z", BusyState::Held);
    let booked = busy("2026-03-02T12:20:00Z", "2026-03-02T12:30:00Z", BusyState::Booked);
    let cause = |plan: &Plan, busy: &[Busy], now| {
        offers(plan, busy, window, now).first().unwrap().cause.unwrap()
    };

    let mut kept = plan.clone();
    kept.rules.retain(|rule| rule.starts == time(12, 0, 0, 0));
    kept.rules.iter_mut().for_each(|rule| rule.kept_for_urgent_minutes = Some(0));
    let mut found = vec![cause(&kept, &[], at(LONG_BEFORE))];
    found.push(cause(&plan, &[], at(LONG_BEFORE)));
    found.push(cause(&plan, &[sunday], at(LONG_BEFORE)));
    found.push(cause(&plan, &[sunday, evening], at(LONG_BEFORE)));
    found.push(cause(&plan, &[sunday, evening, far], at(LONG_BEFORE)));
    found.push(cause(&plan, &[far, near], at(LONG_BEFORE)));
    found.push(cause(&plan, &[far, near, away], at(LONG_BEFORE)));
    found.push(cause(&plan, &[far, near, away, held], at(LONG_BEFORE)));
    found.push(cause(&plan, &[far, near, away, held, booked], at(LONG_BEFORE)));
    plan.horizon_days = 0;
    found.push(cause(&plan, &[near, away, held, booked], at(LONG_BEFORE)));
    // Notice before horizon: an hour of notice and a horizon that ended yesterday.
    plan.lead_minutes = 60 * 24 * 365;
    found.push(cause(&plan, &[near, away, held, booked], at(LONG_BEFORE)));
    found.push(cause(&plan, &[near, away, held, booked], noon + 1.second()));
    plan.exceptions = vec![closed(monday, None, None, &utc)];
    found.push(cause(&plan, &[near, away, held, booked], noon + 1.second()));

    found.reverse();
    assert_eq!(found, Cause::ALL[2..]);
    assert!(Cause::ALL.is_sorted());
}

#[test]
fn clocks_come_before_every_other_cause() {
    let paris = zone("Europe/Paris");
    for (day, cause) in
        [(date(2026, 3, 29), Cause::ClockGap), (date(2026, 10, 25), Cause::ClockOverlap)]
    {
        let mut plan = plan(daily(time(2, 0, 0, 0), time(3, 0, 0, 0), 60, &paris));
        plan.exceptions = vec![closed(day, None, None, &paris)];
        let window = between("2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z");
        let late = at("2027-01-01T00:00:00Z");
        let all = offers(&plan, &[], window, late);
        let of_day = all.iter().filter(|offer| offer.local.date() == day);
        assert!(of_day.clone().any(|offer| offer.cause == Some(cause)), "{cause}");
        assert_eq!(of_day.filter(|offer| offer.is_free()).count(), 0);
    }
}

#[test]
fn no_buffer_is_kept_to_what_is_no_visit() {
    let mut rules = daily(time(12, 0, 0, 0), time(13, 0, 0, 0), 30, &TimeZone::UTC);
    for rule in &mut rules {
        rule.buffer_before_minutes = 15;
        rule.buffer_after_minutes = 15;
    }
    let plan = plan(rules);
    let away = busy("2026-03-02T11:00:00Z", "2026-03-02T12:00:00Z", BusyState::Elsewhere);
    let later = busy("2026-03-02T12:59:00Z", "2026-03-02T14:00:00Z", BusyState::Elsewhere);
    let window = between("2026-03-02T12:00:00Z", "2026-03-02T13:00:00Z");
    let offers = offers(&plan, &[away, later], window, at(LONG_BEFORE));
    assert_eq!(causes(&offers), "12:00 free, 12:30 elsewhere");
}

#[test]
fn of_two_places_the_earlier_start_wins_then_the_order_of_the_plan() {
    let (paris, london) = (zone("Europe/Paris"), zone("Europe/London"));
    let mut rules = daily(time(9, 0, 0, 0), time(12, 0, 0, 0), 60, &paris);
    // 08:30 in London is 09:30 in Paris.
    rules.extend(daily(time(8, 30, 0, 0), time(12, 0, 0, 0), 60, &london));
    let offers = on(&plan(rules), date(2026, 3, 2), &paris);
    assert_eq!(
        causes(&offers),
        "09:00 free, 08:30 duplicate, 10:00 free, 09:30 duplicate, 11:00 free, 10:30 duplicate"
    );

    let mut rules = daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &paris);
    rules.extend(daily(time(8, 0, 0, 0), time(10, 0, 0, 0), 30, &london));
    let offers = on(&plan(rules.clone()), date(2026, 3, 2), &paris);
    assert_eq!(
        causes(&offers),
        "09:00 free, 08:00 duplicate, 08:30 duplicate, 09:00 free, 09:30 free"
    );
    rules.rotate_left(7);
    let offers = on(&plan(rules), date(2026, 3, 2), &paris);
    assert_eq!(causes(&offers), "08:00 free, 09:00 duplicate, 08:30 free, 09:00 free, 09:30 free");
}

#[test]
fn a_place_that_is_closed_makes_way_for_another() {
    let utc = TimeZone::UTC;
    let here = Id::generate();
    let mut rules = daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &utc);
    for rule in &mut rules {
        rule.place = Some(here);
    }
    rules.extend(daily(time(9, 30, 0, 0), time(10, 30, 0, 0), 60, &utc));
    let mut plan = plan(rules);
    plan.exceptions = vec![closed(date(2026, 3, 2), None, Some(here), &utc)];
    assert_eq!(causes(&on(&plan, date(2026, 3, 2), &utc)), "09:00 closed, 09:30 free");
    assert_eq!(causes(&on(&plan, date(2026, 3, 3), &utc)), "09:00 free, 09:30 duplicate");
}

#[test]
fn hours_without_a_gap_are_settled_alike_from_every_window() {
    let utc = TimeZone::UTC;
    let mut rules = daily(Time::midnight(), Time::midnight(), 50, &utc);
    rules.extend(daily(time(0, 15, 0, 0), Time::midnight(), 35, &zone("Asia/Kathmandu")));
    let plan = plan(rules);
    let now = at(LONG_BEFORE);
    let start = at("2026-03-02T00:00:00Z");
    let fortnight = Slot { start, end: start + SignedDuration::from_hours(24 * 14) };

    let all = offers(&plan, &[], fortnight, now);

    assert!(free(&all).windows(2).all(|pair| !pair[0].slot.overlaps(&pair[1].slot)));
    for offer in &all {
        let first = all.iter().find(|other| other.slot.start == offer.slot.start);
        assert_eq!(offer_at(&plan, &[], (offer.slot.start, None), now).as_ref(), first);
    }
}

#[test]
fn two_full_timetables_are_settled_alike_from_every_window() {
    let utc = TimeZone::UTC;
    // One at the full hour and one at half past, neither with a gap in the whole year.
    let mut rules = daily(Time::midnight(), Time::midnight(), 60, &utc);
    rules.extend(daily(time(0, 30, 0, 0), Time::midnight(), 60, &utc));
    rules.extend(daily(time(5, 0, 0, 0), time(6, 0, 0, 0), 60, &zone("Asia/Kolkata")));
    let plan = plan(rules);
    let window = between("2026-03-06T00:00:00Z", "2026-03-17T00:00:00Z");

    let all = offers(&plan, &[], window, at(LONG_BEFORE));

    assert_eq!(all.len(), 11 * 48);
    assert!(free(&all).len() >= 11 * 24 - 1);
    for offer in all {
        assert_eq!(offer_at(&plan, &[], (offer.slot.start, None), at(LONG_BEFORE)), Some(offer));
    }
}

#[test]
fn the_quiet_hour_of_the_week_doubles_nothing() {
    let utc = TimeZone::UTC;
    let rules = vec![
        hours(Weekday::Sunday, time(2, 30, 0, 0), time(3, 30, 0, 0), 60, &utc),
        hours(Weekday::Sunday, time(3, 0, 0, 0), time(5, 0, 0, 0), 60, &utc),
    ];
    let sunday = on(&plan(rules), date(2026, 3, 1), &utc);
    assert_eq!(causes(&sunday), "02:30 free, 03:00 duplicate, 04:00 free");
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
