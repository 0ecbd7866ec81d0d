//! Urgent visits: on the same day, at times that are kept for them, one at a time for each person.
use super::{
    Booked, CANNOT_CHANGE, Hold, IdempotencyKey, Wanted, active, book_as,
    change::event_of,
    hold::keep,
    queries::{self, NewAppointment},
    visits::Visit,
};
use crate::{
    Clinic, Conn, Error, Result, audit,
    directory::ProviderDetails,
    identity::{Caller, Doctor, Patient},
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    booking::{AppointmentId, BookingRequest, Offer, Priority, Slot, VisitKind},
    directory::ProviderId,
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::Arc;

/// Today is over everywhere by then.
const TODAY: SignedDuration = SignedDuration::from_hours(50);

/// The times at which an urgent visit to an active doctor can begin today, kept for them or not; what is
/// kept for `viewer` is free to them.
pub async fn urgent_times(
    clinic: &Clinic,
    provider: ProviderId,
    viewer: Option<UserId>,
) -> Result<(Arc<ProviderDetails>, Vec<Offer>)> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let window = Slot { start: now, end: now.saturating_add(TODAY).unwrap_or(Timestamp::MAX) };
    let schedule = active(clinic, conn, provider, window, viewer).await?;
    let times = schedule.urgent(window, now);
    Ok((schedule.doctor, times))
}

/// Books the requested time for an urgent visit of `person`, who is the caller or one of their
/// dependants. It must be today; the constraint refuses a second one that is not over yet.
pub async fn book_urgently(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    person: UserId,
    key: &IdempotencyKey,
    request: BookingRequest,
) -> Result<Booked> {
    book_as(clinic, patient, (person, Priority::Urgent), key, request).await
}

/// Keeps a time for an urgent visit, as [`super::hold`] does for others.
pub async fn hold_urgently(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: Timestamp,
    kind: Option<VisitKind>,
) -> Result<Hold> {
    keep(clinic, patient, provider, Wanted { start, kind, priority: Some(Priority::Urgent) }).await
}

/// Writes the visit and that it is urgent: both, or neither.
pub(super) async fn insert(
    conn: &mut Conn,
    row: &NewAppointment<'_>,
    now: Timestamp,
) -> QueryResult<Option<Visit>> {
    conn.transaction(async |conn| {
        let Some(visit) = queries::insert_appointment(conn, row).await? else { return Ok(None) };
        queries::set_priority(conn, visit.id, Priority::Urgent, Some(now)).await?;
        Ok(Some(Visit { priority: Priority::Urgent, ..visit }))
    })
    .await
}

/// Says how soon the patient of a visit of the doctor has to be seen. Asked twice, it is said once.
pub async fn set_priority(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    priority: Priority,
) -> Result<()> {
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let (patient, visit) = queries::lock_visit_of(conn, id, provider).await?;
        if visit.priority == priority {
            return Ok(());
        }
        if !visit.status.is_live() {
            return Err(CANNOT_CHANGE.into());
        }
        // How many doctors see somebody urgently is not for one of them to hear.
        queries::set_priority(conn, id, priority, None).await?;
        let event = event_of(doctor.user, patient, id, "appointment.set_priority");
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await
}
