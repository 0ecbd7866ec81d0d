//! Urgent visits: on the same day, at times that are kept for them, one at a time for each person.
mod queries;

use super::{
    Booked, CANNOT_CHANGE, Hold, IdempotencyKey, Wanted, active, active_of_many, book_as,
    change::event_of,
    hold::keep,
    locked::lock_visit_of,
    queries::{NewAppointment, insert_appointment},
    visits::Visit,
};
use crate::{
    Clinic, Conn, Error, Result, audit,
    directory::{Provider, ProviderDetails},
    family,
    identity::{Caller, Doctor, Patient},
    schedule::Schedule,
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
    let schedule = active(clinic, conn, provider, today(now), viewer).await?;
    let times = schedule.urgent(today(now), now);
    Ok((schedule.doctor, times))
}

fn today(now: Timestamp) -> Slot {
    Slot { start: now, end: now.saturating_add(TODAY).unwrap_or(Timestamp::MAX) }
}

/// The same for several doctors at once, as far as the times begin within a window which depends on
/// the doctor. In the order asked for, without those that are not there, or not active.
pub async fn urgent_times_of_many<E: From<Error>>(
    clinic: &Clinic,
    providers: &[ProviderId],
    window: impl Fn(&Provider) -> Result<Slot, E>,
) -> Result<Vec<(Arc<ProviderDetails>, Vec<Offer>)>, E> {
    let now = clinic.now();
    let times = |schedule: Schedule| {
        let within = window(&schedule.doctor.provider)?;
        let mut times = schedule.urgent(today(now), now);
        times.retain(|offer| within.start <= offer.slot.start && offer.slot.start < within.end);
        Ok((schedule.doctor, times))
    };
    active_of_many(clinic, providers, today(now)).await?.map(times).collect()
}

/// The urgent visit of `person` that is not over yet, which is in the way of another one.
pub async fn open_urgent_visit(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    person: UserId,
) -> Result<Option<AppointmentId>> {
    let conn = &mut *clinic.db().await?;
    family::check_books_for(conn, patient, person).await?;
    Ok(queries::open_urgent_visit(conn, person, clinic.now()).await?)
}

/// Books the requested time for an urgent visit of `person`, who is the caller or one of those
/// they book for. It must be today; the constraint refuses a second one that is not over yet.
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
        let Some(visit) = insert_appointment(conn, row).await? else { return Ok(None) };
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
        let (patient, visit) = lock_visit_of(conn, id, provider).await?;
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
