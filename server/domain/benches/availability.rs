//! What the times of one doctor cost to work out: `cargo bench --package domain --bench availability`.
//!
//! A full week in London, 20 minutes each, every other hour of it booked; a pause after each visit, a
//! limit a day, public holidays. The middle of many runs is printed, in microseconds.
use domain::{
    Id,
    booking::{
        Busy, BusyState, KindRule, Plan, Slot, VisitKind, VisitLimits, WeeklyRule, free_slots,
        next_free, offers,
    },
    holidays::Country,
};
use jiff::{
    SignedDuration, Timestamp,
    civil::{Weekday, time},
    tz::TimeZone,
};
use std::{
    hint::black_box,
    time::{Duration, Instant},
};

const RUNS: usize = 301;
const DAY: SignedDuration = SignedDuration::from_hours(24);

fn main() -> Result<(), jiff::Error> {
    let now: Timestamp = "2026-03-02T06:00:00Z".parse()?;
    let zone = TimeZone::get("Europe/London")?;
    let (doctor, full) = (plan(&zone, false), plan(&zone, true));
    let half = visits(&doctor, now, 3);
    let all = visits(&doctor, now, 6);
    let days = |count: i32| Slot { start: now, end: now + DAY * count };
    println!("microseconds, the middle of {RUNS} runs");
    for count in [14, 90] {
        let times = free_slots(&doctor, &half, days(count), now).len();
        report(&format!("{count} days, {times} of them free"), || {
            free_slots(&doctor, &half, days(count), now).len()
        });
    }
    report("90 days, with the cause of each that is not", || {
        offers(&doctor, &half, days(90), now).len()
    });
    report("90 days, each kind of visit with its own length", || {
        free_slots(&full, &half, days(90), now).len()
    });
    report("the next three", || next_free(&doctor, &half, days(90), now, 3, None).len());
    report("the next three, where 90 days have none", || {
        next_free(&doctor, &all, days(90), now, 3, None).len()
    });
    Ok(())
}

/// Nine to six on each working day, booked up to 90 days ahead.
fn plan(zone: &TimeZone, own_lengths: bool) -> Plan {
    let rules = Weekday::Monday.cycle_forward().take(5).map(|weekday| WeeklyRule {
        id: Id::generate(),
        weekday,
        starts: time(9, 0, 0, 0),
        ends: time(18, 0, 0, 0),
        slot_minutes: 20,
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
        place: None,
        zone: zone.clone(),
        kinds: VisitKind::ALL.iter().copied().collect(),
        every_weeks: 1,
        kept_for_urgent_minutes: None,
        valid_from: None,
        valid_until: None,
    });
    let own = |kind, minutes| KindRule {
        kind,
        slot_minutes: Some(minutes),
        buffer_before_minutes: 0,
        buffer_after_minutes: 5,
    };
    Plan {
        rules: rules.collect(),
        horizon_days: 90,
        buffer_after_minutes: 5,
        kind_rules: if own_lengths {
            vec![own(VisitKind::Video, 15), own(VisitKind::InPerson, 40)]
        } else {
            Vec::new()
        },
        limits: Some(VisitLimits { zone: zone.clone(), per_day: Some(40), per_week: None }),
        holidays: "GB".parse::<Country>().ok(),
        ..Plan::default()
    }
}

/// Visits at `many` of each six times of the next 90 days that the plan offers.
fn visits(plan: &Plan, now: Timestamp, many: usize) -> Vec<Busy> {
    let days = Slot { start: now, end: now + DAY * 91 };
    let times = offers(plan, &[], days, now);
    let booked = times.iter().enumerate().filter(|(index, _)| index % 6 < many);
    let booked = booked.map(|(_, time)| Busy {
        slot: time.slot,
        state: BusyState::Booked,
        place: None,
        pauses: time.pauses,
    });
    booked.collect()
}

fn report(what: &str, work: impl Fn() -> usize) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let began = Instant::now();
            black_box(work());
            began.elapsed()
        })
        .collect();
    times.sort();
    println!("{what:<52}{:>9.1}", times[RUNS / 2].as_secs_f64() * 1e6);
}
