//! Alerts: what people are told of their readings, written with the readings.
mod follow;
mod queries;
mod watches;

use super::rollups::Place;
use crate::{
    Clinic, Conn, Error, Result,
    account::phone::emergency_number,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Patient},
    outbox::{self, SMS},
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    account::phone::PhoneNumber,
    identity::UserId,
    readings::{
        Baseline, Concern, MetricKind, Reading, ReadingAlertId, ReadingId, Severity, Side, Unit,
        alert_text,
    },
};
use jiff::Timestamp;
use serde_json::json;
use std::collections::HashMap;

pub(super) use follow::{Heard, follow, judge, needs_following};
pub(super) use watches::Followed;

/// Something people are told of their readings.
#[derive(Debug, Clone)]
pub struct Alert {
    pub id: ReadingAlertId,
    pub kind: MetricKind,
    pub severity: Severity,
    pub side: Side,
    pub concern: Concern,
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
                queries::forget_unseen(conn, &[id]).await?;
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

/// Ends the alert that stands on a reading of `patient` which was taken away, unless others are left that confirm it.
/// Whether there was one.
pub(super) async fn retract(
    conn: &mut Conn,
    patient: UserId,
    reading: ReadingId,
    was: Place,
    now: Timestamp,
) -> Result<bool> {
    watches::queries::forget(conn, patient, was.kind, was.recorded_at).await?;
    let Some((id, kind, left)) = queries::standing_on(conn, patient, reading).await? else {
        return Ok(false);
    };
    let confirm = domain::readings::Rule::of(kind).confirm;
    if left >= i64::from(confirm) {
        queries::set_readings(conn, id, left).await?;
        return Ok(true);
    }
    queries::end(conn, id, "removed", now).await?;
    queries::forget_unseen(conn, &[id]).await?;
    watches::queries::calm(conn, patient, kind).await?;
    Ok(true)
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

/// How many patients are thought of at once.
const AT_ONCE: i64 = 50;

/// Tells those whom patients have named for an emergency of what cannot wait and nobody has seen; how many there were.
/// Called by a worker.
pub async fn escalate(clinic: &Clinic) -> Result<usize> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let due = conn
        .transaction(async |conn| {
            let due = queries::take_due(conn, now, AT_ONCE).await?;
            for &(id, patient) in &due {
                read_as(conn, patient).await?;
                escalate_one(conn, patient, id, now).await?;
            }
            Ok::<_, Error>(due)
        })
        .await?;
    for (_, patient) in &due {
        clinic.live().announce_alerts(*patient);
    }
    Ok(due.len())
}

async fn escalate_one(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
    now: Timestamp,
) -> Result<()> {
    if emergency_number(conn, patient).await?.is_none()
        || !queries::set_escalated(conn, id, now).await?
    {
        return Ok(());
    }
    record(conn, (None, "alert.escalate"), patient, id).await?;
    let payload = json!({ "alert_id": id, "user_id": patient });
    Ok(outbox::enqueue_in(conn, SMS, format!("{SMS}/alert/{id}"), payload).await?)
}

/// To whom a text message about an alert goes, and what it says; nothing once it is over or was seen.
pub(crate) async fn text_of(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
) -> Result<Option<(PhoneNumber, String)>> {
    let (number, alert) = conn
        .transaction(async |conn| {
            read_as(conn, patient).await?;
            let number = emergency_number(conn, patient).await?;
            Ok::<_, Error>((number, queries::name_of_unseen(conn, patient, id).await?))
        })
        .await?;
    let number = number.and_then(|number| number.parse().ok());
    Ok(number.zip(alert.map(|name| alert_text(&name))))
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
