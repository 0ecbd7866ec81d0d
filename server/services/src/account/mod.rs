//! Accounts: what people say of themselves, and of their health.
pub mod address;
pub mod closing;
pub mod export;
pub mod notifications;
pub mod phone;
pub mod pictures;
pub(crate) mod queries;
pub mod units;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    identity::{Caller, Doctor, Person},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::{
    account::{CheckedHealth, CheckedProfile, HealthDetails, ProfileDetails, USERNAME_TAKEN},
    booking::AppointmentId,
    identity::UserId,
};
use jiff::civil::Date;
use notifications::{Changes, Notifications};

pub use queries::PatientAtVisit;

/// Replaces what the caller says of themselves.
pub async fn change_profile(
    clinic: &Clinic,
    caller: &Caller<Person>,
    details: &ProfileDetails,
) -> Result<()> {
    replace(clinic, caller, details, None, Changes::default()).await
}

/// What the caller says of their health.
pub async fn health(clinic: &Clinic, caller: &Caller<Person>) -> Result<CheckedHealth> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, caller.user).await?;
        Ok(queries::health(conn, caller.user).await?)
    })
    .await
}

/// The same, with what they want to be told.
pub async fn health_and_wishes(
    clinic: &Clinic,
    caller: &Caller<Person>,
) -> Result<(CheckedHealth, Notifications)> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, caller.user).await?;
        let health = queries::health(conn, caller.user).await?;
        Ok((health, notifications::wanted_in(conn, caller).await?))
    })
    .await
}

/// Replaces what the caller says of their health.
pub async fn change_health(
    clinic: &Clinic,
    caller: &Caller<Person>,
    details: &HealthDetails,
) -> Result<()> {
    let health = details.check()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| set_health(conn, caller, &health).await).await
}

/// Both at once and what the caller wants to be told, or nothing of it. Without `health`, that stays as it is.
pub async fn replace(
    clinic: &Clinic,
    caller: &Caller<Person>,
    details: &ProfileDetails,
    health: Option<&HealthDetails>,
    changes: Changes,
) -> Result<()> {
    let (profile, health) = match (details.check(today(clinic, caller)), checked(health)) {
        (Ok(profile), Ok(health)) => (profile, health),
        (profile, health) => {
            let wrong = [profile.err(), health.err()].into_iter().flatten().flatten();
            return Err(Error::Invalid(wrong.collect()));
        }
    };
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        set_profile(conn, caller, &profile).await?;
        if let Some(health) = &health {
            set_health(conn, caller, health).await?;
        }
        notifications::change_in(conn, caller, changes).await
    })
    .await
}

fn checked(
    health: Option<&HealthDetails>,
) -> Result<Option<CheckedHealth>, Vec<domain::FieldProblem>> {
    health.map(HealthDetails::check).transpose()
}

async fn set_profile(
    conn: &mut Conn,
    caller: &Caller<Person>,
    profile: &CheckedProfile,
) -> Result<()> {
    queries::set_profile(conn, caller.user, profile)
        .await
        .on_constraint("users_username_unique", Error::field("username", USERNAME_TAKEN))?;
    Ok(audit::record_in(conn, event(caller.user, "account.change_profile")).await?)
}

async fn set_health(
    conn: &mut Conn,
    caller: &Caller<Person>,
    health: &CheckedHealth,
) -> Result<()> {
    read_as(conn, caller.user).await?;
    queries::set_health(conn, caller.user, health).await?;
    Ok(audit::record_in(conn, event(caller.user, "account.change_health")).await?)
}

/// What the doctor of a visit has to know of its patient, as long as the visit is to come, under way or
/// done; `None`: it was cancelled, or is not theirs. The look is put on record.
pub async fn patient_at_visit(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    visit: AppointmentId,
) -> Result<Option<PatientAtVisit>> {
    let provider = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, doctor.user).await?;
        let Some(patient) = queries::patient_at_visit(conn, visit, provider).await? else {
            return Ok(None);
        };
        let event = Event {
            actor: Some(doctor.user),
            action: "health_profile.read",
            subject_type: "user",
            subject: patient.id.as_uuid(),
            patient: Some(patient.id),
        };
        // Without its record nobody sees it.
        audit::record_in(conn, event).await?;
        Ok(Some(patient))
    })
    .await
}

fn today(clinic: &Clinic, caller: &Caller<Person>) -> Date {
    clinic.now().to_zoned(caller.zone.rules()).date()
}

fn event(user: UserId, action: &'static str) -> Event {
    Event {
        actor: Some(user),
        action,
        subject_type: "user",
        subject: user.as_uuid(),
        patient: Some(user),
    }
}
