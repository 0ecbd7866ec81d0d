//! Weeks that rotate, and how many visits a doctor wants to hold.
use super::*;
use proptest::{option, prelude::*};

fn limited(rules: Vec<WeeklyRule>, per_day: Option<u16>, per_week: Option<u16>) -> Plan {
    let limits = VisitLimits { zone: zone("Europe/Paris"), per_day, per_week };
    Plan { limits: Some(limits), ..plan(rules) }
}

fn every(weeks: u16, weekday: Weekday, from: Option<Date>) -> Recurrence {
    Recurrence { weekday, every_weeks: weeks, from, until: None }
}

#[test]
fn hours_of_every_third_week_are_counted_from_the_week_of_their_first_day() {
    let utc = TimeZone::UTC;
    let nine = (time(9, 0, 0, 0), time(10, 0, 0, 0));
    let rules = [Weekday::Monday, Weekday::Friday].map(|weekday| WeeklyRule {
        every_weeks: 3,
        // A Wednesday: the Monday of its week is over by then.
        valid_from: Some(date(2026, 3, 4)),
        ..hours(weekday, nine.0, nine.1, 60, &utc)
    });
    let window = between("2026-01-01T00:00:00Z", "2026-04-20T00:00:00Z");

    let all = offers(&plan(rules.to_vec()), &[], window, at(LONG_BEFORE));

    let days: Vec<String> = all.iter().map(|offer| offer.local.date().to_string()).collect();
    assert_eq!(days, ["2026-03-06", "2026-03-23", "2026-03-27", "2026-04-13", "2026-04-17"]);
}

#[test]
fn hours_that_rotate_from_nowhere_are_never_kept() {
    assert!(every(1, Weekday::Monday, None).is_ever());
    assert!(!every(2, Weekday::Monday, None).is_ever());
    assert!(!every(0, Weekday::Monday, Some(date(2026, 3, 2))).is_ever());
}

#[test]
fn a_stretch_without_its_weekday_is_never_kept() {
    let until = |until| Recurrence {
        until: Some(until),
        ..every(1, Weekday::Monday, Some(date(2026, 3, 3)))
    };
    assert!(!until(date(2026, 3, 8)).is_ever());
    assert!(until(date(2026, 3, 9)).is_ever());
    assert!(!until(date(2026, 3, 2)).is_ever());
}

#[test]
fn odd_and_even_weeks_never_meet() {
    let odd = every(2, Weekday::Monday, Some(date(2026, 3, 2)));
    let even = every(2, Weekday::Monday, Some(date(2026, 3, 9)));
    assert!(!odd.meets(&even));
    assert!(odd.meets(&every(3, Weekday::Monday, Some(date(2026, 3, 9)))));
    assert!(odd.meets(&every(1, Weekday::Monday, None)));
    assert!(!odd.meets(&every(1, Weekday::Tuesday, None)));
    // They would meet on 30 March.
    let short = Recurrence { until: Some(date(2026, 3, 29)), ..odd };
    assert!(!short.meets(&every(3, Weekday::Monday, Some(date(2026, 3, 9)))));
}

#[test]
fn a_full_day_is_the_doctors_own_and_counts_what_is_done() {
    // 23:30 in Paris is 22:30 in UTC: the visit belongs to the Monday.
    let plan =
        limited(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &TimeZone::UTC), Some(2), None);
    let window = between("2026-03-02T00:00:00Z", "2026-03-05T00:00:00Z");
    let seen = |state| {
        let taken = [
            busy("2026-03-02T05:00:00Z", "2026-03-02T05:30:00Z", state),
            busy("2026-03-02T22:30:00Z", "2026-03-02T23:00:00Z", BusyState::Booked),
            busy("2026-03-02T23:30:00Z", "2026-03-03T00:00:00Z", BusyState::Booked),
        ];
        causes(&offers(&plan, &taken, window, at(LONG_BEFORE)))
    };
    for state in [BusyState::Booked, BusyState::Held, BusyState::Done] {
        assert_eq!(seen(state), "09:00 day_full, 09:00 free, 09:00 free");
    }
}

#[test]
fn a_full_week_ends_on_sunday() {
    let plan =
        limited(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &TimeZone::UTC), None, Some(1));
    let window = between("2026-03-01T00:00:00Z", "2026-03-10T00:00:00Z");
    let taken = [busy("2026-03-04T12:00:00Z", "2026-03-04T12:30:00Z", BusyState::Booked)];
    assert_eq!(
        causes(&offers(&plan, &taken, window, at(LONG_BEFORE))),
        "09:00 free, 09:00 week_full, 09:00 week_full, 09:00 week_full, 09:00 week_full, \
         09:00 week_full, 09:00 week_full, 09:00 week_full, 09:00 free"
    );
}

#[test]
fn what_is_done_takes_no_time() {
    let plan = plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 30, &TimeZone::UTC));
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let taken = [busy("2026-03-02T09:00:00Z", "2026-03-02T09:30:00Z", BusyState::Done)];
    let seen = causes(&offers(&plan, &taken, window, at(LONG_BEFORE)));
    assert_eq!(seen, "09:00 free, 09:30 free");
}

#[test]
fn the_way_between_two_places_takes_its_time() {
    let (here, there) = (Some(Id::generate()), Some(Id::generate()));
    let mut rules = daily(time(9, 0, 0, 0), time(13, 0, 0, 0), 30, &TimeZone::UTC);
    for rule in &mut rules {
        rule.place = here;
    }
    let plan = Plan { travel_minutes: 45, ..plan(rules) };
    let window = between("2026-03-02T00:00:00Z", "2026-03-03T00:00:00Z");
    let seen = |place| {
        let visit = busy("2026-03-02T11:00:00Z", "2026-03-02T11:30:00Z", BusyState::Booked);
        let taken = [Busy { place, ..visit }];
        causes(&offers(&plan, &taken, window, at(LONG_BEFORE)))
    };
    let beside = "09:00 free, 09:30 free, 10:00 free, 10:30 free, 11:00 booked, 11:30 free, \
                  12:00 free, 12:30 free";
    assert_eq!(seen(here), beside);
    // By video the doctor may be here already.
    assert_eq!(seen(None), beside);
    assert_eq!(
        seen(there),
        "09:00 free, 09:30 free, 10:00 travel, 10:30 travel, 11:00 booked, 11:30 travel, \
         12:00 travel, 12:30 free"
    );
}

#[test]
fn a_holiday_closes_the_weekly_hours_and_may_be_worked() {
    let berlin = zone("Europe/Berlin");
    let plan = Plan {
        holidays: Some(Country::Germany),
        exceptions: vec![extra(date(2026, 4, 6), time(10, 0, 0, 0), time(11, 0, 0, 0), &berlin)],
        ..plan(daily(time(9, 0, 0, 0), time(10, 0, 0, 0), 60, &berlin))
    };
    // Good Friday is the 3rd, Easter Monday the 6th.
    let window = between("2026-04-01T22:00:00Z", "2026-04-07T22:00:00Z");
    assert_eq!(
        causes(&offers(&plan, &[], window, at(LONG_BEFORE))),
        "09:00 free, 09:00 closed, 09:00 free, 09:00 free, 09:00 closed, 10:00 free, 10:30 free, \
         09:00 free"
    );
}

prop_compose! {
    fn any_recurrence()(
        weekday in 0..2_usize,
        every_weeks in 1..=MOST_WEEKS,
        from in 0..100_i64,
        until in option::of(0..1_000_i64),
    ) -> Recurrence {
        let day = |days: i64| date(2026, 3, 2) + days.days();
        Recurrence {
            weekday: Weekday::Monday.cycle_forward().nth(weekday).unwrap(),
            every_weeks,
            from: Some(day(from)),
            until: until.map(day),
        }
    }
}

/// Whether the hours are kept on `date`, from the sentence alone.
fn is_on(recurrence: &Recurrence, date: Date) -> bool {
    let monday = |date: Date| date - i64::from(date.weekday().to_monday_zero_offset()).days();
    let from = recurrence.from.unwrap();
    let weeks = (monday(date) - monday(from)).get_days() / 7;
    date.weekday() == recurrence.weekday
        && weeks % i32::from(recurrence.every_weeks) == 0
        && from <= date
        && recurrence.until.is_none_or(|until| date <= until)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_date_is_missed_for_a_reason_that_is_true(one in any_recurrence(), on in 0..1_200_i64) {
        let date = date(2026, 3, 2) + on.days();
        let miss = one.misses(date);
        prop_assert_eq!(miss.is_none(), is_on(&one, date));
        let (from, until) = (one.from.unwrap(), one.until);
        prop_assert!(miss != Some(Miss::NotYet) || date < from);
        prop_assert!(miss != Some(Miss::NoLonger) || until.is_some_and(|until| until < date));
        prop_assert_eq!(miss == Some(Miss::OtherWeekday), date.weekday() != one.weekday);
    }

    #[test]
    fn hours_meet_when_a_date_is_one_of_both(one in any_recurrence(), other in any_recurrence()) {
        // The longest two rotations begin over after 12 times 11 weeks.
        let dates = || date(2026, 3, 2).series(1.day()).take(100 + 7 * 132);
        let both = dates().any(|date| is_on(&one, date) && is_on(&other, date));
        prop_assert_eq!(one.meets(&other), both);
        prop_assert_eq!(other.meets(&one), both);
        prop_assert_eq!(one.is_ever(), dates().any(|date| is_on(&one, date)));
    }
}
