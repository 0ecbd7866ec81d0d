//! Readings over MQTT, through a real broker that is set up as we tell others to.
use crate::{
    api_devices::{Device, register, weight},
    running::Server,
    support::{NOW, TestApp},
};
use domain::devices::{READINGS_A_DAY, REQUESTS_AT_ONCE};
use futures_util::{
    future::join_all,
    stream::{FuturesUnordered, StreamExt},
};
use gateways::mqtt::{Address, Desk, HELD, Heard, Message, Mqtt, Reply, device::MqttDevice};
use jiff::SignedDuration;
use secrecy::ExposeSecret;
use serde_json::{Value, json};
use server::MqttDesk;
use services::gateways::Broker;
use std::{
    process::Command,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use testkit::{Mosquitto, TestDb, at};
use tokio::{task::JoinHandle, time::timeout};

/// Longer than anything takes here.
const LONG: Duration = Duration::from_secs(30);

/// Long enough to see that there is no answer.
const SHORT: Duration = Duration::from_millis(700);

/// What one server has dealt with.
struct Counting(MqttDesk, AtomicUsize);

impl Desk for Counting {
    async fn hear(&self, message: &Message) -> Heard {
        let heard = self.0.hear(message).await;
        if matches!(heard, Heard::Settled(_)) {
            self.1.fetch_add(1, Ordering::Relaxed);
        }
        heard
    }

    fn turn_away(&self) -> Reply {
        self.0.turn_away()
    }
}

/// A server as the broker knows it. It is gone when it is dropped, in the middle of whatever it does.
struct Ear {
    mqtt: Arc<Mqtt>,
    desk: Arc<Counting>,
    work: JoinHandle<()>,
}

impl Drop for Ear {
    fn drop(&mut self) {
        self.work.abort();
    }
}

impl Ear {
    /// The server called `name`, once it hears devices.
    async fn open(app: &TestApp, broker: &Mosquitto, name: &str) -> Self {
        let address = Address::new(&broker.url("medconnect")).unwrap();
        let mqtt = Arc::new(Mqtt::new(address, name.to_owned()));
        let desk = Arc::new(Counting(MqttDesk::new(app.clinic.clone()), AtomicUsize::new(0)));
        let (running, hearing) = (Arc::clone(&mqtt), Arc::clone(&desk));
        let work = tokio::spawn(async move { running.run(hearing).await });
        let ear = Self { mqtt, desk, work };
        until("the server hears devices", async || ear.mqtt.is_there()).await;
        ear
    }

    fn heard(&self) -> usize {
        self.desk.1.load(Ordering::Relaxed)
    }
}

/// Looks again and again until `holds`.
async fn until(what: &str, holds: impl AsyncFn() -> bool) {
    let mut now_and_then = tokio::time::interval(Duration::from_millis(20));
    let looking = timeout(LONG, async {
        while !holds().await {
            now_and_then.tick().await;
        }
    });
    looking.await.unwrap_or_else(|_| panic!("it never was so that {what}"));
}

async fn connect(broker: &Mosquitto, device: &Device) -> MqttDevice {
    connect_as(broker, &device.id, &device.id).await
}

/// `user` at the topics of `device`.
async fn connect_as(broker: &Mosquitto, user: &str, device: &str) -> MqttDevice {
    let address = Address::new(&broker.url(user)).unwrap();
    MqttDevice::connect(&address, device, LONG).await.unwrap()
}

fn batch(metrics: &[Value]) -> String {
    json!({ "metrics": metrics }).to_string()
}

/// One reading that is like no other.
fn one(number: usize) -> String {
    let number = u32::try_from(number).unwrap();
    let seconds = SignedDuration::from_mins(i64::from(number));
    batch(&[weight(60.0 + f64::from(number) / 10.0, &(at(NOW) - seconds).to_string())])
}

fn json_of(reply: &Reply) -> Value {
    serde_json::from_slice(&reply.body).unwrap()
}

fn status_and_code(reply: &Reply) -> (u16, String) {
    let body = json_of(reply);
    assert!(reply.status < 400 || body["status"] == reply.status, "{body}");
    (reply.status, body["code"].as_str().unwrap_or_default().to_owned())
}

async fn kept(app: &TestApp) -> i64 {
    app.db.count("readings").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_over_mqtt_is_answered_once_it_is_kept_and_kept_once() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let owner = app.patient().await;
    let scale = register(&owner).await;
    let _ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &scale).await;
    let ask =
        async |act: &str, body: String| device.ask(act, &scale.key, body, LONG).await.unwrap();
    let metrics = batch(&[weight(70.0, NOW), weight(9_000.0, NOW)]);

    let early = ask("data", metrics.clone()).await;
    assert_eq!(status_and_code(&early), (401, "devices.unverified".to_owned()));
    assert_eq!(ask("verify", "{}".to_owned()).await.status, 200);
    let sent = ask("data", metrics.clone()).await;
    let body = json_of(&sent);
    assert_eq!((sent.status, &body["accepted"], &body["refused"]), (200, &json!(1), &json!(1)));
    assert_eq!(body["results"][1]["reason"]["code"], "readings.out_of_range");
    assert_eq!(kept(&app).await, 1);

    // The same once more, also from a connection of its own and over HTTP.
    assert_eq!(json_of(&ask("data", metrics.clone()).await)["duplicates"], 1);
    drop(device);
    let device = connect(&broker, &scale).await;
    let again = device.ask("data", &scale.key, metrics.clone(), LONG).await.unwrap();
    assert_eq!(json_of(&again)["results"][0]["id"], body["results"][0]["id"]);
    let posted = scale.weigh(&app, &[(70.0, NOW)]).await;
    assert_eq!((posted.json()["duplicates"].clone(), kept(&app).await), (json!(1), 1));

    let wrong = json!({ "error_code": "SENSOR_FAIL", "message": "No strip" }).to_string();
    assert_eq!(device.ask("error", &scale.key, wrong, LONG).await.unwrap().status, 200);
    let seen = owner.get(&format!("/api/iot/devices/{}/health", scale.id)).await;
    assert!(seen.body.contains("SENSOR_FAIL"), "{}", seen.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_sends_with_its_own_key_and_at_its_own_topic_alone() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let owner = app.patient().await;
    let (mine, other) = (Device::new(&app, &owner).await, Device::new(&app, &owner).await);
    let _ear = Ear::open(&app, &broker, "one").await;
    let unknown = (401, "devices.unknown_key".to_owned());
    let here = connect(&broker, &mine).await;

    for (key, code) in [(other.key.as_str(), "devices.unknown_key"), ("", "devices.unknown_key")] {
        let refused = here.ask("data", key, one(1), LONG).await.unwrap();
        assert_eq!(status_and_code(&refused), (401, code.to_owned()));
    }
    // As if the broker had let it: the topic says nothing of who it is from, and a key nothing of the topic.
    let there = connect_as(&broker, &other.id, &other.id).await;
    let refused = there.ask("data", &mine.key, one(1), LONG).await.unwrap();
    assert_eq!(status_and_code(&refused), unknown);
    let named = json!({ "device_id": other.id, "metrics": [weight(70.0, NOW)] }).to_string();
    let refused = here.ask("data", &mine.key, named, LONG).await.unwrap();
    assert_eq!(status_and_code(&refused), unknown);
    let nobody = connect_as(&broker, "medconnect", "no-device").await;
    let refused = nobody.ask("data", &mine.key, one(1), LONG).await.unwrap();
    assert_eq!(refused.status, 400);
    assert_eq!(kept(&app).await, 0);

    // And the broker does not let it.
    let elsewhere = connect_as(&broker, &mine.id, &other.id).await;
    let refused = elsewhere.publish("data", &other.key, one(1)).await.unwrap_err();
    assert!(refused.to_string().contains("NotAuthorized"), "{refused}");

    let named = json!({ "device_id": mine.id, "metrics": [weight(70.0, NOW)] }).to_string();
    assert_eq!(here.ask("data", &mine.key, named, LONG).await.unwrap().status, 200);
    owner.post(&format!("/api/iot/devices/{}/pause", mine.id), json!({})).await;
    let paused = here.ask("data", &mine.key, one(2), LONG).await.unwrap();
    assert_eq!(status_and_code(&paused), (401, "devices.paused".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_can_never_be_taken_is_answered_and_holds_nobody_up() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let scale = Device::new(&app, &app.patient().await).await;
    let ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &scale).await;
    let many = |count: usize| batch(&vec![weight(70.0, NOW); count]);

    for (body, expected) in [
        (many(2).trim_end_matches('}').to_owned(), (400, "malformed")),
        (String::new(), (400, "malformed")),
        ("[]".to_owned(), (400, "malformed")),
        (many(0), (400, "invalid")),
        (many(501), (400, "invalid")),
        (batch(&[json!({ "type": "n".repeat(300 * 1024) })]), (413, "too_large")),
    ] {
        let refused = device.ask("data", &scale.key, body.clone(), LONG).await.unwrap();
        let (status, code) = status_and_code(&refused);
        assert_eq!((status, code.as_str()), expected, "{body:.80}");
    }
    // More than anybody takes: it costs the connection of whoever sends it, and of nobody else.
    let rude = connect(&broker, &scale).await;
    let huge = batch(&[json!({ "type": "n".repeat(700 * 1024) })]);
    assert!(rude.ask("data", &scale.key, huge, SHORT).await.is_err());

    // More of them than there is room for at once: each was acknowledged.
    for _ in 0..80 {
        device.publish("data", "mcd_wrong", "{".to_owned()).await.unwrap();
    }
    let sent = device.ask("data", &scale.key, one(1), LONG).await.unwrap();
    assert_eq!((sent.status, kept(&app).await), (200, 1));
    assert!(ear.heard() >= 87, "{}", ear.heard());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_broker_has_survives_its_restart_and_that_of_a_server() {
    let (app, mut broker) = (TestApp::new().await, Mosquitto::start().await);
    let scale = Device::new(&app, &app.patient().await).await;
    let ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &scale).await;
    let publish = async |device: &MqttDevice, numbers: std::ops::Range<usize>| {
        for number in numbers {
            device.publish("data", &scale.key, one(number)).await.unwrap();
        }
    };

    // Nothing of the device can be written for a while, so that all of it is on its way.
    let mut gate = app.db.owner().await;
    let hold = format!("BEGIN; SELECT FROM devices WHERE id = '{}' FOR UPDATE", scale.id);
    diesel_async::SimpleAsyncConnection::batch_execute(&mut gate, &hold).await.unwrap();
    publish(&device, 0..10).await;
    broker.stop().await;
    until("the server knows", async || !ear.mqtt.is_there()).await;
    diesel_async::SimpleAsyncConnection::batch_execute(&mut gate, "COMMIT").await.unwrap();
    broker.restart().await;
    until("ten are kept", async || kept(&app).await == 10).await;

    // While no server is there the broker keeps them, wherever it is restarted.
    drop(ear);
    let device = connect(&broker, &scale).await;
    publish(&device, 10..20).await;
    broker.stop().await;
    broker.restart().await;
    let ear = Ear::open(&app, &broker, "one").await;
    until("all are kept", async || kept(&app).await == 20).await;

    // What was acknowledged does not come again.
    device.ask("data", &scale.key, one(20), LONG).await.unwrap();
    drop(ear);
    let ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &scale).await;
    device.ask("data", &scale.key, one(21), LONG).await.unwrap();
    assert_eq!((ear.heard(), kept(&app).await), (1, 22));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_divide_what_comes() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let owner = app.patient().await;
    let (one_ear, other_ear) =
        (Ear::open(&app, &broker, "one").await, Ear::open(&app, &broker, "two").await);
    let devices = [Device::new(&app, &owner).await, Device::new(&app, &owner).await];
    let connections = [connect(&broker, &devices[0]).await, connect(&broker, &devices[1]).await];

    let asks = (0..100).map(|number| {
        connections[number % 2].ask("data", &devices[number % 2].key, one(number), LONG)
    });
    let replies = join_all(asks).await;

    assert!(replies.iter().all(|reply| reply.as_ref().unwrap().status == 200));
    let shares = (one_ear.heard(), other_ear.heard());
    assert_eq!((shares.0 + shares.1, kept(&app).await), (100, 100));
    assert!(shares.0 >= 30 && shares.1 >= 30, "{shares:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_kept_is_not_acknowledged_and_is_kept_later() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let scale = Device::new(&app, &app.patient().await).await;
    let ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &scale).await;

    app.fill_disk("readings").await;
    assert!(device.ask("data", &scale.key, one(1), SHORT).await.is_err());
    assert_eq!((kept(&app).await, ear.heard()), (0, 0));
    app.free_disk("readings").await;
    until("it is kept", async || kept(&app).await == 1).await;

    // A server that ends meanwhile finds it again: the broker was not told to forget it.
    app.fill_disk("readings").await;
    assert!(device.ask("data", &scale.key, one(2), SHORT).await.is_err());
    drop(ear);
    app.free_disk("readings").await;
    assert_eq!(kept(&app).await, 1);
    let _ear = Ear::open(&app, &broker, "one").await;
    until("it is kept, too", async || kept(&app).await == 2).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_is_too_fast_is_told_so_and_slows_no_other() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let owner = app.patient().await;
    let (flood, calm) = (Device::new(&app, &owner).await, Device::new(&app, &owner).await);
    let _ear = Ear::open(&app, &broker, "one").await;
    let (fast, slow) = (connect(&broker, &flood).await, connect(&broker, &calm).await);
    let at_once = usize::try_from(REQUESTS_AT_ONCE).unwrap();
    let sent = at_once + 40;

    // The clock stands still: whoever waits would do so for ever. One is being looked at, and so many are held.
    let answered = sent - 1 - HELD;
    let asks = (0..sent).map(|number| fast.ask("data", &flood.key, one(number), LONG));
    let replies = asks.collect::<FuturesUnordered<_>>().take(answered).collect::<Vec<_>>();
    let (replies, other) = tokio::join!(replies, async {
        until("the flood has begun", async || kept(&app).await > 0).await;
        slow.ask("data", &calm.key, one(0), LONG).await.unwrap().status
    });

    assert_eq!(other, 200);
    let of = |status: u16| replies.iter().flatten().filter(|reply| reply.status == status).count();
    assert_eq!((of(200), of(429)), (at_once, answered - at_once));
    let told = replies.iter().flatten().find(|reply| reply.status == 429).unwrap();
    assert_eq!(json_of(told)["code"], "too_many");
    app.db.set_now("2026-03-02T06:00:30Z");
    let all = i64::try_from(at_once + 1 + HELD).unwrap() + 1;
    until("those that waited are kept", async || kept(&app).await == all).await;
}

/// Held here till the next day, what such devices send would leave no place for anybody else.
#[tokio::test(flavor = "multi_thread")]
async fn a_device_with_all_that_a_day_holds_is_told_so_and_holds_no_place() {
    let (app, broker) = (TestApp::new().await, Mosquitto::start().await);
    let owner = app.patient().await;
    let full = Device::new(&app, &owner).await;
    let ear = Ear::open(&app, &broker, "one").await;
    let device = connect(&broker, &full).await;
    assert_eq!(device.ask("data", &full.key, one(0), LONG).await.unwrap().status, 200);
    app.db.execute(&format!("UPDATE device_days SET accepted = {READINGS_A_DAY}")).await;

    for number in 1..=HELD + 2 {
        let told = device.ask("data", &full.key, one(number), LONG).await.unwrap();
        assert_eq!(status_and_code(&told), (429, "too_many".to_owned()));
    }

    assert_eq!((kept(&app).await, ear.heard()), (1, HELD + 3));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_without_its_broker_works_and_says_so() {
    let db = TestDb::at(NOW).await;
    let mut broker = Mosquitto::start().await;
    let url = broker.url("medconnect");
    let server = Server::start_with(&db, &[("MQTT_URL", url.expose_secret())]).await;
    let ready = async || server.request("GET /readyz HTTP/1.1", "").await;

    until("it hears devices", async || ready().await == (200, "ok".to_owned())).await;
    broker.stop().await;
    until("it misses the broker", async || ready().await.1.contains("the MQTT broker")).await;
    assert_eq!(ready().await.0, 200);
    broker.restart().await;
    until("it has it back", async || ready().await.1 == "ok").await;
}

#[test]
fn a_wrong_address_of_the_broker_is_one_line_at_the_start_without_the_password() {
    let folder = tempfile::tempdir().unwrap();
    let config = |url: &str| {
        Command::new(env!("CARGO_BIN_EXE_medconnect"))
            .arg("config")
            .env("MEDCONNECT_DATA_DIR", folder.path())
            .env("MQTT_URL", url)
            .output()
            .unwrap()
    };
    let shown = String::from_utf8(config("mqtt://clinic:hunter2@broker.example").stdout).unwrap();
    assert!(shown.contains("MQTT_URL=broker.example:1883\n"), "{shown}");
    for url in ["mqtt://clinic:hunter2@broker.example", "http://clinic:hunter2@broker.example"] {
        let said = config(url);
        let said = [said.stdout, said.stderr].concat();
        assert!(!String::from_utf8(said).unwrap().contains("hunter2"), "{url}");
    }
}
