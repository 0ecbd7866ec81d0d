//! `medconnect device simulate`: a device that is not there sends what it could have measured.
mod course;
mod plan;
mod send;

use crate::{demo, serve::clock};
use anyhow::{Context, ensure};
use clap::Args;
use domain::readings::MetricKind;
use gateways::{
    http_device::HttpDevice,
    mqtt::{Address, device::MqttDevice},
};
use jiff::{SignedDuration, Timestamp};
use plan::Plan;
use secrecy::{ExposeSecret, SecretString};
use send::{Summary, Way, said};
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// How long the broker may take to let us in.
const TIME: Duration = Duration::from_secs(10);

/// How often the device sends what lies in the past, at least.
const SENDS: SignedDuration = SignedDuration::from_mins(15);

/// What is simulated, and where it is sent.
#[derive(Debug, Clone, Args)]
pub struct Simulate {
    /// Where the clinic is. Unset: MEDCONNECT_PUBLIC_URL, or the listening address.
    #[arg(long)]
    to: Option<String>,

    /// The key of the device, better in the variable or the file than here, where others on this machine see it.
    #[arg(long, env = "DEVICE_KEY", hide_env_values = true)]
    key: Option<SecretString>,
    #[arg(long, env = "DEVICE_KEY_FILE")]
    key_file: Option<PathBuf>,

    /// Without a key: register a new smartwatch of the patient with this email address.
    #[arg(long, conflicts_with_all = ["key", "key_file"])]
    register_for: Option<String>,

    /// That patient's password. Unset: that of the demo.
    #[arg(long, env = "PATIENT_PASSWORD", hide_env_values = true)]
    password: Option<SecretString>,

    /// Publish at this broker instead of posting: mqtt://host:port. Without a name in it the device signs in with its
    /// id and its key.
    #[arg(long, env = "DEVICE_MQTT_URL", hide_env_values = true)]
    broker: Option<SecretString>,

    /// What it measures.
    #[arg(
        long,
        value_delimiter = ',',
        default_value = "heart_rate,oxygen_saturation,blood_pressure,blood_glucose,steps,sleep_duration,weight"
    )]
    kinds: Vec<MetricKind>,

    /// How often it measures what can be measured as often.
    #[arg(long, default_value = "5m")]
    every: SignedDuration,

    /// How much of the past it has remembered, and sends first.
    #[arg(long, default_value = "24h")]
    past: SignedDuration,

    /// How long it goes on from now, as time passes.
    #[arg(long, default_value = "0s")]
    live: SignedDuration,

    /// The same seed measures the same.
    #[arg(long, default_value_t = 1)]
    seed: u64,

    /// Without drop-outs, bursts, drift, repetitions, wrong clocks and impossible values.
    #[arg(long)]
    calm: bool,
}

/// Sends all that is simulated to the clinic, which is at `public_url` where nothing else is said.
pub async fn run(asked: Simulate, public_url: String) -> anyhow::Result<()> {
    ensure!(asked.every >= SignedDuration::from_secs(1), "--every must be a second or more");
    ensure!(!asked.kinds.is_empty(), "--kinds must name one");
    let base = asked.to.clone().unwrap_or(public_url);
    let http = HttpDevice::new(&base)?;
    let key = key(&asked, &http).await?;
    // The device shows its key first, as a real one does: nothing else says what it is called.
    let device = verified(&http, &key).await?;
    let way = match &asked.broker {
        None => Way::Http(http),
        Some(url) => Way::Mqtt(connect(url, &device, &key).await?),
    };
    let now = whole_minute(clock());
    let mut summary = Summary::default();
    let plan = Plan {
        seed: asked.seed,
        kinds: asked.kinds.clone(),
        every: asked.every,
        sends: asked.every.max(SENDS),
        is_calm: asked.calm,
    };
    for batch in plan.batches(now - asked.past, now) {
        summary.send(&way, &key, &batch).await?;
    }
    let live = Plan { sends: asked.every, ..plan };
    for batch in live.batches(now, now + asked.live) {
        let wait = batch.at.duration_since(clock());
        tokio::time::sleep(Duration::try_from(wait).unwrap_or_default()).await;
        summary.send(&way, &key, &batch).await?;
    }
    println!("device {device}: {summary}");
    Ok(())
}

async fn key(asked: &Simulate, http: &HttpDevice) -> anyhow::Result<SecretString> {
    if let Some(key) = &asked.key {
        return Ok(key.clone());
    }
    if let Some(path) = &asked.key_file {
        let key = std::fs::read_to_string(path).context("cannot read the file with the key")?;
        return Ok(key.trim().to_owned().into());
    }
    let email = asked.register_for.as_ref();
    let email = email.context("set DEVICE_KEY, DEVICE_KEY_FILE or --register-for")?;
    let password = asked.password.clone().unwrap_or_else(|| demo::PASSWORD.into());
    let login = json!({ "email": email, "password": password.expose_secret() });
    let opened = answered(http, "/api/auth/login", ("accept", "application/json"), login).await?;
    let token = opened["access"].as_str().context("this account needs more than a password")?;
    let watch = json!({ "device_type": "smartwatch", "name": "Simulated watch" });
    let bearer = format!("Bearer {token}");
    let path = "/api/iot/devices/register";
    let made = answered(http, path, ("authorization", &bearer), watch).await?;
    Ok(made["api_key"].as_str().context("the clinic gave no key")?.to_owned().into())
}

async fn verified(http: &HttpDevice, key: &SecretString) -> anyhow::Result<String> {
    let header = ("x-api-key", key.expose_secret());
    let verified = answered(http, "/api/iot/devices/verify", header, json!({})).await?;
    Ok(verified["device_id"].as_str().context("the clinic does not say which device")?.to_owned())
}

async fn answered(
    http: &HttpDevice,
    path: &str,
    header: (&str, &str),
    body: Value,
) -> anyhow::Result<Value> {
    let (reply, _) = http.post(path, header, body.to_string()).await?;
    ensure!(reply.status < 300, "{path}: {}", said(&reply));
    serde_json::from_slice(&reply.body).context("an answer is no JSON")
}

async fn connect(
    url: &SecretString,
    device: &str,
    key: &SecretString,
) -> anyhow::Result<MqttDevice> {
    let address = Address::new(url).context("--broker")?;
    let address = if address.has_login() { address } else { address.as_user(device, key.clone()) };
    MqttDevice::connect(&address, device, TIME).await
}

/// So that the same plan, begun once more within the minute, measures at the same times.
fn whole_minute(now: Timestamp) -> Timestamp {
    Timestamp::from_second(now.as_second().div_euclid(60) * 60).unwrap_or(now)
}
