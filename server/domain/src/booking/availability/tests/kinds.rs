//! Kinds of visit with a length and pauses of their own.
use super::*;

fn own(kind: VisitKind, slot_minutes: Option<u16>, before: u16, after: u16) -> KindRule {
    KindRule { kind, slot_minutes, buffer_before_minutes: before, buffer_after_minutes: after }
}

/// From 09:00 to 11:00 for all kinds of visit, 30 minutes each.
fn two_hours(kind_rules: Vec<KindRule>) -> Plan {
    let mut plan = plan(daily(time(9, 0, 0, 0), time(11, 0, 0, 0), 30, &TimeZone::UTC));
    for rule in &mut plan.rules {
        rule.kinds = VisitKind::ALL.iter().copied().collect();
    }
    Plan { kind_rules, ..plan }
}

fn monday() -> Slot {
    between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z")
}

/// `09:00 09:30`
fn free_of(plan: &Plan, busy: &[Busy], kind: VisitKind) -> String {
    let free = free_slots(plan, busy, monday(), at(LONG_BEFORE));
    clocks(free.iter().filter(|offer| offer.kinds.contains(kind)))
}

/// A visit as it would be booked by `plan`.
fn visit(plan: &Plan, kind: VisitKind, start: &str) -> Busy {
    taken(&offer_at(plan, &[], (at(start), Some(kind)), at(LONG_BEFORE)).unwrap())
}

#[test]
fn each_kind_has_times_on_the_grid_of_its_own_length() {
    let plan = two_hours(vec![own(Video, Some(20), 0, 0), own(InPerson, Some(50), 0, 0)]);
    assert_eq!(free_of(&plan, &[], Video), "09:00 09:20 09:40 10:00 10:20 10:40");
    assert_eq!(free_of(&plan, &[], Phone), "09:00 09:30 10:00 10:30");
    assert_eq!(free_of(&plan, &[], InPerson), "09:00 09:50");
}

#[test]
fn one_start_is_offered_with_the_length_of_each_kind() {
    let plan = two_hours(vec![own(InPerson, Some(60), 0, 0)]);
    let at_ten = |kind| {
        let ten = at("2026-03-02T10:00:00Z");
        offer_at(&plan, &[], (ten, kind), at(LONG_BEFORE)).unwrap().slot.minutes()
    };
    assert_eq!(at_ten(Some(InPerson)), 60);
    assert_eq!(at_ten(Some(Video)), 30);
    let half_past = at("2026-03-02T09:30:00Z");
    assert_eq!(offer_at(&plan, &[], (half_past, Some(InPerson)), at(LONG_BEFORE)), None);
}

#[test]
fn a_visit_takes_the_times_of_every_kind_that_it_touches() {
    let plan = two_hours(vec![own(InPerson, Some(60), 0, 0)]);
    let called = [visit(&plan, Video, "2026-03-02T09:30:00Z")];
    assert_eq!(free_of(&plan, &called, Video), "09:00 10:00 10:30");
    assert_eq!(free_of(&plan, &called, InPerson), "10:00");
    // 09:00 is free all the same, only not for so long.
    let nine = at("2026-03-02T09:00:00Z");
    let offer = |kind| offer_at(&plan, &called, (nine, kind), at(LONG_BEFORE)).unwrap().cause;
    assert_eq!((offer(None), offer(Some(InPerson))), (None, Some(Cause::Booked)));
}

#[test]
fn the_pauses_of_a_kind_are_kept_whichever_visit_was_booked_first() {
    let plan = two_hours(vec![own(InPerson, None, 0, 15)]);
    let seen = [visit(&plan, InPerson, "2026-03-02T09:30:00Z")];
    assert_eq!(free_of(&plan, &seen, Video), "09:00 10:30");
    let called = [visit(&plan, Video, "2026-03-02T10:00:00Z")];
    assert_eq!(free_of(&plan, &called, InPerson), "09:00 10:30");
    assert_eq!(free_of(&plan, &called, Phone), "09:00 09:30 10:30");
}

#[test]
fn the_pause_before_a_kind_is_kept_to_the_visit_that_ends_before_it() {
    let plan = two_hours(vec![own(InPerson, None, 15, 0)]);
    let seen = [visit(&plan, InPerson, "2026-03-02T10:00:00Z")];
    assert_eq!(free_of(&plan, &seen, Video), "09:00 10:30");
    let called = [visit(&plan, Video, "2026-03-02T09:30:00Z")];
    assert_eq!(free_of(&plan, &called, InPerson), "09:00 10:30");
}

#[test]
fn a_pause_of_the_hours_that_is_longer_still_holds() {
    let mut plan = two_hours(vec![own(Video, None, 0, 5)]);
    for rule in &mut plan.rules {
        rule.buffer_after_minutes = 20;
    }
    let called = [visit(&plan, Phone, "2026-03-02T09:30:00Z")];
    assert_eq!(free_of(&plan, &called, Video), "10:30");
}

#[test]
fn a_visit_keeps_the_pauses_that_it_was_booked_with() {
    let before = two_hours(vec![own(InPerson, None, 0, 15)]);
    let seen = [visit(&before, InPerson, "2026-03-02T09:30:00Z")];
    let after = two_hours(Vec::new());
    assert_eq!(free_of(&after, &seen, InPerson), "09:00 10:30");
    assert_eq!(
        free_of(&before, &[visit(&after, InPerson, "2026-03-02T09:30:00Z")], Video),
        "09:00 10:00 10:30"
    );
}

#[test]
fn a_length_that_does_not_fit_into_the_hours_leaves_no_times() {
    let plan = two_hours(vec![own(Video, Some(121), 0, 0)]);
    assert_eq!(free_of(&plan, &[], Video), "");
    assert_eq!(free_of(&plan, &[], Phone), "09:00 09:30 10:00 10:30");
}

#[test]
fn the_next_free_times_name_a_start_once() {
    let plan = two_hours(vec![own(InPerson, Some(60), 0, 0)]);
    let next = next_free(&plan, &[], monday(), at(LONG_BEFORE), 3, None);
    assert_eq!(clocks(&next), "09:00 09:30 10:00");
}
