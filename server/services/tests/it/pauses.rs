//! The pauses that visits keep to each other.
use crate::limits::PLAIN;
use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::{BookingRequest, SLOT_TAKEN, Slot, VisitKind},
    directory::ProviderId,
};
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, IdempotencyKey},
    identity::{Caller, Patient},
    schedule::{self, BookingRules},
};
use testkit::{TestDb, at};

/// A Monday.
const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const HALF_PAST_NINE: &str = "2026-03-03T09:30:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";

/// A doctor from 09:00 to 12:00, 30 minutes each, whose hours keep a pause after each visit.
async fn doctor_who_rests(db: &TestDb, minutes: u16) -> ProviderId {
    let provider = db.provider().await;
    db.execute(&format!("UPDATE availability_rules SET buffer_after_minutes = {minutes}")).await;
    provider
}

fn request(provider: ProviderId, start: &str) -> BookingRequest {
    BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    }
}

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    booking::book(clinic, patient, &IdempotencyKey::fresh(), request(provider, start)).await
}

/// `09:00 10:00`: what is free on Tuesday.
async fn free(clinic: &Clinic, provider: ProviderId) -> String {
    let start = at("2026-03-03T00:00:00Z");
    let day = Slot { start, end: start + SignedDuration::from_hours(24) };
    let (_, free) = booking::free_times(clinic, provider, day, None).await.unwrap();
    free.iter()
        .map(|offer| offer.slot.start.strftime("%H:%M").to_string())
        .collect::<Vec<_>>()
        .join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pause_of_the_hours_is_kept_after_a_visit_that_was_booked_before() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_rests(&db, 10).await;

    book(&clinic, &db.patient(&clinic).await, provider, HALF_PAST_NINE).await.unwrap();

    assert_eq!(free(&clinic, provider).await, "10:30 11:00 11:30");
    let refused = book(&clinic, &db.patient(&clinic).await, provider, TEN).await;
    assert!(matches!(refused, Err(Error::Refused(SLOT_TAKEN))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_book_neighbouring_times_at_once_one_gets_a_visit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_rests(&db, 10).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders =
        vec![book(&clinic, &ana, provider, NINE), book(&clinic, &ben, provider, HALF_PAST_NINE)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(SLOT_TAKEN)]), "{refused:?}");
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_kept_keeps_its_pause_as_well_and_the_next_one_moves_with_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_rests(&db, 10).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![
        booking::hold(&clinic, &ana, provider, at(NINE), Some(VisitKind::Video)),
        booking::hold(&clinic, &ben, provider, at(HALF_PAST_NINE), Some(VisitKind::Video)),
    ];
    let kept = db.race("appointments", contenders).await.into_iter().filter(Result::is_ok).count();
    assert_eq!(kept, 1);
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_moves_takes_its_pause_with_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_rests(&db, 10).await;
    let ana = db.patient(&clinic).await;
    let visit = book(&clinic, &ana, provider, NINE).await.unwrap().appointment;

    let change = Change { start: Some(at("2026-03-03T11:00:00Z")), ..Change::default() };
    booking::change(&clinic, &ana, visit, &change, None).await.unwrap();

    assert_eq!(free(&clinic, provider).await, "09:00 09:30 10:00");
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pause_that_is_given_up_is_kept_by_the_visits_that_were_booked_with_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let resting = BookingRules { buffer_after_minutes: 20, ..PLAIN };
    schedule::change_rules(&clinic, &doctor, &resting, false).await.unwrap();
    book(&clinic, &db.patient(&clinic).await, provider, HALF_PAST_NINE).await.unwrap();

    schedule::change_rules(&clinic, &doctor, &PLAIN, false).await.unwrap();

    // 09:00 needs no pause any more.
    assert_eq!(free(&clinic, provider).await, "09:00 10:30 11:00 11:30");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_writes_past_the_rules_is_refused_by_the_database() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_rests(&db, 10).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    book(&clinic, &ana, provider, NINE).await.unwrap();
    let later = book(&clinic, &ben, provider, TEN).await.unwrap().appointment;

    let moved = format!(
        "UPDATE appointments SET starts_at = '{HALF_PAST_NINE}', ends_at = '{TEN}' WHERE id = '{later}'"
    );
    let refused = db.owner().await.batch_execute(&moved).await.unwrap_err();
    assert!(refused.to_string().contains("appointments_pause"), "{refused}");
}
