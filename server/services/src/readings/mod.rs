//! Readings: taken from devices and from people, each kept once.
pub mod alerts;
mod attention;
mod batch;
mod clearing;
mod content;
mod correction;
mod doctors;
mod export;
mod limits;
pub mod milestones;
mod queries;
pub mod reminders;
pub mod retention;
mod rollups;
mod turns;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Patient, throttle},
    record::read_as,
};
use alerts::Heard;
use diesel_async::AsyncConnection;
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{
        CORRECTED_SINCE, CheckedManual, ManualReading, MetricKind, Quarantine, Reading, ReadingId,
        Timing, Unit, near_window,
    },
};
use jiff::Timestamp;
use rollups::Place;

pub use attention::{FOLLOWED_AT_MOST, FollowedPatient, Standing, followed, standing};
pub(crate) use batch::Intake;
pub use batch::{Answer, ingest};
pub use clearing::{clear, clear_some};
pub use content::content_id;
pub use correction::{Corrected, History, change, corrections, reading};
pub use doctors::{OfPatient, course_of_patient, dashboard_of_patient};
pub use export::{Exported, ReadingExport, Wanted, export};
pub use limits::{SetLimits, own_limits, set_limits};
pub use rollups::{
    Dashboard, KindCourse, Report, ReportPart, Series, course_of, dashboard, report,
};

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

/// The readings that are older than one of them, the newest first, `most` at most: so a list goes on where no more are
/// counted. Errors: [`Error::NotFound`] where `than` is of somebody else.
pub async fn older(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    kind: Option<MetricKind>,
    than: ReadingId,
    most: i64,
) -> Result<Vec<StoredReading>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let found = correction::found(conn, patient.user, than).await?;
        let at = found.ok_or(Error::NotFound)?.reading.recorded_at;
        Ok(queries::older(conn, patient.user, kind, (at, than), most).await?)
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
/// the form, [`Error::TooMany`], and that it was corrected since.
pub async fn add(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    form: &ManualReading,
) -> Result<ReadingId> {
    let (user, now) = (patient.user, clinic.now());
    let (typed, zone) = (form.check(now)?, patient.zone.rules());
    throttle::take_entry(clinic, user).await?;
    let id = content_id(user.as_uuid(), typed.reading, typed.recorded_at, None);
    let conn = &mut *clinic.db().await?;
    let (id, is_news) = conn
        .transaction(async |conn| {
            read_as(conn, user).await?;
            // Sent once more, what was wrong does not stand beside what is right.
            if correction::is_shown_otherwise(conn, user, id).await? {
                return Err(CORRECTED_SINCE.into());
            }
            let added = queries::add(conn, user, id, &typed, &zone, now)
                .await
                .on_constraint("readings_of_their_own", Error::SignedOut)?;
            let Some(place) = added else { return Ok((id, false)) };
            rollups::recount(conn, user, &[place]).await?;
            record(conn, user, "reading.add", id).await?;
            Ok::<_, Error>((id, follow(conn, patient, id, &typed, now).await?))
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(user);
    }
    Ok(id)
}

/// What was just typed may need attention, if it was just measured; whether there is anything that open pages should hear.
async fn follow(
    conn: &mut Conn,
    patient: &Caller<Patient>,
    id: ReadingId,
    typed: &CheckedManual,
    now: Timestamp,
) -> Result<bool> {
    if Timing::of(typed.recorded_at, now) != Timing::Timely {
        return Ok(false);
    }
    let CheckedManual { reading, unit, recorded_at, .. } = *typed;
    let heard = Heard { id, reading, unit, recorded_at, is_typed: true };
    let today = now.to_zoned(patient.zone.rules()).date();
    let set = limits::queries::of(conn, patient.user).await?;
    let set: Vec<_> = set.into_iter().map(|set| set.limits).collect();
    alerts::follow(conn, patient.user, &set, &[heard], (today, now)).await
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
                let mut places = stand_in(conn, user, id, place).await?;
                places.push(place);
                rollups::recount(conn, user, &places).await?;
                record(conn, user, "reading.remove", id).await?;
                let today = now.to_zoned(patient.zone.rules()).date();
                return alerts::retract(conn, user, None, place, (today, now)).await;
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

/// Lets what was marked as the same measurement as a reading that was `taken` away stand in its place; where it is counted.
async fn stand_in(
    conn: &mut Conn,
    patient: UserId,
    taken: ReadingId,
    was: Place,
) -> Result<Vec<Place>> {
    Ok(queries::stand_in(conn, patient, taken, was, near_window(was.kind)).await?)
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
