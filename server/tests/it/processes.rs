//! Servers that share a database.
use crate::running::{Server, insist, nines, tokens};
use futures_util::future::join_all;
use serde_json::json;
use std::time::Duration;
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
};

/// A time on a Tuesday that a real process may book.
fn next_tuesday() -> String {
    nines(1)[0].to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_bookings_of_one_time_on_two_servers_one_is_made() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let provider = db.provider().await;
    let servers = [Server::start(&db).await, Server::start(&db).await];
    let tokens = tokens(&db, 200).await;
    let start = next_tuesday();

    let bookings = tokens.iter().enumerate().map(|(index, token)| {
        let body = json!({
            "healthcare_provider_id": provider, "appointment_date": start,
            "appointment_type": "video", "chief_complaint": "Sore throat",
        })
        .to_string();
        let head = format!(
            "POST /api/appointments HTTP/1.1\r\ncontent-type: application/json\r\n\
             authorization: Bearer {token}\r\nidempotency-key: k{index}"
        );
        let server = &servers[index % 2];
        // A busy machine turns some away first: with their keys they may simply ask again.
        async move { insist(&server.addr, &head, &body, |_| ()).await }
    });
    let replies = join_all(bookings).await;

    let with = |wanted: u16| replies.iter().filter(|reply| reply.status == wanted).count();
    let odd: Vec<_> = replies.iter().filter(|reply| ![201, 409].contains(&reply.status)).collect();
    assert_eq!((with(201), with(409)), (1, 199), "{odd:?}");
    for table in ["appointments", "payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
    let created = "audit_events WHERE action = 'appointment.create' AND ip = '127.0.0.1'";
    assert_eq!(db.count(created).await, 1);
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
