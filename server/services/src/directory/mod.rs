//! The directory: finding a doctor, and what there is to know about one.
pub(crate) mod queries;

use crate::{
    Clinic, Error, Result,
    booking::queries::policy,
    schedule::{self, Around},
};
use domain::{
    booking::{CancellationPolicy, Offer, VisitKind, next_free},
    directory::{Gender, HospitalId, Language, ProviderId, Specialty},
    money::{Currency, Money},
    zone,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use queries::{Hospital, HospitalBrief, Provider};

/// How many doctors a page shows, unless the caller asks otherwise.
pub const PAGE_SIZE: i64 = 20;

/// The largest page one may ask for.
pub const LARGEST_PAGE: i64 = 100;

/// How many free times a card shows.
const TIMES_ON_CARD: usize = 3;

/// What a patient looks for. Everything is optional; all that is given must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProviderSearch {
    /// A name or a specialty, accents and small mistakes allowed.
    pub q: Option<String>,
    pub specialization: Option<Specialty>,
    pub city: Option<String>,
    pub hospital: Option<HospitalId>,
    pub language: Option<Language>,
    pub gender: Option<Gender>,
    pub visit: Option<VisitKind>,
    pub max_fee: Option<Money>,
    /// With a free time before this instant.
    pub free_before: Option<Timestamp>,
    /// Only doctors who take new patients.
    pub accepting: bool,
}

impl ProviderSearch {
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// One doctor among those found.
#[derive(Debug, Clone)]
pub struct ProviderCard {
    pub provider: Provider,
    pub hospitals: Vec<HospitalBrief>,
    /// The next free times, from the function that books.
    pub next: Vec<Offer>,
}

/// One page of doctors, and how many there are in all.
#[derive(Debug)]
pub struct Found<T> {
    pub count: i64,
    pub items: Vec<T>,
}

/// A part of a list: which page, and how long one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Page {
    pub number: i64,
    pub size: i64,
}

impl Page {
    /// Page `number` from 1 on, of `size` rows; both brought within what is served.
    pub fn new(number: i64, size: i64) -> Self {
        Self { number: number.clamp(1, 1_000_000), size: size.clamp(1, LARGEST_PAGE) }
    }

    pub fn first() -> Self {
        Self::new(1, PAGE_SIZE)
    }

    pub(crate) fn offset(self) -> i64 {
        (self.number - 1) * self.size
    }

    /// How many pages `count` rows fill; at least one.
    pub fn pages(self, count: i64) -> i64 {
        (count + self.size - 1).div_euclid(self.size).max(1)
    }
}

/// The doctors that `search` finds: best match first, then those free soonest.
pub async fn find(
    clinic: &Clinic,
    search: &ProviderSearch,
    page: Page,
) -> Result<Found<ProviderCard>> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let count = queries::count_providers(conn, search).await?;
    let providers = queries::providers(conn, search, page).await?;
    let ids: Vec<_> = providers.iter().map(|provider| provider.id).collect();
    let mut hospitals = queries::hospitals_of(conn, &ids).await?;
    let schedules = schedule::load(conn, &providers, Around::NextFree(now)).await?;

    let items = providers.into_iter().map(|provider| {
        let next = schedules.get(&provider.id).map_or_else(Vec::new, |schedule| {
            next_free(&schedule.plan, &schedule.busy, now, now, TIMES_ON_CARD, search.visit)
        });
        let hospitals = hospitals.remove(&provider.id).unwrap_or_default();
        ProviderCard { provider, hospitals, next }
    });
    Ok(Found { count, items: items.collect() })
}

/// One doctor with the places they work at.
#[derive(Debug, Clone)]
pub struct ProviderDetails {
    pub provider: Provider,
    pub hospitals: Vec<HospitalBrief>,
}

/// An active doctor.
pub async fn provider(clinic: &Clinic, id: ProviderId) -> Result<ProviderDetails> {
    let conn = &mut *clinic.db().await?;
    let provider = queries::provider(conn, id).await?;
    if !provider.is_active {
        return Err(Error::NotFound);
    }
    let hospitals = queries::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default();
    Ok(ProviderDetails { provider, hospitals })
}

/// Active hospitals by city and name, of one city or of all.
pub async fn hospitals(clinic: &Clinic, city: Option<&str>, page: Page) -> Result<Found<Hospital>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_hospitals(conn, city).await?;
    Ok(Found { count, items: queries::hospitals(conn, city, page).await? })
}

/// What the search form offers to choose from.
#[derive(Debug, Clone)]
pub struct Choices {
    pub cities: Vec<String>,
    /// Id, name and city.
    pub hospitals: Vec<(HospitalId, String, String)>,
    pub currencies: Vec<Currency>,
}

/// Cities, hospitals and currencies in which there are doctors.
pub async fn choices(clinic: &Clinic) -> Result<Choices> {
    let conn = &mut *clinic.db().await?;
    let hospitals = queries::hospital_names(conn).await?;
    let mut cities: Vec<_> = hospitals.iter().map(|(_, _, city)| city.clone()).collect();
    cities.sort();
    cities.dedup();
    Ok(Choices {
        cities,
        hospitals,
        currencies: queries::currencies(conn)
            .await?
            .iter()
            .filter_map(|code| Currency::from_code(code))
            .collect(),
    })
}

/// Specialties with the number of active doctors in each, most first.
pub async fn specialties(clinic: &Clinic) -> Result<Vec<(Specialty, i64)>> {
    Ok(queries::count_by_specialty(&mut *clinic.db().await?).await?)
}

impl Provider {
    pub fn full_name(&self) -> String {
        format!("Dr {} {}", self.first_name, self.last_name)
    }

    pub fn fee(&self) -> Money {
        let currency = Currency::from_code(&self.currency).unwrap_or(Currency::XXX);
        Money::new(self.consultation_fee_minor, currency)
    }

    /// What cancelling a visit costs that is booked now.
    pub fn policy(&self) -> CancellationPolicy {
        policy(self.free_until_minutes, self.late_percent)
    }

    pub fn zone(&self) -> jiff::tz::TimeZone {
        zone::rules(&self.time_zone)
    }

    pub fn languages(&self) -> impl Iterator<Item = Language> + '_ {
        self.languages.iter().filter_map(|word| word.parse().ok())
    }

    pub fn visit_kinds(&self) -> impl Iterator<Item = VisitKind> + '_ {
        self.visit_kinds.iter().filter_map(|word| word.parse().ok())
    }
}
