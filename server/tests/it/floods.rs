//! Devices that send while the server, PostgreSQL or both are killed under them: what was acknowledged is kept, and
//! nothing is counted twice.
use crate::{
    crashes::settled,
    running::{Answer, Folder, Server, ask, pairs, tokens},
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Mutex,
    time::{Duration, SystemTime},
};
use testkit::TestDb;
use tokio::sync::watch;

/// Each with two devices, whose readings are counted in the same hours and days.
const PEOPLE: usize = 3;
const DEVICES: usize = 2 * PEOPLE;

/// How many readings a device has, and how many it sends at once.
const READINGS: usize = 96;
const AT_ONCE: usize = 4;

/// How many requests are answered when something is killed. There are 288.
const KILLS: [usize; 3] = [40, 90, 140];

/// How soon a device tries again. More often, and it had used up its pace while nobody answered.
const AGAIN_AFTER: Duration = Duration::from_millis(250);

/// A reading: which device has it, and which of its readings it is.
type Name = (usize, usize);

/// What was said of a reading: its id, and what became of it.
type Said = (String, String);

/// A device that may send.
pub struct Device {
    pub id: String,
    key: String,
    /// When it measured first.
    start: Timestamp,
}

impl Device {
    /// Registers a device with `token` that may send.
    pub async fn new(server: &Server, token: &str, start: Timestamp) -> Self {
        let head = format!(
            "POST /api/iot/devices/register HTTP/1.1\r\ncontent-type: application/json\r\nauthorization: Bearer {token}"
        );
        let (status, made) = server.request(&head, r#"{"device_type":"smartwatch"}"#).await;
        assert_eq!(status, 201, "{made}");
        let made: Value = serde_json::from_str(&made).unwrap();
        let text = |name: &str| made[name].as_str().unwrap().to_owned();
        let device = Self { id: text("device_id"), key: text("api_key"), start };
        let (status, said) = server.request(&device.head("verify"), "{}").await;
        assert_eq!(status, 200, "{said}");
        device
    }

    pub fn head(&self, what: &str) -> String {
        let path = if what == "stream" { "data/stream" } else { "devices/verify" };
        format!(
            "POST /api/iot/{path} HTTP/1.1\r\ncontent-type: application/json\r\nx-api-key: {}",
            self.key
        )
    }

    /// Every seventh reading is as high as another one; all are apart in time.
    fn measured(&self, reading: usize) -> (usize, Timestamp) {
        let later = SignedDuration::from_secs(75 * i64::try_from(reading).unwrap());
        (60 + reading % 7, self.start + later)
    }

    pub fn body(&self, batch: &[usize]) -> String {
        let metric = |reading: &usize| {
            let (value, at) = self.measured(*reading);
            json!({"type": "heart_rate", "value": value, "unit": "bpm", "timestamp": at.to_string()})
        };
        json!({ "metrics": batch.iter().map(metric).collect::<Vec<_>>() }).to_string()
    }
}

/// What a device sends as it measures, and what it sends meanwhile once more from its memory, in other parts and backwards.
fn batches() -> [Vec<Vec<usize>>; 2] {
    let all: Vec<_> = (0..READINGS).collect();
    let remembered = all.chunks(AT_ONCE).map(|batch| {
        let more = (batch[0] + 2..batch[0] + 2 + AT_ONCE).filter(|reading| *reading < READINGS);
        more.rev().collect()
    });
    [all.chunks(AT_ONCE).map(<[_]>::to_vec).collect(), remembered.collect()]
}

struct Flood {
    devices: Vec<Device>,
    /// Where the server is.
    addr: watch::Sender<String>,
    answered: watch::Sender<usize>,
    heard: Mutex<Heard>,
}

#[derive(Default)]
struct Heard {
    /// What was acknowledged.
    said: BTreeMap<Name, Vec<Said>>,
    /// Of what a request was not answered, or that it could not be done now.
    unsure: BTreeSet<Name>,
    /// Answers other than that something is done.
    away: Vec<Answer>,
}

impl Flood {
    async fn new(db: &TestDb, server: &Server) -> Self {
        let now = Timestamp::try_from(SystemTime::now()).unwrap();
        // Hours that are late, and the last ones.
        let start = now - SignedDuration::from_hours(3);
        let mut devices = Vec::new();
        for token in tokens(db, PEOPLE).await {
            for _ in 0..DEVICES / PEOPLE {
                let count = i64::try_from(devices.len()).unwrap();
                let start = start + SignedDuration::from_secs(count);
                devices.push(Device::new(server, &token, start).await);
            }
        }
        Self {
            devices,
            addr: watch::Sender::new(server.addr.clone()),
            answered: watch::Sender::new(0),
            heard: Mutex::default(),
        }
    }

    /// All devices send all that they have, each what it measures and what it remembers at once.
    async fn rush(&self) {
        let sending = (0..self.devices.len()).flat_map(|device| {
            batches().map(|batches| async move {
                for batch in &batches {
                    self.insist(device, batch).await;
                }
            })
        });
        join_all(sending).await;
    }

    /// Sends a batch until somebody says what became of it.
    async fn insist(&self, device: usize, batch: &[usize]) {
        let (head, body) = (self.devices[device].head("stream"), self.devices[device].body(batch));
        let mut now_and_then = tokio::time::interval(AGAIN_AFTER);
        loop {
            now_and_then.tick().await;
            let addr = self.addr.borrow().clone();
            let answer = ask(&addr, &head, &body).await;
            match answer {
                Some(answer) if answer.status == 200 => {
                    self.hear(device, batch, &answer.json());
                    self.answered.send_modify(|answered| *answered += 1);
                    return;
                }
                // It goes too fast, and nothing was done.
                Some(answer) if answer.status == 429 => {}
                other => {
                    let mut heard = self.heard.lock().unwrap();
                    heard.unsure.extend(batch.iter().map(|reading| (device, *reading)));
                    heard.away.extend(other);
                }
            }
        }
    }

    fn hear(&self, device: usize, batch: &[usize], body: &Value) {
        let results = body["results"].as_array().unwrap();
        assert_eq!(results.len(), batch.len(), "{body}");
        let mut heard = self.heard.lock().unwrap();
        for (reading, result) in batch.iter().zip(results) {
            let text = |name: &str| result[name].as_str().unwrap().to_owned();
            let said = (text("id"), text("outcome"));
            assert!(["accepted", "duplicate"].contains(&&*said.1), "{body}");
            heard.said.entry((device, *reading)).or_default().push(said);
        }
    }

    /// Returns once so many requests have been answered, or panics when that were all there are.
    async fn hears(&self, wanted: usize) {
        self.answered.subscribe().wait_for(|answered| *answered >= wanted).await.unwrap();
        let all: usize = batches().map(|batches| batches.len()).iter().sum();
        let answered = *self.answered.borrow();
        assert!(answered < all * DEVICES, "all was sent before anything was killed");
    }

    /// What was acknowledged so far is kept, and nothing is counted that is not; how many readings are acknowledged, and
    /// how many kept.
    async fn check(&self, db: &TestDb) -> (usize, usize) {
        let said = self.heard.lock().unwrap().said.clone();
        let stored = pairs(
            db,
            "SELECT id::text, concat_ws(' ', source, value, (extract(epoch FROM recorded_at) * 1000000)::bigint) FROM readings",
        )
        .await;
        for ((device, reading), all) in &said {
            let sender = &self.devices[*device];
            let (value, at) = sender.measured(*reading);
            let row = format!("{} {value} {}", sender.id, at.as_microsecond());
            for (id, _) in all {
                assert_eq!(stored.get(id), Some(&row), "acknowledged and lost");
            }
            let accepted = all.iter().filter(|(_, outcome)| outcome == "accepted").count();
            assert!(accepted < 2, "accepted twice: {all:?}");
        }
        db.check_readings().await;
        (said.len(), stored.len())
    }

    /// All was sent and all is there, once.
    async fn check_all(&self, db: &TestDb) {
        let all = DEVICES * READINGS;
        assert_eq!(self.check(db).await, (all, all));
        let heard = self.heard.lock().unwrap();
        let never: Vec<_> = heard
            .said
            .iter()
            .filter(|(_, said)| said.iter().all(|(_, outcome)| outcome == "duplicate"))
            .map(|(name, _)| name)
            .collect();
        // Of these the first answer was lost with whoever would have given it.
        assert!(never.iter().all(|name| heard.unsure.contains(name)), "{never:?}");
        assert!(!heard.unsure.is_empty(), "nobody noticed that anything was killed");
    }
}

/// All processes of PostgreSQL, the first one first.
async fn postgresql(db: &TestDb, folder: &Folder) -> Vec<Pid> {
    let all = pairs(db, "SELECT pid::text, coalesce(backend_type, '') FROM pg_stat_activity").await;
    assert!(all.len() > 4, "{all:?}");
    let others = all.keys().map(|pid| Pid::from_raw(pid.parse().unwrap()).unwrap());
    folder.postmaster().into_iter().chain(others).collect()
}

/// `kill -9` of all of them at once.
fn kill_all(processes: &[Pid]) {
    for process in processes {
        // Some have ended by themselves.
        let _ = kill_process(*process, Signal::KILL);
    }
}

/// A server with a database of its own, and devices that are known to it.
async fn set_up() -> (Folder, TestDb, Server, Flood) {
    let folder = Folder::new();
    let (db, server) = Server::start_beside_its_database(&folder.0).await;
    let flood = Flood::new(&db, &server).await;
    (folder, db, server, flood)
}

async fn rush_while(flood: &Flood, killing: impl Future<Output = Server>) -> Server {
    let both = async { tokio::join!(flood.rush(), killing) };
    let ended = tokio::time::timeout(Duration::from_secs(90), both).await;
    ended.expect("a device waits for ever").1
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_killed_while_devices_send_loses_and_doubles_no_reading() {
    let (folder, db, server, flood) = set_up().await;
    let restart = async || {
        let server = Server::start_in(&folder.0).await;
        flood.addr.send_replace(server.addr.clone());
        server
    };

    let killing = async {
        // In the middle of whatever it does then.
        flood.hears(KILLS[0]).await;
        server.kill().await;
        settled(&db).await;
        flood.check(&db).await;
        let server = restart().await;

        // After PostgreSQL was told to commit, and before anybody heard of it.
        flood.hears(KILLS[1]).await;
        let mut gate = db.gate_at_commit("reading_hours").await;
        gate.wait_for(1).await;
        server.kill().await;
        gate.open().await;
        settled(&db).await;
        let (said, stored) = flood.check(&db).await;
        assert!(said < stored, "{said} of {stored} were told of");
        db.execute("DROP FUNCTION wait_at_commit CASCADE").await;
        let server = restart().await;

        // The power is cut: nothing is left of either.
        flood.hears(KILLS[2]).await;
        kill_all(&postgresql(&db, &folder).await);
        server.kill().await;
        restart().await
    };
    let server = rush_while(&flood, killing).await;

    flood.check_all(&db).await;
    server.kill().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_postgresql_that_is_killed_while_devices_send_loses_and_doubles_no_reading() {
    let (folder, db, server, flood) = set_up().await;

    let killing = async {
        for wanted in KILLS {
            flood.hears(wanted).await;
            kill_all(&postgresql(&db, &folder).await);
        }
        server
    };
    let server = rush_while(&flood, killing).await;

    flood.check_all(&db).await;
    for answer in &flood.heard.lock().unwrap().away {
        assert_eq!(answer.status, 503, "{answer:?}");
        assert_eq!(answer.header("content-type"), Some("application/problem+json"), "{answer:?}");
        assert!(answer.header("retry-after").is_some(), "{answer:?}");
    }
    server.kill().await;
}
