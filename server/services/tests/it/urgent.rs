//! Urgent visits, and the hours that are kept for them.
use domain::{
    booking::{
        BookingRequest, NOT_OFFERED, ONE_URGENT, Priority, SLOT_TAKEN, Slot, URGENT_IS_TODAY,
        VisitKind,
    },
    directory::ProviderId,
};
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, IdempotencyKey},
    identity::{Caller, Patient},
    schedule,
};
use testkit::{TestDb, at};

/// A Monday. The doctor works from 09:00 to 12:00, 30 minutes a visit.
const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-02T09:00:00Z";
const HALF_PAST_NINE: &str = "2026-03-02T09:30:00Z";
const TOMORROW: &str = "2026-03-03T09:00:00Z";

/// A doctor who keeps all hours for urgent visits until two hours before.
async fn keeper(db: &TestDb) -> ProviderId {
    let provider = db.provider().await;
    db.execute(&format!(
        "UPDATE availability_rules SET kept_for_urgent_minutes = 120 WHERE provider_id = '{provider}'"
    ))
    .await;
    provider
}

fn request(provider: ProviderId, start: &str) -> (IdempotencyKey, BookingRequest) {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Fever".into(),
        place: None,
    };
    (key, request)
}

async fn urgently(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    let (key, request) = request(provider, start);
    booking::book_urgently(clinic, patient, patient.user, &key, request).await
}

async fn routinely(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> Result<Booked> {
    let (key, request) = request(provider, start);
    booking::book(clinic, patient, &key, request).await
}

async fn free(clinic: &Clinic, provider: ProviderId) -> usize {
    let day = Slot { start: at("2026-03-02T00:00:00Z"), end: at("2026-03-03T00:00:00Z") };
    booking::free_times(clinic, provider, day, None).await.unwrap().1.len()
}

async fn urgent(clinic: &Clinic, provider: ProviderId) -> usize {
    booking::urgent_times(clinic, provider, None).await.unwrap().1.len()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_time_is_booked_urgently_and_by_nobody_else() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = keeper(&db).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    assert_eq!((free(&clinic, provider).await, urgent(&clinic, provider).await), (0, 6));

    let routine = routinely(&clinic, &ana, provider, NINE).await;
    assert!(matches!(routine, Err(Error::Invalid(_))), "{routine:?}");
    let kept = booking::hold(&clinic, &ana, provider, at(NINE), None).await;
    assert!(matches!(kept, Err(Error::Invalid(_))), "{kept:?}");
    let tomorrow = urgently(&clinic, &ana, provider, TOMORROW).await;
    assert!(matches!(tomorrow, Err(Error::Refused(URGENT_IS_TODAY))), "{tomorrow:?}");

    let booked = urgently(&clinic, &ana, provider, NINE).await.unwrap();
    assert_eq!(booked.visit.unwrap().priority, Priority::Urgent);
    let taken = urgently(&clinic, &ben, provider, NINE).await;
    assert!(matches!(taken, Err(Error::Refused(SLOT_TAKEN))), "{taken:?}");
    assert_eq!(urgent(&clinic, provider).await, 5);
    let late = urgently(&clinic, &ben, provider, "2026-03-02T12:00:00Z").await;
    assert!(matches!(late, Err(Error::Refused(NOT_OFFERED))), "{late:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_nobody_needed_is_released_by_itself() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = keeper(&db).await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    assert_eq!(booking::next_free_time(&clinic, provider, at(NOW), None).await.unwrap(), None);

    db.set_now("2026-03-02T07:00:00Z");
    schedule::release_kept(&clinic, at(NOW)).await.unwrap();

    assert_eq!(free(&clinic, provider).await, 1);
    let next = booking::next_free_time(&clinic, provider, at(NOW), None).await.unwrap();
    assert_eq!(next, Some(at(NINE)));
    assert_eq!(db.count("providers WHERE next_free_at IS NOT NULL").await, 1);
    routinely(&clinic, &db.patient(&clinic).await, provider, NINE).await.unwrap();
    // An hour later two more are, and nobody was asked to look.
    db.set_now("2026-03-02T08:00:00Z");
    assert_eq!(free(&clinic, provider).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_has_two_urgent_visits_at_a_time_even_in_a_race() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (one, other) = (keeper(&db).await, keeper(&db).await);
    let ana = db.patient(&clinic).await;

    let contenders =
        vec![urgently(&clinic, &ana, one, NINE), urgently(&clinic, &ana, other, HALF_PAST_NINE)];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(ONE_URGENT)]), "{refused:?}");
    // An ordinary one beside it is no trouble; and once the urgent one is given back, another is none.
    let plain = db.provider().await;
    routinely(&clinic, &ana, plain, "2026-03-02T11:00:00Z").await.unwrap();
    db.execute("UPDATE appointments SET status = 'cancelled', cancelled_at = now() WHERE priority = 'urgent'")
        .await;
    urgently(&clinic, &ana, one, "2026-03-02T10:00:00Z").await.unwrap();
    // Once it is over, whatever its status says, there may be another.
    db.set_now("2026-03-03T06:00:00Z");
    urgently(&clinic, &ana, one, TOMORROW).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_is_kept_back_during_a_booking_is_not_booked() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let ana = db.patient(&clinic).await;
    let mut gate = db.gate("appointments").await;
    let change = async {
        gate.wait_for(1).await;
        db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = 120").await;
        gate.open().await;
    };
    let (booked, ()) = tokio::join!(routinely(&clinic, &ana, provider, NINE), change);
    assert!(matches!(booked, Err(Error::Invalid(_))), "{booked:?}");
    assert_eq!(db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kept_time_is_held_for_an_urgent_visit_for_longer() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = keeper(&db).await;
    let ana = db.patient(&clinic).await;
    booking::hold_urgently(&clinic, &ana, provider, at(NINE), None).await.unwrap();
    assert_eq!(urgent(&clinic, provider).await, 5);
    let longer = booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();
    assert!(longer.remaining > SignedDuration::from_mins(9));
    // It is for an urgent visit all the same.
    let routine = routinely(&clinic, &ana, provider, NINE).await;
    assert!(matches!(routine, Err(Error::Invalid(_))), "{routine:?}");
    urgently(&clinic, &ana, provider, NINE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_moves_to_no_kept_time() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = keeper(&db).await;
    let ana = db.patient(&clinic).await;
    db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = NULL WHERE weekday = 2")
        .await;
    db.execute("UPDATE providers SET late_percent = 0").await;
    let booked = routinely(&clinic, &ana, provider, TOMORROW).await.unwrap();
    let change = Change { start: Some(at(NINE)), reason: None };
    let moved = booking::change(&clinic, &ana, booked.appointment, &change, None).await;
    assert!(matches!(moved, Err(Error::Invalid(_))), "{moved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_moves_to_another_day_is_urgent_no_more() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (keeper(&db).await, keeper(&db).await);
    let ana = db.patient(&clinic).await;
    db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = NULL WHERE weekday = 2")
        .await;
    db.execute("UPDATE providers SET late_percent = 0").await;
    let visit = urgently(&clinic, &ana, provider, NINE).await.unwrap().appointment;
    let urgent = "appointments WHERE priority = 'urgent' AND urgent_since IS NOT NULL";
    assert_eq!(db.count(urgent).await, 1);

    let change = Change { start: Some(at(TOMORROW)), reason: None };
    booking::change(&clinic, &ana, visit, &change, None).await.unwrap();
    assert_eq!(db.count(urgent).await, 0);
    urgently(&clinic, &ana, other, NINE).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_doctor_says_how_soon_and_it_is_written_down() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let stranger = db.doctor(&clinic, db.provider().await).await;
    let ana = db.patient(&clinic).await;
    let visit = routinely(&clinic, &ana, provider, TOMORROW).await.unwrap().appointment;
    let other = routinely(&clinic, &ana, provider, "2026-03-03T10:00:00Z").await.unwrap();
    let audited = "audit_events WHERE action = 'appointment.set_priority'";

    for _ in 0..2 {
        booking::set_priority(&clinic, &doctor, visit, Priority::Urgent).await.unwrap();
    }
    assert_eq!(db.count("appointments WHERE priority = 'urgent'").await, 1);
    assert_eq!(db.count(audited).await, 1);
    // What a doctor calls urgent keeps the patient from nothing.
    let other = other.appointment;
    booking::set_priority(&clinic, &doctor, other, Priority::Urgent).await.unwrap();
    booking::set_priority(&clinic, &doctor, other, Priority::Routine).await.unwrap();
    let keeper = keeper(&db).await;
    urgently(&clinic, &ana, keeper, HALF_PAST_NINE).await.unwrap();
    let foreign = booking::set_priority(&clinic, &stranger, visit, Priority::Routine).await;
    assert!(matches!(foreign, Err(Error::NotFound)), "{foreign:?}");

    booking::set_priority(&clinic, &doctor, visit, Priority::Routine).await.unwrap();
    assert_eq!(db.count("appointments WHERE priority = 'urgent'").await, 1);
    booking::cancel_as_doctor(&clinic, &doctor, visit, "Ill").await.unwrap();
    let over = booking::set_priority(&clinic, &doctor, visit, Priority::Urgent).await;
    assert!(matches!(over, Err(Error::Refused(_))), "{over:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_a_time_of_hours_that_become_urgent_hears_why_it_is_not_free() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let ana = db.patient(&clinic).await;
    let check = async || booking::check_free(&clinic, provider, at(NINE), Some(ana.user)).await;
    booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();
    check().await.unwrap();

    db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = 120").await;

    let refused = check().await;
    assert!(
        matches!(&refused, Err(Error::Invalid(why)) if why[0].message.contains("kept for urgent visits")),
        "{refused:?}"
    );
    db.execute("DELETE FROM availability_rules").await;
    assert!(matches!(check().await, Err(Error::Refused(NOT_OFFERED))));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urgent_visit_that_is_open_is_found_until_it_is_over() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (keeper(&db).await, keeper(&db).await);
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let open = async |who: &Caller<Patient>| {
        booking::open_urgent_visit(&clinic, who, who.user).await.unwrap()
    };
    assert_eq!(open(&ana).await, None);
    let visit = urgently(&clinic, &ana, provider, NINE).await.unwrap().appointment;
    assert_eq!((open(&ana).await, open(&ben).await), (Some(visit), None));
    let foreign = booking::open_urgent_visit(&clinic, &ben, ana.user).await;
    assert!(foreign.is_err(), "{foreign:?}");

    // As long as it is in the way of another, and no longer.
    let second = urgently(&clinic, &ana, other, HALF_PAST_NINE).await;
    assert!(matches!(second, Err(Error::Refused(ONE_URGENT))), "{second:?}");
    db.set_now("2026-03-02T09:30:00Z");
    assert_eq!(open(&ana).await, None);
    urgently(&clinic, &ana, other, "2026-03-02T10:00:00Z").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_urgent_times_of_several_are_those_of_each() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (keeps, gone) = (keeper(&db).await, db.provider().await);
    let usual = db.provider_named("Eva", "Dias", "urology").await;
    db.execute(&format!("UPDATE providers SET is_active = false WHERE id = '{gone}'")).await;
    let ana = db.patient(&clinic).await;
    urgently(&clinic, &ana, keeps, NINE).await.unwrap();
    let until = |end: &str| {
        let end = at(end);
        move |_: &_| Ok::<_, Error>(Slot { start: at(NOW), end })
    };
    let ids = [usual, gone, keeps];

    let found = booking::urgent_times_of_many(&clinic, &ids, until("2026-03-09T00:00:00Z")).await;
    let found: Vec<_> =
        found.unwrap().into_iter().map(|(d, times)| (d.provider.id, times)).collect();
    let each = async |id| booking::urgent_times(&clinic, id, None).await.unwrap().1;
    assert_eq!(found, [(usual, each(usual).await), (keeps, each(keeps).await)]);
    assert_eq!(found[1].1.len(), 5);
    let early = booking::urgent_times_of_many(&clinic, &ids, until("2026-03-02T10:00:00Z")).await;
    let early: Vec<_> = early.unwrap().iter().map(|(_, times)| times.len()).collect();
    assert_eq!(early, [2, 1]);
}
