//! What a device may do with its key: say that it is there, what is wrong with it, and send readings.
mod queries;

use super::{record, tell};
use crate::{
    Clinic, Conn, Error, Result,
    together::{Asked, Size, Work},
    token,
};
use diesel_async::AsyncConnection;
use domain::{
    devices::{
        ApiKey, DeviceId, DeviceStatus, ErrorCode, error_message, firmware_version as version,
    },
    identity::UserId,
    mail::Topic,
};
use jiff::tz::TimeZone;
use std::{collections::HashMap, time::Duration};

pub(crate) use queries::Keyed;

/// How many errors of a device are kept.
pub const ERRORS_KEPT: i64 = 100;

/// A device that has shown a key of its own. Only [`identify`] gives it; its scope is to send.
#[derive(Debug, Clone)]
pub struct Sender {
    device: DeviceId,
    owner: UserId,
    status: DeviceStatus,
}

impl Sender {
    #[must_use]
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// As it was when it showed its key.
    #[must_use]
    pub fn status(&self) -> DeviceStatus {
        self.status
    }

    pub(crate) fn owner(&self) -> UserId {
        self.owner
    }
}

/// Whose key `key` is. What the device may do depends on its status. Errors: [`Error::SignedOut`] for a key that is
/// unknown or has ended, is of another device than `device`, or of a closed account.
pub async fn identify(clinic: &Clinic, key: &str, device: Option<DeviceId>) -> Result<Sender> {
    let key: ApiKey = key.parse().map_err(|_| Error::SignedOut)?;
    let shown = ShownKey { hash: token::hash(key.reveal()), device };
    let Some(found) = clinic.shown_keys().submit(shown, Identifying(clinic.clone())).await? else {
        tracing::info!(key = key.prefix(), "a key that opens no device");
        return Err(Error::SignedOut);
    };
    if let Some(key) = found.new_key {
        queries::note_first_use(&mut *clinic.db().await?, key, clinic.now()).await?;
    }
    Ok(Sender { device: found.id, owner: found.patient_id, status: found.status })
}

/// A key that somebody shows, and of which device they say it is.
#[derive(Debug)]
pub(crate) struct ShownKey {
    hash: Vec<u8>,
    device: Option<DeviceId>,
}

impl Size for ShownKey {
    const FULL: usize = 500;
    // It takes less than to wait for others.
    const MOMENT: Duration = Duration::ZERO;

    fn size(&self) -> usize {
        1
    }
}

/// Looks up whose keys are shown, all at once.
#[derive(Clone)]
struct Identifying(Clinic);

impl Work<ShownKey, Option<Keyed>> for Identifying {
    async fn go(self, asked: Vec<Asked<ShownKey, Option<Keyed>>>) {
        let found = self.look_up(asked.iter().map(|one| &one.job)).await;
        match found {
            Ok(mut found) => {
                for (place, one) in asked.into_iter().enumerate() {
                    one.answer(Ok(found.remove(&place)));
                }
            }
            Err(error) => {
                for one in asked {
                    one.answer(Err(error.of_another()));
                }
            }
        }
    }
}

impl Identifying {
    async fn look_up(
        &self,
        keys: impl Iterator<Item = &ShownKey> + Clone + Send,
    ) -> Result<HashMap<usize, Keyed>> {
        let Self(clinic) = self;
        Ok(queries::devices_with(&mut *clinic.db().await?, keys, clinic.now()).await?)
    }
}

/// Lets a device send that was not verified yet, and notes which software it says to run; once more does nothing else.
/// Errors: a problem of the field `firmware_version`; refused as by [`DeviceStatus::may_send`].
pub async fn verify(
    clinic: &Clinic,
    sender: &Sender,
    firmware_version: Option<&str>,
) -> Result<()> {
    let firmware_version = version(firmware_version.unwrap_or_default())?;
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    conn.transaction(async |conn| {
        let status = lock(conn, sender.device).await?;
        if status == DeviceStatus::Unverified {
            queries::activate(conn, sender.device).await?;
            record(conn, sender.owner, "device.verify", sender.device).await?;
        } else {
            status.may_send()?;
        }
        Ok(queries::note_seen(conn, sender.device, firmware_version.as_deref(), now).await?)
    })
    .await
}

/// Notes what a device says is wrong with it. Errors: problems of the fields `error_code` and `message`; refused as by
/// [`DeviceStatus::may_send`].
pub async fn report_error(
    clinic: &Clinic,
    sender: &Sender,
    code: &str,
    message: &str,
) -> Result<()> {
    sender.status.may_send()?;
    let code = ErrorCode::checked("error_code", code);
    let message = error_message("message", message);
    let (code, message) = match (code, message) {
        (Ok(code), Ok(message)) => (code, message),
        (code, message) => {
            return Err(Error::Invalid(
                [code.err(), message.err()].into_iter().flatten().collect(),
            ));
        }
    };
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    conn.transaction(async |conn| {
        lock(conn, sender.device).await?.may_send()?;
        queries::insert_error(conn, sender.device, &code, message.as_deref(), now).await?;
        queries::forget_errors(conn, sender.device, ERRORS_KEPT).await?;
        let today = now.to_zoned(TimeZone::UTC).date().to_string();
        tell(conn, sender.owner, Topic::DeviceFailed, sender.device, &today).await?;
        Ok(queries::note_seen(conn, sender.device, None, now).await?)
    })
    .await
}

async fn lock(conn: &mut Conn, device: DeviceId) -> Result<DeviceStatus> {
    queries::lock(conn, device).await?.ok_or(Error::SignedOut)
}
