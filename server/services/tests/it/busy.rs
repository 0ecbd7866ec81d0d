use crate::schema::lines;
use domain::{
    booking::{BookingRequest, SLOT_TAKEN, Slot, VisitKind},
    directory::ProviderId,
};
use services::{
    Clinic, Error,
    booking::{self, IdempotencyKey},
    calendar::busy::{self, Answer, Due, Reach},
    schedule,
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const ADDRESS: &str = "https://cal.example/a.ics";

/// A calendar in which Tuesday from nine to ten is taken.
fn calendar(start: &str, end: &str) -> Answer {
    let text = format!(
        "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\nUID:1\r\nSUMMARY:Oncologist\r\nDTSTART:{start}\r\n\
         DTEND:{end}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    );
    Answer::Calendar { text, etag: Some("\"1\"".into()), last_modified: None }
}

fn tuesday() -> Answer {
    calendar("20260303T090000Z", "20260303T100000Z")
}

async fn free(clinic: &Clinic, provider: ProviderId) -> usize {
    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-04T00:00:00Z") };
    booking::free_times(clinic, provider, day, None).await.unwrap().1.len()
}

async fn due(clinic: &Clinic) -> Due {
    let mut due = busy::take_due(clinic).await.unwrap();
    assert_eq!(due.len(), 1);
    due.remove(0)
}

async fn version(db: &TestDb) -> String {
    lines(db, "SELECT version::text AS line FROM providers").await.concat()
}

#[tokio::test(flavor = "multi_thread")]
async fn times_of_another_calendar_are_not_offered_until_it_is_switched_off() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (doctor, patient) = (db.doctor(&clinic, provider).await, db.patient(&clinic).await);
    assert_eq!(free(&clinic, provider).await, 6);

    busy::follow(&clinic, &doctor, ADDRESS, Reach::Public).await.unwrap();
    busy::keep(&clinic, due(&clinic).await, tuesday()).await.unwrap();

    assert_eq!(free(&clinic, provider).await, 4);
    let request = BookingRequest {
        provider,
        start: at(NINE),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    let key = IdempotencyKey::checked("k").unwrap();
    let refused = booking::book(&clinic, &patient, &key, request).await;
    assert!(matches!(refused, Err(Error::Refused(SLOT_TAKEN))), "{refused:?}");
    let (shown, count) = busy::calendar(&clinic, &doctor).await.unwrap().unwrap();
    assert_eq!((shown.read_at, shown.problem, count), (Some(at(NOW)), None, 1));
    let stored = "SELECT row_to_json(b)::text AS line FROM provider_busy_times b";
    assert!(!lines(&db, stored).await.concat().contains("Oncologist"));

    busy::unfollow(&clinic, &doctor).await.unwrap();
    assert_eq!(free(&clinic, provider).await, 6);
    assert_eq!(db.count("provider_busy_times").await, 0);
    let audited =
        "SELECT action AS line FROM audit_events WHERE subject_type = 'provider' ORDER BY id";
    assert_eq!(lines(&db, audited).await, ["provider_calendar.follow", "provider_calendar.remove"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_is_next_free_after_what_is_busy_elsewhere() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    let next = "SELECT (next_free_at AT TIME ZONE 'UTC')::text AS line FROM providers";
    assert_eq!(lines(&db, next).await, ["2026-03-02 09:00:00"]);

    busy::follow(&clinic, &doctor, ADDRESS, Reach::Public).await.unwrap();
    let week = calendar("20260301T000000Z", "20260303T093000Z");
    busy::keep(&clinic, due(&clinic).await, week).await.unwrap();

    assert_eq!(lines(&db, next).await, ["2026-03-03 09:30:00"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_calendar_again_changes_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    busy::follow(&clinic, &doctor, ADDRESS, Reach::Public).await.unwrap();
    busy::keep(&clinic, due(&clinic).await, tuesday()).await.unwrap();
    let before = version(&db).await;

    // Taken by this server: not due for anybody for a quarter of an hour.
    assert!(busy::take_due(&clinic).await.unwrap().is_empty());
    db.set_now("2026-03-02T06:15:00Z");
    let again = due(&clinic).await;
    assert_eq!(again.etag.as_deref(), Some("\"1\""));
    busy::keep(&clinic, again, tuesday()).await.unwrap();
    db.set_now("2026-03-02T06:30:00Z");
    busy::keep(&clinic, due(&clinic).await, Answer::Unchanged).await.unwrap();

    assert_eq!(version(&db).await, before);
    let (shown, _) = busy::calendar(&clinic, &doctor).await.unwrap().unwrap();
    assert_eq!(shown.read_at, Some(at("2026-03-02T06:30:00Z")));
    // A day later it is asked for whole: times further ahead have come within reach.
    db.set_now("2026-03-03T06:30:00Z");
    assert_eq!(due(&clinic).await.etag, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_problem_keeps_what_was_read_before() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    busy::follow(&clinic, &doctor, ADDRESS, Reach::Public).await.unwrap();
    let first = due(&clinic).await;
    busy::keep(&clinic, first.clone(), tuesday()).await.unwrap();

    let problems = [
        Answer::Problem("The address answered 404.".into()),
        Answer::Calendar { text: "<!doctype html>".into(), etag: None, last_modified: None },
    ];
    for (problem, words) in problems.into_iter().zip(["404", "not a calendar"]) {
        busy::keep(&clinic, first.clone(), problem).await.unwrap();
        let (shown, count) = busy::calendar(&clinic, &doctor).await.unwrap().unwrap();
        assert!(shown.problem.unwrap().contains(words));
        assert_eq!(count, 1);
        assert_eq!(free(&clinic, provider).await, 4);
    }

    // What was read of an address that has been replaced meanwhile is not kept.
    busy::follow(&clinic, &doctor, "https://cal.example/b.ics", Reach::Public).await.unwrap();
    busy::keep(&clinic, first, tuesday()).await.unwrap();
    assert_eq!(free(&clinic, provider).await, 6);
    let (shown, _) = busy::calendar(&clinic, &doctor).await.unwrap().unwrap();
    assert_eq!((shown.read_at, shown.problem), (None, None));
}
