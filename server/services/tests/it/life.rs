//! What becomes of a visit, by whom, and what is kept of that.
use crate::schema::lines;
use domain::{
    booking::{
        AppointmentId, AppointmentStatus as Status, BookingRequest, NOT_A_STEP, NOT_STARTED,
        SLOT_TAKEN, TRANSITIONS, VisitKind,
    },
    directory::ProviderId,
    money::{Currency, Money},
};
use services::{
    Clinic, Error, Result,
    booking::{self, Change, IdempotencyKey, Visit, VisitTerms},
    identity::{Caller, Patient, Person},
};
use testkit::{FEE, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const LATE: &str = "2026-03-03T09:20:00Z";

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
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
    booking::book(clinic, patient, &key, request).await.unwrap().appointment
}

async fn seen(db: &TestDb, clinic: &Clinic, patient: &Caller<Patient>, id: AppointmentId) -> Visit {
    let person: Caller<Person> = db.caller(clinic, patient.user).await;
    booking::visit(clinic, &person, id).await.unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_knows_the_steps_of_the_domain() {
    let db = TestDb::at(NOW).await;
    let stored = lines(
        &db,
        "SELECT from_status || ' ' || to_status AS line FROM appointment_transitions ORDER BY 1",
    )
    .await;
    let mut known: Vec<_> =
        TRANSITIONS.iter().map(|step| format!("{} {}", step.from, step.to)).collect();
    known.sort();
    assert_eq!(stored, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_refuses_every_other_step_whoever_asks() {
    use diesel_async::SimpleAsyncConnection;
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    book(&clinic, &patient, provider, NINE).await;
    let mut owner = db.owner().await;
    let refused = owner.batch_execute("UPDATE appointments SET status = 'completed'").await;
    assert!(refused.unwrap_err().to_string().contains("cannot become completed"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_goes_its_way_and_all_of_it_is_kept() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let id = book(&clinic, &patient, provider, NINE).await;
    let step = async |to| booking::advance(&clinic, &doctor, id, to).await;

    step(Status::Confirmed).await.unwrap();
    assert_eq!(refused(step(Status::NoShow).await), NOT_STARTED.code);
    assert_eq!(refused(step(Status::Completed).await), NOT_A_STEP.code);
    db.set_now(LATE);
    step(Status::NoShow).await.unwrap();
    step(Status::CheckedIn).await.unwrap();
    step(Status::CheckedIn).await.unwrap();
    step(Status::InProgress).await.unwrap();
    step(Status::Completed).await.unwrap();

    let visit = seen(&db, &clinic, &patient, id).await;
    assert_eq!(visit.status, Status::Completed);
    let history = booking::history(&clinic, &visit).await.unwrap();
    let steps: Vec<_> = history.iter().map(|change| change.to_status).collect();
    assert_eq!(
        steps,
        [
            Status::Confirmed,
            Status::NoShow,
            Status::CheckedIn,
            Status::InProgress,
            Status::Completed
        ]
    );
    assert!(history.iter().all(|change| change.actor_id == Some(doctor.user)));
    let audited = db.count("audit_events WHERE action LIKE 'appointment.%'").await;
    assert_eq!(audited, 1 + 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_doctor_of_a_visit_brings_it_on() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.provider().await);
    let patient = db.patient(&clinic).await;
    let stranger = db.doctor(&clinic, other).await;
    let id = book(&clinic, &patient, provider, NINE).await;

    let outcome = booking::advance(&clinic, &stranger, id, Status::Confirmed).await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    let outcome = booking::cancel_as_doctor(&clinic, &stranger, id, "Away").await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_comes_after_all_finds_the_time_given_away() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let id = book(&clinic, &patient, provider, NINE).await;
    db.set_now(LATE);
    booking::advance(&clinic, &doctor, id, Status::NoShow).await.unwrap();
    db.set_now(NOW);
    book(&clinic, &db.patient(&clinic).await, provider, NINE).await;
    db.set_now(LATE);

    let back = booking::advance(&clinic, &doctor, id, Status::CheckedIn).await;
    assert_eq!(refused(back), SLOT_TAKEN.code);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_confirms_by_hand_is_asked_first() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    db.execute("UPDATE providers SET confirms_by_hand = true").await;
    let doctor = db.doctor(&clinic, provider).await;
    let (one, other) = (
        book(&clinic, &patient, provider, NINE).await,
        book(&clinic, &patient, provider, "2026-03-03T10:00:00Z").await,
    );
    assert_eq!(seen(&db, &clinic, &patient, one).await.status, Status::Requested);

    booking::advance(&clinic, &doctor, one, Status::Confirmed).await.unwrap();
    db.set_now("2026-03-03T10:00:00Z");
    booking::follow_rules(&clinic).await.unwrap();

    assert_eq!(seen(&db, &clinic, &patient, one).await.status, Status::Confirmed);
    let unanswered = seen(&db, &clinic, &patient, other).await;
    assert_eq!(unanswered.status, Status::Expired);
    assert!(unanswered.payment().is_zero());
    let told = lines(&db, "SELECT topic AS line FROM outbox ORDER BY topic").await;
    assert_eq!(
        told,
        ["booking.confirmed", "booking.not_answered", "booking.requested", "booking.requested"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_came_by_rule_where_the_doctor_has_one() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (strict, mild) = (db.provider().await, db.provider().await);
    db.execute(&format!("UPDATE providers SET no_show_minutes = 15 WHERE id = '{strict}'")).await;
    let patient = db.patient(&clinic).await;
    let missed = book(&clinic, &patient, strict, NINE).await;
    let open = book(&clinic, &patient, mild, "2026-03-03T10:00:00Z").await;
    let doctor = db.doctor(&clinic, strict).await;

    let status = async |id| seen(&db, &clinic, &patient, id).await.status;
    db.set_now("2026-03-03T09:14:59Z");
    booking::follow_rules(&clinic).await.unwrap();
    assert_eq!(status(missed).await, Status::Scheduled);
    db.set_now("2026-03-03T10:15:00Z");
    booking::follow_rules(&clinic).await.unwrap();
    assert_eq!((status(missed).await, status(open).await), (Status::NoShow, Status::Scheduled));
    booking::advance(&clinic, &doctor, missed, Status::CheckedIn).await.unwrap();
    booking::follow_rules(&clinic).await.unwrap();
    assert_eq!(status(missed).await, Status::CheckedIn);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_cancels_gives_everything_back_and_says_why() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let id = book(&clinic, &patient, provider, NINE).await;
    db.set_now("2026-03-03T08:00:00Z");

    let silent = booking::cancel_as_doctor(&clinic, &doctor, id, "  ").await;
    assert!(matches!(silent, Err(Error::Invalid(_))), "{silent:?}");
    booking::cancel_as_doctor(&clinic, &doctor, id, "I am ill").await.unwrap();
    booking::cancel_as_doctor(&clinic, &doctor, id, "I am ill").await.unwrap();

    let visit = seen(&db, &clinic, &patient, id).await;
    assert_eq!((visit.status, visit.payment().is_zero()), (Status::Cancelled, true));
    let history = booking::history(&clinic, &visit).await.unwrap();
    assert_eq!(history.len(), 1);
    assert_eq!(history[0].reason.as_deref(), Some("I am ill"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_late_cancellation_is_waived_and_only_that() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let ids = [
        book(&clinic, &patient, provider, NINE).await,
        book(&clinic, &patient, provider, "2026-03-03T10:00:00Z").await,
    ];
    db.set_now("2026-03-03T08:00:00Z");
    assert!(seen(&db, &clinic, &patient, ids[0]).await.quote(clinic.now()).is_waived);

    // Both at once: one of them is the first.
    let [one, other] = ids.map(|id| booking::cancel(&clinic, &patient, id, None, None));
    let mut gate = db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) = tokio::join!(one, other, open);
    one.and(other).unwrap();

    let mut paid = Vec::new();
    for id in ids {
        paid.push(seen(&db, &clinic, &patient, id).await.payment());
    }
    paid.sort_by_key(|paid| paid.minor);
    assert_eq!(paid, [Money::zero(Currency::EUR), Money::new(FEE / 2, Currency::EUR)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn new_terms_hold_for_new_visits_and_wrong_ones_for_none() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let before = book(&clinic, &patient, provider, NINE).await;
    let wrong = VisitTerms {
        confirms_by_hand: true,
        free_until_minutes: 43_201,
        late_percent: 101,
        first_late_free: false,
        no_show_minutes: Some(4),
    };
    let refused = booking::change_terms(&clinic, &doctor, &wrong).await;
    assert!(matches!(refused, Err(Error::Invalid(fields)) if fields.len() == 3));

    let terms =
        VisitTerms { free_until_minutes: 2_880, late_percent: 100, no_show_minutes: None, ..wrong };
    booking::change_terms(&clinic, &doctor, &terms).await.unwrap();
    assert_eq!(booking::terms(&clinic, &doctor).await.unwrap(), terms);

    let after = book(&clinic, &patient, provider, "2026-03-03T10:00:00Z").await;
    let before = seen(&db, &clinic, &patient, before).await;
    let after = seen(&db, &clinic, &patient, after).await;
    assert_eq!((before.status, after.status), (Status::Scheduled, Status::Requested));
    let cost = |visit: &Visit| visit.quote(at("2026-03-03T08:00:00Z")).cost.minor;
    assert_eq!((cost(&before), cost(&after)), (0, FEE));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_was_moved_says_so_and_from_where() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let id = book(&clinic, &patient, provider, "2026-03-05T09:00:00Z").await;
    let to = |start| Change { start: Some(at(start)), reason: None };
    booking::change(&clinic, &patient, id, &to("2026-03-05T10:00:00Z"), None).await.unwrap();
    booking::change(&clinic, &patient, id, &to("2026-03-05T11:00:00Z"), None).await.unwrap();

    let visit = seen(&db, &clinic, &patient, id).await;
    assert_eq!((visit.status, visit.payment().minor), (Status::Rescheduled, FEE));
    let history = booking::history(&clinic, &visit).await.unwrap();
    assert_eq!(history.len(), 2);
    assert_eq!(history[1].from_starts_at, at("2026-03-05T10:00:00Z"));
    assert_eq!(history[1].actor_id, Some(patient.user));
}
