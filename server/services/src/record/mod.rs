//! The record of a patient, as doctors read it.
mod access;
mod queries;

use crate::{
    Clinic, Conn, Result,
    audit::{self, Event},
    directory::{Found, Page},
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::{account::CheckedHealth, identity::UserId};

pub use access::Grounds;
pub(crate) use access::{Access, has_care, may_read};
pub use queries::{PatientLine, RecordedVisit};
pub(crate) use queries::{TREATED, heading, open_as, read_as};

/// What a doctor reads of a patient.
#[derive(Debug, Clone)]
pub struct Record {
    pub person: PatientLine,
    pub health: CheckedHealth,
    pub grounds: Grounds,
}

/// Lets `doctor` read and write what is theirs to see of `patient` until the transaction ends.
pub(crate) async fn enter(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    patient: UserId,
) -> Result<Access> {
    let access = access::access(conn, doctor, patient).await?;
    open_as(conn, doctor.user, &[patient]).await?;
    Ok(access)
}

/// The same for a look at the record, which is put on record as `action`; in an emergency as one of that.
pub(crate) async fn look(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    patient: UserId,
    action: &'static str,
) -> Result<Access> {
    let access = enter(conn, doctor, patient).await?;
    let action = match access.grounds() {
        Grounds::Care => action,
        Grounds::Emergency { .. } => "record.read_in_emergency",
    };
    let event = Event {
        actor: Some(doctor.user),
        action,
        subject_type: "user",
        subject: patient.as_uuid(),
        patient: Some(patient),
    };
    // Without its record nobody sees it.
    audit::record_in(conn, event).await?;
    Ok(access)
}

/// The record of `patient`, and the visits the doctor may see of it: in an emergency all of them, else those with
/// themselves. Each look is put on record. Errors: [`crate::Error::NotFound`] to whom it is none of their business.
pub async fn record(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    patient: UserId,
    page: Page,
) -> Result<(Record, Found<RecordedVisit>)> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let access = look(conn, doctor, patient, "record.read").await?;
        let record = Record {
            person: queries::person(conn, &access).await?,
            health: queries::health(conn, &access).await?,
            grounds: access.grounds(),
        };
        let count = queries::count_visits(conn, &access).await?;
        let items = queries::visits(conn, &access, page).await?;
        Ok((record, Found { count, items }))
    })
    .await
}
