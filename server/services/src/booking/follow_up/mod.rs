//! Follow-ups: when a doctor would see a patient again, until the patient has a visit for it.
mod queries;

use super::{change::event_of, locked::lock_visit_of};
use crate::{
    Clinic, Error, Result, audit,
    identity::{Caller, Doctor, Patient},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    booking::{AppointmentId, can_suggest_follow_up, follow_up_day},
    zone::rules,
};
use serde_json::json;

pub use queries::FollowUp;

/// Suggests a follow-up `weeks` after a visit of the doctor; another one replaces it, and the same
/// one is suggested once.
pub async fn suggest_follow_up(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    id: AppointmentId,
    weeks: i64,
) -> Result<()> {
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let (patient, visit) = lock_visit_of(conn, id, provider).await?;
        can_suggest_follow_up(visit.status)?;
        let zone = rules(&visit.time_zone);
        let day = follow_up_day(visit.starts_at.to_zoned(zone).date(), weeks)?;
        queries::set_follow_up(conn, id, day).await?;
        let event = event_of(doctor.user, patient, id, "appointment.suggest_follow_up");
        audit::record_in(conn, event).await?;
        let topic = "booking.follow_up_suggested";
        let payload = json!({ "appointment_id": id });
        outbox::enqueue_in(conn, topic, format!("{topic}/{id}/{day}"), payload).await?;
        Ok::<_, Error>(())
    })
    .await
}

/// The follow-ups that were suggested to the patient and to those they book for, and that nobody has booked yet,
/// soonest first. What is seen of who lets them is put on record.
pub async fn follow_ups(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<FollowUp>> {
    let today = clinic.now().to_zoned(patient.zone.rules()).date();
    let conn = &mut *clinic.db().await?;
    let found = queries::follow_ups(conn, patient.user, today).await?;
    let line = |suggested: &FollowUp| (suggested.appointment_id.as_uuid(), suggested.patient_id);
    let seen: Vec<_> = found.iter().filter(|suggested| suggested.is_entrusted).map(line).collect();
    audit::record_list(conn, patient.user, ("appointment.list", "appointment"), seen).await?;
    Ok(found)
}

/// The follow-up that was suggested at the visit `id`, unless it is booked. Whoever has the visit may see it.
pub async fn follow_up_of(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
) -> Result<Option<FollowUp>> {
    let today = clinic.now().to_zoned(patient.zone.rules()).date();
    let all = queries::follow_ups(&mut *clinic.db().await?, patient.user, today).await?;
    Ok(all.into_iter().find(|follow_up| follow_up.appointment_id == id))
}
