//! Servers that share a database.
use crate::{
    fleet::{Fleet, head},
    running::{Server, nines, tokens},
};
use domain::directory::ProviderId;
use futures_util::future::join_all;
use jiff::SignedDuration;
use serde_json::json;
use std::time::Duration;
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    sync::mpsc,
};

/// A time on a Tuesday that a real process may book.
fn next_tuesday() -> String {
    nines(1)[0].to_string()
}

/// A booking, as a program sends it.
fn booking(provider: ProviderId, start: &str) -> String {
    let body = json!({
        "healthcare_provider_id": provider, "appointment_date": start,
        "appointment_type": "video", "chief_complaint": "Sore throat",
    });
    body.to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_bookings_and_holds_of_one_time_on_three_servers_one_is_made() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let provider = db.provider().await;
    let tokens = tokens(&db, 200).await;
    let fleet = Fleet::start(&db).await;
    let start = next_tuesday();

    // Each fourth only wants the time to be kept. A busy machine turns some away first: with their keys they may simply
    // ask again.
    let wishes = tokens.iter().enumerate().map(async |(index, token)| {
        let key = format!("k{index}");
        if index % 4 == 3 {
            let head = head("PUT", &format!("/api/providers/{provider}/hold"), token, &key);
            let body = json!({ "start": start }).to_string();
            return fleet.insist(index, &head, &body).await.status;
        }
        let head = head("POST", "/api/appointments", token, &key);
        fleet.insist(index, &head, &booking(provider, &start)).await.status
    });
    let mut statuses = join_all(wishes).await;

    statuses.sort_unstable();
    assert!([200, 201].contains(&statuses[0]), "{statuses:?}");
    assert_eq!(statuses[1..], [409; 199]);
    let booked = i64::from(statuses[0] == 201);
    assert_eq!(db.count("appointments WHERE status IN ('scheduled', 'held')").await, 1);
    for table in ["payments", "idempotency_keys", "outbox WHERE topic <> 'mail'"] {
        assert_eq!(db.count(table).await, booked, "{table}");
    }
    let created = "audit_events WHERE action = 'appointment.create' AND ip = '127.0.0.1'";
    assert_eq!(db.count(created).await, booked);
    db.check_rules().await;
}

/// A doctor whose hours change meanwhile, another one with longer visits, and twenty people who want all of it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_bookings_of_all_lengths_on_three_servers_none_overlap() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let (changing, long) = (db.provider().await, db.provider().await);
    let visits_of = |provider: ProviderId, minutes: u8| {
        format!(
            "UPDATE availability_rules SET slot_minutes = {minutes} WHERE provider_id = '{provider}'"
        )
    };
    db.execute(&visits_of(long, 50)).await;
    let tokens = tokens(&db, 20).await;
    let fleet = Fleet::start(&db).await;
    let after_nine = |minutes| (nines(1)[0] + SignedDuration::from_mins(minutes)).to_string();
    // By half hours, by three quarters, and by 50 minutes.
    let changing_times = [0, 30, 45, 60, 90, 135].map(|minutes| (changing, after_nine(minutes)));
    let long_times = [0, 50, 100, 150].map(|minutes| (long, after_nine(minutes)));
    let times: Vec<_> = changing_times.into_iter().chain(long_times).collect();
    let (heard, mut hears) = mpsc::unbounded_channel();

    let bookings = (0..200).map(async |index: usize| {
        // Each person wants each time.
        let (token, (provider, start)) = (&tokens[index % 20], &times[index / 20]);
        let head = head("POST", "/api/appointments", token, &format!("k{index}"));
        let answer = fleet.insist(index, &head, &booking(*provider, start)).await;
        heard.send(()).unwrap();
        answer.status
    });
    let change = async {
        for _ in 0..20 {
            hears.recv().await.unwrap();
        }
        db.execute(&visits_of(changing, 45)).await;
    };
    let (statuses, ()) = tokio::join!(join_all(bookings), change);

    let booked = statuses.iter().filter(|status| **status == 201).count();
    assert!(statuses.iter().all(|status| [201, 400, 409].contains(status)), "{statuses:?}");
    assert_eq!(db.count("appointments").await, i64::try_from(booked).unwrap());
    assert!(booked >= 6, "{statuses:?}");
    db.check_rules().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_of_a_booking_on_another_server() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let provider = db.provider().await;
    let (here, there) = (Server::start(&db).await, Server::start(&db).await);
    let token = &tokens(&db, 1).await[0];
    let start = next_tuesday();
    let from: jiff::Timestamp = start.parse().unwrap();
    let until = from + jiff::SignedDuration::from_hours(3);

    let mut stream = TcpStream::connect(&here.addr).await.unwrap();
    let open = format!(
        "GET /live/doctors/{provider}?from={from}&until={until} HTTP/1.1\r\nhost: {}\r\n\r\n",
        here.addr
    );
    stream.write_all(open.as_bytes()).await.unwrap();
    let mut lines = BufReader::new(stream).lines();
    while !lines.next_line().await.unwrap().unwrap().is_empty() {}

    let body = json!({
        "healthcare_provider_id": provider, "appointment_date": start,
        "appointment_type": "video", "chief_complaint": "Cough",
    });
    let head = format!(
        "POST /api/appointments HTTP/1.1\r\ncontent-type: application/json\r\n\
         authorization: Bearer {token}\r\nidempotency-key: k"
    );
    let (status, reply) = there.request(&head, &body.to_string()).await;
    assert_eq!(status, 201, "{reply}");

    let event = tokio::time::timeout(Duration::from_secs(2), async {
        loop {
            let line = lines.next_line().await.unwrap().unwrap();
            if let Some(free) = line.strip_prefix("data: ") {
                return free.to_owned();
            }
        }
    });
    let free = event.await.expect("the page did not hear of it within two seconds");
    assert!(!free.contains(&start), "{free}");
    assert_eq!(free.split(' ').count(), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_that_is_never_finished_is_ended() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let server = Server::start(&db).await;
    let mut stream = TcpStream::connect(&server.addr).await.unwrap();
    stream.write_all(b"GET / HTTP/1.1\r\nhost: x\r\nx-slow: ").await.unwrap();

    let mut rest = Vec::new();
    let closed = tokio::time::timeout(Duration::from_secs(20), stream.read_to_end(&mut rest));

    closed.await.expect("the connection stayed open").unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_starts_before_its_database_waits_for_it() {
    let db = TestDb::empty().await;
    db.set_accessible(false).await;
    let server = Server::start_until(&db, "listening on http://").await;
    let get = async |path: &str| server.request(&format!("GET {path} HTTP/1.1"), "").await;

    assert_eq!(get("/livez").await.0, 200);
    assert_eq!(get("/readyz").await.0, 503);
    let (status, page) = get("/doctors").await;
    assert_eq!(status, 503);
    assert!(page.contains("We will be right back"), "{page}");

    db.set_accessible(true).await;
    // Asked now and then, as whoever sends requests here would.
    let mut now_and_then = tokio::time::interval(Duration::from_millis(50));
    let ready = tokio::time::timeout(Duration::from_secs(30), async {
        while get("/readyz").await.0 != 200 {
            now_and_then.tick().await;
        }
    });
    ready.await.expect("the server did not find its database");
    assert_eq!(get("/doctors").await.0, 200);
}
