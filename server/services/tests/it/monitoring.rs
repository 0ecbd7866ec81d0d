//! What operators are told: what is due and waits, and who is turned away.
use jiff::Timestamp;
use services::{Clinic, audit::seal, monitoring};
use std::time::SystemTime;
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

/// What waits there, and since when.
async fn waiting(clinic: &Clinic, name: &str) -> (i64, Option<Timestamp>) {
    let watched = monitoring::look(clinic).await.unwrap();
    let mut queues = watched.queues.into_iter().filter(|queue| queue.name == name);
    let found = queues.next().map_or((0, None), |queue| (queue.waiting, queue.oldest));
    assert!(queues.next().is_none(), "told once");
    found
}

/// Messages of the outbox: of what, made when, to be tried when, done when, given up when.
async fn messages(db: &TestDb, messages: &[&str]) {
    let columns = "id, unique_key, payload, topic, created_at, available_at, done_at, dead_at";
    for (number, values) in messages.iter().enumerate() {
        let values = format!("gen_random_uuid(), 'k{number}', '{{}}', {values}");
        db.execute(&format!("INSERT INTO outbox ({columns}) VALUES ({values})")).await;
    }
}

#[tokio::test]
async fn messages_wait_until_they_are_done_or_given_up_however_often_they_are_tried() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    assert_eq!(waiting(&clinic, "mail").await, (0, None));

    messages(
        &db,
        &[
            "'mail', '2026-03-02T05:40:00Z', '2026-03-02T06:20:00Z', NULL, NULL",
            "'mail', '2026-03-02T05:50:00Z', '2026-03-02T05:50:00Z', NULL, NULL",
            "'mail', '2026-03-02T05:30:00Z', '2026-03-02T05:30:00Z', '2026-03-02T05:31:00Z', NULL",
            "'mail', '2026-03-02T04:20:00Z', '2026-03-02T05:20:00Z', NULL, '2026-03-02T05:01:00Z'",
            "'mail', '2026-03-02T03:20:00Z', '2026-03-02T04:20:00Z', NULL, '2026-03-02T04:59:00Z'",
            "'sms', '2026-03-02T05:59:00Z', '2026-03-02T05:59:00Z', NULL, NULL",
        ],
    )
    .await;

    assert_eq!(waiting(&clinic, "mail").await, (2, Some(at("2026-03-02T05:40:00Z"))));
    assert_eq!(waiting(&clinic, "sms").await, (1, Some(at("2026-03-02T05:59:00Z"))));
    let given_up = monitoring::look(&clinic).await.unwrap().given_up;
    let given_up: Vec<_> = given_up.iter().map(|one| (one.topic.as_str(), one.count)).collect();
    assert_eq!(given_up, [("mail", 1)]);
}

#[tokio::test]
async fn events_wait_until_they_are_sealed() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    assert_eq!(waiting(&clinic, "audit").await, (0, None));

    // Only what is of now is sealed, by the clock of the database.
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    db.set_now(&now.to_string());
    db.execute(
        "INSERT INTO audit_events (id, occurred_at, action, subject_type) \
         SELECT gen_random_uuid(), now() - n * interval '10 minutes', 'appointment.cancel', 'user' FROM generate_series(1, 2) AS n",
    )
    .await;

    let (count, oldest) = waiting(&clinic, "audit").await;
    let delay = now.duration_since(oldest.unwrap()).as_secs();
    assert_eq!(count, 2);
    assert!((1_190..=1_210).contains(&delay), "{delay} s");
    assert_eq!(seal::seal(&clinic).await.unwrap(), 2);
    assert_eq!(waiting(&clinic, "audit").await, (0, None));
}

#[tokio::test]
async fn alerts_wait_from_when_somebody_else_is_to_be_told() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    db.execute(
        "INSERT INTO reading_alerts (id, patient_id, kind, severity, side, concern, reading_id, value, unit, recorded_at, \
             opened_at, raised_at) \
         VALUES ('00000000-0000-7000-8000-000000000001', gen_random_uuid(), 'heart_rate', 'critical', 'high', 'threshold', \
             gen_random_uuid(), 170, '/min', now(), now(), now()); \
         INSERT INTO unseen_alerts (alert_id, patient_id, due_at) \
         SELECT id, patient_id, '2026-03-02T06:01:00Z' FROM reading_alerts",
    )
    .await;

    assert_eq!(waiting(&clinic, "alerts").await, (0, None));
    db.set_now("2026-03-02T06:01:00Z");
    assert_eq!(waiting(&clinic, "alerts").await, (1, Some(at("2026-03-02T06:01:00Z"))));
}

async fn events(db: &TestDb, events: &[(&str, &str)]) {
    for (action, time) in events {
        let values = format!("'2026-03-02T{time}Z', '{action}', 'user'");
        db.execute(&format!(
            "INSERT INTO audit_events (id, occurred_at, action, subject_type) VALUES (gen_random_uuid(), {values})"
        ))
        .await;
    }
}

#[tokio::test]
async fn who_is_turned_away_is_counted_for_five_minutes() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let turned_away = async || {
        let watched = monitoring::look(&clinic).await.unwrap();
        watched.turned_away.into_iter().map(|each| (each.action, each.count)).collect::<Vec<_>>()
    };

    events(
        &db,
        &[
            ("account.sign_in_failed", "05:54:59"),
            ("account.sign_in_failed", "05:55:00"),
            ("account.sign_in_failed", "05:59:00"),
            ("account.code_failed", "05:59:00"),
            ("account.sign_in", "05:59:00"),
        ],
    )
    .await;

    let expected = [
        ("account.sign_in_failed".to_owned(), 2),
        ("account.code_failed".to_owned(), 1),
        ("account.passkey_failed".to_owned(), 0),
    ];
    assert_eq!(turned_away().await, expected);
    db.set_now("2026-03-02T06:05:00Z");
    assert_eq!(turned_away().await.iter().map(|(_, count)| count).sum::<i64>(), 0);
}
