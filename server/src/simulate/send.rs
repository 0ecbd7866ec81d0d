//! Brings what a simulated device has measured to the clinic, and counts what became of it.
use super::plan::Batch;
use anyhow::{Context, bail};
use gateways::{
    http_device::HttpDevice,
    mqtt::{Reply, device::MqttDevice},
};
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;
use std::{collections::BTreeMap, fmt, time::Duration};
use tokio::time::sleep;

/// How long to wait for an answer over MQTT, and before the same is sent once more.
const TIME: Duration = Duration::from_secs(20);
const PAUSE: Duration = Duration::from_secs(1);

/// How often a batch is sent that is not answered: what is kept already is then a duplicate.
const TRIES: u32 = 60;

/// How it speaks to the clinic.
#[derive(Debug)]
pub enum Way {
    Http(HttpDevice),
    Mqtt(MqttDevice),
}

impl Way {
    async fn ask(&self, key: &str, body: String) -> anyhow::Result<(Reply, Option<u64>)> {
        match self {
            Self::Http(device) => {
                device.post("/api/iot/data/stream", ("x-api-key", key), body).await
            }
            Self::Mqtt(device) => Ok((device.ask("data", key, body, TIME).await?, None)),
        }
    }
}

/// What became of all that was sent.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Summary {
    pub batches: u64,
    pub readings: u64,
    pub accepted: u64,
    pub duplicates: u64,
    pub quarantined: u64,
    /// By the code of the reason.
    pub refused: BTreeMap<String, u64>,
    /// How often a batch had to be sent again.
    pub again: u64,
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { batches, readings, accepted, duplicates, quarantined, .. } = self;
        write!(
            f,
            "{readings} readings in {batches} batches: {accepted} accepted, {duplicates} we had already, \
             {quarantined} kept apart, {} refused",
            self.refused.values().sum::<u64>()
        )?;
        for (code, count) in &self.refused {
            write!(f, "\n  {count} {code}")?;
        }
        if self.again > 0 {
            write!(
                f,
                "\n  sent again {} times, as there was no answer or it was too early",
                self.again
            )?;
        }
        Ok(())
    }
}

impl Summary {
    /// Sends `batch` until it is answered. Errors: the device may not send, or nobody answers for long.
    pub async fn send(
        &mut self,
        way: &Way,
        key: &SecretString,
        batch: &Batch,
    ) -> anyhow::Result<()> {
        let body = batch.body().to_string();
        for _ in 0..TRIES {
            let wait = match way.ask(key.expose_secret(), body.clone()).await {
                Ok((reply, _)) if reply.status == 200 => return self.count(batch, &reply),
                Ok((Reply { status: 429 | 503, .. }, wait)) => {
                    wait.map_or(PAUSE, Duration::from_secs)
                }
                Ok((reply, _)) => bail!("the clinic refuses it: {}", said(&reply)),
                Err(_) => PAUSE,
            };
            self.again += 1;
            sleep(wait).await;
        }
        bail!("the clinic does not answer")
    }

    fn count(&mut self, batch: &Batch, reply: &Reply) -> anyhow::Result<()> {
        let answer: Value = serde_json::from_slice(&reply.body).context("an answer is no JSON")?;
        self.batches += 1;
        self.readings += u64::try_from(batch.samples.len()).unwrap_or_default();
        let number = |name: &str| answer[name].as_u64().unwrap_or_default();
        self.accepted += number("accepted");
        self.duplicates += number("duplicates");
        self.quarantined += number("quarantined");
        let results = answer["results"].as_array().into_iter().flatten();
        for result in results.filter(|result| result["outcome"] == "refused") {
            let code = result["reason"]["code"].as_str().unwrap_or("without a reason");
            *self.refused.entry(code.to_owned()).or_default() += 1;
        }
        Ok(())
    }
}

/// What a problem document says, with its status.
pub fn said(reply: &Reply) -> String {
    let body: Value = serde_json::from_slice(&reply.body).unwrap_or_default();
    format!("{} {}", reply.status, body["detail"].as_str().unwrap_or_default())
}
