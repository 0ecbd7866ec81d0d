//! The caller's own account.
use super::{
    Routes,
    identity::UserBody,
    input::{As, Json},
    problem::ApiResult,
};
use app::Site;
use axum::{extract::State, routing::get};
use domain::{
    account::{ActivityLevel, BloodType, Bmi, CheckedHealth, HealthDetails, ProfileDetails},
    directory::Gender,
};
use serde::{Deserialize, Serialize};
use services::{
    account::{
        self,
        notifications::{Changes, Notifications},
    },
    identity::{self, Caller, Person},
};

pub fn routes() -> Routes {
    vec![("/auth/profile", get(get_profile).put(update_profile))]
}

/// A person with all that their account holds about them.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AccountBody {
    #[serde(flatten)]
    user: UserBody,
    profile: HealthBody,
}

/// What a person says of their health, `null` where they say nothing; and what they want to be told.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HealthBody {
    gender: Option<Gender>,
    height_cm: Option<f32>,
    weight_kg: Option<f32>,
    /// Kilograms by square metres, to one decimal; from height and weight.
    bmi: Option<f64>,
    blood_type: Option<BloodType>,
    medical_conditions: Option<String>,
    current_medications: Option<String>,
    allergies: Option<String>,
    health_goals: Option<String>,
    activity_level: Option<ActivityLevel>,
    /// Suggestions and congratulations by mail. Of what becomes of visits and of the account people are told in any case.
    email_notifications: bool,
    /// Nothing sends push messages yet.
    push_notifications: bool,
    /// Reminders to measure, by mail.
    health_reminders: bool,
    /// Reminders of visits, by mail.
    visit_reminders: bool,
}

impl HealthBody {
    fn new(health: CheckedHealth, wanted: Notifications) -> Self {
        Self {
            gender: health.gender,
            height_cm: health.height_cm,
            weight_kg: health.weight_kg,
            bmi: Bmi::of(health.height_cm, health.weight_kg).map(Bmi::value),
            blood_type: health.blood_type,
            medical_conditions: health.medical_conditions,
            current_medications: health.current_medications,
            allergies: health.allergies,
            health_goals: health.health_goals,
            activity_level: health.activity_level,
            email_notifications: wanted.email_notifications,
            push_notifications: wanted.push_notifications,
            health_reminders: wanted.health_reminders,
            visit_reminders: wanted.visit_reminders,
        }
    }
}

/// What a person may change of their account. All of it is replaced: what is left out, or `null`, is
/// emptied. Only `profile` stays as it is when it is left out.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct ProfileBody {
    first_name: String,
    last_name: String,
    /// 3 to 30 of `a-z`, `0-9`, `.`, `_`, `-`; nobody else's.
    username: Option<String>,
    phone_number: Option<String>,
    /// E.g. `1990-05-31`.
    date_of_birth: Option<String>,
    /// IANA name.
    time_zone: String,
    emergency_contact_name: Option<String>,
    emergency_contact_phone: Option<String>,
    profile: Option<HealthDetailsBody>,
}

/// The health of a person, in their words: what is left out, or `null`, is emptied. What they want to be told stays as
/// it is then.
#[derive(Serialize, Deserialize, utoipa::ToSchema)]
#[serde(default)]
#[derive(Default)]
pub struct HealthDetailsBody {
    /// `female`, `male`, `other` or `unknown`.
    gender: Option<String>,
    /// From 20 to 300, rounded to one decimal.
    height_cm: Option<f64>,
    /// From 0.2 to 700, rounded to one decimal.
    weight_kg: Option<f64>,
    /// E.g. `AB+`.
    blood_type: Option<String>,
    /// This and the other texts: up to 2000 characters.
    medical_conditions: Option<String>,
    current_medications: Option<String>,
    allergies: Option<String>,
    health_goals: Option<String>,
    /// `sedentary`, `light`, `moderate`, `active` or `very_active`.
    activity_level: Option<String>,
    email_notifications: Option<bool>,
    push_notifications: Option<bool>,
    health_reminders: Option<bool>,
    visit_reminders: Option<bool>,
}

impl HealthDetailsBody {
    fn changes(&self) -> Changes {
        Changes {
            email_notifications: self.email_notifications,
            push_notifications: self.push_notifications,
            health_reminders: self.health_reminders,
            visit_reminders: self.visit_reminders,
        }
    }

    fn details(self) -> HealthDetails {
        let number = |number: Option<f64>| number.map_or_else(String::new, |n| n.to_string());
        HealthDetails {
            gender: self.gender.unwrap_or_default(),
            height_cm: number(self.height_cm),
            weight_kg: number(self.weight_kg),
            blood_type: self.blood_type.unwrap_or_default(),
            medical_conditions: self.medical_conditions.unwrap_or_default(),
            current_medications: self.current_medications.unwrap_or_default(),
            allergies: self.allergies.unwrap_or_default(),
            health_goals: self.health_goals.unwrap_or_default(),
            activity_level: self.activity_level.unwrap_or_default(),
        }
    }
}

async fn body_of(site: &Site, caller: &Caller<Person>) -> ApiResult<axum::Json<AccountBody>> {
    let profile = identity::profile(site.clinic(), caller).await?;
    let (health, wanted) = account::health_and_wishes(site.clinic(), caller).await?;
    let user = UserBody::new(profile, caller.roles.clone());
    Ok(axum::Json(AccountBody { user, profile: HealthBody::new(health, wanted) }))
}

async fn get_profile(
    State(site): State<Site>,
    As(caller): As<Person>,
) -> ApiResult<axum::Json<AccountBody>> {
    body_of(&site, &caller).await
}

async fn update_profile(
    State(site): State<Site>,
    As(caller): As<Person>,
    Json(body): Json<ProfileBody>,
) -> ApiResult<axum::Json<AccountBody>> {
    let details = ProfileDetails {
        first_name: body.first_name,
        last_name: body.last_name,
        username: body.username.unwrap_or_default(),
        phone_number: body.phone_number.unwrap_or_default(),
        date_of_birth: body.date_of_birth.unwrap_or_default(),
        time_zone: body.time_zone,
        emergency_contact_name: body.emergency_contact_name.unwrap_or_default(),
        emergency_contact_phone: body.emergency_contact_phone.unwrap_or_default(),
    };
    let changes = body.profile.as_ref().map(HealthDetailsBody::changes).unwrap_or_default();
    let health = body.profile.map(HealthDetailsBody::details);
    account::replace(site.clinic(), &caller, &details, health.as_ref(), changes).await?;
    body_of(&site, &caller).await
}
