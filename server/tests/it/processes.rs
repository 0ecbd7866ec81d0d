//! Servers as people run them: processes that share a database.
use crate::support::NINE;
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{process::Stdio, time::Duration};
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// One server over the test's database, at a port of its own.
struct Server {
    _process: Child,
    addr: String,
}

impl Server {
    /// A server that is ready.
    async fn start(db: &TestDb) -> Self {
        Self::start_until(db, "MedConnect is at http://").await
    }

    /// A server that has said `wanted`, which ends in its address.
    async fn start_until(db: &TestDb, wanted: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("medconnect-{}", uuid::Uuid::now_v7()));
        let mut process = Command::new(env!("CARGO_BIN_EXE_medconnect"))
            .arg("serve")
            .env("DATABASE_URL", db.owner_url().expose_secret())
            .env("MEDCONNECT_SECRET", "0123456789abcdefghijklmnopqrstuvwxyzABCDEF")
            .env("MEDCONNECT_ADDR", "127.0.0.1:0")
            .env("MEDCONNECT_DATA_DIR", &folder)
            .env("NO_COLOR", "1")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut addr = None;
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, found)) = line.split_once(wanted) {
                addr = Some(found.to_owned());
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { _process: process, addr: addr.expect("the server did not start") }
    }

    /// One request over a connection of its own; the status and the body.
    async fn request(&self, head: &str, body: &str) -> (u16, String) {
        let mut stream = TcpStream::connect(&self.addr).await.unwrap();
        let request = format!(
            "{head}\r\nhost: {}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}",
            self.addr,
            body.len()
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut reply = String::new();
        stream.read_to_string(&mut reply).await.unwrap();
        let status = reply.split(' ').nth(1).unwrap().parse().unwrap();
        (status, reply.split_once("\r\n\r\n").unwrap().1.to_owned())
    }
}

/// Patients made all at once: a real registration would hash 200 passwords.
async fn tokens(db: &TestDb, server: &Server, count: usize) -> Vec<String> {
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let login = json!({ "email": person.email, "password": person.password }).to_string();
    db.execute(&format!(
        "WITH made AS (INSERT INTO users (id, email, password_hash, first_name, last_name) \
             SELECT gen_random_uuid(), 'patient' || n || '@example.org', password_hash, 'P', 'N' \
             FROM users, generate_series(1, {count}) AS n RETURNING id) \
         INSERT INTO user_roles (user_id, role_id) SELECT made.id, roles.id FROM made, roles WHERE name = 'patient'"
    ))
    .await;
    let mut tokens = Vec::new();
    for number in 1..=count {
        let login = login.replace(&person.email, &format!("patient{number}@example.org"));
        let head = "POST /api/auth/login HTTP/1.1\r\ncontent-type: application/json";
        let (status, body) = server.request(head, &login).await;
        assert_eq!(status, 200, "{body}");
        let body: Value = serde_json::from_str(&body).unwrap();
        tokens.push(body["access"].as_str().unwrap().to_owned());
    }
    tokens
}

/// A Tuesday far enough from now for the real clock of a process.
fn next_tuesday() -> String {
    let _ = NINE;
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let days = i64::try_from(today.as_secs()).unwrap() / 86_400;
    // 1970-01-01 was a Thursday.
    let tuesday = days + 7 - (days + 2) % 7 + 7;
    let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(tuesday));
    let nine = date.at(9, 0, 0, 0).to_zoned(jiff::tz::TimeZone::get("Europe/Lisbon").unwrap());
    nine.unwrap().timestamp().to_string()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_hundred_bookings_of_one_time_on_two_servers_one_is_made() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let provider = db.provider().await;
    let servers = [Server::start(&db).await, Server::start(&db).await];
    let tokens = tokens(&db, &servers[0], 200).await;
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
        async move { server.request(&head, &body).await }
    });
    let replies = join_all(bookings).await;

    let with = |wanted: u16| replies.iter().filter(|(status, _)| *status == wanted).count();
    let odd: Vec<_> = replies.iter().filter(|(status, _)| ![201, 409].contains(status)).collect();
    assert_eq!((with(201), with(409)), (1, 199), "{odd:?}");
    for table in ["appointments", "payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, 1, "{table}");
    }
    assert_eq!(db.count("audit_events WHERE action = 'appointment.create'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_page_hears_of_a_booking_on_another_server() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let provider = db.provider().await;
    let (here, there) = (Server::start(&db).await, Server::start(&db).await);
    let token = &tokens(&db, &there, 1).await[0];
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
