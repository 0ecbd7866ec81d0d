//! Whether visits fit into the hours they are offered in.
use super::{case::any_case, *};
use proptest::prelude::*;

fn minute(of_day: u16) -> Time {
    Time::midnight().wrapping_add(i64::from(of_day).minutes())
}

/// Hours for visits by phone alone, each day, with phone visits of a length of their own.
fn calls(starts: u16, open: u16, minutes: u16) -> Plan {
    let mut plan = plan(daily(minute(starts), minute(starts + open), 5, &TimeZone::UTC));
    for rule in &mut plan.rules {
        rule.kinds = Phone.into();
    }
    let rule = KindRule {
        kind: Phone,
        slot_minutes: Some(minutes),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
    };
    Plan { kind_rules: vec![rule], ..plan }
}

/// When hours begin, for how long they are open, about as long as a visit among others, and how long
/// the visit takes.
fn hours_and_visit() -> impl Strategy<Value = (u16, u16, u16)> {
    let open = |minutes: u16| prop_oneof![minutes - 1..=minutes + 1, 1..=24 * 60_u16];
    (5_u16..=480)
        .prop_flat_map(move |minutes| (open(minutes), Just(minutes)))
        .prop_flat_map(|(open, minutes)| (0..=24 * 60 - open, Just(open), Just(minutes)))
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_visit_fits_if_and_only_if_there_are_times_for_it(
        (starts, open, minutes) in hours_and_visit(),
    ) {
        let plan = calls(starts, open, minutes);
        let monday = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
        let none = free_slots(&plan, &[], monday, at(LONG_BEFORE)).is_empty();
        let long = TooLong { kind: Phone, minutes, open: i64::from(open) };
        let expected = none.then_some(long);
        prop_assert_eq!(plan.too_long(), expected.into_iter().collect::<Vec<_>>());
        prop_assert_eq!(plan.all_too_long(Phone.into(), i64::from(open)), expected);
        // With another kind that is as long as the hours say, they are not in vain.
        let both = [Phone, Video].into_iter().collect();
        prop_assert_eq!(plan.all_too_long(both, i64::from(open)), None);
    }

    #[test]
    fn what_is_too_long_is_never_offered(case in any_case()) {
        let all = case.offers();
        for long in case.plan.too_long() {
            prop_assert!(all.iter().all(|offer| !offer.kinds.contains(long.kind)));
        }
        for rule in &case.plan.rules {
            let open = open_minutes(rule.starts, rule.ends);
            if case.plan.all_too_long(rule.kinds, open).is_some() {
                prop_assert!(all.iter().all(|offer| offer.origin != Origin::Rule(rule.id)));
            }
        }
    }
}

#[test]
fn a_kind_without_hours_is_not_too_long_for_them() {
    let plan = calls(9 * 60, 30, 60);
    assert_eq!(plan.too_long(), [TooLong { kind: Phone, minutes: 60, open: 30 }]);
    assert_eq!(Plan { rules: Vec::new(), ..plan }.too_long(), []);
}

#[test]
fn hours_until_midnight_are_open_until_the_day_ends() {
    assert_eq!(open_minutes(time(19, 0, 0, 0), Time::midnight()), 300);
    assert_eq!(open_minutes(Time::midnight(), Time::midnight()), 1440);
    assert_eq!(open_minutes(time(12, 0, 0, 0), time(9, 0, 0, 0)), -180);
}
