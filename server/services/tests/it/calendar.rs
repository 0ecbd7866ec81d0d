use calcard::icalendar::{ICalendar, ICalendarComponentType};
use domain::{
    booking::{BookingRequest, VisitKind},
    calendar::{Entry, Purpose, Standing, write},
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error,
    booking::{self, Change, IdempotencyKey},
    calendar::{self, Reader},
    identity::{Caller, Patient, Person},
};
use testkit::{TestDb, at};

use crate::schema::lines;

const NOW: &str = "2026-03-02T06:00:00Z";
const NINE: &str = "2026-03-03T09:00:00Z";
const URL: &str = "https://medconnect.test";

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
) -> domain::booking::AppointmentId {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(NINE),
        kind: VisitKind::Video,
        reason: "Sore throat".into(),
        place: None,
    };
    booking::book(clinic, patient, &key, request).await.unwrap().appointment
}

/// The values of the property `name` in `calendar`, in order.
fn values<'c>(calendar: &'c str, name: &str) -> Vec<&'c str> {
    let named = |line: &'c str| line.strip_prefix(name)?.strip_prefix(':');
    calendar.split("\r\n").filter_map(named).collect()
}

/// Starts and ends of the events as another program reads them.
fn read(text: &str) -> Vec<(i64, i64)> {
    let calendar = ICalendar::parse(text).unwrap();
    let expanded = calendar.expand_dates(calcard::common::timezone::Tz::Floating, 10_000);
    assert_eq!(expanded.errors, []);
    let mut times: Vec<_> = expanded
        .events
        .into_iter()
        .filter(|event| {
            let kind = &calendar.components[event.comp_id as usize].component_type;
            *kind == ICalendarComponentType::VEvent
        })
        .filter_map(calcard::icalendar::dates::CalendarEvent::try_into_date_time)
        .map(|event| (event.start.timestamp(), event.end.timestamp()))
        .collect();
    times.sort_unstable();
    times
}

#[test]
fn another_program_reads_the_instants_that_were_written() {
    for zone in [
        "Australia/Lord_Howe",
        "Africa/Casablanca",
        "Europe/Dublin",
        "Asia/Kathmandu",
        "America/Sao_Paulo",
        "Europe/Lisbon",
    ] {
        // Only until August: the database of that program is older than ours, and Morocco has changed its
        // mind since.
        let entries: Vec<_> = (0..120)
            .map(|n| {
                let starts_at = at("2026-01-01T00:30:00Z") + SignedDuration::from_hours(n * 43);
                Entry {
                    uid: format!("{n}@medconnect"),
                    sequence: 0,
                    changed_at: Timestamp::UNIX_EPOCH,
                    starts_at,
                    ends_at: starts_at + SignedDuration::from_mins(30),
                    time_zone: zone.into(),
                    summary: "Visit; with, é\n\\".into(),
                    place: "x".repeat(300),
                    description: String::new(),
                    page: URL.into(),
                    standing: if n % 2 == 0 { Standing::Cancelled } else { Standing::Confirmed },
                }
            })
            .collect();
        let written: Vec<_> = entries
            .iter()
            .map(|entry| (entry.starts_at.as_second(), entry.ends_at.as_second()))
            .collect();
        assert_eq!(read(&write(&entries, Purpose::Feed("Visits"))), written, "{zone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_feed_shows_the_visits_of_its_person_and_never_why() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let visit = book(&clinic, &patient, provider).await;
    let person = db.caller::<Person>(&clinic, patient.user).await;
    let theirs = db.caller::<Person>(&clinic, doctor.user).await;

    let mine = calendar::issue_feed(&clinic, &person).await.unwrap();
    let mine = calendar::read_feed(&clinic, &mine, URL).await.unwrap();
    let theirs = calendar::issue_feed(&clinic, &theirs).await.unwrap();
    let theirs = calendar::read_feed(&clinic, &theirs, URL).await.unwrap();

    assert_eq!(values(&mine, "SUMMARY"), ["Visit with Dr José Muñoz"]);
    assert_eq!(values(&theirs, "SUMMARY"), ["Visit of A.S."]);
    assert_eq!(values(&mine, "UID"), [format!("{visit}@medconnect")]);
    assert_eq!(values(&mine, "DTSTART;TZID=Europe/Lisbon"), ["20260303T090000"]);
    assert_eq!(read(&mine), [(at(NINE).as_second(), at(NINE).as_second() + 1800)]);
    for feed in [&mine, &theirs] {
        let told = feed.to_lowercase();
        assert!(!told.contains("throat") && !told.contains("cardiology"), "{feed}");
    }
    assert!(!theirs.contains("Silva") && !theirs.contains("Ana"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_keeps_its_uid_while_it_moves_and_is_cancelled() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let person = db.caller::<Person>(&clinic, patient.user).await;
    let token = calendar::issue_feed(&clinic, &person).await.unwrap();
    let visit = book(&clinic, &patient, provider).await;
    let feed = async || calendar::read_feed(&clinic, &token, URL).await.unwrap();
    let first = feed().await;
    assert_eq!(first, feed().await);

    let move_to = Change { start: Some(at("2026-03-04T10:00:00Z")), reason: None };
    booking::change(&clinic, &patient, visit, &move_to, None).await.unwrap();
    let moved = feed().await;
    booking::cancel(&clinic, &patient, visit, None, None).await.unwrap();
    let cancelled = feed().await;

    for (feed, sequence, status) in
        [(&first, "0", "CONFIRMED"), (&moved, "1", "CONFIRMED"), (&cancelled, "2", "CANCELLED")]
    {
        assert_eq!(values(feed, "UID"), [format!("{visit}@medconnect")]);
        assert_eq!(values(feed, "SEQUENCE"), [sequence]);
        assert_eq!(values(feed, "STATUS"), [status]);
    }
    let shown = booking::visit(&clinic, &person, visit).await.unwrap();
    let file = calendar::file(&shown, Reader::Patient, URL, clinic.now());
    assert_eq!(values(&file, "METHOD"), ["CANCEL"]);
    assert_eq!(values(&file, "UID"), values(&first, "UID"));
    // Thirty days later nobody needs to take it out any more.
    db.set_now("2027-02-01T00:00:00Z");
    assert_eq!(values(&feed().await, "UID"), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_lives_until_there_is_a_new_one_or_none() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let patient = db.patient(&clinic).await;
    let person = db.caller::<Person>(&clinic, patient.user).await;
    let is_read = async |token: &str| match calendar::read_feed(&clinic, token, URL).await {
        Ok(_) => true,
        Err(Error::NotFound) => false,
        Err(error) => panic!("{error:?}"),
    };
    assert!(!is_read("").await);

    let first = calendar::issue_feed(&clinic, &person).await.unwrap();
    assert!(is_read(&first).await);
    let second = calendar::issue_feed(&clinic, &person).await.unwrap();
    assert!(!is_read(&first).await);
    assert!(is_read(&second).await);
    let feed = calendar::feed(&clinic, &person).await.unwrap().unwrap();
    assert_eq!((feed.issued_at, feed.last_read_at), (at(NOW), Some(at(NOW))));
    calendar::close_feed(&clinic, &person).await.unwrap();
    calendar::close_feed(&clinic, &person).await.unwrap();
    assert!(!is_read(&second).await);

    let audited = lines(
        &db,
        "SELECT action AS line FROM audit_events WHERE action LIKE 'calendar%' ORDER BY id",
    )
    .await;
    assert_eq!(audited, ["calendar_feed.create", "calendar_feed.rotate", "calendar_feed.remove"]);
    assert!(
        !lines(&db, "SELECT row_to_json(f)::text AS line FROM calendar_feeds f")
            .await
            .concat()
            .contains(&second)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn the_feed_of_a_closed_account_is_not_found() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let patient = db.patient(&clinic).await;
    let person = db.caller::<Person>(&clinic, patient.user).await;
    let token = calendar::issue_feed(&clinic, &person).await.unwrap();

    db.execute("UPDATE users SET is_active = false").await;

    let read = calendar::read_feed(&clinic, &token, URL).await;
    assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
}
