//! Servers as people run them: processes of their own, which can be killed.
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use std::{path::Path, process::Stdio, time::Duration};
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// What a server says once it can be used, and then its address.
const READY: &str = "MedConnect is at http://";

/// One running server, at a port of its own. It is killed when it is dropped.
pub struct Server {
    process: Child,
    pub addr: String,
}

impl Server {
    /// A server over the test's database that is ready.
    pub async fn start(db: &TestDb) -> Self {
        Self::start_until(db, READY).await
    }

    /// The same as soon as it has said `wanted`, which ends in its address.
    pub async fn start_until(db: &TestDb, wanted: &str) -> Self {
        let folder = std::env::temp_dir().join(format!("medconnect-{}", uuid::Uuid::now_v7()));
        Self::run(&folder, Some(db), wanted).await
    }

    /// A server with a database of its own in `folder` that is ready.
    pub async fn start_in(folder: &Path) -> Self {
        Self::run(folder, None, READY).await
    }

    async fn run(folder: &Path, db: Option<&TestDb>, wanted: &str) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_medconnect"));
        if let Some(db) = db {
            command.env("DATABASE_URL", db.owner_url().expose_secret());
        }
        let mut process = command
            .arg("serve")
            .env("MEDCONNECT_SECRET", "0123456789abcdefghijklmnopqrstuvwxyzABCDEF")
            .env("MEDCONNECT_ADDR", "127.0.0.1:0")
            .env("MEDCONNECT_DATA_DIR", folder)
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
        Self { process, addr: addr.expect("the server did not start") }
    }

    /// `kill -9`; returns once the process is gone.
    pub async fn kill(mut self) {
        self.process.kill().await.unwrap();
    }

    /// One request over a connection of its own; the status and the body.
    pub async fn request(&self, head: &str, body: &str) -> (u16, String) {
        let answer = self.ask(head, body).await.expect("the server did not answer");
        (answer.status, answer.body)
    }

    /// The same, or `None` when the connection ended before the whole answer was there.
    pub async fn ask(&self, head: &str, body: &str) -> Option<Answer> {
        ask(&self.addr, head, body).await
    }
}

/// Asks until it is not told to come back later, as a client would; `hear` is told of every answer.
pub async fn insist(addr: &str, head: &str, body: &str, mut hear: impl FnMut(&Answer)) -> Answer {
    let mut now_and_then = tokio::time::interval(Duration::from_millis(50));
    loop {
        let answer = ask(addr, head, body).await.expect("the server was gone");
        hear(&answer);
        if answer.status != 503 {
            return answer;
        }
        now_and_then.tick().await;
    }
}

/// One request to `addr` over a connection of its own.
pub async fn ask(addr: &str, head: &str, body: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(addr).await.ok()?;
    let length = body.len();
    let request = format!(
        "{head}\r\nhost: {addr}\r\nconnection: close\r\ncontent-length: {length}\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.ok()?;
    let mut reply = String::new();
    stream.read_to_string(&mut reply).await.ok()?;
    let (head, body) = reply.split_once("\r\n\r\n")?;
    let answer = Answer {
        status: head.split(' ').nth(1)?.parse().ok()?,
        head: head.to_lowercase(),
        body: body.to_owned(),
    };
    let whole =
        answer.header("content-length").is_none_or(|length| length == body.len().to_string());
    whole.then_some(answer)
}

/// A whole answer.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    pub fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {}", self.body))
    }
}

/// Patients made all at once: a real registration would hash 200 passwords.
pub async fn tokens(db: &TestDb, server: &Server, count: usize) -> Vec<String> {
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

/// Nine o'clock of `days` days in a row, from a Tuesday on that is far enough from now for the real
/// clock of a process.
pub fn nines(days: i64) -> Vec<jiff::Timestamp> {
    let today = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    let today = i64::try_from(today.as_secs()).unwrap() / 86_400;
    // 1970-01-01 was a Thursday.
    let tuesday = today + 7 - (today + 2) % 7 + 7;
    let zone = jiff::tz::TimeZone::get("Europe/Lisbon").unwrap();
    let nine = |day: i64| {
        let date = jiff::civil::date(1970, 1, 1).saturating_add(jiff::Span::new().days(day));
        date.at(9, 0, 0, 0).to_zoned(zone.clone()).unwrap().timestamp()
    };
    (tuesday..tuesday + days).map(nine).collect()
}
