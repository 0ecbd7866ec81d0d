//! Devices, over JSON: what their owner does with them.
use crate::support::{Client, NOW, Reply, TestApp};
use axum::{
    body::Body,
    http::{Method, header},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::at;

/// A device that may send, and its key.
pub struct Device {
    pub id: String,
    pub key: String,
}

/// Registers a scale of `owner`; it has not shown its key.
pub async fn register(owner: &Client<'_>) -> Device {
    let scale = json!({ "device_type": "SCALE", "manufacturer": "Acme", "model": "S1" });
    let made = owner.post("/api/iot/devices/register", scale).await;
    assert_eq!(made.status, 201, "{}", made.body);
    of(&made)
}

fn of(made: &Reply) -> Device {
    let text = |name: &str| made.json()[name].as_str().unwrap().to_owned();
    Device { id: text("device_id"), key: text("api_key") }
}

impl Device {
    /// One of `owner` that has shown its key.
    pub async fn new(app: &TestApp, owner: &Client<'_>) -> Self {
        let device = register(owner).await;
        let verified = device.post(app, "/api/iot/devices/verify", json!({})).await;
        assert_eq!(verified.status, 200, "{}", verified.body);
        device
    }

    /// Sends `body` with the key in the header.
    pub async fn post(&self, app: &TestApp, path: &str, body: Value) -> Reply {
        app.with_key(&self.key).post(path, body).await
    }

    /// Sends readings, each a pair of a weight in kg and when it was measured.
    pub async fn weigh(&self, app: &TestApp, weights: &[(f64, &str)]) -> Reply {
        let metrics: Vec<_> = weights.iter().map(|(value, at)| weight(*value, at)).collect();
        self.post(app, "/api/iot/data/stream", json!({ "metrics": metrics })).await
    }
}

pub fn weight(value: f64, at: &str) -> Value {
    json!({ "type": "weight", "value": value, "unit": "kg", "timestamp": at })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_registered_verified_and_listed_and_its_key_is_said_once() {
    let app = TestApp::new().await;
    let owner = app.patient().await;

    let scale = register(&owner).await;

    assert!(scale.key.starts_with("mcd_") && scale.key.len() == 44, "{}", scale.key);
    let path = format!("/api/iot/devices/{}", scale.id);
    let seen = owner.get(&path).await;
    let expected = [
        ("name", json!("Acme S1")),
        ("device_type", json!("scale")),
        ("status", json!("unverified")),
        ("is_verified", json!(false)),
        ("last_seen", json!(null)),
    ];
    for (field, value) in expected {
        assert_eq!(seen.json()[field], value, "{field}");
    }
    assert_eq!(seen.json()["keys"][0]["prefix"], scale.key[..12]);
    let early = scale.weigh(&app, &[(70.0, NOW)]).await;
    assert_eq!((early.status, early.code().as_str()), (401, "devices.unverified"));

    let body = json!({ "device_id": scale.id, "api_key": scale.key, "firmware_version": "2.0" });
    for _ in 0..2 {
        let verified = app.anyone().post("/api/iot/devices/verify", body.clone()).await;
        assert_eq!((verified.status, verified.json()["verified"].clone()), (200, json!(true)));
    }
    let listed = owner.get("/api/iot/devices").await;
    let device = &listed.json()["results"][0];
    assert_eq!((listed.json()["count"].clone(), &device["status"]), (json!(1), &json!("active")));
    assert_eq!(
        (&device["firmware_version"], &device["is_verified"]),
        (&json!("2.0"), &json!(true))
    );
    assert!(!listed.body.contains(&scale.key) && !seen.body.contains(&scale.key));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_device_is_said_at_each_field() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let register = "/api/iot/devices/register";

    let wrong = json!({ "name": "a\nb", "device_type": "toaster", "model": "m".repeat(100), "position": "knee" });
    let refused = owner.post(register, wrong).await;
    let fields = ["name", "device_type", "model", "position"].map(str::to_owned);
    assert_eq!((refused.status, refused.fields()), (400, fields.to_vec()));
    let unknown = owner.post(register, json!({})).await;
    assert_eq!((unknown.status, unknown.fields().contains(&"device_type".to_owned())), (400, true));

    for _ in 0..20 {
        assert_eq!(owner.post(register, json!({ "device_type": "scale" })).await.status, 201);
    }
    let full = owner.post("/api/iot/devices", json!({ "device_type": "scale" })).await;
    assert_eq!((full.status, full.code().as_str()), (409, "devices.too_many"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_renamed_paused_replaced_and_revoked() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let scale = Device::new(&app, &owner).await;
    let path = format!("/api/iot/devices/{}", scale.id);
    let post = async |device: &Device, act: &str| {
        owner.post(&format!("/api/iot/devices/{}/{act}", device.id), json!({})).await
    };
    let sends = async |device: &Device| {
        let sent = device.weigh(&app, &[(70.0, NOW)]).await;
        if sent.status == 200 { String::new() } else { format!("{} {}", sent.status, sent.code()) }
    };

    let renamed = owner.put(&path, json!({ "name": "In the bathroom" })).await;
    assert_eq!(renamed.json()["name"], "In the bathroom");
    assert_eq!((&renamed.json()["model"], renamed.status), (&json!("S1"), 200));
    assert_eq!(owner.put(&path, json!({ "name": "" })).await.fields(), ["name"]);

    for _ in 0..2 {
        assert_eq!(post(&scale, "pause").await.json()["status"], "paused");
    }
    assert_eq!(sends(&scale).await, "401 devices.paused");
    assert_eq!(post(&scale, "resume").await.json()["status"], "active");
    assert_eq!(sends(&scale).await, "");

    let fresh = register(&owner).await;
    let early = post(&fresh, "resume").await;
    assert_eq!((early.status, early.code().as_str()), (409, "devices.wrong_status"));
    assert_eq!(sends(&fresh).await, "401 devices.unverified");

    let replaced = post(&scale, "replace").await;
    assert_eq!(replaced.status, 201, "{}", replaced.body);
    let next = of(&replaced);
    assert_eq!(replaced.json()["device_type"], "scale");
    assert_eq!(owner.get(&path).await.json()["replaced_by"], json!(next.id));
    assert!(sends(&scale).await.starts_with("401 devices."));

    let next_path = format!("/api/iot/devices/{}", next.id);
    for _ in 0..2 {
        assert_eq!(owner.delete(&next_path).await.status, 204);
    }
    assert!(sends(&next).await.starts_with("401 devices."));
    assert_eq!(owner.get(&next_path).await.json()["status"], "revoked");
    assert_eq!(post(&next, "resume").await.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_works_for_a_day_beside_the_next_one() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let scale = Device::new(&app, &owner).await;
    assert_eq!(scale.weigh(&app, &[(69.0, NOW)]).await.status, 200);
    let rotated = owner.post(&format!("/api/iot/devices/{}/rotate-key", scale.id), json!({})).await;
    assert_eq!(rotated.status, 201, "{}", rotated.body);
    let key = rotated.json()["api_key"].as_str().unwrap().to_owned();
    let next = Device { key, id: scale.id.clone() };
    let prefixes = [&rotated.json()["keys"][0]["prefix"], &rotated.json()["keys"][1]["prefix"]]
        .map(|prefix| prefix.as_str().unwrap().to_owned());
    assert_eq!(prefixes, [&next.key, &scale.key].map(|key| key[..12].to_owned()));

    for device in [&scale, &next] {
        assert_eq!(device.weigh(&app, &[(70.0, NOW)]).await.status, 200);
    }
    let tomorrow = (at(NOW) + SignedDuration::from_hours(24)).to_string();
    app.db.set_now(&tomorrow);

    let ended = scale.weigh(&app, &[(71.0, &tomorrow)]).await;
    assert_eq!((ended.status, ended.code().as_str()), (401, "devices.unknown_key"));
    assert_eq!(next.weigh(&app, &[(71.0, &tomorrow)]).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn silent_low_and_broken_are_said_apart() {
    let app = TestApp::new().await;
    let owner = app.db.person(&app.clinic).await;
    let scale = Device::new(&app, &app.with_token(&owner)).await;
    let path = format!("/api/iot/devices/{}/health", scale.id);
    let health = async || app.with_token(&owner).get(&path).await.json();
    let issues = async || {
        let health = health().await;
        let issues = health["issues"].as_array().unwrap().clone();
        issues.iter().map(|issue| issue["code"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    let report = async |body: Value| scale.post(&app, "/api/iot/devices/error", body).await;

    let body = json!({ "battery_level": 15, "metrics": [weight(70.0, NOW)] });
    assert_eq!(scale.post(&app, "/api/iot/data", body).await.status, 200);
    let health_now = health().await;
    assert_eq!(
        (&health_now["is_online"], &health_now["connectivity"]),
        (&json!(true), &json!("online"))
    );
    assert_eq!((&health_now["battery"], &health_now["battery_level"]), (&json!("low"), &json!(15)));
    assert_eq!(health_now["last_7_days"]["accepted"], 1);
    assert_eq!(
        (issues().await, &health_now["error"]),
        (vec!["low_battery".to_owned()], &json!("none"))
    );

    assert_eq!(report(json!({ "error_code": "no code!" })).await.fields(), ["error_code"]);
    let said = json!({ "error_code": "SENSOR_FAIL", "message": "cell 2" });
    assert_eq!(report(said).await.status, 200);
    assert_eq!(issues().await, ["low_battery", "error"]);
    assert_eq!(health().await["error_code"], "SENSOR_FAIL");

    app.db.set_now("2026-05-02T06:00:00Z");
    assert_eq!(issues().await, ["offline", "low_battery", "error"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_device_has_sent_is_removed_even_of_one_that_is_revoked() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let (wrong, right) = (Device::new(&app, &owner).await, Device::new(&app, &owner).await);
    wrong.weigh(&app, &[(170.0, NOW), (171.0, "2026-03-01T06:00:00Z")]).await;
    right.weigh(&app, &[(70.0, NOW)]).await;
    let path = format!("/api/iot/devices/{}", wrong.id);
    owner.delete(&path).await;

    for _ in 0..2 {
        assert_eq!(owner.delete(&format!("{path}/data")).await.status, 202);
    }

    assert_eq!(owner.get(&path).await.json()["is_clearing"], true);
    while services::readings::clear_some(&app.clinic).await.unwrap() {}
    assert_eq!(owner.get(&path).await.json()["is_clearing"], false);
    let left = owner.get("/api/health-metrics").await.json();
    assert_eq!((&left["count"], &left["results"][0]["value"]), (&json!(1), &json!(70.0)));
    let day = owner.get("/api/health-metrics/weight/summary?period=week").await.json();
    assert_eq!(day["coverage"]["readings"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_finds_a_device() {
    let app = TestApp::new().await;
    let (owner, other) = (app.patient().await, app.patient().await);
    let scale = Device::new(&app, &owner).await;
    let path = format!("/api/iot/devices/{}", scale.id);

    for found in [other.get(&path).await, other.get(&format!("{path}/health")).await] {
        assert_eq!(found.status, 404);
    }
    assert_eq!(other.put(&path, json!({ "name": "Mine" })).await.status, 404);
    assert_eq!(other.delete(&path).await.status, 404);
    assert_eq!(other.delete(&format!("{path}/data")).await.status, 404);
    for act in ["rotate-key", "pause", "resume", "replace"] {
        assert_eq!(other.post(&format!("{path}/{act}"), json!({})).await.status, 404, "{act}");
    }
    assert_eq!(other.get("/api/iot/devices").await.json()["count"], 0);
    assert_eq!(owner.get(&path).await.json()["status"], "active");

    let theirs = Device::new(&app, &other).await;
    let body = json!({ "device_id": scale.id, "metrics": [weight(70.0, NOW)] });
    let posed = theirs.post(&app, "/api/iot/data", body).await;
    assert_eq!((posed.status, posed.code().as_str()), (401, "devices.unknown_key"));
    assert_eq!(posed.header("www-authenticate"), "X-API-Key");
}

/// What comes where, as a program for small devices would send it: by hand.
pub async fn post_raw(
    app: &TestApp,
    device: &Device,
    body: impl Into<Body>,
    headers: &[(&str, &str)],
) -> Reply {
    let client = app.with_key(&device.key);
    let mut request = client.request(Method::POST, "/api/iot/data/stream");
    if !headers.iter().any(|(name, _)| *name == header::CONTENT_TYPE.as_str()) {
        request = request.header(header::CONTENT_TYPE, "application/json");
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    client.send(request.body(body.into()).unwrap()).await
}
