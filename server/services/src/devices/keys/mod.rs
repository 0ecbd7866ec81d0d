//! Keys of devices: of each only the hash is kept, and two of a device work at once at most.
mod queries;

use super::{lock_living, record, tell};
use crate::{
    Clinic, Conn, Error, Result,
    identity::{Caller, Patient, throttle},
    token,
};
use diesel_async::AsyncConnection;
use domain::{
    devices::{ApiKey, DeviceId, KEY_BYTES, KEY_KEPT, key_ends},
    mail::Topic,
};
use jiff::Timestamp;
use std::collections::HashMap;

pub(super) use queries::end_young;

/// What is shown of a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyLine {
    pub prefix: String,
    pub created_at: Timestamp,
    /// `None`: it works until another one follows it.
    pub ends_at: Option<Timestamp>,
}

/// A new key for a device. The newest one that the device has used works beside it for `KEY_OVERLAP`; all others end now,
/// so that whoever asks twice keeps the device sending. Errors: `WRONG_STATUS` once the device is revoked or replaced.
pub async fn rotate_key(clinic: &Clinic, owner: &Caller<Patient>, id: DeviceId) -> Result<ApiKey> {
    throttle::take_request(clinic).await?;
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    conn.transaction(async |conn| {
        lock_living(conn, owner.user, id).await?;
        let keys = queries::working(conn, &[id], now).await?;
        let in_use = keys.iter().find(|key| key.is_used).map(|key| key.id);
        for key in keys {
            let ends_at = if in_use == Some(key.id) { key_ends(key.ends_at, now) } else { now };
            queries::end(conn, key.id, ends_at).await?;
        }
        let key = add(conn, id).await?;
        record(conn, owner.user, "device.rotate_key", id).await?;
        tell(conn, owner.user, Topic::DeviceKeyMade, id, key.prefix()).await?;
        Ok(key)
    })
    .await
}

/// A new key of a device that has none without an end.
pub(super) async fn add(conn: &mut Conn, device: DeviceId) -> Result<ApiKey> {
    let mut random = [0; KEY_BYTES];
    aws_lc_rs::rand::fill(&mut random)
        .map_err(|_| Error::Internal(anyhow::anyhow!("no random numbers")))?;
    let key = ApiKey::new(&random);
    queries::insert(conn, device, &token::hash(key.reveal()), key.prefix()).await?;
    Ok(key)
}

/// The keys of each of `devices` that work `now`, the newest first.
pub(super) async fn working(
    conn: &mut Conn,
    devices: &[DeviceId],
    now: Timestamp,
) -> Result<HashMap<DeviceId, Vec<KeyLine>>> {
    let mut all: HashMap<DeviceId, Vec<KeyLine>> = HashMap::new();
    for key in queries::working(conn, devices, now).await? {
        let line = KeyLine { prefix: key.prefix, created_at: key.created_at, ends_at: key.ends_at };
        all.entry(key.device_id).or_default().push(line);
    }
    Ok(all)
}

/// How many keys are forgotten at once.
pub const KEYS_SWEPT: usize = 500;

/// Forgets keys that have ended long ago; how many. Called by a worker.
pub async fn sweep_keys(clinic: &Clinic) -> Result<usize> {
    let limit = i32::try_from(KEYS_SWEPT).unwrap_or(i32::MAX);
    let before = clinic.now() - KEY_KEPT;
    Ok(queries::forget(&mut *clinic.db().await?, before, limit).await?)
}
