use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::{BookingRequest, NOT_OFFERED, Slot, VisitKind},
    directory::ProviderId,
};
use jiff::civil::{Weekday, date, time};
use services::{
    Clinic, Error,
    booking::{self, IdempotencyKey},
    identity::{Caller, Patient},
    schedule::{self, Changed, Closing, ExtraHours, HoursLine},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
) -> services::Result<booking::Booked> {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(NINE),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    booking::book(clinic, patient, &key, request).await
}

async fn free_on_tuesday(clinic: &Clinic, provider: ProviderId) -> usize {
    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-04T00:00:00Z") };
    booking::free_times(clinic, provider, day, None).await.unwrap().1.len()
}

fn tuesday(starts: i8, ends: i8) -> HoursLine {
    HoursLine {
        weekday: Weekday::Tuesday,
        starts: time(starts, 0, 0, 0),
        ends: time(ends, 0, 0, 0),
        slot_minutes: 20,
        buffer_after_minutes: 0,
        place: None,
        kinds: vec![VisitKind::Video],
        every_weeks: 1,
        valid_from: None,
        valid_until: None,
        kept_for_urgent_minutes: None,
    }
}

fn closing() -> Closing {
    Closing { day: date(2026, 3, 3), hours: None, reason: "Conference".into() }
}

#[tokio::test(flavor = "multi_thread")]
async fn new_hours_are_what_patients_find() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    assert_eq!(free_on_tuesday(&clinic, provider).await, 6);

    let saved = schedule::change_hours(&clinic, &doctor, &[tuesday(14, 16)], false).await;

    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    assert_eq!(free_on_tuesday(&clinic, provider).await, 6);
    let hours = schedule::hours(&clinic, &doctor).await.unwrap();
    assert_eq!(hours.rules.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn visits_that_would_lose_their_hours_are_shown_before_anything_is_saved() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (doctor, patient) = (db.doctor(&clinic, provider).await, db.patient(&clinic).await);
    let visit = book(&clinic, &patient, provider).await.unwrap().appointment;

    for stranding in [
        schedule::change_hours(&clinic, &doctor, &[tuesday(14, 16)], false).await,
        schedule::close(&clinic, &doctor, &closing(), false).await,
    ] {
        match stranding.unwrap() {
            Changed::Strands(visits) => assert_eq!(visits[0].visit.id, visit),
            Changed::Saved => panic!("saved"),
        }
    }
    assert_eq!(free_on_tuesday(&clinic, provider).await, 5);

    let kept = schedule::close(&clinic, &doctor, &closing(), true).await;
    assert!(matches!(kept, Ok(Changed::Saved)), "{kept:?}");
    assert_eq!(free_on_tuesday(&clinic, provider).await, 0);
    assert_eq!(db.count("appointments").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_that_still_hold_a_visit_do_not_strand_it() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (doctor, patient) = (db.doctor(&clinic, provider).await, db.patient(&clinic).await);
    book(&clinic, &patient, provider).await.unwrap();

    let saved = schedule::change_hours(&clinic, &doctor, &[tuesday(8, 11)], false).await;

    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_day_can_be_opened_again() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    schedule::close(&clinic, &doctor, &closing(), false).await.unwrap();
    assert_eq!(free_on_tuesday(&clinic, provider).await, 0);

    let exception = schedule::hours(&clinic, &doctor).await.unwrap().exceptions[0].id;
    schedule::remove_exception(&clinic, &doctor, exception, false).await.unwrap();

    assert_eq!(free_on_tuesday(&clinic, provider).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn extra_hours_add_times() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let extra = ExtraHours {
        day: date(2026, 3, 3),
        starts: time(18, 0, 0, 0),
        ends: time(19, 0, 0, 0),
        slot_minutes: 15,
        place: None,
        kinds: vec![VisitKind::Phone],
        kept_for_urgent_minutes: None,
    };

    schedule::add_hours(&clinic, &doctor, &extra).await.unwrap();

    assert_eq!(free_on_tuesday(&clinic, provider).await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_made_with_old_hours_is_not_written() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    // The doctor is about to save other hours, and holds their row.
    let mut saving = db.owner().await;
    saving.batch_execute("BEGIN; DELETE FROM availability_rules").await.unwrap();

    let save = async {
        while db.count("pg_locks WHERE NOT granted").await == 0 {
            tokio::task::yield_now().await;
        }
        saving.batch_execute("COMMIT").await.unwrap();
    };
    let (booked, ()) = tokio::join!(book(&clinic, &patient, provider), save);

    assert!(matches!(booked, Err(Error::Refused(NOT_OFFERED))), "{booked:?}");
    assert_eq!(db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_hours_is_said_at_the_line() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let fields =
        async |lines: &[HoursLine]| match schedule::change_hours(&clinic, &doctor, lines, false)
            .await
        {
            Err(Error::Invalid(problems)) => {
                problems.into_iter().map(|problem| problem.field.into_owned()).collect::<Vec<_>>()
            }
            other => panic!("{other:?}"),
        };

    assert_eq!(fields(&[tuesday(9, 12), tuesday(11, 13)]).await, ["starts_1"]);
    assert_eq!(fields(&[tuesday(12, 9)]).await, ["ends_0"]);
    let short = HoursLine { slot_minutes: 2, kinds: vec![], ..tuesday(9, 12) };
    assert_eq!(fields(&[short]).await, ["slot_minutes_0", "kinds_0"]);
    let elsewhere = HoursLine { place: Some(db.hospital().await), ..tuesday(9, 12) };
    assert_eq!(fields(&[elsewhere]).await, ["place_0"]);
    let narrow = HoursLine { slot_minutes: 121, ..tuesday(9, 11) };
    assert_eq!(fields(&[narrow]).await, ["slot_minutes_0"]);
    let homeless = HoursLine { every_weeks: 2, ..tuesday(9, 11) };
    assert_eq!(fields(&[homeless]).await, ["valid_from_0"]);
    let dates = |from, until| HoursLine {
        valid_from: Some(date(2026, 3, from)),
        valid_until: Some(date(2026, 3, until)),
        ..tuesday(9, 11)
    };
    assert_eq!(fields(&[dates(4, 3)]).await, ["valid_until_0"]);
    // From a Wednesday to the next Monday.
    assert_eq!(fields(&[dates(4, 9)]).await, ["valid_until_0"]);
    let rare = HoursLine { every_weeks: 13, ..dates(3, 31) };
    assert_eq!(fields(&[rare]).await, ["every_weeks_0"]);
    assert_eq!(free_on_tuesday(&clinic, provider).await, 6);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_of_odd_and_of_even_weeks_stand_beside_each_other() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let every = |weeks, from, ends| HoursLine {
        every_weeks: weeks,
        valid_from: Some(date(2026, 3, from)),
        ..tuesday(9, ends)
    };
    let rotating = [every(2, 3, 11), every(2, 10, 12)];

    let saved = schedule::change_hours(&clinic, &doctor, &rotating, false).await;

    assert!(matches!(saved, Ok(Changed::Saved)), "{saved:?}");
    let mut counts = Vec::new();
    for day in [3, 10, 17, 24] {
        let start = at(&format!("2026-03-{day:02}T00:00:00Z"));
        let window = Slot { start, end: start + jiff::SignedDuration::from_hours(24) };
        counts.push(booking::free_times(&clinic, provider, window, None).await.unwrap().1.len());
    }
    assert_eq!(counts, [6, 9, 6, 9]);
    let rules = schedule::hours(&clinic, &doctor).await.unwrap().rules;
    let kept = rules.iter().filter_map(schedule::RuleRow::to_rule);
    assert_eq!(kept.map(|rule| HoursLine::from_rule(&rule)).collect::<Vec<_>>(), rotating);

    // Every third week is one of every second now and then.
    let meeting = [every(2, 3, 11), every(3, 10, 12)];
    match schedule::change_hours(&clinic, &doctor, &meeting, false).await {
        Err(Error::Invalid(problems)) => {
            let [problem] = &problems[..] else { panic!("{problems:?}") };
            assert_eq!(problem.field, "starts_1");
            assert!(problem.message.contains("those on Tuesday from 09:00 to 11:00"));
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_of_yesterday_keeps_no_hours_today() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    db.execute("DELETE FROM availability_rules").await;

    let refused = book(&clinic, &patient, provider).await;

    assert!(matches!(refused, Err(Error::Refused(NOT_OFFERED))), "{refused:?}");
}
