//! What doctors do about their visits: say yes, receive, begin, finish, give back.
use super::{
    change::{event_of, notify},
    hold,
    locked::lock_visit_of,
    lost,
    queries::{self, Cancelled, Moved},
};
use crate::{
    Clinic, Conn, Error, Result, audit,
    directory::queries as directory,
    error::violates,
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::{
    booking::{AppointmentId, AppointmentStatus, CancellationPolicy, NOT_A_STEP, Offer, Party},
    text,
};
use jiff::Timestamp;

/// How long the reason for a cancellation may be, in characters.
const CANCEL_REASON: std::ops::RangeInclusive<usize> = 1..=500;

/// Brings a visit of the doctor to `to`. Asked twice, it is done once.
///
/// Cancelling is another matter: see [`cancel_as_doctor`].
pub async fn advance(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    to: AppointmentStatus,
) -> Result<()> {
    if to == AppointmentStatus::Cancelled {
        return Err(NOT_A_STEP.into());
    }
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    let changed = conn
        .transaction(async |conn| {
            let (patient, visit) = lock_visit_of(conn, id, provider).await?;
            if visit.status == to {
                return Ok(false);
            }
            visit.status.may_become(to, Party::Doctor, visit.starts_at, clinic.now())?;
            queries::set_status(conn, id, to, doctor.user).await.map_err(refused)?;
            let event = event_of(doctor.user, patient, id, action(to));
            audit::record_in(conn, event).await?;
            if to == AppointmentStatus::Confirmed && visit.status.is_ahead() {
                notify(conn, "booking.confirmed", id, visit.sequence).await?;
            }
            Ok::<_, Error>(true)
        })
        .await?;
    if changed {
        clinic.live().announce(provider);
    }
    Ok(())
}

/// Cancels a visit of the doctor, who says why. The patient gets everything back, whenever it is.
pub async fn cancel_as_doctor(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    reason: &str,
) -> Result<()> {
    let reason = text::checked("reason", "What you tell the patient", reason, CANCEL_REASON)?;
    let provider = doctor.provider()?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| cancel_in(conn, now, doctor, id, &reason).await).await?;
    clinic.live().announce(provider);
    Ok(())
}

/// The same in a transaction that does more.
pub(crate) async fn cancel_in(
    conn: &mut Conn,
    now: Timestamp,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    reason: &str,
) -> Result<()> {
    let (patient, visit) = lock_visit_of(conn, id, doctor.provider()?).await?;
    if visit.status == AppointmentStatus::Cancelled {
        return Ok(());
    }
    let cancelled = AppointmentStatus::Cancelled;
    visit.status.may_become(cancelled, Party::Doctor, visit.starts_at, now)?;
    let quote = CancellationPolicy::quote_of_doctor(visit.fee());
    let cancelled = Cancelled { id, by: doctor.user, at: now, quote, reason: Some(reason) };
    queries::cancel_appointment(conn, &cancelled).await?;
    let event = event_of(doctor.user, patient, id, "appointment.cancel_as_doctor");
    audit::record_in(conn, event).await?;
    notify(conn, "booking.cancelled_by_doctor", id, visit.sequence + 1).await
}

/// Moves a visit of the doctor to `offer`, in a transaction that does more. The patient, who did not ask for
/// it, may cancel it without cost until it starts.
pub(crate) async fn move_in(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    offer: &Offer,
) -> Result<()> {
    let (patient, visit) = lock_visit_of(conn, id, doctor.provider()?).await?;
    let provider = directory::provider(conn, visit.provider_id).await?;
    hold::queries::clear_holds(conn, (patient, doctor.user), visit.provider_id, offer.slot).await?;
    let moved = Moved { id, offer, provider: &provider, by: doctor.user };
    queries::move_appointment(conn, moved).await.map_err(lost)?;
    queries::let_cancel_free(conn, id).await?;
    let event = event_of(doctor.user, patient, id, "appointment.reschedule_as_doctor");
    audit::record_in(conn, event).await?;
    notify(conn, "booking.moved_by_doctor", id, visit.sequence + 1).await
}

const fn action(to: AppointmentStatus) -> &'static str {
    match to {
        AppointmentStatus::Confirmed => "appointment.confirm",
        AppointmentStatus::CheckedIn => "appointment.check_in",
        AppointmentStatus::InProgress => "appointment.start",
        AppointmentStatus::Completed => "appointment.complete",
        AppointmentStatus::NoShow => "appointment.no_show",
        _ => "appointment.change_status",
    }
}

/// The database has the last word: on the step, and on whether the time is still free for somebody
/// who comes after all.
fn refused(error: diesel::result::Error) -> Error {
    if violates(&error, "appointments_step_allowed") { NOT_A_STEP.into() } else { lost(error) }
}
