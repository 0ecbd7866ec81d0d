//! Who books for whom, and who may not.
use crate::schema::lines;
use domain::{
    booking::{AppointmentStatus, BookingRequest, PERSON_BUSY, VisitKind},
    directory::ProviderId,
    family::{DependantDetails, HAS_COMING_VISITS, TOO_MANY_DEPENDANTS},
    identity::UserId,
};
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, IdempotencyKey, When},
    calendar::{self, Reader},
    directory::Page,
    family,
    identity::{self, Caller, Patient, Person},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";

pub fn named(first_name: &str) -> DependantDetails {
    DependantDetails {
        first_name: first_name.into(),
        last_name: "Silva".into(),
        date_of_birth: "2018-05-31".into(),
        relationship: "child".into(),
    }
}

pub async fn child(clinic: &Clinic, guardian: &Caller<Patient>, name: &str) -> UserId {
    family::add(clinic, guardian, &named(name)).await.unwrap()
}

fn visit_at(provider: ProviderId, start: &str) -> BookingRequest {
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
    guardian: &Caller<Patient>,
    person: UserId,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    booking::book_for(clinic, guardian, person, &key, visit_at(provider, start)).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_guardian_books_sees_moves_and_cancels_for_a_child() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    let person: Caller<Person> = db.caller(&clinic, ana.user).await;

    let id = book(&clinic, &ana, mia, provider, NINE).await.unwrap().appointment;
    let visit = booking::visit(&clinic, &person, id).await.unwrap();
    assert_eq!((visit.patient_id, visit.created_by), (mia, ana.user));
    assert_eq!((visit.patient_name.as_str(), visit.guardian_id), ("Mia Silva", Some(ana.user)));
    let listed = booking::visits(&clinic, &ana, When::Coming, Page::first()).await.unwrap();
    assert_eq!((listed.count, listed.items[0].id), (1, id));
    let file = calendar::file(&visit, Reader::Patient, "https://medconnect.test", at(NOW));
    assert!(file.contains("SUMMARY:Visit of Mia Silva with Dr José Muñoz"), "{file}");
    let token = calendar::issue_feed(&clinic, &person).await.unwrap();
    let feed = calendar::read_feed(&clinic, &token, "https://medconnect.test").await.unwrap();
    assert!(feed.contains("Visit of Mia Silva"), "{feed}");

    let to_ten = Change { start: Some(at(TEN)), reason: Some("Fever".into()) };
    booking::change(&clinic, &ana, id, &to_ten, None).await.unwrap();
    booking::cancel(&clinic, &ana, id, None, None).await.unwrap();

    let visit = booking::visit(&clinic, &person, id).await.unwrap();
    assert_eq!(visit.status, AppointmentStatus::Cancelled);
    let history = booking::history(&clinic, &visit).await.unwrap();
    assert!(history.iter().all(|change| change.actor_id == Some(ana.user)));
    let audited = lines(
        &db,
        &format!(
            "SELECT action AS line FROM audit_events WHERE actor_id = '{}' AND patient_id = '{mia}' ORDER BY occurred_at, id",
            ana.user
        ),
    )
    .await;
    assert_eq!(
        audited,
        [
            "family.add",
            "appointment.create",
            "appointment.change_reason",
            "appointment.reschedule",
            "appointment.cancel"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_books_sees_moves_or_cancels_for_a_child() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    let id = book(&clinic, &ana, mia, provider, NINE).await.unwrap().appointment;
    let stranger: Caller<Person> = db.caller(&clinic, ben.user).await;

    let not_found = [
        book(&clinic, &ben, mia, provider, TEN).await.err(),
        book(&clinic, &ben, ana.user, provider, TEN).await.err(),
        book(&clinic, &ana, ben.user, provider, TEN).await.err(),
        book(&clinic, &ana, UserId::generate(), provider, TEN).await.err(),
        booking::visit(&clinic, &stranger, id).await.err(),
        booking::change(&clinic, &ben, id, &Change { start: Some(at(TEN)), reason: None }, None)
            .await
            .err(),
        booking::cancel(&clinic, &ben, id, None, None).await.err(),
        booking::own_visit_at(&clinic, &ben, mia, provider, at(NINE)).await.err(),
        family::change(&clinic, &ben, mia, &named("Max")).await.err(),
        family::remove(&clinic, &ben, mia).await.err(),
        family::dependant(&clinic, &ben, mia).await.err(),
    ];
    for (index, outcome) in not_found.into_iter().enumerate() {
        assert!(matches!(outcome, Some(Error::NotFound)), "{index}: {outcome:?}");
    }
    let listed = booking::visits(&clinic, &ben, When::Always, Page::first()).await.unwrap();
    assert_eq!(listed.count, 0);
    assert_eq!(db.count("appointments").await, 1);
    // A dependant has no account: nothing acts as them.
    assert!(identity::actor(&clinic, mia).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_the_guardian_becomes_the_visit_of_the_child() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();

    let booked = book(&clinic, &ana, mia, provider, NINE).await.unwrap();

    let rows =
        lines(&db, "SELECT id || ' ' || patient_id || ' ' || status AS line FROM appointments")
            .await;
    assert_eq!(rows, [format!("{} {mia} scheduled", booked.appointment)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_is_in_one_place_and_a_family_in_several() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (one, other) = (db.provider().await, db.provider().await);
    let ana = db.patient(&clinic).await;
    let (mia, ben) = (child(&clinic, &ana, "Mia").await, child(&clinic, &ana, "Ben").await);

    book(&clinic, &ana, mia, one, NINE).await.unwrap();
    let again = book(&clinic, &ana, mia, other, NINE).await;
    assert!(matches!(again, Err(Error::Refused(PERSON_BUSY))), "{again:?}");
    book(&clinic, &ana, ben, other, NINE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_books_once_and_for_one_person_only() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    let key = IdempotencyKey::checked("k").unwrap();
    let for_person =
        |person| booking::book_for(&clinic, &ana, person, &key, visit_at(provider, NINE));

    let first = for_person(mia).await.unwrap();
    let second = for_person(mia).await.unwrap();
    assert_eq!((second.appointment, second.replayed), (first.appointment, true));
    assert!(matches!(for_person(ana.user).await, Err(Error::KeyReused)));
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_with_coming_visits_stays_on_the_list() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    let id = book(&clinic, &ana, mia, provider, NINE).await.unwrap().appointment;

    let refused = family::remove(&clinic, &ana, mia).await;
    assert!(matches!(refused, Err(Error::Refused(HAS_COMING_VISITS))), "{refused:?}");
    booking::cancel(&clinic, &ana, id, None, None).await.unwrap();
    family::remove(&clinic, &ana, mia).await.unwrap();

    assert!(family::dependants(&clinic, &ana).await.unwrap().is_empty());
    let outcome = book(&clinic, &ana, mia, provider, NINE).await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    // What was booked stays in sight.
    let person: Caller<Person> = db.caller(&clinic, ana.user).await;
    booking::visit(&clinic, &person, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn one_is_not_taken_off_the_list_while_a_visit_is_booked_for_them() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;

    let mut gate = db.gate_at_rows("dependants").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (booked, removed, ()) = tokio::join!(
        book(&clinic, &ana, mia, provider, NINE),
        family::remove(&clinic, &ana, mia),
        open
    );

    let left = db.count("dependants WHERE removed_at IS NULL").await;
    assert_eq!((booked.is_ok(), removed.is_ok()), (left == 1, left == 0));
    assert_eq!(db.count("appointments").await, left);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_holds_ten_people_each_of_them_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let ana = db.patient(&clinic).await;
    for number in 0..9 {
        child(&clinic, &ana, &format!("Child {number}")).await;
    }
    assert_eq!(
        child(&clinic, &ana, "Child 3").await,
        family::dependants(&clinic, &ana).await.unwrap()[3].id
    );

    // Two that would each be the tenth.
    let (mia, max) = (named("Mia"), named("Max"));
    let mut gate = db.gate_at_rows("users").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) =
        tokio::join!(family::add(&clinic, &ana, &mia), family::add(&clinic, &ana, &max), open);

    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(TOO_MANY_DEPENDANTS)]), "{refused:?}");
    assert_eq!(family::dependants(&clinic, &ana).await.unwrap().len(), 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_for_known_patients_takes_the_child_they_know() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ana) = (db.provider().await, db.patient(&clinic).await);
    let mia = child(&clinic, &ana, "Mia").await;
    book(&clinic, &ana, mia, provider, NINE).await.unwrap();
    db.execute("UPDATE providers SET accepting_new_patients = false").await;

    booking::hold(&clinic, &ana, provider, at(TEN), None).await.unwrap();
    assert!(matches!(book(&clinic, &ana, ana.user, provider, TEN).await, Err(Error::Refused(_))));
    book(&clinic, &ana, mia, provider, TEN).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn moving_the_visit_of_a_child_leaves_the_guardian_their_own_times() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.provider().await);
    let ana = db.patient(&clinic).await;
    let mia = child(&clinic, &ana, "Mia").await;
    let id = book(&clinic, &ana, mia, provider, NINE).await.unwrap().appointment;
    booking::hold(&clinic, &ana, other, at(TEN), None).await.unwrap();
    let to_ten = Change { start: Some(at(TEN)), reason: None };
    booking::change(&clinic, &ana, id, &to_ten, None).await.unwrap();
    // Chosen with the same doctor, it was chosen for the child.
    booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();
    let to_nine = Change { start: Some(at(NINE)), reason: None };
    booking::change(&clinic, &ana, id, &to_nine, None).await.unwrap();
    let kept =
        lines(&db, "SELECT provider_id::text AS line FROM appointments WHERE status = 'held'");
    assert_eq!(kept.await, [other.to_string()]);
}
