//! Hours, and visits that are too long for them.
use crate::limits::PLAIN;
use domain::booking::VisitKind::{self, Phone, Video};
use jiff::civil::{Time, Weekday, date, time};
use services::{
    Clinic, Error, Result,
    identity::{Caller, Doctor},
    schedule::{self, BookingRules, Changed, ExtraHours, HoursLine, OwnRules},
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

fn line(ends: Time, kinds: &[VisitKind]) -> HoursLine {
    HoursLine {
        weekday: Weekday::Tuesday,
        starts: time(14, 0, 0, 0),
        ends,
        slot_minutes: 15,
        buffer_after_minutes: 0,
        place: None,
        kinds: kinds.to_vec(),
        every_weeks: 1,
        valid_from: None,
        valid_until: None,
        kept_for_urgent_minutes: None,
    }
}

fn until(minute: i8, kinds: &[VisitKind]) -> HoursLine {
    line(time(14, minute, 0, 0), kinds)
}

/// A doctor whose visits by phone take an hour.
async fn doctor(db: &TestDb, clinic: &Clinic) -> Caller<Doctor> {
    let doctor = db.doctor(clinic, db.provider().await).await;
    let calls = OwnRules {
        kind: Phone,
        slot_minutes: Some(60),
        buffer_before_minutes: 0,
        buffer_after_minutes: 0,
    };
    let rules = BookingRules { kinds: vec![calls], ..PLAIN };
    schedule::change_rules(clinic, &doctor, &rules, false).await.unwrap();
    doctor
}

/// `field: message`, of a change that was refused for one reason.
fn why<T: std::fmt::Debug>(refused: Result<T>) -> String {
    match refused {
        Err(Error::Invalid(problems)) if problems.len() == 1 => {
            format!("{}: {}", problems[0].field, problems[0].message)
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn weekly_hours_that_are_too_short_for_a_visit_are_refused_with_the_longest_that_would_fit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let doctor = doctor(&db, &clinic).await;
    let change =
        async |lines: &[HoursLine]| schedule::change_hours(&clinic, &doctor, lines, false).await;

    let nothing = why(change(&[until(45, &[Video]), later(until(45, &[Phone]))]).await);
    assert!(nothing.starts_with("ends_1: Nothing could be booked: your phone visits take 1 h"));
    assert!(nothing.contains("these hours are 45 min"), "{nothing}");
    let never = why(change(&[until(30, &[Phone, Video]), later(until(45, &[Phone, Video]))]).await);
    assert!(never.starts_with("ends_1: Your phone visits take 1 h and would never fit"), "{never}");
    assert!(never.contains("longest hours for them are 45 min"), "{never}");
    assert_eq!(schedule::hours(&clinic, &doctor).await.unwrap().rules.len(), 7);

    // Long enough once in the week, or without phone visits at all.
    let once = [until(45, &[Phone, Video]), later(line(time(15, 0, 0, 0), &[Phone]))];
    assert!(matches!(change(&once).await, Ok(Changed::Saved)));
    assert!(matches!(change(&[until(45, &[Video])]).await, Ok(Changed::Saved)));
}

/// The same on another day.
fn later(line: HoursLine) -> HoursLine {
    HoursLine { weekday: Weekday::Friday, ..line }
}

#[tokio::test(flavor = "multi_thread")]
async fn added_hours_are_refused_where_nothing_could_be_booked_in_them() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let doctor = doctor(&db, &clinic).await;
    let extra = |kinds: &[VisitKind]| ExtraHours {
        day: date(2026, 3, 5),
        starts: time(18, 0, 0, 0),
        ends: time(18, 45, 0, 0),
        slot_minutes: 15,
        place: None,
        kinds: kinds.to_vec(),
        kept_for_urgent_minutes: None,
    };

    let weekly = why(schedule::add_line(&clinic, &doctor, &until(45, &[Phone])).await);
    assert!(weekly.starts_with("ends: Nothing could be booked"), "{weekly}");
    let once = why(schedule::add_hours(&clinic, &doctor, &extra(&[Phone])).await);
    assert!(once.starts_with("ends: Nothing could be booked"), "{once}");
    assert_eq!(schedule::hours(&clinic, &doctor).await.unwrap().exceptions.len(), 0);

    // By phone there are longer hours on other days, by video these will do.
    schedule::add_line(&clinic, &doctor, &until(45, &[Phone, Video])).await.unwrap();
    schedule::add_hours(&clinic, &doctor, &extra(&[Phone, Video])).await.unwrap();
}
