use crate::{Conn, record::TREATED};
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{
    account::{ActivityLevel, BloodType, CheckedHealth, CheckedProfile},
    booking::AppointmentId,
    directory::{Gender, ProviderId},
    identity::UserId,
};
use jiff_diesel::ToDiesel;
use schema::{appointments, user_profiles, users};

/// Replaces what a person says of themselves. The database forgets what proved another phone number.
pub async fn set_profile(
    conn: &mut Conn,
    user: UserId,
    profile: &CheckedProfile,
) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set((
            users::first_name.eq(&profile.first_name),
            users::last_name.eq(&profile.last_name),
            users::username.eq(&profile.username),
            users::phone_number.eq(&profile.phone_number),
            users::date_of_birth.eq(profile.date_of_birth.map(ToDiesel::to_diesel)),
            users::time_zone.eq(profile.time_zone.as_str()),
            users::emergency_contact_name.eq(&profile.emergency_contact_name),
            users::emergency_contact_phone.eq(&profile.emergency_contact_phone),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

type HealthColumns = (
    Option<Gender>,
    Option<f32>,
    Option<f32>,
    Option<BloodType>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<String>,
    Option<ActivityLevel>,
);

/// What a person says of their health; nothing, when they never have.
pub async fn health(conn: &mut Conn, user: UserId) -> QueryResult<CheckedHealth> {
    let found: Option<HealthColumns> = user_profiles::table
        .find(user)
        .select((
            user_profiles::gender,
            user_profiles::height_cm,
            user_profiles::weight_kg,
            user_profiles::blood_type,
            user_profiles::medical_conditions,
            user_profiles::current_medications,
            user_profiles::allergies,
            user_profiles::health_goals,
            user_profiles::activity_level,
        ))
        .first(conn)
        .await
        .optional()?;
    let Some((
        gender,
        height_cm,
        weight_kg,
        blood_type,
        medical_conditions,
        current_medications,
        allergies,
        health_goals,
        activity_level,
    )) = found
    else {
        return Ok(CheckedHealth::default());
    };
    Ok(CheckedHealth {
        gender,
        height_cm,
        weight_kg,
        blood_type,
        medical_conditions,
        current_medications,
        allergies,
        health_goals,
        activity_level,
    })
}

/// The columns of a health profile; `None` empties one.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = user_profiles, treat_none_as_null = true)]
struct HealthRow<'a> {
    user_id: UserId,
    gender: Option<Gender>,
    height_cm: Option<f32>,
    weight_kg: Option<f32>,
    blood_type: Option<BloodType>,
    medical_conditions: Option<&'a str>,
    current_medications: Option<&'a str>,
    allergies: Option<&'a str>,
    health_goals: Option<&'a str>,
    activity_level: Option<ActivityLevel>,
}

/// Replaces what a person says of their health.
pub async fn set_health(conn: &mut Conn, user: UserId, health: &CheckedHealth) -> QueryResult<()> {
    let row = || HealthRow {
        user_id: user,
        gender: health.gender,
        height_cm: health.height_cm,
        weight_kg: health.weight_kg,
        blood_type: health.blood_type,
        medical_conditions: health.medical_conditions.as_deref(),
        current_medications: health.current_medications.as_deref(),
        allergies: health.allergies.as_deref(),
        health_goals: health.health_goals.as_deref(),
        activity_level: health.activity_level,
    };
    diesel::insert_into(user_profiles::table)
        .values(row())
        .on_conflict(user_profiles::user_id)
        .do_update()
        .set(row())
        .execute(conn)
        .await?;
    Ok(())
}

/// What a doctor has to know of somebody who comes to them.
#[derive(Clone, Queryable)]
pub struct PatientAtVisit {
    pub id: UserId,
    /// The name of their picture, if they have one.
    pub picture: Option<String>,
    pub allergies: Option<String>,
    pub medical_conditions: Option<String>,
    pub current_medications: Option<String>,
}

impl std::fmt::Debug for PatientAtVisit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PatientAtVisit").field("id", &self.id).finish_non_exhaustive()
    }
}

/// The patient of a visit of `provider`, unless it was cancelled.
pub async fn patient_at_visit(
    conn: &mut Conn,
    visit: AppointmentId,
    provider: ProviderId,
) -> QueryResult<Option<PatientAtVisit>> {
    appointments::table
        .inner_join(users::table.on(users::id.eq(appointments::patient_id)))
        .left_join(user_profiles::table.on(user_profiles::user_id.eq(appointments::patient_id)))
        .filter(appointments::id.eq(visit))
        .filter(appointments::provider_id.eq(provider))
        .filter(appointments::status.eq_any(TREATED))
        .select((
            users::id,
            users::profile_image,
            user_profiles::allergies.nullable(),
            user_profiles::medical_conditions.nullable(),
            user_profiles::current_medications.nullable(),
        ))
        .first(conn)
        .await
        .optional()
}
