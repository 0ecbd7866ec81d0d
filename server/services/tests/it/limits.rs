//! What doctors say about booking, beside their hours.
use domain::{
    booking::{BookingRequest, DAY_FULL, NOT_OFFERED, ON_THE_WAY, Slot, VisitKind, WEEK_FULL},
    directory::{HospitalId, ProviderId},
    holidays::Country,
};
use jiff::civil::{Weekday, date, time};
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, IdempotencyKey},
    identity::{Caller, Patient},
    schedule::{self, BookingRules, Changed, ExtraHours, HoursLine},
};
use testkit::{TestDb, at};

/// A Monday.
const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";
const NEXT_DAY: &str = "2026-03-04T09:00:00Z";

pub const PLAIN: BookingRules = BookingRules {
    lead_minutes: 60,
    horizon_days: 60,
    buffer_before_minutes: 0,
    buffer_after_minutes: 0,
    travel_minutes: 0,
    daily_limit: None,
    weekly_limit: None,
    holiday_country: None,
    kinds: Vec::new(),
};

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    booking::book(clinic, patient, &key, request).await
}

/// How many times are free on `day`, such as `2026-03-03`.
async fn free_on(clinic: &Clinic, provider: ProviderId, day: &str) -> usize {
    let start = at(&format!("{day}T00:00:00Z"));
    let window = Slot { start, end: start + jiff::SignedDuration::from_hours(24) };
    booking::free_times(clinic, provider, window, None).await.unwrap().1.len()
}

/// A doctor who has said `rules`.
async fn doctor_with(db: &TestDb, clinic: &Clinic, rules: BookingRules) -> ProviderId {
    let provider = db.provider().await;
    let doctor = db.doctor(clinic, provider).await;
    let saved = schedule::change_rules(clinic, &doctor, &rules, false).await;
    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    provider
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_bookings_for_the_last_visit_of_a_day_one_is_written() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { daily_limit: Some(1), ..PLAIN }).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![book(&clinic, &ana, provider, NINE), book(&clinic, &ben, provider, TEN)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(DAY_FULL)]), "{refused:?}");
    assert_eq!(db.count("appointments").await, 1);
    assert_eq!(free_on(&clinic, provider, "2026-03-03").await, 0);
    assert_eq!(free_on(&clinic, provider, "2026-03-04").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_bookings_for_the_last_visit_of_a_week_one_is_written() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { weekly_limit: Some(1), ..PLAIN }).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders =
        vec![book(&clinic, &ana, provider, NINE), book(&clinic, &ben, provider, NEXT_DAY)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(WEEK_FULL)]), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_week_is_seen_from_any_of_its_days_until_a_visit_is_cancelled() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { weekly_limit: Some(1), ..PLAIN }).await;
    let patient = db.patient(&clinic).await;
    // The Sunday is five days from the only visit of the week.
    let visit = book(&clinic, &patient, provider, NINE).await.unwrap().appointment;
    for (day, free) in [("2026-03-03", 0), ("2026-03-08", 0), ("2026-03-09", 6)] {
        assert_eq!(free_on(&clinic, provider, day).await, free, "{day}");
    }
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    let next = booking::next_free_time(&clinic, provider, clinic.now(), None).await.unwrap();
    assert_eq!(next, Some(at("2026-03-09T09:00:00Z")));
    let late = book(&clinic, &patient, provider, "2026-03-08T09:00:00Z").await;
    assert!(matches!(late, Err(Error::Refused(WEEK_FULL))), "{late:?}");

    booking::cancel(&clinic, &patient, visit, None, None).await.unwrap();

    assert_eq!(free_on(&clinic, provider, "2026-03-08").await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_is_done_still_counts_on_its_day() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { daily_limit: Some(1), ..PLAIN }).await;
    book(&clinic, &db.patient(&clinic).await, provider, NINE).await.unwrap();
    for status in ["in_progress", "completed"] {
        db.execute(&format!("UPDATE appointments SET status = '{status}'")).await;
        assert_eq!(free_on(&clinic, provider, "2026-03-03").await, 0, "{status}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_kept_counts_on_its_day_until_it_is_let_go() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { daily_limit: Some(1), ..PLAIN }).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();
    let full = book(&clinic, &ben, provider, TEN).await;
    assert!(matches!(full, Err(Error::Refused(DAY_FULL))), "{full:?}");
    // Her own hold leaves room for her.
    booking::hold(&clinic, &ana, provider, at(TEN), None).await.unwrap();
    db.execute("UPDATE appointments SET held_until = now()").await;
    book(&clinic, &ben, provider, TEN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_may_move_within_its_full_day() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_with(&db, &clinic, BookingRules { daily_limit: Some(1), ..PLAIN }).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let visit = book(&clinic, &ana, provider, NINE).await.unwrap().appointment;
    let later = book(&clinic, &ben, provider, NEXT_DAY).await.unwrap().appointment;
    let to = |start| Change { start: Some(at(start)), reason: None };

    booking::change(&clinic, &ana, visit, &to(TEN), None).await.unwrap();

    let full = booking::change(&clinic, &ben, later, &to(NINE), None).await;
    assert!(matches!(full, Err(Error::Refused(DAY_FULL))), "{full:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn limits_do_not_reach_back() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    for start in [NINE, TEN] {
        book(&clinic, &db.patient(&clinic).await, provider, start).await.unwrap();
    }

    let rules = BookingRules { daily_limit: Some(1), ..PLAIN };
    let saved = schedule::change_rules(&clinic, &doctor, &rules, false).await;

    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    assert_eq!(schedule::booking_rules(&clinic, &doctor).await.unwrap(), rules);
    assert_eq!(free_on(&clinic, provider, "2026-03-03").await, 0);
    // The visits themselves live on.
    db.execute("UPDATE appointments SET status = 'confirmed'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_of_the_doctor_holds_for_all_hours() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let rules = BookingRules { buffer_before_minutes: 10, buffer_after_minutes: 10, ..PLAIN };
    let provider = doctor_with(&db, &clinic, rules).await;
    book(&clinic, &db.patient(&clinic).await, provider, TEN).await.unwrap();
    // Of 9:00 to 11:30 the times at 9:30, 10:00 and 10:30 are gone.
    assert_eq!(free_on(&clinic, provider, "2026-03-03").await, 3);
}

fn on_tuesday(starts: i8, place: HospitalId) -> HoursLine {
    HoursLine {
        weekday: Weekday::Tuesday,
        starts: time(starts, 0, 0, 0),
        ends: time(starts + 2, 0, 0, 0),
        slot_minutes: 30,
        buffer_after_minutes: 0,
        place: Some(place),
        kinds: vec![VisitKind::Video],
        every_weeks: 1,
        valid_from: None,
        valid_until: None,
        kept_for_urgent_minutes: None,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_way_between_two_places_is_kept_free_even_in_a_race() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let rules = BookingRules { travel_minutes: 45, ..PLAIN };
    schedule::change_rules(&clinic, &doctor, &rules, false).await.unwrap();
    let (here, there) = (db.hospital().await, db.hospital().await);
    for place in [here, there] {
        db.link(provider, place).await;
    }
    let lines = [on_tuesday(9, here), on_tuesday(11, there)];
    schedule::change_hours(&clinic, &doctor, &lines, false).await.unwrap();
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![
        book(&clinic, &ana, provider, "2026-03-03T10:30:00Z"),
        book(&clinic, &ben, provider, "2026-03-03T11:00:00Z"),
    ];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(ON_THE_WAY)]), "{refused:?}");
    // Either way three times are left where the visit is, and two of the other place are too near.
    assert_eq!(free_on(&clinic, provider, "2026-03-03").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn public_holidays_close_the_week_but_not_extra_hours() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (doctor, patient) = (db.doctor(&clinic, provider).await, db.patient(&clinic).await);
    // Good Friday, on the clock of summer.
    let visit = book(&clinic, &patient, provider, "2026-04-03T08:00:00Z").await.unwrap();
    let rules = BookingRules { holiday_country: Some(Country::Portugal), ..PLAIN };

    match schedule::change_rules(&clinic, &doctor, &rules, false).await.unwrap() {
        Changed::Strands(visits) => assert_eq!(visits[0].visit.id, visit.appointment),
        Changed::Saved => panic!("saved"),
    }
    assert_eq!(free_on(&clinic, provider, "2026-04-03").await, 5);
    schedule::change_rules(&clinic, &doctor, &rules, true).await.unwrap();

    assert_eq!(free_on(&clinic, provider, "2026-04-03").await, 0);
    assert_eq!(free_on(&clinic, provider, "2026-04-04").await, 6);
    let closed = book(&clinic, &patient, provider, "2026-04-03T09:00:00Z").await;
    assert!(matches!(closed, Err(Error::Refused(NOT_OFFERED))), "{closed:?}");
    let hours = schedule::hours(&clinic, &doctor).await.unwrap();
    assert_eq!((hours.holidays[0].name, hours.holidays[0].date), ("Good Friday", date(2026, 4, 3)));

    let extra = ExtraHours {
        day: date(2026, 4, 3),
        starts: time(14, 0, 0, 0),
        ends: time(15, 0, 0, 0),
        slot_minutes: 30,
        place: None,
        kinds: vec![VisitKind::Video],
        kept_for_urgent_minutes: None,
    };
    schedule::add_hours(&clinic, &doctor, &extra).await.unwrap();
    assert_eq!(free_on(&clinic, provider, "2026-04-03").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_booking_rules_is_said_at_the_field() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let audited = db.count("audit_events").await;
    let fields =
        async |rules: BookingRules| match schedule::change_rules(&clinic, &doctor, &rules, false)
            .await
        {
            Err(Error::Invalid(problems)) => {
                problems.into_iter().map(|problem| problem.field.into_owned()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };

    let late = BookingRules { lead_minutes: 3 * 1_440, horizon_days: 2, ..PLAIN };
    assert_eq!(fields(late).await, ["horizon_days"]);
    let wild = BookingRules {
        lead_minutes: -1,
        buffer_before_minutes: 241,
        travel_minutes: -5,
        daily_limit: Some(0),
        weekly_limit: Some(1_001),
        ..PLAIN
    };
    let named =
        ["lead_minutes", "buffer_before_minutes", "travel_minutes", "daily_limit", "weekly_limit"];
    assert_eq!(fields(wild).await, named);
    assert_eq!(db.count("audit_events").await, audited);
    assert_eq!(schedule::booking_rules(&clinic, &doctor).await.unwrap(), PLAIN);
}
