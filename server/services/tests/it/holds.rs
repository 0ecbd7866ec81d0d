use crate::waitlist::{nine, work};
use domain::{
    booking::{BookingRequest, HOLDING_TOO_MANY, SLOT_TAKEN, Slot, VisitKind},
    directory::ProviderId,
    waitlist::Target,
};
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Hold, IdempotencyKey, When},
    directory::Page,
    identity::{Caller, Patient},
    waitlist,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";

async fn hold(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Hold> {
    booking::hold(clinic, patient, provider, at(start), None).await
}

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

/// How many times of the third of March are free for `viewer`.
async fn free(clinic: &Clinic, provider: ProviderId, viewer: Option<&Caller<Patient>>) -> usize {
    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-04T00:00:00Z") };
    let viewer = viewer.map(|viewer| viewer.user);
    booking::free_times(clinic, provider, day, viewer).await.unwrap().1.len()
}

fn is_taken<T: std::fmt::Debug>(result: Result<T>) {
    assert!(matches!(result, Err(Error::Refused(SLOT_TAKEN))), "{result:?}");
}

/// Lets all holds end now.
async fn let_time_pass(db: &TestDb) {
    db.execute("UPDATE appointments SET held_until = now() WHERE status = 'held'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_kept_for_one_is_taken_for_all_others() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let all = free(&clinic, provider, None).await;

    let held = hold(&clinic, &ana, provider, NINE).await.unwrap();

    assert!(held.remaining > SignedDuration::from_mins(9), "{held:?}");
    assert!(held.remaining <= SignedDuration::from_mins(10), "{held:?}");
    assert_eq!(free(&clinic, provider, None).await, all - 1);
    assert_eq!(free(&clinic, provider, Some(&ben)).await, all - 1);
    assert_eq!(free(&clinic, provider, Some(&ana)).await, all);
    is_taken(hold(&clinic, &ben, provider, NINE).await);
    is_taken(book(&clinic, &ben, provider, NINE).await);
    // It is no visit yet.
    let visits = booking::visits(&clinic, &ana, When::Always, Page::first()).await.unwrap();
    assert_eq!((visits.count, visits.items.len()), (0, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_becomes_the_visit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    hold(&clinic, &patient, provider, NINE).await.unwrap();

    let booked = book(&clinic, &patient, provider, NINE).await.unwrap();

    assert_eq!(booked.visit.unwrap().chief_complaint, "Cough");
    for table in ["appointments", "payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
    assert_eq!(db.count("appointment_changes").await, 0);
    let visits = booking::visits(&clinic, &patient, When::Coming, Page::first()).await.unwrap();
    assert_eq!(visits.items[0].id, booked.appointment);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_hold_a_person_and_doctor_moves_with_the_choice() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let all = free(&clinic, provider, None).await;

    hold(&clinic, &patient, provider, NINE).await.unwrap();
    hold(&clinic, &patient, provider, TEN).await.unwrap();

    assert_eq!(free(&clinic, provider, None).await, all - 1);
    let ben = db.patient(&clinic).await;
    hold(&clinic, &ben, provider, NINE).await.unwrap();
    is_taken(hold(&clinic, &ben, provider, TEN).await);
    // What is booked in its stead lets go of it as well.
    book(&clinic, &patient, provider, "2026-03-03T11:00:00Z").await.unwrap();
    assert_eq!(free(&clinic, provider, None).await, all - 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_by_the_clock_of_the_database_with_nobody_sweeping() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let all = free(&clinic, provider, None).await;
    hold(&clinic, &ana, provider, NINE).await.unwrap();
    hold(&clinic, &ana, db.provider().await, NINE).await.unwrap();

    let_time_pass(&db).await;

    assert_eq!(free(&clinic, provider, None).await, all);
    hold(&clinic, &ben, provider, NINE).await.unwrap();
    let_time_pass(&db).await;
    book(&clinic, &ben, provider, NINE).await.unwrap();
    // Who was too slow still gets another time.
    is_taken(book(&clinic, &ana, provider, NINE).await);
    book(&clinic, &ana, provider, TEN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_keeps_a_time_for_ever_nor_many_times() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    hold(&clinic, &patient, provider, NINE).await.unwrap();
    db.execute("UPDATE appointments SET held_since = now() - interval '25 minutes'").await;
    let held = hold(&clinic, &patient, provider, NINE).await.unwrap();
    assert!(held.remaining <= SignedDuration::from_mins(5), "{held:?}");
    // Another time starts anew.
    let held = hold(&clinic, &patient, provider, TEN).await.unwrap();
    assert!(held.remaining > SignedDuration::from_mins(9), "{held:?}");

    let hours = ["2026-03-03T09:00:00Z", "2026-03-03T11:00:00Z", "2026-03-03T11:30:00Z"];
    let mut outcomes = Vec::new();
    for hour in hours {
        outcomes.push(hold(&clinic, &patient, db.provider().await, hour).await);
    }
    assert!(outcomes[..2].iter().all(Result::is_ok), "{outcomes:?}");
    assert!(matches!(outcomes[2], Err(Error::Refused(HOLDING_TOO_MANY))), "{outcomes:?}");
    booking::release_hold(&clinic, &patient, provider).await.unwrap();
    hold(&clinic, &patient, db.provider().await, hours[2]).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn many_times_cannot_be_kept_at_once_either() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let patient = db.patient(&clinic).await;
    hold(&clinic, &patient, db.provider().await, NINE).await.unwrap();
    hold(&clinic, &patient, db.provider().await, TEN).await.unwrap();

    let (one, other) = (db.provider().await, db.provider().await);
    // Both have seen two, and wait for their doctors.
    let mut gate = db.gate_at_rows("providers").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (first, second, ()) = tokio::join!(
        hold(&clinic, &patient, one, "2026-03-03T11:00:00Z"),
        hold(&clinic, &patient, other, "2026-03-03T11:30:00Z"),
        open
    );

    assert!(first.is_ok() != second.is_ok(), "{first:?} {second:?}");
    let refused = first.and(second);
    assert!(matches!(refused, Err(Error::Refused(HOLDING_TOO_MANY))), "{refused:?}");
    assert_eq!(db.count("appointments WHERE status = 'held'").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_choose_one_time_one_has_it_kept() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![hold(&clinic, &ana, provider, NINE), hold(&clinic, &ben, provider, NINE)];
    let outcomes = db.race("appointments", contenders).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    is_taken(outcomes.into_iter().find(Result::is_err).unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn chosen_and_booked_at_once_one_of_two_wins_whole() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    hold(&clinic, &ana, provider, NINE).await.unwrap();
    let_time_pass(&db).await;

    // Hers has ended: both may have it, and one of them gets it.
    let contenders = vec![book(&clinic, &ana, provider, NINE), book(&clinic, &ben, provider, NINE)];
    let outcomes = db.race("appointments", contenders).await;

    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(db.count("payments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_has_ended_is_swept_up_and_forgotten_after_a_day() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    hold(&clinic, &patient, provider, NINE).await.unwrap();
    booking::expire_holds(&clinic).await.unwrap();
    assert_eq!(db.count("appointments WHERE status = 'held'").await, 1);

    let_time_pass(&db).await;
    booking::expire_holds(&clinic).await.unwrap();
    assert_eq!(db.count("appointments WHERE status = 'expired'").await, 1);
    db.execute("UPDATE appointments SET held_until = now() - interval '25 hours'").await;
    booking::expire_holds(&clinic).await.unwrap();
    assert_eq!(db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offer_that_is_over_keeps_nobody_from_another_doctor() {
    let db = TestDb::at("2026-03-02T10:00:00Z").await;
    let clinic = db.clinic();
    let (provider, other, ana) =
        (db.provider().await, db.provider().await, db.patient(&clinic).await);
    waitlist::join(&clinic, &ana, nine(Target::Doctor(provider))).await.unwrap();
    work(&clinic).await;
    hold(&clinic, &ana, other, NINE).await.unwrap_err();

    let_time_pass(&db).await;
    // No worker has noticed yet.
    hold(&clinic, &ana, other, NINE).await.unwrap();
}
