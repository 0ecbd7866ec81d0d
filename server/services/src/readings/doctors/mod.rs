//! Readings of patients, as their doctors see them.
use super::rollups::{KindCourse, Whose, course_in, courses};
use crate::{
    Clinic, Conn, Result,
    identity::{Caller, Doctor},
    record,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{MetricKind, Period},
    zone,
};
use jiff::civil::Date;

/// What a doctor sees of a patient.
#[derive(Debug, Clone)]
pub struct OfPatient<T> {
    pub patient: UserId,
    pub name: String,
    pub seen: T,
}

/// What the patient sees on their own dashboard. Each look is put on record. Errors: [`crate::Error::NotFound`] to whom
/// it is none of their business.
pub async fn dashboard_of_patient(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    patient: UserId,
    period: Period,
) -> Result<OfPatient<Vec<KindCourse>>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let (whose, name) = look(clinic, conn, doctor, patient).await?;
        Ok(OfPatient { patient, name, seen: courses(conn, &whose, period).await? })
    })
    .await
}

/// What the patient sees of one kind; likewise.
pub async fn course_of_patient(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    patient: UserId,
    kind: MetricKind,
    period: Period,
    last: Option<Date>,
) -> Result<OfPatient<KindCourse>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let (whose, name) = look(clinic, conn, doctor, patient).await?;
        let seen = course_in(conn, &whose, kind, period, last).await?;
        Ok(OfPatient { patient, name, seen })
    })
    .await
}

/// Whose readings they are, by the clock of the patient.
async fn look(
    clinic: &Clinic,
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    patient: UserId,
) -> Result<(Whose, String)> {
    let access = record::look(conn, doctor, patient, "reading.read").await?;
    let heading = record::heading(conn, &access).await?;
    Ok((
        Whose::new(clinic, patient, zone::rules(&heading.time_zone), doctor.units.clone()),
        heading.name,
    ))
}
