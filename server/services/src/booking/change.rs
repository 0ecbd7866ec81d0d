//! Moving a visit, and giving it back.
use super::{
    Wanted, free_offer, hold,
    idempotency::{Command, IdempotencyKey, done_before},
    locked::{LockedVisit, lock_visit},
    lost,
    queries::{self, Cancelled, Moved},
};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    identity::{Caller, Patient},
    outbox,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    Refusal,
    booking::{
        AppointmentId, CHANGED_MEANWHILE, Priority, REASON_LENGTH, Slot, can_be_cancelled,
        can_be_rescheduled,
    },
    directory::ProviderId,
    identity::UserId,
    money::Money,
    text,
};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;

pub const CANNOT_CHANGE: Refusal =
    Refusal::new("booking.cannot_change", "This visit can no longer be changed.");
pub const TERMS_CHANGED: Refusal = Refusal::new(
    "booking.terms_changed",
    "What cancelling costs has changed since you opened the page. Please look again before you cancel.",
);

/// What changes of a visit; what is `None` stays.
#[derive(Debug, Clone, Default, Serialize)]
pub struct Change {
    pub start: Option<Timestamp>,
    pub reason: Option<String>,
}

/// Moves a visit that `patient` may change to another free time of the same doctor, says
/// another reason for it, or both at once.
///
/// Asked twice for the same time, or with the same key, it moves once; true: it had been done before
/// with this key, and whatever happened since stays.
pub async fn change(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    change: &Change,
    key: Option<&IdempotencyKey>,
) -> Result<bool> {
    let field = |raw: &String| {
        text::checked("chief_complaint", "The reason for your visit", raw, REASON_LENGTH)
    };
    let reason = change.reason.as_ref().map(field).transpose()?;
    let conn = &mut *clinic.db().await?;
    let done = conn
        .transaction(async |conn| {
            let visit = lock_visit(conn, id, patient.user).await?;
            if done_before(conn, patient.user, Command::Change, key, id, change).await? {
                return Ok(Done::Before);
            }
            can_be_cancelled(visit.status, visit.starts_at, clinic.now())
                .map_err(|_| CANNOT_CHANGE)?;
            if let Some(reason) = &reason {
                queries::set_reason(conn, id, reason).await?;
                audit::record_in(conn, event(patient, &visit, id, "appointment.change_reason"))
                    .await?;
            }
            match change.start {
                Some(start) if start != visit.starts_at => {
                    relocate(clinic, conn, patient, id, &visit, start).await?;
                    Ok::<_, Error>(Done::Moved(visit.provider_id))
                }
                _ => Ok(Done::Stayed),
            }
        })
        .await?;
    if let Done::Moved(provider) = done {
        clinic.live().announce(provider);
    }
    Ok(matches!(done, Done::Before))
}

/// What became of a change.
enum Done {
    Moved(ProviderId),
    Stayed,
    Before,
}

/// Moves `visit`, which is locked, to `start`.
async fn relocate(
    clinic: &Clinic,
    conn: &mut Conn,
    patient: &Caller<Patient>,
    id: AppointmentId,
    visit: &LockedVisit,
    start: Timestamp,
) -> Result<()> {
    can_be_rescheduled(visit.status, visit.starts_at, visit.policy(), clinic.now())?;
    let old = Slot { start: visit.starts_at, end: visit.ends_at };
    let wanted =
        Wanted { start, kind: Some(visit.appointment_type), priority: Some(Priority::Routine) };
    let free = free_offer(clinic, conn, patient, visit.provider_id, wanted, Some(old)).await?;
    let Some((doctor, offer)) = free else {
        return Err(Error::field(
            "appointment_date",
            "This time is not offered for your kind of visit. Please choose another.",
        ));
    };
    let provider = &doctor.provider;
    if !queries::hold_schedule(conn, provider).await? {
        return Err(CHANGED_MEANWHILE.into());
    }
    // What they keep at that time themselves is wanted no more.
    let whose = (visit.patient_id, patient.user);
    hold::queries::clear_holds(conn, whose, provider.id, offer.slot).await?;
    let moved = Moved { id, offer: &offer, provider, by: patient.user };
    queries::move_appointment(conn, moved).await.map_err(lost)?;
    audit::record_in(conn, event(patient, visit, id, "appointment.reschedule")).await?;
    notify(conn, "booking.rescheduled", id, visit.sequence + 1).await
}

/// Cancels a visit that `patient` may change.
///
/// `expected_cost` is what the person was told it costs; when that is no longer
/// so, nothing happens and they are told. Asked twice, it cancels once; true: it had been done before
/// with this key.
pub async fn cancel(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    expected_cost: Option<Money>,
    key: Option<&IdempotencyKey>,
) -> Result<bool> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let provider = conn
        .transaction(async |conn| {
            let visit = lock_visit(conn, id, patient.user).await?;
            if done_before(conn, patient.user, Command::Cancel, key, id, &expected_cost).await? {
                return Ok(None);
            }
            can_be_cancelled(visit.status, visit.starts_at, now)?;
            let before = queries::late_before(conn, visit.patient_id, visit.provider_id).await?;
            let quote = visit.policy().quote(visit.starts_at, visit.fee(), before, now);
            if expected_cost.is_some_and(|expected| expected != quote.cost) {
                return Err(TERMS_CHANGED.into());
            }
            let cancelled = Cancelled { id, by: patient.user, at: now, quote, reason: None };
            queries::cancel_appointment(conn, &cancelled).await?;
            audit::record_in(conn, event(patient, &visit, id, "appointment.cancel")).await?;
            notify(conn, "booking.cancelled", id, visit.sequence + 1).await?;
            Ok::<_, Error>(Some(visit.provider_id))
        })
        .await?;
    if let Some(provider) = provider {
        clinic.live().announce(provider);
    }
    Ok(provider.is_none())
}

/// What the patient of `visit`, or who acts for them, did about it.
fn event(
    caller: &Caller<Patient>,
    visit: &LockedVisit,
    id: AppointmentId,
    action: &'static str,
) -> Event {
    event_of(caller.user, visit.patient_id, id, action)
}

/// What `actor` did about a visit of `patient`.
pub fn event_of(actor: UserId, patient: UserId, id: AppointmentId, action: &'static str) -> Event {
    Event {
        actor: Some(actor),
        action,
        subject_type: "appointment",
        subject: id.as_uuid(),
        patient: Some(patient),
    }
}

/// Tells patient and doctor, after the commit, once for each change of the visit.
pub async fn notify(
    conn: &mut Conn,
    topic: &'static str,
    id: AppointmentId,
    sequence: i32,
) -> Result<()> {
    Ok(notify_of_all(conn, topic, &[(id, sequence)]).await?)
}

/// The same of several visits that one act has changed, each with its sequence after it: in one mail.
pub async fn notify_of_all(
    conn: &mut Conn,
    topic: &'static str,
    visits: &[(AppointmentId, i32)],
) -> QueryResult<()> {
    // A change of a visit is part of one act alone, so that the first names all of it.
    let Some((first, sequence)) = visits.first() else { return Ok(()) };
    let key = format!("{topic}/{first}/{sequence}");
    let told = |(id, sequence): &(AppointmentId, i32)| json!({ "appointment_id": id, "sequence": sequence });
    let payload = match visits {
        [visit] => told(visit),
        _ => json!({ "visits": visits.iter().map(told).collect::<Vec<_>>() }),
    };
    outbox::enqueue_in(conn, topic, key, payload).await
}
