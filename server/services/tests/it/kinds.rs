//! Kinds of visit with a length and pauses of their own.
use crate::{
    limits::PLAIN,
    waitlist::{nine, work},
};
use domain::{
    booking::{AppointmentId, BookingRequest, NOT_ALL_FREE, SLOT_TAKEN, Slot, VisitKind},
    directory::ProviderId,
    waitlist::Target,
};
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    booking::{self, Booked, Change, GroupRequest, IdempotencyKey, When},
    directory::Page,
    identity::{Caller, Patient},
    schedule::{self, BookingRules, Changed, OwnRules},
    waitlist,
};
use testkit::{TestDb, at};

/// A Monday. The doctor works from 09:00 to 12:00, by video and phone, 30 minutes each.
const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const HALF_PAST_NINE: &str = "2026-03-03T09:30:00Z";
const TEN: &str = "2026-03-03T10:00:00Z";

const fn own(kind: VisitKind, slot_minutes: Option<i16>, after: i16) -> OwnRules {
    OwnRules { kind, slot_minutes, buffer_before_minutes: 0, buffer_after_minutes: after }
}

fn with(kinds: impl Into<Vec<OwnRules>>) -> BookingRules {
    BookingRules { kinds: kinds.into(), ..PLAIN }
}

/// A doctor whose visits by phone take `minutes`.
async fn doctor_who_calls(db: &TestDb, clinic: &Clinic, minutes: i16) -> ProviderId {
    let provider = db.provider().await;
    let doctor = db.doctor(clinic, provider).await;
    let rules = with([own(VisitKind::Phone, Some(minutes), 0)]);
    let saved = schedule::change_rules(clinic, &doctor, &rules, false).await;
    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    assert_eq!(schedule::booking_rules(clinic, &doctor).await.unwrap(), rules);
    provider
}

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
    kind: VisitKind,
) -> Result<Booked> {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request =
        BookingRequest { provider, start: at(start), kind, reason: "Cough".into(), place: None };
    booking::book(clinic, patient, &key, request).await
}

/// `09:00 10:00`, in UTC, of the third of March.
async fn free(
    clinic: &Clinic,
    provider: ProviderId,
    kind: VisitKind,
    viewer: Option<&Caller<Patient>>,
) -> String {
    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-04T00:00:00Z") };
    let viewer = viewer.map(|viewer| viewer.user);
    let (_, offers) = booking::free_times(clinic, provider, day, viewer).await.unwrap();
    let of_kind = offers.iter().filter(|offer| offer.kinds.contains(kind));
    let starts = of_kind.map(|offer| offer.slot.start.strftime("%H:%M").to_string());
    starts.collect::<Vec<_>>().join(" ")
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_kept_a_time_of_the_waitlist_may_choose_another_length() {
    let db = TestDb::at("2026-03-02T10:00:00Z").await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let ana = db.patient(&clinic).await;
    waitlist::join(&clinic, &ana, nine(Target::Doctor(provider))).await.unwrap();
    work(&clinic).await;

    let kept = booking::hold(&clinic, &ana, provider, at(NINE), Some(VisitKind::Phone)).await;
    assert!(kept.unwrap().remaining > SignedDuration::from_mins(9));
    let visit = book(&clinic, &ana, provider, NINE, VisitKind::Phone).await.unwrap().appointment;
    assert_eq!(minutes_of(&clinic, &ana, visit).await, 60);
}

async fn minutes_of(clinic: &Clinic, patient: &Caller<Patient>, id: AppointmentId) -> i64 {
    let visits = booking::visits(clinic, patient, When::Always, Page::first()).await.unwrap();
    let visit = visits.items.iter().find(|visit| visit.id == id).unwrap();
    visit.ends_at.duration_since(visit.starts_at).as_mins()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_as_long_as_its_kind_and_takes_the_times_it_touches() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    assert_eq!(free(&clinic, provider, VisitKind::Phone, None).await, "09:00 10:00 11:00");

    let called = book(&clinic, &ana, provider, TEN, VisitKind::Phone).await.unwrap();
    let seen = book(&clinic, &ben, provider, HALF_PAST_NINE, VisitKind::Video).await.unwrap();

    assert_eq!(minutes_of(&clinic, &ana, called.appointment).await, 60);
    assert_eq!(minutes_of(&clinic, &ben, seen.appointment).await, 30);
    assert_eq!(free(&clinic, provider, VisitKind::Video, None).await, "09:00 11:00 11:30");
    assert_eq!(free(&clinic, provider, VisitKind::Phone, None).await, "11:00");
    let late = book(&clinic, &ana, provider, "2026-03-03T11:30:00Z", VisitKind::Phone).await;
    assert!(matches!(late, Err(Error::Invalid(_))), "{late:?}");
    // It moves with its length.
    let change = Change { start: Some(at("2026-03-03T11:00:00Z")), reason: None };
    booking::change(&clinic, &ana, called.appointment, &change, None).await.unwrap();
    assert_eq!(minutes_of(&clinic, &ana, called.appointment).await, 60);
    let change = Change { start: Some(at("2026-03-03T10:30:00Z")), reason: None };
    let moved = booking::change(&clinic, &ana, called.appointment, &change, None).await;
    assert!(matches!(moved, Err(Error::Invalid(_))), "{moved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_is_kept_for_the_length_of_the_kind_that_is_chosen() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let hold = async |kind| booking::hold(&clinic, &ana, provider, at(NINE), kind).await;
    let others = async || free(&clinic, provider, VisitKind::Video, None).await;

    // As long as no kind is chosen, the longest is kept.
    hold(None).await.unwrap();
    assert_eq!(others().await, "10:00 10:30 11:00 11:30");
    hold(Some(VisitKind::Video)).await.unwrap();
    assert_eq!(others().await, "09:30 10:00 10:30 11:00 11:30");
    // Asked to keep it for longer, nothing is said of the kind.
    hold(None).await.unwrap();
    assert_eq!(others().await, "09:30 10:00 10:30 11:00 11:30");

    // Somebody takes the half hour after it: there is no room for the longer kind any more.
    book(&clinic, &ben, provider, HALF_PAST_NINE, VisitKind::Video).await.unwrap();
    let longer = hold(Some(VisitKind::Phone)).await;
    assert!(matches!(longer, Err(Error::Refused(SLOT_TAKEN))), "{longer:?}");
    let booked = book(&clinic, &ana, provider, NINE, VisitKind::Phone).await;
    assert!(matches!(booked, Err(Error::Refused(SLOT_TAKEN))), "{booked:?}");
    // What is kept is still theirs.
    let booked = book(&clinic, &ana, provider, NINE, VisitKind::Video).await.unwrap();
    assert_eq!(minutes_of(&clinic, &ana, booked.appointment).await, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_for_one_kind_is_booked_for_another() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let ana = db.patient(&clinic).await;
    booking::hold(&clinic, &ana, provider, at(NINE), Some(VisitKind::Video)).await.unwrap();

    let booked = book(&clinic, &ana, provider, NINE, VisitKind::Phone).await.unwrap();

    assert_eq!(minutes_of(&clinic, &ana, booked.appointment).await, 60);
    assert_eq!(free(&clinic, provider, VisitKind::Video, None).await, "10:00 10:30 11:00 11:30");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_want_overlapping_times_of_two_kinds_get_one() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);

    let contenders = vec![
        book(&clinic, &ana, provider, NINE, VisitKind::Phone),
        book(&clinic, &ben, provider, HALF_PAST_NINE, VisitKind::Video),
    ];
    let outcomes = db.race("appointments", contenders).await;

    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(SLOT_TAKEN)]), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_changes_during_a_booking_is_looked_at_again() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let ana = db.patient(&clinic).await;
    let mut gate = db.gate("appointments").await;
    let booking = book(&clinic, &ana, provider, NINE, VisitKind::Phone);
    let change = async {
        gate.wait_for(1).await;
        // Written past the gate: the rules are in a table of their own.
        db.execute(&format!(
            "INSERT INTO booking_kind_rules (provider_id, kind, slot_minutes) VALUES ('{provider}', 'phone', 45)"
        ))
        .await;
        gate.open().await;
    };
    let (booked, ()) = tokio::join!(booking, change);

    let booked = booked.unwrap();
    assert_eq!(minutes_of(&clinic, &ana, booked.appointment).await, 45);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_pauses_of_a_kind_are_kept_on_both_sides() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let rules = with([own(VisitKind::Phone, None, 20)]);
    schedule::change_rules(&clinic, &doctor, &rules, false).await.unwrap();

    book(&clinic, &db.patient(&clinic).await, provider, TEN, VisitKind::Phone).await.unwrap();

    assert_eq!(free(&clinic, provider, VisitKind::Video, None).await, "09:00 09:30 11:00 11:30");
    assert_eq!(free(&clinic, provider, VisitKind::Phone, None).await, "09:00 11:00 11:30");
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_are_booked_keep_their_length_and_strand_nobody() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 45).await;
    let doctor = db.doctor(&clinic, provider).await;
    let ana = db.patient(&clinic).await;
    let start = "2026-03-03T09:45:00Z";
    let booked = book(&clinic, &ana, provider, start, VisitKind::Phone).await.unwrap();

    let saved = schedule::change_rules(&clinic, &doctor, &with([]), false).await.unwrap();
    assert!(matches!(saved, Changed::Saved), "{saved:?}");
    assert_eq!(minutes_of(&clinic, &ana, booked.appointment).await, 45);
    assert_eq!(free(&clinic, provider, VisitKind::Phone, None).await, "09:00 10:30 11:00 11:30");
    // Hours that end within it do strand it.
    let lines: [schedule::HoursLine; 0] = [];
    let changed = schedule::change_hours(&clinic, &doctor, &lines, false).await.unwrap();
    assert!(matches!(changed, Changed::Strands(ref visits) if visits.len() == 1), "{changed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn several_people_come_one_after_another_for_as_long_as_their_kind_takes() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 45).await;
    let ana = db.patient(&clinic).await;

    let together =
        booking::plan_together(&clinic, &ana, (provider, at(NINE)), 3, VisitKind::Phone).await;
    let starts: Vec<_> = together.unwrap().times.iter().map(|offer| offer.slot.start).collect();
    assert_eq!(starts, [at(NINE), at("2026-03-03T09:45:00Z"), at("2026-03-03T10:30:00Z")]);

    let key = IdempotencyKey::checked("all").unwrap();
    let request = GroupRequest {
        provider,
        kind: VisitKind::Phone,
        reason: "Cough".into(),
        visits: vec![(ana.user, at(NINE)), (ana.user, at("2026-03-10T09:30:00Z"))],
        every_weeks: Some(1),
    };
    let refused = booking::book_all(&clinic, &ana, &key, request.clone()).await;
    assert!(matches!(refused, Err(Error::Refused(NOT_ALL_FREE))), "{refused:?}");
    let request = GroupRequest {
        visits: vec![(ana.user, at(NINE)), (ana.user, at("2026-03-10T09:00:00Z"))],
        ..request
    };
    for id in booking::book_all(&clinic, &ana, &key, request).await.unwrap().visits {
        assert_eq!(minutes_of(&clinic, &ana, id).await, 45);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_length_that_no_hours_can_hold_is_refused_with_the_reason() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let problems = async |kinds: Vec<OwnRules>| match schedule::change_rules(
        &clinic,
        &doctor,
        &with(kinds),
        false,
    )
    .await
    {
        Err(Error::Invalid(problems)) => problems
            .into_iter()
            .map(|problem| format!("{}: {}", problem.field, problem.message))
            .collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };

    assert_eq!(
        problems(vec![own(VisitKind::Phone, Some(181), 0)]).await,
        ["slot_minutes_phone: It would never fit: your longest hours for it are 3 h."]
    );
    assert_eq!(
        problems(vec![own(VisitKind::Phone, Some(4), 0), own(VisitKind::Video, None, 241)]).await,
        [
            "slot_minutes_phone: Enter a whole number from 5 to 480.",
            "buffer_after_minutes_video: Enter a whole number from 0 to 240."
        ]
    );
    assert_eq!(db.count("booking_kind_rules").await, 0);
    // There are no hours for visits in person yet.
    let rules = with([own(VisitKind::InPerson, Some(240), 0), own(VisitKind::Phone, Some(180), 0)]);
    let saved = schedule::change_rules(&clinic, &doctor, &rules, false).await;
    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    assert_eq!(free(&clinic, provider, VisitKind::Phone, None).await, "09:00");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_free_time_is_that_of_the_kind() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = doctor_who_calls(&db, &clinic, 60).await;
    let from = at("2026-03-03T00:00:00Z") + SignedDuration::from_mins(9 * 60 + 10);
    let next = async |kind| booking::next_free_time(&clinic, provider, from, kind).await.unwrap();
    assert_eq!(next(Some(VisitKind::Phone)).await, Some(at(TEN)));
    assert_eq!(next(None).await, Some(at(HALF_PAST_NINE)));
}
