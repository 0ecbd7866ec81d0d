//! What admins do with doctors, and doctors for themselves.
use super::{
    Routes,
    directory::{MoneyBody, PlaceBody, ProviderBody},
    input::{As, Json, Path, parsed},
    problem::{ApiError, ApiResult},
};
use app::Site;
use axum::{
    extract::State,
    http::StatusCode,
    routing::{get, post, put},
};
use domain::{
    FieldProblem,
    booking::{VisitKind, VisitKinds},
    directory::{HospitalId, LicenseStanding, ProviderId},
};
use jiff::{
    Timestamp,
    civil::{Date, Time},
};
use serde::{Deserialize, Serialize};
use services::{
    Error,
    admin::{
        self, ProviderForm,
        analytics::{self, MonthLine},
    },
    directory,
    identity::{Admin, Caller, Doctor, Person},
    schedule::{self, ExtraHours},
};

pub fn routes() -> Routes {
    vec![
        ("/providers", post(create_provider)),
        ("/providers/{id}/hospitals", put(set_provider_hospitals)),
        ("/providers/{id}/availability", post(add_provider_hours)),
        ("/providers/{id}/analytics", get(get_provider_analytics)),
    ]
}

/// A doctor to be added.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(default)]
pub struct CreateProviderBody {
    first_name: String,
    last_name: String,
    email: String,
    /// E.g. `cardiology`.
    specialization: String,
    /// Checked with a register before anything is kept.
    license_number: String,
    /// The first one is the main place.
    hospital_ids: Vec<String>,
    phone_number: Option<String>,
    gender: Option<String>,
    bio: Option<String>,
    years_of_experience: Option<i32>,
    /// In minor units; nothing where it is missing.
    consultation_fee_minor: Option<i64>,
    /// ISO 4217; `EUR` where it is missing.
    currency: Option<String>,
    /// ISO 639-1; `["en"]` where it is missing.
    languages: Option<Vec<String>>,
    /// Where it is missing `in_person` for a doctor with places, else `video`.
    visit_kinds: Option<Vec<String>>,
    /// IANA name; where it is missing that of the first place, else `UTC`.
    time_zone: Option<String>,
}

/// What a register has said of a licence.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LicenseCheckBody {
    #[schema(value_type = String)]
    standing: LicenseStanding,
    register: String,
    #[schema(value_type = String, format = DateTime)]
    checked_at: Timestamp,
}

/// A doctor who was just added.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CreatedProviderBody {
    #[serde(flatten)]
    provider: ProviderBody,
    email: String,
    license_number: String,
    license_check: Option<LicenseCheckBody>,
}

/// Ids that can be read, or what is wrong with the first that cannot.
fn hospital_ids(raw: &[String]) -> Result<Vec<HospitalId>, FieldProblem> {
    raw.iter().map(|id| parsed("hospital_ids", id, "Send the ids of hospitals.")).collect()
}

/// Each problem at the field of the body that it is about.
fn refused(error: Error) -> ApiError {
    let Error::Invalid(mut problems) = error else { return error.into() };
    for problem in &mut problems {
        if problem.field == "hospitals" {
            problem.field = "hospital_ids".into();
        }
    }
    Error::Invalid(problems).into()
}

impl CreateProviderBody {
    async fn form(self, site: &Site, admin: &Caller<Admin>) -> ApiResult<ProviderForm> {
        let hospitals = hospital_ids(&self.hospital_ids).map_err(Error::from)?;
        let time_zone = match (self.time_zone, hospitals.first()) {
            (Some(zone), _) => zone,
            (None, None) => "UTC".to_owned(),
            (None, Some(first)) => match admin::hospital(site.clinic(), admin, *first).await {
                Ok(hospital) => hospital.time_zone,
                Err(Error::NotFound) => {
                    return Err(ApiError::field("hospital_ids", "Send the ids of hospitals."));
                }
                Err(error) => return Err(error.into()),
            },
        };
        let kind = if hospitals.is_empty() { VisitKind::Video } else { VisitKind::InPerson };
        let number = |number: Option<i32>| number.unwrap_or_default().to_string();
        Ok(ProviderForm {
            first_name: self.first_name,
            last_name: self.last_name,
            email: self.email,
            phone_number: self.phone_number.unwrap_or_default(),
            specialization: self.specialization.trim().to_lowercase().replace([' ', '-'], "_"),
            license_number: self.license_number,
            gender: self.gender.unwrap_or_else(|| "unknown".to_owned()),
            bio: self.bio.unwrap_or_default(),
            years_of_experience: number(self.years_of_experience),
            consultation_fee_minor: Some(self.consultation_fee_minor.unwrap_or_default()),
            currency: self.currency.unwrap_or_else(|| "EUR".to_owned()),
            languages: self.languages.unwrap_or_else(|| vec!["en".to_owned()]),
            visit_kinds: self.visit_kinds.unwrap_or_else(|| vec![kind.to_string()]),
            time_zone,
            lead_minutes: "60".to_owned(),
            horizon_days: "60".to_owned(),
            free_until_minutes: "1440".to_owned(),
            late_percent: "50".to_owned(),
            accepting_new_patients: true,
            is_active: true,
            hospitals,
        })
    }
}

/// Adds a doctor.
async fn create_provider(
    State(site): State<Site>,
    As(admin): As<Admin>,
    Json(body): Json<CreateProviderBody>,
) -> ApiResult<(StatusCode, axum::Json<CreatedProviderBody>)> {
    let clinic = site.clinic();
    let form = body.form(&site, &admin).await?;
    let id = admin::create_provider(clinic, &admin, &form).await.map_err(refused)?;
    let details = directory::provider(clinic, id).await?;
    let check = admin::license_check(clinic, &admin, id).await?;
    let made = CreatedProviderBody {
        provider: ProviderBody::new(&details, None),
        email: details.provider.email.clone(),
        license_number: details.provider.license_number.clone(),
        license_check: check.map(|check| LicenseCheckBody {
            standing: check.standing,
            register: check.register,
            checked_at: check.checked_at,
        }),
    };
    Ok((StatusCode::CREATED, axum::Json(made)))
}

/// The places of a doctor, the main one first.
#[derive(Deserialize, utoipa::ToSchema)]
pub struct HospitalIdsBody {
    hospital_ids: Vec<String>,
}

/// The places of a doctor as they are now.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProviderHospitalsBody {
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    hospitals: Vec<PlaceBody>,
    /// One sentence for a person.
    message: &'static str,
}

async fn set_provider_hospitals(
    State(site): State<Site>,
    As(admin): As<Admin>,
    Path(id): Path<ProviderId>,
    Json(body): Json<HospitalIdsBody>,
) -> ApiResult<axum::Json<ProviderHospitalsBody>> {
    let places = hospital_ids(&body.hospital_ids).map_err(Error::from)?;
    let hospitals =
        admin::set_hospitals(site.clinic(), &admin, id, &places).await.map_err(refused)?;
    Ok(axum::Json(ProviderHospitalsBody {
        provider_id: id,
        hospitals: hospitals.iter().map(PlaceBody::from).collect(),
        message: "The places are saved. The hospitals' own systems are being told.",
    }))
}

/// Hours on one day, on the clock of the place.
#[derive(Deserialize, Default, utoipa::ToSchema)]
#[serde(default)]
pub struct AddHoursBody {
    /// Such as `2026-03-02`.
    date: String,
    /// Such as `09:00`.
    start_time: String,
    /// Later on the same day; `24:00` or `00:00` is the midnight that ends it.
    end_time: String,
    /// One of the doctor's places; without it the hours are for video and phone.
    hospital_id: Option<String>,
    /// From 5 to 480; 30 where it is missing.
    slot_minutes: Option<i16>,
    /// From 0 to 1440: until so long before its start a time is kept for urgent visits. Where it is
    /// missing, the hours are for everybody.
    kept_for_urgent_minutes: Option<i16>,
}

/// Hours as they were made.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AddedHoursBody {
    #[schema(value_type = String, format = Uuid)]
    id: uuid::Uuid,
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    #[schema(value_type = String, format = Date)]
    date: Date,
    #[schema(value_type = String)]
    start_time: Time,
    /// `00:00:00` is the midnight at the end of the day.
    #[schema(value_type = String)]
    end_time: Time,
    #[schema(value_type = Option<String>, format = Uuid)]
    hospital_id: Option<HospitalId>,
    slot_minutes: i16,
    kinds: Vec<VisitKind>,
    kept_for_urgent_minutes: Option<i16>,
}

async fn add_provider_hours(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path(id): Path<ProviderId>,
    Json(body): Json<AddHoursBody>,
) -> ApiResult<(StatusCode, axum::Json<AddedHoursBody>)> {
    if doctor.provider()? != id {
        return Err(Error::Forbidden.into());
    }
    let day = parsed::<Date>("date", &body.date, "Send a day such as 2026-03-02.");
    let starts = parsed::<Time>("start_time", &body.start_time, "Send a time such as 09:00.");
    let ends = match body.end_time.as_str() {
        "24:00" | "24:00:00" => Ok(Time::midnight()),
        ends => parsed::<Time>("end_time", ends, "Send a time such as 12:30."),
    };
    let place = body.hospital_id.as_deref().filter(|id| !id.is_empty());
    let place = place.map(|id| parsed("hospital_id", id, "Send the id of one of your places."));
    let (day, starts, ends, place) = match (day, starts, ends, place.transpose()) {
        (Ok(day), Ok(starts), Ok(ends), Ok(place)) => (day, starts, ends, place),
        (day, starts, ends, place) => {
            let problems = [day.err(), starts.err(), ends.err(), place.err()];
            return Err(Error::Invalid(problems.into_iter().flatten().collect()).into());
        }
    };
    let details = directory::provider(site.clinic(), id).await?;
    let offered = VisitKinds::from_words(&details.provider.visit_kinds);
    let there = |kind: &VisitKind| place.is_some() || *kind != VisitKind::InPerson;
    let kinds: Vec<_> = offered.iter().filter(there).collect();
    let slot_minutes = body.slot_minutes.unwrap_or(30);
    let extra = ExtraHours {
        day,
        starts,
        ends,
        slot_minutes,
        place,
        kinds: kinds.clone(),
        kept_for_urgent_minutes: body.kept_for_urgent_minutes,
    };
    let made = schedule::add_hours(site.clinic(), &doctor, &extra).await.map_err(misplaced)?;
    let hours = AddedHoursBody {
        id: made.as_uuid(),
        provider_id: id,
        date: day,
        start_time: starts,
        end_time: ends,
        hospital_id: place,
        slot_minutes,
        kinds,
        kept_for_urgent_minutes: body.kept_for_urgent_minutes,
    };
    Ok((StatusCode::CREATED, axum::Json(hours)))
}

/// Hours that were read and cannot be kept: each problem at the field it was sent in.
fn misplaced(error: Error) -> ApiError {
    let Error::Invalid(mut problems) = error else { return error.into() };
    for problem in &mut problems {
        let sent = match &*problem.field {
            "day" => "date",
            "starts" => "start_time",
            "ends" => "end_time",
            "place" => "hospital_id",
            _ => continue,
        };
        problem.field = sent.into();
    }
    ApiError::from(Error::Invalid(problems)).answered_with(StatusCode::UNPROCESSABLE_ENTITY)
}

/// What one month's visits came to.
#[derive(Serialize, utoipa::ToSchema)]
pub struct MonthBody {
    /// `2026-03`, in the doctor's zone.
    month: String,
    appointments: i64,
    completed: i64,
    cancelled: i64,
    no_shows: i64,
    revenue_minor: i64,
}

impl From<MonthLine> for MonthBody {
    fn from(line: MonthLine) -> Self {
        Self {
            month: line.month,
            appointments: line.appointments,
            completed: line.completed,
            cancelled: line.cancelled,
            no_shows: line.missed,
            revenue_minor: line.revenue_minor,
        }
    }
}

/// How a doctor's practice goes.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AnalyticsBody {
    total_appointments: i64,
    /// From 1 to 5; null while nobody has rated a visit.
    average_rating: Option<f64>,
    /// What was paid and not given back, in the doctor's currency.
    revenue: MoneyBody,
    /// The share of ratings that would recommend the doctor, in percent; null while there is none.
    patient_satisfaction: Option<f64>,
    /// The last twelve months that had visits, the oldest first.
    monthly_trends: Vec<MonthBody>,
}

async fn get_provider_analytics(
    State(site): State<Site>,
    As(caller): As<Person>,
    Path(id): Path<ProviderId>,
) -> ApiResult<axum::Json<AnalyticsBody>> {
    let found = analytics::analytics(site.clinic(), &caller, id).await?;
    Ok(axum::Json(AnalyticsBody {
        total_appointments: found.total_appointments,
        average_rating: None,
        revenue: found.revenue.into(),
        patient_satisfaction: None,
        monthly_trends: found.months.into_iter().map(MonthBody::from).collect(),
    }))
}
