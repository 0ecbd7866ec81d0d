//! Clocks that change, zones that move, and days of another length.
use super::*;

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
