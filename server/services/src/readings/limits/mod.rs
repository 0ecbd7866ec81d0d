//! What a doctor has set for one patient, in place of what is so in most adults.
pub(super) mod queries;

use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    identity::{Caller, Doctor, Patient},
    record,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{LIMITS_CHANGED, MetricKind, PersonalLimits, TypedLimits},
};
use jiff::Timestamp;

/// The limits of a patient in one kind, and who was the last to set them or to take them back.
#[derive(Debug, Clone)]
pub struct SetLimits {
    pub limits: PersonalLimits,
    /// `Dr Ana Silva`
    pub by: String,
    pub at: Timestamp,
    pub version: i32,
}

/// What doctors have set for `patient`, of whatever kind.
pub async fn own_limits(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<SetLimits>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        record::read_as(conn, patient.user).await?;
        Ok(queries::of(conn, patient.user).await?)
    })
    .await
}

/// Sets what is typed for `patient`, all of it at once; nothing typed is as in most adults. It holds for what comes from
/// then on. `version` is the one that the doctor has seen; 0: there was none.
///
/// Errors: those of the form; [`LIMITS_CHANGED`]; [`Error::NotFound`] to whom the record is none of their business.
pub async fn set_limits(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    patient: UserId,
    kind: MetricKind,
    typed: &TypedLimits,
    version: i32,
) -> Result<SetLimits> {
    if !kind.has_limits() {
        return Err(Error::NotFound);
    }
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        record::enter(conn, doctor, patient).await?;
        let limits = typed.check(kind)?;
        let stored = queries::set(conn, (patient, doctor.user), &limits, version, now).await?;
        let action = if limits.is_usual() { "reading_limits.reset" } else { "reading_limits.set" };
        let event = Event {
            actor: Some(doctor.user),
            action,
            subject_type: "user",
            subject: patient.as_uuid(),
            patient: Some(patient),
        };
        audit::record_in(conn, event).await?;
        stored.ok_or_else(|| LIMITS_CHANGED.into())
    })
    .await
}
