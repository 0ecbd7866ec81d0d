//! Who may read a record, and on what grounds. The queries of a record ask for the proof that this gives.
use super::queries;
use crate::{
    Conn, Error, Result,
    identity::{Caller, Doctor, Person},
};
use domain::{directory::ProviderId, emergency::OVER, identity::UserId};
use jiff::Timestamp;

/// Why a doctor may read a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Grounds {
    /// The patient has, or had, a visit with them.
    Care,
    /// They have said why there is no time to ask, and have until then.
    Emergency { until: Timestamp },
}

/// Proof that a doctor may read the record of a patient. Only [`access`] gives it.
#[derive(Debug)]
pub(crate) struct Access {
    reader: UserId,
    patient: UserId,
    provider: ProviderId,
    grounds: Grounds,
}

impl Access {
    pub(crate) fn reader(&self) -> UserId {
        self.reader
    }

    pub(crate) fn patient(&self) -> UserId {
        self.patient
    }

    pub(crate) fn provider(&self) -> ProviderId {
        self.provider
    }

    pub(crate) fn grounds(&self) -> Grounds {
        self.grounds
    }

    /// Whether visits with other doctors are part of it.
    pub(crate) fn sees_all_visits(&self) -> bool {
        matches!(self.grounds, Grounds::Emergency { .. })
    }
}

/// On what grounds `doctor` may read the record of `patient` now, by the clock of the database. To all others there
/// is no such person; who had an hour is told that it is over.
pub(crate) async fn access(
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    patient: UserId,
) -> Result<Access> {
    let provider = doctor.provider()?;
    let grant = queries::last_emergency(conn, doctor.user, patient).await?;
    let grounds = match grant {
        // More than care gives, and what they have asked for.
        Some(grant) if grant.is_open => Grounds::Emergency { until: grant.ends_at },
        _ if has_care(conn, provider, patient).await? => Grounds::Care,
        Some(_) => return Err(OVER.into()),
        None => return Err(Error::NotFound),
    };
    Ok(Access { reader: doctor.user, patient, provider, grounds })
}

/// Whether `patient` has, or had, a visit with `provider` that was not called off.
pub(crate) async fn has_care(
    conn: &mut Conn,
    provider: ProviderId,
    patient: UserId,
) -> Result<bool> {
    Ok(queries::has_visit(conn, provider, patient).await?)
}

/// Whether `reader` is a doctor who may read the record of `patient` now.
pub(crate) async fn may_read(
    conn: &mut Conn,
    reader: &Caller<Person>,
    patient: UserId,
) -> Result<bool> {
    let Some(provider) = reader.provider else { return Ok(false) };
    if has_care(conn, provider, patient).await? {
        return Ok(true);
    }
    let grant = queries::last_emergency(conn, reader.user, patient).await?;
    Ok(grant.is_some_and(|grant| grant.is_open))
}
