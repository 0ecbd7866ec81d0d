//! The same over MQTT: what devices publish is what they would post, and is answered alike.
use super::{
    batch::{Envelope, Text},
    ingest::{self, Shown},
    pace::Paces,
    problem::{ApiError, ApiResult},
};
use domain::{Problem, ProblemKind, devices::ONE_REQUEST_EACH};
use gateways::mqtt::{Desk, Heard, Message, Reply};
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use services::Clinic;
use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

/// What was not taken is told to the log this often at most: somebody may publish any number of wrong messages.
const TOLD_EVERY: SignedDuration = SignedDuration::from_mins(1);

/// What has to wait for longer is given back to its device: here it would take the place of others, till the next day even.
const WAITS_AT_MOST: u16 = 60;

/// Deals with what devices publish.
#[derive(Debug)]
pub struct MqttDesk {
    clinic: Clinic,
    paces: Paces,
    refused: Mutex<Refused>,
}

/// How many messages were not taken since that was last said, by the code of the reason.
#[derive(Debug)]
struct Refused {
    told: Timestamp,
    codes: BTreeMap<String, u64>,
}

impl MqttDesk {
    #[must_use]
    pub fn new(clinic: Clinic) -> Self {
        let refused = Refused { told: Timestamp::UNIX_EPOCH, codes: BTreeMap::new() };
        Self { clinic, paces: Paces::default(), refused: Mutex::new(refused) }
    }

    async fn answer(&self, message: &Message) -> ApiResult<Vec<u8>> {
        let device = message.device.parse().map_err(|_| {
            ApiError::field(
                "device_id",
                "Publish below medconnect/devices/ and the id of the device.",
            )
        })?;
        let shown = Shown { key: message.key().map(str::to_owned), device: Some(device) };
        let body = Text::read(message.payload().to_vec())?;
        let (clinic, paces) = (&self.clinic, &self.paces);
        match message.act.as_str() {
            "verify" => encoded(&ingest::verify(clinic, paces, shown, &body).await?),
            "error" => encoded(&ingest::report_error(clinic, paces, shown, &body).await?),
            _ => {
                let sent = ingest::take_readings(clinic, paces, shown, &body, Envelope::items);
                encoded(&sent.await?)
            }
        }
    }

    fn refuse(&self, error: ApiError) -> Reply {
        let (now, code) = (self.clinic.now(), error.code().to_owned());
        let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
        *refused.codes.entry(code).or_default() += 1;
        if now.duration_since(refused.told) >= TOLD_EVERY {
            refused.told = now;
            let codes = std::mem::take(&mut refused.codes);
            tracing::warn!(?codes, "messages of devices over MQTT were not taken");
        }
        drop(refused);
        let (status, body) = error.into_document();
        Reply { status: status.as_u16(), body }
    }
}

impl Desk for MqttDesk {
    async fn hear(&self, message: &Message) -> Heard {
        let error = match self.answer(message).await {
            Ok(body) => return Heard::Settled(Reply { status: 200, body }),
            Err(error) => error,
        };
        match error.kind() {
            ProblemKind::Unavailable => Heard::Later,
            ProblemKind::TooMany => match error.retry_after().unwrap_or(1) {
                seconds if seconds > WAITS_AT_MOST => Heard::Settled(self.refuse(error)),
                seconds => Heard::Wait(Duration::from_secs(u64::from(seconds))),
            },
            ProblemKind::Internal => Heard::Failed(self.refuse(error)),
            _ => Heard::Settled(self.refuse(error)),
        }
    }

    fn turn_away(&self) -> Reply {
        self.refuse(Problem::too_many(ONE_REQUEST_EACH).into())
    }
}

fn encoded(body: &impl Serialize) -> ApiResult<Vec<u8>> {
    let failed = |error| services::Error::Internal(anyhow::Error::new(error));
    Ok(serde_json::to_vec(body).map_err(failed)?)
}
