//! Servers as people run them: processes of their own, which can be killed.
use crate::mail::SENDER;
use domain::identity::UserId;
use gateways::postgres::Cluster;
use jiff::Timestamp;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::ExposeSecret;
use serde_json::Value;
use services::{
    Clinic,
    identity::{self, Keys},
};
use std::{
    collections::BTreeMap,
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
    sync::Arc,
    time::{Duration, SystemTime},
};
use testkit::TestDb;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::TcpStream,
    process::{Child, Command},
};

/// What a server says once it can be used, and then its address.
const READY: &str = "MedConnect is at http://";

/// What it says of where it is measured.
const MEASURED: &str = "metrics are at http://";

/// Of every server, so that tests can sign tokens for them.
pub const SECRET: &str = "0123456789abcdefghijklmnopqrstuvwxyzABCDEF";

/// One running server, at a port of its own. It is killed when it is dropped.
pub struct Server {
    process: Child,
    pub addr: String,
    /// Where it is measured, if it is.
    pub metrics: Option<String>,
}

impl Server {
    /// A server over the test's database that is ready.
    pub async fn start(db: &TestDb) -> Self {
        Self::start_until(db, READY).await
    }

    /// The same as soon as it has said `wanted`, which ends in its address.
    pub async fn start_until(db: &TestDb, wanted: &str) -> Self {
        Self::run(&new_folder(), Some(db), wanted, &[]).await
    }

    /// A server in demo mode over the test's database, which has people already: no others are made.
    pub async fn start_demo(db: &TestDb) -> Self {
        Self::run(&new_folder(), Some(db), READY, &[("MEDCONNECT_DEMO", "1")]).await
    }

    /// The same, as one of several that share the connections of the database. Mail goes to `smtp`, if it
    /// goes anywhere.
    pub async fn start_one_of_several(db: &TestDb, smtp: Option<SocketAddr>) -> Self {
        let mut settings = vec![("MEDCONNECT_DEMO", "1"), ("DATABASE_CONNECTIONS", "6")];
        let url = smtp.map(|addr| format!("smtp://{addr}"));
        if let Some(url) = &url {
            settings.extend([("SMTP_URL", url.as_str()), ("MAIL_FROM", SENDER)]);
        }
        Self::run(&new_folder(), Some(db), READY, &settings).await
    }

    /// A server with `settings` that is ready.
    pub async fn start_with(db: &TestDb, settings: &[(&str, &str)]) -> Self {
        Self::run(&new_folder(), Some(db), READY, settings).await
    }

    /// A server with a database of its own in `folder` that is ready.
    pub async fn start_in(folder: &Path) -> Self {
        Self::run(folder, None, READY, &[]).await
    }

    /// The same, whose database was there before it: left running for the server to find.
    pub async fn start_beside_its_database(folder: &Path) -> (TestDb, Self) {
        let cluster = Cluster::start(folder, |_| ()).await.unwrap();
        let db = TestDb::over(&cluster.urls().owner);
        services::database::migrate(&db.owner_url()).await.unwrap();
        drop(cluster);
        (db, Self::start_in(folder).await)
    }

    async fn run(
        folder: &Path,
        db: Option<&TestDb>,
        wanted: &str,
        settings: &[(&str, &str)],
    ) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_medconnect"));
        if let Some(db) = db {
            command.env("DATABASE_URL", db.owner_url().expose_secret());
        }
        let mut process = command
            .arg("serve")
            .env("MEDCONNECT_SECRET", SECRET)
            .env("MEDCONNECT_ADDR", "127.0.0.1:0")
            .env("MEDCONNECT_DATA_DIR", folder)
            .env("NO_COLOR", "1")
            .envs(settings.iter().copied())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let (mut addr, mut metrics) = (None, None);
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, found)) = line.split_once(MEASURED) {
                metrics = Some(found.trim_end_matches("/metrics").to_owned());
            }
            if let Some((_, found)) = line.split_once(wanted) {
                addr = Some(found.to_owned());
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { process, addr: addr.expect("the server did not start"), metrics }
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

fn new_folder() -> PathBuf {
    std::env::temp_dir().join(format!("medconnect-{}", uuid::Uuid::now_v7()))
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

/// Access tokens of `count` patients. Nobody types a password: hashing all of them would take most of
/// the time of a test.
pub async fn tokens(db: &TestDb, count: usize) -> Vec<String> {
    let pool = services::database::pool(&db.owner_url(), 1).unwrap();
    let now = || Timestamp::try_from(SystemTime::now()).unwrap();
    let clinic = Clinic::new(pool, Arc::new(now), Keys::derive(&SECRET.into()).unwrap());
    let ids: Vec<_> = (0..count).map(|_| UserId::generate()).collect();
    let rows: Vec<_> =
        ids.iter().map(|id| format!("('{id}', '{id}@example.org', '!', 'P', 'N')")).collect();
    db.execute(&format!(
        "INSERT INTO users (id, email, password_hash, first_name, last_name) VALUES {}; \
         INSERT INTO user_roles (user_id, role_id) \
             SELECT users.id, roles.id FROM users, roles WHERE password_hash = '!' AND name = 'patient'",
        rows.join(", ")
    ))
    .await;
    let mut opened = Vec::new();
    for user in ids {
        let who = identity::SignedIn { user, version: 0 };
        opened.push(identity::tokens::open(&clinic, who).await.unwrap().access.token);
    }
    opened
}

/// Nine o'clock of `days` days in a row, from a Tuesday on that is far enough from now for the real
/// clock of a process.
pub fn nines(days: i64) -> Vec<Timestamp> {
    let today = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
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

/// The first two columns of what `sql` finds.
pub async fn pairs(db: &TestDb, sql: &str) -> BTreeMap<String, String> {
    let url = db.owner_url();
    let (client, connection) =
        tokio_postgres::connect(url.expose_secret(), tokio_postgres::NoTls).await.unwrap();
    tokio::spawn(connection);
    let rows = client.query(sql, &[]).await.unwrap();
    rows.iter().map(|row| (row.get(0), row.get(1))).collect()
}

/// A data folder of a server with a database of its own; both are gone with it.
pub struct Folder(pub PathBuf);

impl Folder {
    pub fn new() -> Self {
        Self(std::env::temp_dir().join(format!("medconnect-{}", uuid::Uuid::now_v7().simple())))
    }

    pub fn postmaster(&self) -> Option<Pid> {
        let versions = fs::read_dir(self.0.join("postgres")).ok()?;
        let mut notes = versions.filter_map(|version| {
            fs::read_to_string(version.ok()?.path().join("data/postmaster.pid")).ok()
        });
        Pid::from_raw(notes.next()?.lines().next()?.trim().parse().ok()?)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if let Some(postmaster) = self.postmaster() {
            let _ = kill_process(postmaster, Signal::QUIT);
        }
        // Where the server is root, PostgreSQL's account has its files elsewhere.
        if let Ok(elsewhere) = fs::canonicalize(self.0.join("postgres")) {
            let _ = fs::remove_dir_all(elsewhere);
        }
        let _ = fs::remove_dir_all(&self.0);
    }
}
