use domain::{
    booking::{
        ALREADY_BUSY, BookingRequest, NOT_ACCEPTING, NOT_OFFERED, OWN_SLOT, SLOT_TAKEN, Slot,
        VisitKind,
    },
    directory::ProviderId,
    money::{Currency, Money},
};
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, IdempotencyKey, TERMS_CHANGED, When},
    directory::Page,
    identity::{Caller, Patient, Person},
};
use testkit::{FEE, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::checked(text).unwrap()
}

fn request(provider: ProviderId, start: &str) -> BookingRequest {
    BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Sore throat".into(),
        place: None,
    }
}

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    let key = key(&uuid::Uuid::now_v7().to_string());
    booking::book(clinic, patient, &key, request(provider, start)).await
}

fn problem_fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|f| f.field.into_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_writes_the_visit_and_all_that_belongs_to_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let audited = db.count("audit_events").await;

    let booked = book(&clinic, &patient, provider, NINE).await.unwrap();

    assert!(!booked.replayed);
    for table in ["appointments", "payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
    assert_eq!(db.count("audit_events").await, audited + 1);
    let person: Caller<Person> = db.caller(&clinic, patient.user).await;
    let visit = booking::visit(&clinic, &person, booked.appointment).await.unwrap();
    // What the booking itself answers is what is found later.
    assert_eq!(format!("{:?}", booked.visit.unwrap()), format!("{visit:?}"));
    assert_eq!(visit.payment(), Money::new(FEE, Currency::EUR));
    assert_eq!((visit.starts_at, visit.ends_at), (at(NINE), at("2026-03-03T09:30:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_patients_who_want_one_time_one_gets_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![book(&clinic, &ana, provider, NINE), book(&clinic, &ben, provider, NINE)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(SLOT_TAKEN)]), "{refused:?}");
    for table in ["appointments", "payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_patient_cannot_be_with_two_doctors_at_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let patient = db.patient(&clinic).await;
    let (one, other) = (db.provider().await, db.provider().await);

    let contenders = vec![book(&clinic, &patient, one, NINE), book(&clinic, &patient, other, NINE)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(ALREADY_BUSY)]), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_command_sent_twice_books_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let key = key("twice");
    let command = || booking::book(&clinic, &patient, &key, request(provider, NINE));

    let outcomes = db.race("appointments", vec![command(), command()]).await;

    let booked: Vec<_> = outcomes.into_iter().map(Result::unwrap).collect();
    assert_eq!(booked[0].appointment, booked[1].appointment);
    assert_eq!(booked.iter().filter(|booked| booked.replayed).count(), 1);
    assert_eq!(command().await.unwrap().appointment, booked[0].appointment);
    assert_eq!(db.count("appointments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_good_for_one_command() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let key = key("once");
    booking::book(&clinic, &patient, &key, request(provider, NINE)).await.unwrap();

    let again =
        booking::book(&clinic, &patient, &key, request(provider, "2026-03-03T10:00:00Z")).await;

    assert!(matches!(again, Err(Error::KeyReused)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_patients_may_use_the_same_key() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let key = key("same");
    booking::book(&clinic, &ana, &key, request(provider, NINE)).await.unwrap();

    let other = booking::book(&clinic, &ben, &key, request(provider, "2026-03-03T10:00:00Z")).await;

    assert!(!other.unwrap().replayed);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_times_that_are_offered_can_be_booked() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);

    for off_the_grid in ["2026-03-03T09:10:00Z", "2026-03-03T12:00:00Z", "2026-03-03T03:00:00Z"] {
        let refused = book(&clinic, &patient, provider, off_the_grid).await;
        assert!(matches!(refused, Err(Error::Refused(NOT_OFFERED))), "{off_the_grid} {refused:?}");
    }
    for not_now in ["2026-03-01T09:00:00Z", "2026-09-01T09:00:00Z", "0001-01-01T00:00:00Z"] {
        let fields = problem_fields(book(&clinic, &patient, provider, not_now).await);
        assert_eq!(fields, ["appointment_date"], "{not_now}");
    }
    let unknown = book(&clinic, &patient, ProviderId::generate(), NINE).await;
    assert!(matches!(unknown, Err(Error::NotFound)), "{unknown:?}");
    assert_eq!(db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_needs_notice() {
    let db = TestDb::at("2026-03-03T08:30:00Z").await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);

    assert_eq!(problem_fields(book(&clinic, &patient, provider, NINE).await), ["appointment_date"]);
    book(&clinic, &patient, provider, "2026-03-03T09:30:00Z").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_of_visit_that_is_not_offered_is_refused_at_its_field() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let request = BookingRequest { kind: VisitKind::InPerson, ..request(provider, NINE) };

    let refused = booking::book(&clinic, &patient, &key("k"), request).await;

    assert_eq!(problem_fields(refused), ["appointment_type"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hidden_characters_in_a_reason_are_refused() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    for reason in ["", "  ", "a\0b", "\u{202E}gpj", &"x".repeat(501)] {
        let request = BookingRequest { reason: reason.to_owned(), ..request(provider, NINE) };
        let refused = booking::book(&clinic, &patient, &key("k"), request).await;
        assert_eq!(problem_fields(refused), ["reason"], "{reason:?}");
    }
    let request = BookingRequest { reason: "صداع 🤒".into(), ..request(provider, NINE) };
    booking::book(&clinic, &patient, &key("k"), request).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_do_not_book_themselves() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let myself: Caller<Patient> = db.caller(&clinic, doctor.user).await;

    let refused = book(&clinic, &myself, provider, NINE).await;

    assert!(matches!(refused, Err(Error::Refused(OWN_SLOT))), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_takes_no_new_patients_still_sees_known_ones() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (known, new) = (db.patient(&clinic).await, db.patient(&clinic).await);
    book(&clinic, &known, provider, NINE).await.unwrap();
    db.execute("UPDATE providers SET accepting_new_patients = false").await;

    let later = "2026-03-04T09:00:00Z";
    let refused = book(&clinic, &new, provider, later).await;

    assert!(matches!(refused, Err(Error::Refused(NOT_ACCEPTING))), "{refused:?}");
    book(&clinic, &known, provider, later).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_time_is_offered_to_nobody_and_its_neighbours_are() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-04T00:00:00Z") };
    let starts = async || -> Vec<_> {
        let (_, free) = booking::free_times(&clinic, provider, day, None).await.unwrap();
        free.into_iter().map(|offer| offer.slot.start).collect()
    };
    assert_eq!(starts().await.len(), 6);

    book(&clinic, &patient, provider, NINE).await.unwrap();

    assert!(!starts().await.contains(&at(NINE)));
    assert_eq!(starts().await.len(), 5);
    let nearest = booking::alternatives(&clinic, provider, at(NINE), None).await.unwrap();
    assert_eq!(nearest[0].slot.start, at("2026-03-03T09:30:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_moves_to_a_free_time_and_frees_its_old_one() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let visit = book(&clinic, &ana, provider, NINE).await.unwrap().appointment;
    book(&clinic, &ben, provider, "2026-03-03T10:00:00Z").await.unwrap();
    let to = |start| Change { start: Some(at(start)), reason: None };

    let taken = booking::change(&clinic, &ana, visit, &to("2026-03-03T10:00:00Z"), None).await;
    assert!(matches!(taken, Err(Error::Refused(SLOT_TAKEN))), "{taken:?}");
    booking::change(&clinic, &ana, visit, &to("2026-03-04T11:00:00Z"), None).await.unwrap();
    booking::change(&clinic, &ana, visit, &to("2026-03-04T11:00:00Z"), None).await.unwrap();

    book(&clinic, &ben, provider, NINE).await.unwrap();
    let mine = booking::visits(&clinic, &ana, When::Coming, Page::first()).await.unwrap();
    assert_eq!(mine.items[0].starts_at, at("2026-03-04T11:00:00Z"));
    assert_eq!(mine.items[0].sequence, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_sent_again_with_its_key_does_not_undo_a_later_one() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let visit = book(&clinic, &ana, provider, NINE).await.unwrap().appointment;
    let to = |start| Change { start: Some(at(start)), reason: None };
    let (ten, eleven) = (to("2026-03-03T10:00:00Z"), to("2026-03-03T11:00:00Z"));
    let first = key("first");

    let mut gate = db.gate_at_rows("appointments").await;
    let twice = || booking::change(&clinic, &ana, visit, &ten, Some(&first));
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) = tokio::join!(twice(), twice(), open);
    let mut replayed = [one.unwrap(), other.unwrap()];
    replayed.sort();
    assert_eq!(replayed, [false, true]);
    booking::change(&clinic, &ana, visit, &eleven, Some(&key("second"))).await.unwrap();
    assert!(booking::change(&clinic, &ana, visit, &ten, Some(&first)).await.unwrap());

    let mine = booking::visits(&clinic, &ana, When::Coming, Page::first()).await.unwrap();
    assert_eq!((mine.items[0].starts_at, mine.items[0].sequence), (at("2026-03-03T11:00:00Z"), 2));
    let reused = booking::change(&clinic, &ana, visit, &eleven, Some(&first)).await;
    assert!(matches!(reused, Err(Error::KeyReused)), "{reused:?}");
    // What was refused is not remembered: the next try may go better.
    let nothing = to("2026-03-03T09:10:00Z");
    booking::change(&clinic, &ana, visit, &nothing, Some(&key("third"))).await.unwrap_err();
    assert!(!booking::change(&clinic, &ana, visit, &ten, Some(&key("third"))).await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_fails_changes_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let visit = book(&clinic, &patient, provider, NINE).await.unwrap().appointment;
    let change =
        Change { start: Some(at("2026-03-03T09:10:00Z")), reason: Some("Something else".into()) };

    booking::change(&clinic, &patient, visit, &change, None).await.unwrap_err();

    let mine = booking::visits(&clinic, &patient, When::Coming, Page::first()).await.unwrap();
    assert_eq!(mine.items[0].chief_complaint, "Sore throat");
}

#[tokio::test(flavor = "multi_thread")]
async fn cancelling_costs_what_was_said_or_does_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    db.execute("UPDATE providers SET first_late_free = false").await;
    let visit = book(&clinic, &patient, provider, NINE).await.unwrap().appointment;
    let free = Some(Money::zero(Currency::EUR));
    // Free until 24 hours before, then half of the fee.
    db.set_now("2026-03-02T10:00:00Z");

    let late = booking::cancel(&clinic, &patient, visit, free, None).await;
    assert!(matches!(late, Err(Error::Refused(TERMS_CHANGED))), "{late:?}");
    let half = Some(Money::new(FEE / 2, Currency::EUR));
    booking::cancel(&clinic, &patient, visit, half, None).await.unwrap();

    let person: Caller<Person> = db.caller(&clinic, patient.user).await;
    let seen = booking::visit(&clinic, &person, visit).await.unwrap();
    assert_eq!(seen.payment(), Money::new(FEE / 2, Currency::EUR));
    let again = booking::cancel(&clinic, &patient, visit, half, None).await;
    assert!(matches!(again, Err(Error::Refused(_))), "{again:?}");
    book(&clinic, &patient, provider, NINE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_terms_are_those_of_the_day_of_booking() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let visit = book(&clinic, &patient, provider, NINE).await.unwrap().appointment;
    db.execute("UPDATE providers SET free_until_minutes = 43200, late_percent = 100").await;

    let free = Some(Money::zero(Currency::EUR));
    booking::cancel(&clinic, &patient, visit, free, None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_nobody_elses_business() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other_provider) = (db.provider().await, db.provider().await);
    let patient = db.patient(&clinic).await;
    let visit = book(&clinic, &patient, provider, NINE).await.unwrap().appointment;
    let stranger = db.patient(&clinic).await;
    let other_doctor = db.doctor(&clinic, other_provider).await;
    let own_doctor = db.doctor(&clinic, provider).await;
    let admin = db.admin(&clinic).await;

    for nosy in [stranger.user, other_doctor.user, admin.user] {
        let caller: Caller<Person> = db.caller(&clinic, nosy).await;
        let seen = booking::visit(&clinic, &caller, visit).await;
        assert!(matches!(seen, Err(Error::NotFound)), "{seen:?}");
    }
    let refused = booking::cancel(&clinic, &stranger, visit, None, None).await;
    assert!(matches!(refused, Err(Error::NotFound)), "{refused:?}");
    let audited = db.count("audit_events").await;
    let caller: Caller<Person> = db.caller(&clinic, own_doctor.user).await;
    booking::visit(&clinic, &caller, visit).await.unwrap();
    assert_eq!(db.count("audit_events").await, audited + 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_known_for_two_days_and_what_it_made_for_ever() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let again = async || booking::book(&clinic, &patient, &key("k"), request(provider, NINE)).await;
    let made = again().await.unwrap().appointment;
    let age = async |made: &str| {
        db.execute(&format!("UPDATE idempotency_keys SET created_at = '{made}'")).await;
    };

    age("2026-02-28T06:00:00Z").await;
    assert_eq!(booking::forget_old_keys(&clinic).await.unwrap(), 0);
    let Booked { appointment, replayed, .. } = again().await.unwrap();
    assert_eq!((appointment, replayed), (made, true));

    age("2026-02-28T05:59:59Z").await;
    assert_eq!(booking::forget_old_keys(&clinic).await.unwrap(), 1);
    assert!(matches!(again().await, Err(Error::Refused(SLOT_TAKEN))));
    assert_eq!(db.count("appointments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn old_keys_are_forgotten_a_few_at_a_time_the_oldest_first() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    book(&clinic, &patient, provider, NINE).await.unwrap();
    let old = booking::KEY_BATCH + 2;
    db.execute(&format!(
        "INSERT INTO idempotency_keys (actor_id, route, key, body_hash, appointment_id, created_at) \
         SELECT actor_id, route, 'old' || n, '', appointment_id, \
             '2026-02-01T00:00:00Z'::timestamptz + n * interval '1 second' \
         FROM idempotency_keys, generate_series(1, {old}) AS n"
    ))
    .await;

    let first = booking::forget_old_keys(&clinic).await.unwrap();
    let newest = format!("idempotency_keys WHERE key IN ('old{}', 'old{old}')", old - 1);
    assert_eq!((first, db.count(&newest).await), (booking::KEY_BATCH, 2));

    assert_eq!(booking::forget_old_keys(&clinic).await.unwrap(), 2);
    assert_eq!(
        (booking::forget_old_keys(&clinic).await.unwrap(), db.count("idempotency_keys").await),
        (0, 1)
    );
}
