//! Devices of patients: what their owner does with them, and what they may do with a key of their own.
mod keys;
mod queries;
mod sender;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Patient, throttle},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    devices::{
        ApiKey, BodyPosition, CheckedDevice, DeviceHealth, DeviceId, DeviceKind, DeviceStatus,
        NewDevice, Signs, TOO_MANY_DEVICES, WRONG_STATUS,
    },
    identity::UserId,
    mail::Topic,
};
use jiff::Timestamp;
use serde_json::json;

pub use keys::{KEYS_SWEPT, KeyLine, rotate_key, sweep_keys};
pub(crate) use sender::{Keyed, ShownKey};
pub use sender::{Sender, identify, report_error, verify};

/// A device, for its owner.
#[derive(Debug, Clone)]
pub struct Device {
    pub id: DeviceId,
    pub name: String,
    pub kind: DeviceKind,
    pub manufacturer: Option<String>,
    pub model: Option<String>,
    pub firmware_version: Option<String>,
    pub position: Option<BodyPosition>,
    pub status: DeviceStatus,
    pub created_at: Timestamp,
    pub signs: Signs,
    pub health: DeviceHealth,
    /// Those that work now, the newest first.
    pub keys: Vec<KeyLine>,
    pub replaced_by: Option<DeviceId>,
    /// Its code, and when it was reported.
    pub last_error: Option<(String, Timestamp)>,
    pub last_maintenance: Option<Timestamp>,
    /// Whether its readings are being taken away.
    pub is_clearing: bool,
}

/// Adds a device of `owner`. Its key is told this once; with it the device has to be verified before it may send.
/// Errors: those of the form, [`TOO_MANY_DEVICES`].
pub async fn register(
    clinic: &Clinic,
    owner: &Caller<Patient>,
    form: &NewDevice,
) -> Result<(DeviceId, ApiKey)> {
    let described = form.check()?;
    throttle::take_request(clinic).await?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock_owner(conn, owner.user).await?;
        let id = DeviceId::generate();
        let key = add(conn, owner.user, id, &described).await?;
        record(conn, owner.user, "device.register", id).await?;
        tell(conn, owner.user, Topic::DeviceAdded, id, "").await?;
        Ok((id, key))
    })
    .await
}

/// First of all, as whoever closes an account holds it before its devices.
async fn lock_owner(conn: &mut Conn, owner: UserId) -> Result<()> {
    if queries::lock_owner(conn, owner).await? { Ok(()) } else { Err(Error::SignedOut) }
}

async fn add(
    conn: &mut Conn,
    owner: UserId,
    id: DeviceId,
    described: &CheckedDevice,
) -> Result<ApiKey> {
    queries::insert(conn, id, owner, described)
        .await
        .on_constraint("devices_at_most_twenty", TOO_MANY_DEVICES)?;
    keys::add(conn, id).await
}

/// Whether devices are heard over MQTT, too; true where no broker is set up.
#[must_use]
pub fn is_broker_there(clinic: &Clinic) -> bool {
    clinic.gateways().broker.as_ref().is_none_or(|broker| broker.is_there())
}

/// The devices of `owner`: those that live, and then those that were, each the newest first.
pub async fn devices(
    clinic: &Clinic,
    owner: &Caller<Patient>,
    page: Page,
) -> Result<Found<Device>> {
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    let count = queries::count(conn, owner.user).await?;
    let rows = queries::devices(conn, owner.user, None, page, now).await?;
    Ok(Found { count, items: with_keys(conn, rows, now).await? })
}

/// Errors: [`Error::NotFound`] of a device of somebody else.
pub async fn device(clinic: &Clinic, owner: &Caller<Patient>, id: DeviceId) -> Result<Device> {
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    let rows = queries::devices(conn, owner.user, Some(id), Page::first(), now).await?;
    with_keys(conn, rows, now).await?.pop().ok_or(Error::NotFound)
}

/// A device that may never send again has no key that works.
async fn with_keys(
    conn: &mut Conn,
    rows: Vec<queries::DeviceRow>,
    now: Timestamp,
) -> Result<Vec<Device>> {
    let living = rows.iter().filter(|row| !row.status.next().is_empty());
    let living: Vec<_> = living.map(|row| row.id).collect();
    let mut keys = keys::working(conn, &living, now).await?;
    let device = |row: queries::DeviceRow| {
        let own = keys.remove(&row.id).unwrap_or_default();
        row.device(own, now)
    };
    Ok(rows.into_iter().map(device).collect())
}

/// Describes a device anew. Errors: those of the form; [`WRONG_STATUS`] once it is revoked or replaced.
pub async fn change(
    clinic: &Clinic,
    owner: &Caller<Patient>,
    id: DeviceId,
    form: &NewDevice,
) -> Result<()> {
    let described = form.check()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock_living(conn, owner.user, id).await?;
        queries::change(conn, id, &described).await?;
        record(conn, owner.user, "device.change", id).await
    })
    .await
}

/// Pauses a device, lets it go on, or revokes it. Asked twice it is done once. Errors: [`WRONG_STATUS`].
pub async fn advance(
    clinic: &Clinic,
    owner: &Caller<Patient>,
    id: DeviceId,
    to: DeviceStatus,
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let from = queries::lock(conn, owner.user, id).await?.status;
        let action = match (from, to) {
            (from, to) if from == to => return Ok(()),
            // Only its key makes a new one active.
            (DeviceStatus::Paused, DeviceStatus::Active) => "device.resume",
            (_, DeviceStatus::Paused) => "device.pause",
            (_, DeviceStatus::Revoked) => "device.revoke",
            _ => return Err(WRONG_STATUS.into()),
        };
        queries::set_status(conn, id, from.advance(to)?).await?;
        record(conn, owner.user, action, id).await
    })
    .await
}

/// Puts another device in the place of one, which may send no more; the new one takes its position, unless it says
/// another one. Errors: those of the
/// form; [`WRONG_STATUS`] once it is revoked or replaced.
pub async fn replace(
    clinic: &Clinic,
    owner: &Caller<Patient>,
    id: DeviceId,
    form: &NewDevice,
) -> Result<(DeviceId, ApiKey)> {
    let described = form.check()?;
    throttle::take_request(clinic).await?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock_owner(conn, owner.user).await?;
        let former = lock_living(conn, owner.user, id).await?;
        let position = described.position.or(former);
        let successor = DeviceId::generate();
        // Before the other one is there, so that it is not one too many.
        queries::set_replaced(conn, id, successor).await?;
        let described = CheckedDevice { position, ..described.clone() };
        let key = add(conn, owner.user, successor, &described).await?;
        record(conn, owner.user, "device.replace", id).await?;
        tell(conn, owner.user, Topic::DeviceAdded, successor, "").await?;
        Ok((successor, key))
    })
    .await
}

/// Notes that a device was looked after just now.
pub async fn serviced(clinic: &Clinic, owner: &Caller<Patient>, id: DeviceId) -> Result<()> {
    let (conn, now) = (&mut *clinic.db().await?, clinic.now());
    conn.transaction(async |conn| {
        lock_living(conn, owner.user, id).await?;
        queries::set_maintenance(conn, id, now).await?;
        record(conn, owner.user, "device.serve", id).await
    })
    .await
}

/// Locks a device that is neither revoked nor replaced; its position.
async fn lock_living(conn: &mut Conn, owner: UserId, id: DeviceId) -> Result<Option<BodyPosition>> {
    let device = queries::lock(conn, owner, id).await?;
    match device.status.next() {
        [] => Err(WRONG_STATUS.into()),
        _ => Ok(device.position),
    }
}

/// Revokes all devices of `user`.
pub(crate) async fn revoke_all(conn: &mut Conn, user: UserId) -> Result<()> {
    revoke(conn, user, None).await
}

/// Ends what somebody else may have made of the devices of `user` since `since`: those that were added, and new keys;
/// without `since` all of them.
pub(crate) async fn end_since(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    revoke(conn, user, since).await?;
    match since {
        Some(since) => Ok(keys::end_young(conn, user, since, now).await?),
        None => Ok(()),
    }
}

async fn revoke(conn: &mut Conn, user: UserId, since: Option<Timestamp>) -> Result<()> {
    let revoked = queries::revoke(conn, user, since).await?;
    let revoked: Vec<_> = revoked.into_iter().map(|id| (id.as_uuid(), user)).collect();
    Ok(audit::record_list(conn, user, ("device.revoke", "device"), revoked).await?)
}

/// Tells the owner of a device about it; once of each `what`.
async fn tell(
    conn: &mut Conn,
    owner: UserId,
    topic: Topic,
    device: DeviceId,
    what: &str,
) -> Result<()> {
    let key = format!("{}/{device}/{what}", topic.as_str());
    let payload = json!({ "user_id": owner, "device_id": device });
    Ok(outbox::enqueue_in(conn, topic.as_str(), key, payload).await?)
}

async fn record(
    conn: &mut Conn,
    owner: UserId,
    action: &'static str,
    device: DeviceId,
) -> Result<()> {
    let event = Event {
        actor: Some(owner),
        action,
        subject_type: "device",
        subject: device.as_uuid(),
        patient: Some(owner),
    };
    Ok(audit::record_in(conn, event).await?)
}
