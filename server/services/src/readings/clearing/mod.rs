//! All that a device has sent is taken away when its owner says so. A worker looks through their readings, a few in each
//! transaction: where a server stops, another one goes on.
mod queries;

use super::{
    alerts, milestones,
    rollups::{self, Place},
};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{Caller, Patient},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{MetricKind, hour_of},
};
use jiff::Timestamp;
use queries::{Clearing, LookedAt};
use std::collections::BTreeSet;

/// So many readings are looked through in one transaction, whoever they are from: whoever sends meanwhile waits no longer
/// than that takes.
const AT_ONCE: i64 = 500;

/// Has all readings taken away that `device` has sent so far, as if one by one: what it sends once more does not bring them
/// back, and what it sends anew is kept. An alert that stands on them ends at once. Asked twice it is done once. Errors:
/// [`Error::NotFound`] of a device of somebody else.
pub async fn clear(clinic: &Clinic, owner: &Caller<Patient>, device: DeviceId) -> Result<()> {
    let user = owner.user;
    let conn = &mut *clinic.db().await?;
    let is_news = conn
        .transaction(async |conn| {
            read_as(conn, user).await?;
            if !queries::hold_device(conn, user, device).await? {
                return Err(Error::NotFound);
            }
            let now = clinic.now();
            queries::begin(conn, user, device, now).await?;
            let today = now.to_zoned(owner.zone.rules()).date();
            let is_news = alerts::retract_source(conn, user, device, (today, now)).await?;
            record(conn, user, device).await?;
            Ok(is_news)
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(user);
    }
    Ok(())
}

/// Takes some of what is to go away, of one device; whether there was one. Called by a worker, and by several at once if
/// there are several servers: each takes what no other has in hands.
pub async fn clear_some(clinic: &Clinic) -> Result<bool> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let Some(clearing) = queries::take(conn).await? else { return Ok(false) };
        read_as(conn, clearing.patient_id).await?;
        let next = queries::next(conn, &clearing, AT_ONCE).await?;
        remove(conn, &clearing, &next, now).await?;
        match next.last() {
            Some(last) => queries::go_on(conn, clearing.device_id, last.id).await?,
            None => queries::finish(conn, clearing.device_id).await?,
        }
        Ok(true)
    })
    .await
}

/// Takes away what of `next` is to go, and counts anew what it was counted in.
async fn remove(conn: &mut Conn, of: &Clearing, next: &[LookedAt], now: Timestamp) -> Result<()> {
    let going: Vec<_> = next.iter().filter(|reading| reading.is_to_go).collect();
    let times = going.iter().map(|reading| reading.recorded_at);
    let Some(span) = times.clone().min().zip(times.max()) else { return Ok(()) };
    let (patient, ids) =
        (of.patient_id, going.iter().map(|reading| reading.id).collect::<Vec<_>>());
    let places = queries::remove(conn, patient, &ids, span, now).await?;
    let kinds: BTreeSet<MetricKind> = places.iter().map(|place| place.kind).collect();
    let kinds: Vec<_> = kinds.into_iter().collect();
    rollups::recount(conn, patient, &one_of_each_hour(places)).await?;
    // In the order of whoever sends meanwhile.
    milestones::look_again(conn, patient, &kinds).await?;
    alerts::forget_usual(conn, patient, &kinds).await
}

/// With an hour its day is counted, too.
fn one_of_each_hour(mut places: Vec<Place>) -> Vec<Place> {
    let hour = |place: &Place| {
        (place.kind, place.utc_offset, hour_of(place.recorded_at, place.utc_offset))
    };
    places.sort_by_key(hour);
    places.dedup_by_key(|place| hour(place));
    places
}

async fn record(conn: &mut Conn, owner: UserId, device: DeviceId) -> Result<()> {
    let event = Event {
        actor: Some(owner),
        action: "device.clear",
        subject_type: "device",
        subject: device.as_uuid(),
        patient: Some(owner),
    };
    Ok(audit::record_in(conn, event).await?)
}
