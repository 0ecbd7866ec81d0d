use super::{
    JsonText, List, PageQuery, Routes,
    booking::SlotBody,
    input::{As, Path, Query, optional},
    problem::{ApiError, ApiResult},
};
use app::{FragmentKey, Site};
use axum::{
    extract::{OriginalUri, State},
    routing::get,
};
use domain::{
    booking::{Offer, Slot, VisitKind},
    directory::{Gender, HospitalId, ProviderId, Specialty},
    money::{Currency, Money},
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde::{Deserialize, Serialize};
use services::{
    booking,
    directory::{self, Hospital, HospitalBrief, ProviderDetails, ProviderSearch},
    identity::Doctor,
};
use std::sync::Arc;

pub fn routes() -> Routes {
    vec![
        ("/providers", get(list_providers)),
        ("/providers/{id}", get(get_provider)),
        ("/providers/{id}/availability", get(get_availability)),
        ("/providers/{id}/schedule", get(get_schedule)),
        ("/providers/{id}/hospitals", get(list_provider_hospitals)),
        ("/hospitals", get(list_hospitals)),
    ]
}

/// An amount in minor units of a currency (ISO 4217).
#[derive(Serialize, utoipa::ToSchema)]
pub struct MoneyBody {
    minor: i64,
    currency: &'static str,
}

impl From<Money> for MoneyBody {
    fn from(money: Money) -> Self {
        Self { minor: money.minor, currency: money.currency.code() }
    }
}

/// A place where a doctor works.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PlaceBody {
    #[schema(value_type = String, format = Uuid)]
    id: HospitalId,
    name: String,
    address: String,
    city: String,
    country: String,
    time_zone: String,
}

impl From<&HospitalBrief> for PlaceBody {
    fn from(place: &HospitalBrief) -> Self {
        Self {
            id: place.id,
            name: place.name.clone(),
            address: place.address.clone(),
            city: place.city.clone(),
            country: place.country.clone(),
            time_zone: place.time_zone.clone(),
        }
    }
}

/// A doctor.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProviderBody {
    #[schema(value_type = String, format = Uuid)]
    id: ProviderId,
    first_name: String,
    last_name: String,
    full_name: String,
    specialization: Specialty,
    gender: Gender,
    bio: String,
    years_of_experience: i16,
    consultation_fee: MoneyBody,
    languages: Vec<String>,
    visit_kinds: Vec<String>,
    /// IANA name.
    time_zone: String,
    accepting_new_patients: bool,
    is_active: bool,
    /// Until how long before its start a visit is cancelled at no cost, and what it costs later.
    free_until_minutes: i32,
    late_percent: i16,
    primary_hospital: Option<String>,
    hospitals: Vec<PlaceBody>,
    /// In lists: the next free times.
    #[serde(skip_serializing_if = "Option::is_none")]
    next_free: Option<Vec<SlotBody>>,
}

impl ProviderBody {
    fn new(doctor: &ProviderDetails, next: Option<&[Offer]>) -> Self {
        let ProviderDetails { provider, hospitals, .. } = doctor;
        Self {
            id: provider.id,
            first_name: provider.first_name.clone(),
            last_name: provider.last_name.clone(),
            full_name: format!("{} {}", provider.first_name, provider.last_name),
            specialization: provider.specialization,
            gender: provider.gender,
            bio: provider.bio.clone(),
            years_of_experience: provider.years_of_experience,
            consultation_fee: provider.fee().into(),
            languages: provider.languages.clone(),
            visit_kinds: provider.visit_kinds.clone(),
            time_zone: provider.time_zone.clone(),
            accepting_new_patients: provider.accepting_new_patients,
            is_active: provider.is_active,
            free_until_minutes: provider.free_until_minutes,
            late_percent: provider.late_percent,
            primary_hospital: hospitals.first().map(|place| place.name.clone()),
            hospitals: hospitals.iter().map(PlaceBody::from).collect(),
            next_free: next.map(|offers| offers.iter().map(SlotBody::from).collect()),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct SearchQuery {
    q: Option<String>,
    specialization: Option<String>,
    city: Option<String>,
    hospital: Option<String>,
    language: Option<String>,
    gender: Option<String>,
    visit: Option<String>,
    max_fee_minor: Option<String>,
    currency: Option<String>,
    free_before: Option<String>,
    accepting: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

impl SearchQuery {
    fn search(&self) -> ApiResult<ProviderSearch> {
        let text = |field: &'static str, raw: &Option<String>| -> ApiResult<Option<String>> {
            let Some(raw) = raw.as_ref().filter(|raw| !raw.trim().is_empty()) else {
                return Ok(None);
            };
            domain::text::checked(field, "The text", raw, 1..=100)
                .map(Some)
                .map_err(|problem| services::Error::from(problem).into())
        };
        let minor = optional(
            "max_fee_minor",
            self.max_fee_minor.as_deref(),
            "Send a whole number of minor units.",
        )?;
        let currency = self.currency.as_deref().filter(|code| !code.is_empty());
        let max_fee = match (minor, currency) {
            (None, None) => None,
            (Some(minor), Some(code)) => Currency::from_code(code)
                .map(|currency| Some(Money::new(minor, currency)))
                .ok_or_else(|| ApiError::field("currency", "Send a currency such as EUR."))?,
            _ => {
                return Err(ApiError::field(
                    "max_fee_minor",
                    "Send max_fee_minor and currency together.",
                ));
            }
        };
        Ok(ProviderSearch {
            q: text("q", &self.q)?,
            city: text("city", &self.city)?,
            specialization: optional(
                "specialization",
                self.specialization.as_deref(),
                "Send a specialty such as cardiology.",
            )?,
            hospital: optional("hospital", self.hospital.as_deref(), "Send a hospital's id.")?,
            language: optional(
                "language",
                self.language.as_deref(),
                "Send a language such as fr.",
            )?,
            gender: optional(
                "gender",
                self.gender.as_deref(),
                "Send female, male, other or unknown.",
            )?,
            visit: optional("visit", self.visit.as_deref(), "Send video, phone or in_person.")?,
            max_fee,
            free_before: optional(
                "free_before",
                self.free_before.as_deref(),
                "Send a time with its offset, such as 2026-03-02T09:00:00Z.",
            )?,
            accepting: optional("accepting", self.accepting.as_deref(), "Send true or false.")?
                .unwrap_or(false),
        })
    }
}

async fn list_providers(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<SearchQuery>,
) -> ApiResult<JsonText> {
    let page = query.page.page()?;
    let found = directory::find(site.clinic(), &query.search()?, page).await?;
    // The same doctors are asked for again and again: their JSON is kept until it changes.
    let asked: Arc<str> = Arc::default();
    List::new(found, page, &uri, |card| {
        let card_key = Some(card.key());
        let key = FragmentKey { name: "provider-json", card: card_key, asked: asked.clone() };
        site.fragments()
            .text(key, || serde_json::to_string(&ProviderBody::new(&card.doctor, Some(&card.next))))
    })
    .into_text()
}

async fn get_provider(
    State(site): State<Site>,
    Path(id): Path<ProviderId>,
) -> ApiResult<axum::Json<ProviderBody>> {
    let found = directory::provider(site.clinic(), id).await?;
    Ok(axum::Json(ProviderBody::new(&found, None)))
}

async fn list_provider_hospitals(
    State(site): State<Site>,
    Path(id): Path<ProviderId>,
) -> ApiResult<axum::Json<Vec<PlaceBody>>> {
    let found = directory::provider(site.clinic(), id).await?;
    Ok(axum::Json(found.hospitals.iter().map(PlaceBody::from).collect()))
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct WindowQuery {
    from: Option<String>,
    to: Option<String>,
    visit: Option<String>,
}

/// The longest window, in days.
const LONGEST: i64 = 31;

const A_DAY_OR_A_TIME: &str =
    "Send a day such as 2026-03-02, or a time with its offset such as 2026-03-02T09:00:00Z.";

/// One end of a window: a day in `zone`, or an instant.
fn end(field: &'static str, raw: &str, zone: &TimeZone, whole_day: bool) -> ApiResult<Timestamp> {
    let wrong = || ApiError::field(field, A_DAY_OR_A_TIME);
    if let Ok(instant) = raw.parse::<Timestamp>() {
        return Ok(instant);
    }
    // A civil date-time parses as a date too; the day alone is ten characters.
    let date: Date = raw.parse().ok().filter(|_| raw.len() == 10).ok_or_else(wrong)?;
    let date = if whole_day { date.tomorrow().map_err(|_| wrong())? } else { date };
    date.to_zoned(zone.clone()).map(|midnight| midnight.timestamp()).map_err(|_| wrong())
}

impl WindowQuery {
    /// From `from` to the end of `to`; a week from now when neither is given.
    fn window(&self, zone: &TimeZone, now: Timestamp) -> ApiResult<Slot> {
        let start = match self.from.as_deref().filter(|raw| !raw.is_empty()) {
            Some(raw) => end("from", raw, zone, false)?,
            None => now,
        };
        let end = match self.to.as_deref().filter(|raw| !raw.is_empty()) {
            Some(raw) => end("to", raw, zone, true)?,
            None => start
                .checked_add((7 * 24).hours())
                .map_err(|_| ApiError::field("from", A_DAY_OR_A_TIME))?,
        };
        if end <= start {
            return Err(ApiError::field("to", "The end must be later than the start."));
        }
        // An hour more: the clocks may go back within.
        if end.duration_since(start).as_hours() > LONGEST * 24 + 1 {
            return Err(ApiError::field("to", "Ask for 31 days at most."));
        }
        Ok(Slot { start, end })
    }
}

/// The free times of a doctor.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AvailabilityBody {
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    /// IANA name of the doctor's zone.
    time_zone: String,
    /// The length of a visit, when all in the window have the same.
    slot_minutes: Option<i64>,
    slots: Vec<SlotBody>,
}

async fn get_availability(
    State(site): State<Site>,
    Path(id): Path<ProviderId>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<axum::Json<AvailabilityBody>> {
    let visit: Option<VisitKind> =
        optional("visit", query.visit.as_deref(), "Send video, phone or in_person.")?;
    let now = site.clinic().now();
    // No zone is more than a day away from UTC.
    let around = query.window(&TimeZone::UTC, now)?.widened(SignedDuration::from_hours(24));
    let (doctor, offers) = booking::free_times_of(site.clinic(), id, around, |provider| {
        query.window(&provider.zone(), now)
    })
    .await?;
    let slots: Vec<_> = offers
        .iter()
        .filter(|offer| visit.is_none_or(|kind| offer.kinds.contains(kind)))
        .map(SlotBody::from)
        .collect();
    let mut lengths = offers.iter().map(|offer| offer.slot.minutes());
    let first = lengths.next();
    Ok(axum::Json(AvailabilityBody {
        provider_id: id,
        time_zone: doctor.provider.time_zone.clone(),
        slot_minutes: first.filter(|first| lengths.all(|length| length == *first)),
        slots,
    }))
}

/// One visit in a doctor's schedule.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ScheduleEntry {
    #[schema(value_type = String, format = Uuid)]
    appointment_id: domain::booking::AppointmentId,
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    #[schema(value_type = String, format = DateTime)]
    end: Timestamp,
    patient_name: String,
    appointment_type: VisitKind,
    status: domain::booking::AppointmentStatus,
}

/// The schedule of the calling doctor.
async fn get_schedule(
    State(site): State<Site>,
    As(doctor): As<Doctor>,
    Path(id): Path<ProviderId>,
    Query(query): Query<WindowQuery>,
) -> ApiResult<axum::Json<Vec<ScheduleEntry>>> {
    if doctor.provider()? != id {
        return Err(services::Error::Forbidden.into());
    }
    let details = directory::provider(site.clinic(), id).await?;
    let window = query.window(&details.provider.zone(), site.clinic().now())?;
    let visits = booking::day_of(site.clinic(), &doctor, window).await?;
    Ok(axum::Json(
        visits
            .into_iter()
            .map(|visit| ScheduleEntry {
                appointment_id: visit.id,
                start: visit.starts_at,
                end: visit.ends_at,
                patient_name: visit.patient_name,
                appointment_type: visit.appointment_type,
                status: visit.status,
            })
            .collect(),
    ))
}

/// A hospital.
#[derive(Serialize, utoipa::ToSchema)]
pub struct HospitalBody {
    #[schema(value_type = String, format = Uuid)]
    id: HospitalId,
    name: String,
    hospital_type: String,
    full_address: String,
    city: String,
    country: String,
    time_zone: String,
    phone_number: Option<String>,
    website: Option<String>,
    description: Option<String>,
    specialties: Vec<String>,
    facilities: Vec<String>,
    established_year: Option<i16>,
    bed_capacity: Option<i32>,
    emergency_services: bool,
    appointment_booking_available: bool,
}

impl From<Hospital> for HospitalBody {
    fn from(hospital: Hospital) -> Self {
        Self {
            full_address: hospital.full_address(),
            id: hospital.id,
            name: hospital.name,
            hospital_type: hospital.hospital_type,
            city: hospital.city,
            country: hospital.country,
            time_zone: hospital.time_zone,
            phone_number: hospital.phone_number,
            website: hospital.website,
            description: hospital.description,
            specialties: hospital.specialties,
            facilities: hospital.facilities,
            established_year: hospital.established_year,
            bed_capacity: hospital.bed_capacity,
            emergency_services: hospital.emergency_services,
            appointment_booking_available: hospital.appointment_booking_available,
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct HospitalQuery {
    city: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

async fn list_hospitals(
    State(site): State<Site>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<HospitalQuery>,
) -> ApiResult<axum::Json<List<HospitalBody>>> {
    let page = query.page.page()?;
    let city = query.city.as_deref().filter(|city| !city.is_empty());
    let found = directory::hospitals(site.clinic(), city, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, HospitalBody::from)))
}
