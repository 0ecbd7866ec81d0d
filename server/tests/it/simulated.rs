//! The device that is not there.
use crate::{
    running::{Server, tokens},
    support::NOW,
};
use secrecy::ExposeSecret;
use serde_json::Value;
use testkit::{Mosquitto, TestDb};
use tokio::process::Command;

/// What it says in the end, having sent a day.
async fn simulate(server: &Server, settings: &[(&str, &str)], arguments: &[&str]) -> String {
    let ended = Command::new(env!("CARGO_BIN_EXE_medconnect"))
        .args(["device", "simulate", "--to", &format!("http://{}", server.addr)])
        .args(arguments)
        .envs(settings.iter().copied())
        .output()
        .await
        .unwrap();
    let error = String::from_utf8_lossy(&ended.stderr).into_owned();
    assert!(ended.status.success(), "{error}");
    String::from_utf8(ended.stdout).unwrap()
}

/// The number before `words`.
fn number(said: &str, words: &str) -> i64 {
    let (before, _) = said.split_once(words).unwrap_or_else(|| panic!("{said}"));
    before.trim_end().rsplit(' ').next().unwrap().parse().unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_simulated_day_is_sent_over_http_and_once_more_over_mqtt() {
    let db = TestDb::at(NOW).await;
    let broker = Mosquitto::start().await;
    let url = broker.url("medconnect");
    let server = Server::start_with(&db, &[("MQTT_URL", url.expose_secret())]).await;
    let token = &tokens(&db, 1).await[0];
    let head = format!(
        "POST /api/iot/devices/register HTTP/1.1\r\ncontent-type: application/json\r\nauthorization: Bearer {token}"
    );
    let (status, made) = server.request(&head, r#"{"device_type":"smartwatch"}"#).await;
    assert_eq!(status, 201, "{made}");
    let made: Value = serde_json::from_str(&made).unwrap();
    let key = ("DEVICE_KEY", made["api_key"].as_str().unwrap());
    let calm = ["--calm", "--kinds", "heart_rate,blood_pressure"];

    let said = simulate(&server, &[key], &calm).await;
    assert_eq!(number(&said, " accepted"), 288 + 3, "{said}");
    assert_eq!(db.count("readings").await, 288 + 3);
    assert!(said.contains(made["device_id"].as_str().unwrap()), "{said}");

    // The same readings, but for those of the minutes that have passed.
    let address = broker.url("");
    let over_mqtt = [key, ("DEVICE_MQTT_URL", address.expose_secret())];
    let said = simulate(&server, &over_mqtt, &calm).await;
    assert!(number(&said, " we had already") >= 285, "{said}");
    assert!(number(&said, " accepted") <= 3, "{said}");

    // One with all its faults is taken, too: other values of the same times.
    let said = simulate(&server, &over_mqtt, &["--seed", "7", "--past", "4h"]).await;
    assert!(number(&said, " accepted") >= 48, "{said}");
    assert!(!said.contains(key.1));
}
