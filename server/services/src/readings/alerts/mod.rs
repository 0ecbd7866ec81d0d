//! Alerts: what people are told of their readings, written with the readings.
mod escalation;
mod follow;
mod queries;
mod retract;
mod watches;

use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Patient},
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{Baseline, Concern, MetricKind, Reading, ReadingAlertId, Severity, Side, Unit},
};
use jiff::Timestamp;
use std::collections::HashMap;

pub(crate) use escalation::text_of;
pub use escalation::{Contact, contact, escalate};
pub(super) use follow::{Heard, follow, judge, needs_following};
pub(super) use retract::{retract, retract_source};
pub(super) use watches::Followed;

/// Something people are told of their readings.
#[derive(Debug, Clone)]
pub struct Alert {
    pub id: ReadingAlertId,
    pub kind: MetricKind,
    pub severity: Severity,
    pub side: Side,
    pub concern: Concern,
    /// How much its last reading asks for by itself, confirmed or not.
    pub reading_severity: Severity,
    /// The last reading beyond the limits, the unit it came in, and when it was measured.
    pub reading: Reading,
    pub unit: Unit,
    pub recorded_at: Timestamp,
    /// How many were beyond the limits so far.
    pub readings: i32,
    pub opened_at: Timestamp,
    pub acknowledged_at: Option<Timestamp>,
    /// When the person was told whom the patient has named for an emergency.
    pub escalated_at: Option<Timestamp>,
    /// `None`: it goes on.
    pub ended_at: Option<Timestamp>,
}

/// The alerts of `patient` that go on, what nobody has seen first, and of that the worst.
pub async fn open(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<Alert>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        Ok(queries::open_alerts(conn, patient.user).await?)
    })
    .await
}

/// Those that are over, the newest first.
pub async fn over(clinic: &Clinic, patient: &Caller<Patient>, page: Page) -> Result<Found<Alert>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let count = queries::count_over(conn, patient.user, super::COUNTED).await?;
        let items = queries::over(conn, patient.user, page).await?;
        Ok(Found { count, items })
    })
    .await
}

/// Says that `patient` has seen an alert. Twice is once. Errors: [`Error::NotFound`] of one of somebody else.
pub async fn acknowledge(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: ReadingAlertId,
) -> Result<()> {
    let (user, now) = (patient.user, clinic.now());
    let conn = &mut *clinic.db().await?;
    let is_news = conn
        .transaction(async |conn| {
            read_as(conn, user).await?;
            if queries::acknowledge(conn, user, id, now).await? {
                escalation::queries::forget(conn, id).await?;
                record(conn, (Some(user), "alert.acknowledge"), user, id).await?;
                return Ok(true);
            }
            match queries::is_there(conn, user, id).await? {
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

/// Has what is usual for `patient` found out anew, with the next reading of each of `kinds`.
pub(super) async fn forget_usual(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
) -> Result<()> {
    watches::queries::hold_all(conn, patient).await?;
    Ok(watches::queries::forget_baselines(conn, patient, kinds).await?)
}

/// The worst that goes on with each of `patients`, of whom whoever reads may see it.
pub(super) async fn worst(
    conn: &mut Conn,
    patients: &[UserId],
) -> QueryResult<HashMap<UserId, Severity>> {
    queries::worst(conn, patients).await
}

/// Tells every server that what these `patients` are told is not what it was.
pub(crate) async fn announce(clinic: &Clinic, patients: &[UserId]) -> Result<()> {
    match patients {
        [] => Ok(()),
        _ => Ok(queries::notify(&mut *clinic.db().await?, patients).await?),
    }
}

/// What is usual for `patient` in a kind, as of the last day of which there was a reading.
pub(super) async fn usual(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
) -> Result<Option<Baseline>> {
    Ok(watches::queries::known(conn, patient, kind).await?.and_then(|known| known.baseline()))
}

async fn record(
    conn: &mut Conn,
    (actor, action): (Option<UserId>, &'static str),
    patient: UserId,
    alert: ReadingAlertId,
) -> Result<()> {
    let event = Event {
        actor,
        action,
        subject_type: "alert",
        subject: alert.as_uuid(),
        patient: Some(patient),
    };
    Ok(audit::record_in(conn, event).await?)
}
