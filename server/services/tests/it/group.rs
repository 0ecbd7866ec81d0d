//! Several visits at once: all of them or none.
use crate::{family::child, schema::lines};
use domain::{
    booking::{AppointmentId, NOT_ALL_FREE, Occurrence, PERSON_BUSY, SLOT_TAKEN, VisitKind},
    directory::ProviderId,
    identity::UserId,
    money::Money,
};
use jiff::Timestamp;
use services::{
    Clinic, Error, Result,
    booking::{self, GroupRequest, IdempotencyKey},
    identity::{Caller, Patient, Person},
};
use testkit::{FEE, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const HALF_PAST: &str = "2026-03-03T09:30:00Z";
const VIDEO: VisitKind = VisitKind::Video;

fn request(provider: ProviderId, visits: &[(UserId, &str)]) -> GroupRequest {
    GroupRequest {
        provider,
        kind: VIDEO,
        reason: "Vaccination".into(),
        visits: visits.iter().map(|(person, start)| (*person, at(start))).collect(),
        every_weeks: None,
    }
}

fn key(word: &str) -> IdempotencyKey {
    IdempotencyKey::checked(word).unwrap()
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> &'static str {
    match result {
        Err(Error::Refused(refusal)) => refusal.code,
        other => panic!("{other:?}"),
    }
}

/// Somebody and their child.
async fn family(db: &TestDb, clinic: &Clinic) -> (Caller<Patient>, UserId) {
    let ana = db.patient(clinic).await;
    let mia = child(clinic, &ana, "Mia").await;
    (ana, mia)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_gets_times_one_after_another_and_each_a_visit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    booking::hold(&clinic, &ana, provider, at(NINE), None).await.unwrap();

    let found =
        booking::plan_together(&clinic, &ana, (provider, at(NINE)), 2, VIDEO).await.unwrap();
    let starts: Vec<_> = found.times.iter().map(|offer| offer.slot.start).collect();
    assert_eq!(starts, [at(NINE), at(HALF_PAST)]);
    let wanted = request(provider, &[(mia, NINE), (ana.user, HALF_PAST)]);
    let first = booking::book_all(&clinic, &ana, &key("k"), wanted.clone()).await.unwrap();
    let again = booking::book_all(&clinic, &ana, &key("k"), wanted).await.unwrap();

    assert_eq!((first.replayed, again.replayed), (false, true));
    assert_eq!(first.visits, again.visits);
    let rows = lines(
        &db,
        "SELECT patient_id || ' ' || created_by || ' ' || status AS line FROM appointments ORDER BY starts_at",
    )
    .await;
    let ana = ana.user;
    assert_eq!(rows, [format!("{mia} {ana} scheduled"), format!("{ana} {ana} scheduled")]);
    assert_eq!(db.count("payments").await, 2);
    assert_eq!(db.count("outbox WHERE topic = 'booking.booked'").await, 1);
    assert_eq!(db.count("audit_events WHERE action = 'appointment.create'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_request_with_the_same_key_is_refused() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let wanted = request(provider, &[(mia, NINE), (ana.user, HALF_PAST)]);
    booking::book_all(&clinic, &ana, &key("k"), wanted).await.unwrap();
    let other =
        request(provider, &[(mia, "2026-03-03T10:00:00Z"), (ana.user, "2026-03-03T10:30:00Z")]);
    let outcome = booking::book_all(&clinic, &ana, &key("k"), other).await;
    assert!(matches!(outcome, Err(Error::KeyReused)), "{outcome:?}");
    assert_eq!(db.count("appointments").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_times_are_missing_the_next_start_is_found_at_which_all_fit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, _) = family(&db, &clinic).await;
    let late = (provider, at("2026-03-03T11:00:00Z"));
    let found = booking::plan_together(&clinic, &ana, late, 3, VIDEO).await.unwrap();
    assert_eq!(found.times.len(), 2);
    assert_eq!(found.nearest, Some(at("2026-03-04T09:00:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn all_are_booked_or_none_even_under_a_race() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let (ben, max) = family(&db, &clinic).await;
    // They meet at half past nine.
    let one = request(provider, &[(mia, NINE), (ana.user, HALF_PAST)]);
    let other = request(provider, &[(max, HALF_PAST), (ben.user, "2026-03-03T10:00:00Z")]);
    let (first, second) = (key("a"), key("b"));
    let contenders = vec![
        booking::book_all(&clinic, &ana, &first, one),
        booking::book_all(&clinic, &ben, &second, other),
    ];
    let outcomes = db.race("appointments", contenders).await;

    let lost: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(
        matches!(&lost[..], [Error::Refused(refusal)] if [NOT_ALL_FREE, SLOT_TAKEN].contains(refusal)),
        "{lost:?}"
    );
    assert_eq!(db.count("appointments").await, 2);
    assert_eq!(db.count("payments").await, 2);
    assert_eq!(db.count("idempotency_keys").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_booked_when_one_of_them_cannot_come() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.provider().await);
    let (ana, mia) = family(&db, &clinic).await;
    let busy = request(other, &[(mia, HALF_PAST)]);
    booking::book_all(&clinic, &ana, &key("a"), busy).await.unwrap();

    let both = request(provider, &[(ana.user, NINE), (mia, HALF_PAST)]);
    let outcome = booking::book_all(&clinic, &ana, &key("b"), both).await;
    assert_eq!(refused(outcome), PERSON_BUSY.code);
    let (ben, max) = family(&db, &clinic).await;
    let foreign = request(provider, &[(ben.user, NINE), (mia, HALF_PAST)]);
    let outcome = booking::book_all(&clinic, &ben, &key("c"), foreign).await;
    assert!(matches!(outcome, Err(Error::NotFound)), "{outcome:?}");
    let twice = request(provider, &[(max, NINE), (max, HALF_PAST)]);
    let outcome = booking::book_all(&clinic, &ben, &key("d"), twice).await;
    assert!(matches!(outcome, Err(Error::Invalid(_))), "{outcome:?}");
    assert_eq!(db.count("appointments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_keeps_the_time_on_the_clock_and_each_visit_its_row() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let taken = request(provider, &[(ana.user, "2026-03-24T09:00:00Z")]);
    booking::book_all(&clinic, &ana, &key("a"), taken).await.unwrap();

    let from = (provider, at("2026-03-17T09:00:00Z"));
    let (_, found) = booking::plan_repetition(&clinic, &ana, from, (1, 3), VIDEO).await.unwrap();
    let starts: Vec<Timestamp> =
        found.iter().filter_map(|one| Some(one.offer?.slot.start)).collect();
    // The second is taken, so that the next one of the day stands in; summer time begins on 29 March.
    assert_eq!(
        starts,
        [at("2026-03-17T09:00:00Z"), at("2026-03-24T09:30:00Z"), at("2026-03-31T08:00:00Z")]
    );
    assert_eq!(found.iter().map(Occurrence::is_as_wanted).collect::<Vec<_>>(), [true, false, true]);
    let wanted = GroupRequest {
        visits: starts.iter().map(|start| (mia, *start)).collect(),
        every_weeks: Some(1),
        ..request(provider, &[])
    };
    let booked = booking::book_all(&clinic, &ana, &key("b"), wanted.clone()).await.unwrap().visits;
    let again = booking::book_all(&clinic, &ana, &key("b"), wanted).await.unwrap();
    assert_eq!(again.visits, booked);

    let person: Caller<Person> = db.caller(&clinic, ana.user).await;
    let visit = booking::visit(&clinic, &person, booked[1]).await.unwrap();
    let series = booking::series(&clinic, &visit).await.unwrap();
    assert_eq!(series.iter().map(|visit| visit.id).collect::<Vec<_>>(), booked);
    assert_eq!(db.count("appointment_series WHERE every_weeks = 1").await, 1);
}

/// Four visits of a child, a week apart at nine.
async fn series(
    clinic: &Clinic,
    ana: &Caller<Patient>,
    mia: UserId,
    provider: ProviderId,
) -> Vec<AppointmentId> {
    let starts = [
        "2026-03-10T09:00:00Z",
        "2026-03-17T09:00:00Z",
        "2026-03-24T09:00:00Z",
        "2026-03-31T08:00:00Z",
    ];
    let wanted = GroupRequest {
        every_weeks: Some(1),
        ..request(provider, &starts.map(|start| (mia, start)))
    };
    booking::book_all(clinic, ana, &key("series"), wanted).await.unwrap().visits
}

async fn states(db: &TestDb) -> Vec<String> {
    lines(db, "SELECT to_char(starts_at AT TIME ZONE 'UTC', 'MM-DD HH24:MI ') || status AS line FROM appointments WHERE series_id IS NOT NULL ORDER BY starts_at").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_and_all_that_follow_are_cancelled_at_the_cost_that_was_quoted() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.patient(&clinic).await);
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    // The second is late, and the second late one.
    db.execute(&format!("UPDATE appointments SET first_late_free = false WHERE id = '{}'", ids[1]))
        .await;
    db.set_now("2026-03-17T06:00:00Z");
    let person: Caller<Person> = db.caller(&clinic, ana.user).await;
    let visit = booking::visit(&clinic, &person, ids[1]).await.unwrap();

    let all = booking::following(&clinic, &visit).await.unwrap();
    assert_eq!(all.iter().map(|visit| visit.id).collect::<Vec<_>>(), ids[1..]);
    let cost = booking::cost_of_all(&all, clinic.now()).unwrap();
    assert_eq!(cost.minor, FEE / 2);
    let wrong = booking::cancel_following(&clinic, &ana, ids[1], Money::zero(cost.currency)).await;
    assert_eq!(refused(wrong), booking::TERMS_CHANGED.code);
    let stranger = booking::cancel_following(&clinic, &other, ids[1], cost).await;
    assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
    booking::cancel_following(&clinic, &ana, ids[1], cost).await.unwrap();

    assert_eq!(
        states(&db).await,
        [
            "03-10 09:00 scheduled",
            "03-17 09:00 cancelled",
            "03-24 09:00 cancelled",
            "03-31 08:00 cancelled"
        ]
    );
    let left =
        lines(&db, "SELECT amount_minor::text AS line FROM payments ORDER BY amount_minor").await;
    assert_eq!(left, ["0", "0", &(FEE / 2).to_string(), &FEE.to_string()]);
    assert_eq!(db.count("outbox WHERE topic = 'booking.cancelled'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_and_all_that_follow_move_alike_and_who_cannot_stays() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ben) = (db.provider().await, db.patient(&clinic).await);
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    let taken = request(provider, &[(ben.user, "2026-03-25T10:00:00Z")]);
    booking::book_all(&clinic, &ben, &key("b"), taken).await.unwrap();

    let to = at("2026-03-18T10:00:00Z");
    let planned = booking::plan_following(&clinic, &ana, ids[1], to).await.unwrap();
    let targets: Vec<_> = planned.iter().map(|planned| planned.to).collect();
    assert_eq!(targets, [Some(to), None, Some(at("2026-04-01T09:00:00Z"))]);
    let wrong = booking::move_following(&clinic, &ana, ids[1], to, &ids[1..]).await;
    assert_eq!(refused(wrong), booking::MOVES_CHANGED.code);
    let stranger = booking::move_following(&clinic, &ben, ids[1], to, &[ids[1], ids[3]]).await;
    assert!(matches!(stranger, Err(Error::NotFound)), "{stranger:?}");
    booking::move_following(&clinic, &ana, ids[1], to, &[ids[1], ids[3]]).await.unwrap();

    assert_eq!(
        states(&db).await,
        [
            "03-10 09:00 scheduled",
            "03-18 10:00 rescheduled",
            "03-24 09:00 scheduled",
            "04-01 09:00 rescheduled"
        ]
    );
    assert_eq!(db.count("outbox WHERE topic = 'booking.rescheduled'").await, 1);
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_moves_into_its_own_footsteps() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    let later = at("2026-03-17T09:00:00Z");
    booking::move_following(&clinic, &ana, ids[0], later, &ids).await.unwrap();
    let later = ["03-17 09:00", "03-24 09:00", "03-31 08:00", "04-07 08:00"];
    assert_eq!(states(&db).await, later.map(|time| format!("{time} rescheduled")));
    booking::move_following(&clinic, &ana, ids[0], at("2026-03-10T09:00:00Z"), &ids).await.unwrap();
    assert_eq!(states(&db).await[0], "03-10 09:00 rescheduled");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_moves_whole_or_not_at_all_under_a_race() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, ben) = (db.provider().await, db.patient(&clinic).await);
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    let wanted = request(provider, &[(ben.user, "2026-03-24T10:00:00Z")]);
    let (to, k) = (at("2026-03-10T10:00:00Z"), key("b"));

    let mut gate = db.gate_at_rows("providers").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (moved, booked, ()) = tokio::join!(
        booking::move_following(&clinic, &ana, ids[0], to, &ids),
        booking::book_all(&clinic, &ben, &k, wanted),
        open
    );

    assert_ne!(moved.is_ok(), booked.is_ok(), "{moved:?} {booked:?}");
    let moved_visits = db.count("appointments WHERE status = 'rescheduled'").await;
    assert_eq!(moved_visits, if moved.is_ok() { 4 } else { 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_that_is_moved_twice_by_one_press_moves_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    let to = at("2026-03-10T10:00:00Z");

    // Both have been sent before either is done.
    let mut gate = db.gate_at_rows("providers").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let press = || booking::move_following(&clinic, &ana, ids[0], to, &ids);
    let (one, other, ()) = tokio::join!(press(), press(), open);
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");
    press().await.unwrap();

    assert_eq!(db.count("appointments WHERE sequence = 1 AND status = 'rescheduled'").await, 4);
    assert_eq!(db.count("audit_events WHERE action = 'appointment.reschedule'").await, 4);
    assert_eq!(db.count("outbox WHERE topic = 'booking.rescheduled'").await, 1);
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_that_others_cannot_follow_moves_alone_and_nobody_steps_on_who_stays() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, mia) = family(&db, &clinic).await;
    let ids = series(&clinic, &ana, mia, provider).await;
    // The others may not move: what they agreed on keeps them where they are.
    let late = "UPDATE appointments SET free_until_minutes = 43200 WHERE id <>";
    db.execute(&format!("{late} '{}'", ids[0])).await;

    // Onto the second, which stays.
    let taken = at("2026-03-17T09:00:00Z");
    let planned = booking::plan_following(&clinic, &ana, ids[0], taken).await.unwrap();
    assert!(planned.iter().all(|planned| planned.to.is_none()), "{planned:?}");
    let refused_move = booking::move_following(&clinic, &ana, ids[0], taken, &[]).await;
    assert_eq!(refused(refused_move), booking::MOVES_CHANGED.code);
    assert_eq!(db.count("appointments WHERE sequence > 0").await, 0);

    let free = at("2026-03-11T09:00:00Z");
    booking::move_following(&clinic, &ana, ids[0], free, &ids[..1]).await.unwrap();
    assert_eq!(
        states(&db).await,
        [
            "03-11 09:00 rescheduled",
            "03-17 09:00 scheduled",
            "03-24 09:00 scheduled",
            "03-31 08:00 scheduled"
        ]
    );
    db.check_rules().await;
}
