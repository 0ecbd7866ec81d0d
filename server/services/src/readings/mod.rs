//! Readings: taken from devices and from people, each kept once.
pub mod alerts;
mod batch;
mod content;
pub mod milestones;
mod queries;
mod rollups;
mod turns;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Patient},
    record::read_as,
};
use alerts::Heard;
use diesel_async::AsyncConnection;
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{ManualReading, MetricKind, Quarantine, Reading, ReadingId, Timing, Unit},
};
use jiff::Timestamp;

pub use batch::{Answer, ingest};
pub use content::content_id;
pub use rollups::{KindCourse, Series, course_of, dashboard};
pub(crate) use turns::Turns;

/// A reading as it is kept.
#[derive(Debug, Clone)]
pub struct StoredReading {
    pub id: ReadingId,
    pub reading: Reading,
    /// The unit it was sent or typed in.
    pub unit: Unit,
    pub recorded_at: Timestamp,
    pub received_at: Timestamp,
    /// Which device sent it, and what it is called; `None`: the patient typed it.
    pub device: Option<(DeviceId, String)>,
    pub notes: Option<String>,
    pub is_late: bool,
    pub near_duplicate_of: Option<ReadingId>,
    pub version: i32,
}

/// So many are counted at most: further back nobody leafs.
pub const COUNTED: i64 = 10_000;

/// The readings of `patient`, or those of one `kind`, the newest first. Those that are quarantined are not among them.
pub async fn readings(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    kind: Option<MetricKind>,
    page: Page,
) -> Result<Found<StoredReading>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let count = queries::count(conn, patient.user, kind, COUNTED).await?;
        let items = queries::readings(conn, patient.user, kind, page).await?;
        Ok(Found { count, items })
    })
    .await
}

/// What devices of `patient` sent with a time that cannot be right, the last to come first.
pub async fn quarantined(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    page: Page,
) -> Result<Found<(StoredReading, Quarantine)>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let count = queries::count_quarantined(conn, patient.user, COUNTED).await?;
        let items = queries::quarantined(conn, patient.user, page).await?;
        Ok(Found { count, items })
    })
    .await
}

/// Keeps what `patient` has typed; the same typed twice is kept once, and what was taken away is back. Errors: those of
/// the form.
pub async fn add(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    form: &ManualReading,
) -> Result<ReadingId> {
    let (user, now) = (patient.user, clinic.now());
    let (typed, zone) = (form.check(now)?, patient.zone.rules());
    let id = content_id(user.as_uuid(), typed.reading, typed.recorded_at, None);
    let conn = &mut *clinic.db().await?;
    let (id, is_news) = conn
        .transaction(async |conn| {
            read_as(conn, user).await?;
            let added = queries::add(conn, user, id, &typed, &zone, now)
                .await
                .on_constraint("readings_of_their_own", Error::SignedOut)?;
            let Some(place) = added else { return Ok((id, false)) };
            rollups::recount(conn, user, place).await?;
            record(conn, user, "reading.add", id).await?;
            let heard = Heard {
                id,
                reading: typed.reading,
                unit: typed.unit,
                recorded_at: typed.recorded_at,
            };
            let is_timely = Timing::of(typed.recorded_at, now) == Timing::Timely;
            let today = now.to_zoned(zone.clone()).date();
            let is_news = is_timely && alerts::follow(conn, user, &[heard], (today, now)).await?;
            Ok::<_, Error>((id, is_news))
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(user);
    }
    Ok(id)
}

/// Takes a reading out of all that is shown. What a device sends once more does not bring it back. Asked twice it is
/// done once. Errors: [`Error::NotFound`] of a reading of somebody else.
pub async fn remove(clinic: &Clinic, patient: &Caller<Patient>, id: ReadingId) -> Result<()> {
    let (user, now) = (patient.user, clinic.now());
    let span = content::span(id).ok_or(Error::NotFound)?;
    let conn = &mut *clinic.db().await?;
    let is_news = conn
        .transaction(async |conn| {
            read_as(conn, user).await?;
            if let Some(place) = queries::remove(conn, user, id, span, now).await? {
                rollups::recount(conn, user, place).await?;
                record(conn, user, "reading.remove", id).await?;
                return alerts::retract(conn, user, id, now).await;
            }
            match queries::is_there(conn, user, id, span).await? {
                true => Ok(false),
                false => Err(Error::NotFound),
            }
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(user);
    }
    Ok(())
}

/// Makes the partitions that readings of the next months need; how many. Called by a worker.
pub async fn make_partitions(clinic: &Clinic) -> Result<i32> {
    Ok(queries::make_partitions(&mut *clinic.db().await?, clinic.now()).await?)
}

async fn record(
    conn: &mut Conn,
    patient: UserId,
    action: &'static str,
    reading: ReadingId,
) -> Result<()> {
    let event = Event {
        actor: Some(patient),
        action,
        subject_type: "reading",
        subject: reading.as_uuid(),
        patient: Some(patient),
    };
    Ok(audit::record_in(conn, event).await?)
}
