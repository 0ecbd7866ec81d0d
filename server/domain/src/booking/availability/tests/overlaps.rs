//! Hours that overlap: which of two times is offered.
use super::*;

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
