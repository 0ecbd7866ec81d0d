//! The trail of events: sealed, and looked at for traces of whoever touched it.
use diesel_async::SimpleAsyncConnection;
use domain::{
    audit::{Flaw, Hash, noted, sentence},
    booking::{AppointmentId, BookingRequest, Slot, VisitKind},
    directory::ProviderId,
    identity::Email,
};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic,
    audit::{
        self,
        log::{self, LogFilter},
        seal::{Verified, head, mail_head, seal, verify},
    },
    booking::{self, IdempotencyKey},
    directory::Page,
    identity::{Caller, Patient, Person},
    mail,
};
use testkit::{TestDb, at};
use uuid::Uuid;

const NOW: &str = "2026-03-02T06:00:00Z";

/// Writes `count` events, each in a transaction of its own.
async fn happen(db: &TestDb, count: usize) {
    let conn = &mut db.owner().await;
    for _ in 0..count {
        let event = audit::Event {
            actor: None,
            action: "appointment.read",
            subject_type: "appointment",
            subject: Uuid::now_v7(),
            patient: None,
        };
        audit::record_in(conn, event).await.unwrap();
    }
}

/// What the owner of the database does behind everybody's back.
async fn tamper(db: &TestDb, sql: &str) {
    db.execute(&format!(
        "ALTER TABLE audit_events DISABLE TRIGGER USER; ALTER TABLE audit_batches DISABLE TRIGGER USER; {sql}; \
         ALTER TABLE audit_events ENABLE TRIGGER USER; ALTER TABLE audit_batches ENABLE TRIGGER USER"
    ))
    .await;
}

/// Events in three batches of five.
async fn sealed(db: &TestDb, clinic: &Clinic) {
    for _ in 0..3 {
        happen(db, 5).await;
        assert_eq!(seal(clinic).await.unwrap(), 5);
    }
}

async fn flaw(clinic: &Clinic) -> Option<Flaw> {
    verify(clinic, &[]).await.unwrap().err()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_nobody_touched_holds() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let empty = Verified { batches: 0, sealed: 0, waiting: 0, head: Hash::NONE };
    assert_eq!(verify(&clinic, &[]).await.unwrap(), Ok(empty));
    assert_eq!(seal(&clinic).await.unwrap(), 0);

    sealed(&db, &clinic).await;
    happen(&db, 2).await;

    let (number, head) = head(&clinic).await.unwrap().unwrap();
    assert_eq!(number, 3);
    let found = Verified { batches: 3, sealed: 15, waiting: 2, head };
    assert_eq!(verify(&clinic, &[(number, head)]).await.unwrap(), Ok(found));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_written_while_others_are_sealed_is_in_the_next_batch() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let mut slow = db.owner().await;
    slow.batch_execute("BEGIN").await.unwrap();
    slow.batch_execute(
        "INSERT INTO audit_events (id, action, subject_type) VALUES (gen_random_uuid(), 'account.sign_in', 'user')",
    )
    .await
    .unwrap();
    happen(&db, 3).await;
    assert_eq!(seal(&clinic).await.unwrap(), 3);

    slow.batch_execute("COMMIT").await.unwrap();

    assert_eq!(seal(&clinic).await.unwrap(), 1);
    assert_eq!(flaw(&clinic).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_seal_each_event_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    happen(&db, 20).await;

    let (one, other) = tokio::join!(seal(&clinic), seal(&clinic));
    while seal(&clinic).await.unwrap() > 0 {}

    assert!(one.unwrap() + other.unwrap() >= 20);
    let verified = verify(&clinic, &[]).await.unwrap().unwrap();
    assert_eq!((verified.sealed, verified.waiting), (20, 0));
    assert_eq!(db.count("(SELECT unnest(event_ids) FROM audit_batches) AS sealed").await, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_an_event_is_named() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    sealed(&db, &clinic).await;
    let seventh = "(SELECT event_ids[2] FROM audit_batches WHERE number = 2)";
    for (column, value) in [
        ("actor_id", "gen_random_uuid()"),
        ("action", "'appointment.create'"),
        ("occurred_at", "occurred_at - interval '1 microsecond'"),
        ("reason", "''"),
    ] {
        let was = format!("CREATE TABLE was AS SELECT * FROM audit_events WHERE id = {seventh}");
        tamper(
            &db,
            &format!("{was}; UPDATE audit_events SET {column} = {value} WHERE id = {seventh}"),
        )
        .await;
        let found = flaw(&clinic).await;
        assert!(matches!(found, Some(Flaw::EventAltered { batch: 2, .. })), "{column}: {found:?}");
        tamper(
            &db,
            &format!("UPDATE audit_events SET {column} = was.{column} FROM was WHERE audit_events.id = was.id; DROP TABLE was"),
        )
        .await;
        assert_eq!(flaw(&clinic).await, None);
    }
    tamper(&db, &format!("DELETE FROM audit_events WHERE id = {seventh}")).await;
    let found = flaw(&clinic).await;
    assert!(matches!(found, Some(Flaw::EventMissing { batch: 2, .. })), "{found:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_was_slipped_in_later_is_named() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    sealed(&db, &clinic).await;
    let id = Uuid::now_v7();

    tamper(
        &db,
        &format!(
            "INSERT INTO audit_events (id, occurred_at, action, subject_type) \
             VALUES ('{id}', now() - interval '2 hours', 'appointment.read', 'appointment')"
        ),
    )
    .await;

    assert_eq!(seal(&clinic).await.unwrap(), 0, "it is too old to be sealed");
    assert_eq!(flaw(&clinic).await, Some(Flaw::EventAdded(id)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_done_to_a_batch_is_named() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    sealed(&db, &clinic).await;
    for (sql, expected) in [
        ("DELETE FROM audit_batches WHERE number = 2", Flaw::BatchMissing(2)),
        (
            "UPDATE audit_batches SET event_ids = event_ids[2:5] || event_ids[1], \
                 event_hashes = substring(event_hashes FROM 33) || substring(event_hashes FOR 32) WHERE number = 2",
            Flaw::BatchAltered(2),
        ),
        ("UPDATE audit_batches SET head = sha256('other') WHERE number = 1", Flaw::ChainBroken(1)),
    ] {
        let all = "CREATE TABLE was AS SELECT * FROM audit_batches";
        tamper(&db, &format!("{all}; {sql}")).await;
        assert_eq!(flaw(&clinic).await, Some(expected));
        tamper(
            &db,
            "DELETE FROM audit_batches; INSERT INTO audit_batches SELECT * FROM was; DROP TABLE was",
        )
        .await;
        assert_eq!(flaw(&clinic).await, None);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_trail_that_is_shortened_or_sealed_anew_differs_from_what_was_noted_outside() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    sealed(&db, &clinic).await;
    let noted = [head(&clinic).await.unwrap().unwrap()];

    tamper(
        &db,
        "DELETE FROM audit_events WHERE id IN (SELECT unnest(event_ids) FROM audit_batches WHERE number = 3); \
         DELETE FROM audit_batches WHERE number = 3",
    )
    .await;
    assert_eq!(flaw(&clinic).await, None, "from within nothing is to be seen");
    assert_eq!(verify(&clinic, &noted).await.unwrap(), Err(Flaw::Truncated(3)));

    happen(&db, 5).await;
    seal(&clinic).await.unwrap();
    assert_eq!(verify(&clinic, &noted).await.unwrap(), Err(Flaw::OtherHead(3)));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_cannot_change_what_is_sealed() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    sealed(&db, &clinic).await;
    for sql in ["UPDATE audit_batches SET number = number + 9", "DELETE FROM audit_batches"] {
        let refused = clinic.db().await.unwrap().batch_execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("permission denied"), "{refused}");
        let refused = db.owner().await.batch_execute(sql).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_patient_reads_who_looked_at_their_record_and_at_nobody_elses() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let doctor = db.doctor(&clinic, provider).await;
    let visit = book(&clinic, &ana, provider, "2026-03-03T09:00:00Z").await;
    book(&clinic, &ben, provider, "2026-03-03T09:30:00Z").await;
    let start = at("2026-03-03T00:00:00Z");
    let day = Slot { start, end: start + SignedDuration::from_hours(24) };
    assert_eq!(booking::day_of(&clinic, &doctor, day).await.unwrap().len(), 2);
    let staff = db.caller::<Person>(&clinic, doctor.user).await;
    booking::visit(&clinic, &staff, visit).await.unwrap();

    let others = LogFilter { others_only: true, ..LogFilter::default() };
    let read = async |filter| log::access_log(&clinic, &ana, filter, Page::first()).await.unwrap();
    let found = read(others).await;

    let lines: Vec<_> = found.items.iter().map(|line| (line.actor, line.action.as_str())).collect();
    let doctor_did = |action| (Some(doctor.user), action);
    assert_eq!(lines, [doctor_did("appointment.read"), doctor_did("appointment.list")]);
    assert_eq!(found.count, 2);
    assert!(found.items.iter().all(|line| line.patient == Some(ana.user)));
    let all = read(LogFilter::default()).await;
    assert!(all.count > found.count, "what she did herself is there, too");
    let before = LogFilter { until: Some(Timestamp::UNIX_EPOCH), ..LogFilter::default() };
    assert_eq!(read(before).await.count, 0);
    for line in &all.items {
        assert!(sentence(&line.action).is_some(), "no words for {}", line.action);
    }

    let file = log::export_access_log(&clinic, &ana, others).await.unwrap();
    assert_eq!(file, found.items);
    assert_eq!(read(LogFilter::default()).await.items[0].action, "access_log.export");
}

/// What people do leaves no event that its patient could not read.
#[tokio::test(flavor = "multi_thread")]
async fn everything_that_is_done_to_a_record_has_words() {
    let db = TestDb::at(NOW).await;
    crate::rules::a_busy_day(&db, &db.clinic()).await;
    let actions = crate::schema::lines(
        &db,
        "SELECT DISTINCT action AS line FROM audit_events WHERE patient_id IS NOT NULL",
    )
    .await;
    assert!(actions.len() > 5, "{actions:?}");
    for action in actions {
        assert!(sentence(&action).is_some(), "no words for {action}");
    }
}

async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> AppointmentId {
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    booking::book(clinic, patient, &IdempotencyKey::fresh(), request).await.unwrap().appointment
}

#[tokio::test(flavor = "multi_thread")]
async fn the_head_is_mailed_once_a_day_however_many_servers_do() {
    let db = TestDb::at(NOW).await;
    let (one, other) = (db.clinic(), db.clinic());
    let keeper: Email = "trail@elsewhere.test".parse().unwrap();
    assert!(!mail_head(&one, &keeper).await.unwrap(), "there is no head yet");
    sealed(&db, &one).await;
    let lines_for = |now: &str, head: (i64, Hash)| format!("Head: {}\n", noted(at(now), head));

    let (first, second) = tokio::join!(mail_head(&one, &keeper), mail_head(&other, &keeper));
    assert!(first.unwrap() && second.unwrap());
    let before = lines_for(NOW, head(&one).await.unwrap().unwrap());
    happen(&db, 1).await;
    seal(&one).await.unwrap();
    db.set_now("2026-03-02T23:59:59Z");
    mail_head(&other, &keeper).await.unwrap();
    let mails = mails_to(&db, &one, &keeper).await;
    assert!(mails.len() == 1 && mails[0].contains(&before), "{mails:?}");

    db.set_now("2026-03-03T00:00:00Z");
    mail_head(&one, &keeper).await.unwrap();
    let mails = mails_to(&db, &one, &keeper).await;
    let after = lines_for("2026-03-03T00:00:00Z", head(&one).await.unwrap().unwrap());
    assert!(mails.len() == 2 && mails[1].contains(&after), "{mails:?}");
}

/// What `keeper` was written, the oldest first, once all mails that wait are sent.
async fn mails_to(db: &TestDb, clinic: &Clinic, keeper: &Email) -> Vec<String> {
    for _ in 0..2 {
        db.execute("UPDATE outbox SET available_at = '2026-01-01'").await;
        while mail::hand_out(clinic).await.unwrap() > 0 {}
    }
    while mail::send_waiting(clinic, "https://clinic.test").await.unwrap() > 0 {}
    let sql = format!(
        "SELECT body_text AS line FROM demo_mails WHERE to_address = '{keeper}' ORDER BY created_at"
    );
    crate::schema::lines(db, &sql).await
}
