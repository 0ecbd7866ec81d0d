//! Hours that are kept for urgent visits.
use super::*;

/// From 09:00 to 12:00, 60 minutes each, kept until two hours before.
fn kept() -> Plan {
    let mut plan = plan(daily(time(9, 0, 0, 0), time(12, 0, 0, 0), 60, &TimeZone::UTC));
    for rule in &mut plan.rules {
        rule.kept_for_urgent_minutes = Some(120);
    }
    plan
}

fn two_days(plan: &Plan, now: &str) -> Vec<Offer> {
    offers(plan, &[], between("2026-03-02T00:00:00Z", "2026-03-04T00:00:00Z"), at(now))
}

#[test]
fn times_are_released_one_by_one() {
    let seen = |now| causes(&two_days(&kept(), now)[..3]);
    assert_eq!(
        seen("2026-03-02T06:59:59Z"),
        "09:00 kept_for_urgent, 10:00 kept_for_urgent, 11:00 kept_for_urgent"
    );
    assert_eq!(
        seen("2026-03-02T07:00:00Z"),
        "09:00 free, 10:00 kept_for_urgent, 11:00 kept_for_urgent"
    );
    assert_eq!(seen("2026-03-02T09:00:00Z"), "09:00 free, 10:00 free, 11:00 free");
}

#[test]
fn no_notice_is_asked_for_them() {
    let plan = Plan { lead_minutes: 24 * 60, ..kept() };
    let seen = |now| causes(&two_days(&plan, now)[..3]);
    assert_eq!(
        seen("2026-03-02T07:00:00Z"),
        "09:00 free, 10:00 kept_for_urgent, 11:00 kept_for_urgent"
    );
    assert_eq!(seen("2026-03-02T09:30:00Z"), "09:00 past, 10:00 free, 11:00 free");
}

#[test]
fn an_urgent_visit_takes_them_on_their_day_alone() {
    let urgent = |now| {
        let all = two_days(&kept(), now);
        let urgent = all.iter().filter(|offer| offer.takes_urgent);
        urgent.map(|offer| offer.slot.start.to_string()).collect::<Vec<_>>()
    };
    assert!(urgent("2026-03-01T23:59:59Z").is_empty());
    let monday = ["2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z"];
    assert_eq!(urgent("2026-03-02T00:00:00Z"), monday);
    assert_eq!(urgent("2026-03-02T09:30:00Z"), monday[1..]);
}

#[test]
fn a_kept_time_that_is_taken_is_booked_and_nothing_else() {
    let taken = [busy("2026-03-02T09:00:00Z", "2026-03-02T10:00:00Z", BusyState::Booked)];
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let all = offers(&kept(), &taken, window, at("2026-03-02T05:00:00Z"));
    assert_eq!(causes(&all), "09:00 booked, 10:00 kept_for_urgent, 11:00 kept_for_urgent");
    assert!(!all[0].takes_urgent);
    assert_eq!(all[1].kept_until, Some(at("2026-03-02T08:00:00Z")));
}
