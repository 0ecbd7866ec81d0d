//! Follow-ups: said by the doctor, seen by the patient until there is a visit for it.
use crate::{family::child, schema::lines};
use domain::{
    booking::{AppointmentId, BookingRequest, NOT_SEEN_YET, VisitKind},
    directory::ProviderId,
    identity::UserId,
};
use jiff::civil::date;
use services::{
    Clinic, Error,
    booking::{self, IdempotencyKey},
    identity::{Caller, Patient, Person},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    person: UserId,
    provider: ProviderId,
    start: &str,
) -> AppointmentId {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    booking::book_for(clinic, patient, person, &key, request).await.unwrap().appointment
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suggestion_is_seen_until_a_visit_follows() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let mia = child(&clinic, &ana, "Mia").await;
    let id = book(&clinic, &ana, mia, provider, "2026-03-03T09:00:00Z").await;
    let suggest = async |weeks| booking::suggest_follow_up(&clinic, &doctor, id, weeks).await;

    let early = suggest(4).await;
    assert!(matches!(early, Err(Error::Refused(NOT_SEEN_YET))), "{early:?}");
    db.execute("UPDATE appointments SET status = 'in_progress'").await;
    db.execute("UPDATE appointments SET status = 'completed'").await;
    assert!(matches!(suggest(53).await, Err(Error::Invalid(_))));
    suggest(4).await.unwrap();
    suggest(6).await.unwrap();
    suggest(6).await.unwrap();

    let open = booking::follow_ups(&clinic, &ana).await.unwrap();
    assert_eq!(open.len(), 1);
    assert_eq!((open[0].day, open[0].for_name.as_deref()), (date(2026, 4, 14), Some("Mia Silva")));
    let person: Caller<Person> = db.caller(&clinic, ana.user).await;
    let visit = booking::visit(&clinic, &person, id).await.unwrap();
    assert_eq!(visit.next_appointment_recommended, Some(date(2026, 4, 14)));
    let told = lines(&db, "SELECT unique_key AS line FROM outbox WHERE topic = 'booking.follow_up_suggested' ORDER BY 1").await;
    assert_eq!(told.len(), 2);

    // A visit of somebody else, or one that is cancelled, is not the one that follows.
    book(&clinic, &ana, ana.user, provider, "2026-04-14T08:00:00Z").await;
    let cancelled = book(&clinic, &ana, mia, provider, "2026-04-14T09:00:00Z").await;
    assert!(booking::follow_ups(&clinic, &ana).await.unwrap().is_empty());
    booking::cancel(&clinic, &ana, cancelled, None, None).await.unwrap();
    assert_eq!(booking::follow_ups(&clinic, &ana).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_doctor_of_the_visit_suggests_and_only_the_family_sees() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.provider().await);
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let (doctor, stranger) = (db.doctor(&clinic, provider).await, db.doctor(&clinic, other).await);
    let id = book(&clinic, &ana, ana.user, provider, "2026-03-03T09:00:00Z").await;
    db.execute("UPDATE appointments SET status = 'in_progress'").await;

    let outcome = booking::suggest_follow_up(&clinic, &stranger, id, 4).await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    booking::suggest_follow_up(&clinic, &doctor, id, 4).await.unwrap();
    assert!(booking::follow_ups(&clinic, &ben).await.unwrap().is_empty());
    db.set_now("2026-08-01T09:00:00Z");
    assert!(booking::follow_ups(&clinic, &ana).await.unwrap().is_empty());
}
