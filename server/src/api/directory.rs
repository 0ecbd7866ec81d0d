use super::{
    JsonText, List, PageQuery, Routes,
    input::{Path, Query, optional},
    problem::{ApiError, ApiResult},
    times::SlotBody,
};
use app::{FragmentKey, Site};
use axum::{
    extract::{OriginalUri, State},
    routing::get,
};
use domain::{
    booking::Offer,
    directory::{Gender, HospitalId, ProviderId, Sort, Specialty},
    money::{Currency, Money},
};
use serde::{Deserialize, Serialize};
use services::directory::{
    self, Choices, Hospital, HospitalBrief, ProviderCard, ProviderDetails, ProviderSearch,
};
use std::sync::Arc;

pub fn routes() -> Routes {
    vec![
        ("/providers", get(list_providers)),
        ("/providers/{id}", get(get_provider)),
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
    /// In lists with `near`: kilometres to the nearest place of the doctor.
    #[serde(skip_serializing_if = "Option::is_none")]
    distance_km: Option<f64>,
    /// In lists: why the doctor stands here, in words.
    #[serde(skip_serializing_if = "Option::is_none")]
    reasons: Option<Vec<String>>,
}

impl ProviderBody {
    pub fn new(doctor: &ProviderDetails, next: Option<&[Offer]>) -> Self {
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
            distance_km: None,
            reasons: None,
        }
    }

    /// As it stands among others.
    fn found(card: &ProviderCard, search: &ProviderSearch) -> Self {
        let distance = search.near.as_ref().and_then(|near| card.doctor.distance_km(near));
        Self {
            distance_km: distance.map(|distance| (distance * 10.0).round() / 10.0),
            reasons: Some(app::reasons(card, search, None)),
            ..Self::new(&card.doctor, Some(&card.next))
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
    near: Option<String>,
    sort: Option<String>,
    #[serde(flatten)]
    page: PageQuery,
}

impl SearchQuery {
    fn search(&self, offered: &Choices) -> ApiResult<ProviderSearch> {
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
        let unknown = "Send the id of a hospital, or the name of a hospital or a city.";
        let near = text("near", &self.near)?
            .map(|place| offered.near(&place).ok_or_else(|| ApiError::field("near", unknown)))
            .transpose()?;
        let sort = optional("sort", self.sort.as_deref(), "Send best, soonest or nearest.")?;
        if sort == Some(Sort::Nearest) && near.is_none() {
            return Err(ApiError::field("near", "Send the place from which to sort by distance."));
        }
        let language =
            optional("language", self.language.as_deref(), "Send a language such as fr.")?;
        Ok(ProviderSearch {
            near,
            sort: sort.unwrap_or(Sort::Best),
            speaks: language,
            language,
            q: text("q", &self.q)?,
            city: text("city", &self.city)?,
            specialization: optional(
                "specialization",
                self.specialization.as_deref(),
                "Send a specialty such as cardiology.",
            )?,
            hospital: optional("hospital", self.hospital.as_deref(), "Send a hospital's id.")?,
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
    let offered = directory::choices(site.clinic()).await?;
    let search = query.search(&offered)?;
    let found = directory::find(site.clinic(), &search, page).await?;
    // The same doctors are asked for again and again: their JSON is kept until it changes.
    let ProviderSearch { q, city, language, visit, near, .. } = &search;
    let asked: Arc<str> = format!("{q:?} {city:?} {language:?} {visit:?} {near:?}").into();
    List::new(found, page, &uri, |card| {
        let card_key = Some(card.key());
        let key = FragmentKey { name: "provider-json", card: card_key, asked: asked.clone() };
        site.fragments().text(key, || serde_json::to_string(&ProviderBody::found(&card, &search)))
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
