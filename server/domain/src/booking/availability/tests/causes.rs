//! Why a time is not free, and which cause comes first.
use super::*;

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
