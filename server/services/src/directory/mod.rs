//! The directory: finding a doctor, and what there is to know about one.
mod choices;
mod known;
pub(crate) mod queries;

use crate::{
    Clinic, Error, Result,
    booking::queries::policy,
    schedule::{self, Around, Schedule},
};
use domain::{
    booking::{CancellationPolicy, Offer, Slot, VisitKind},
    directory::{Gender, HospitalId, Language, ProviderId, Specialty},
    money::{Currency, Money},
    zone,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub use choices::{Choices, KnownChoices, choices};
pub use known::{KnownProviders, ProviderDetails};
pub(crate) use known::{details, details_of};
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
    pub doctor: Arc<ProviderDetails>,
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
    let (count, ids) = queries::matching_providers(conn, search, page).await?;
    let mut schedules = schedule::load(clinic, conn, &ids, Around::NextFree(now)).await?;
    let next = |schedule: &Schedule| schedule.next_free(now, TIMES_ON_CARD, search.visit);

    let mut items = Vec::with_capacity(ids.len());
    for id in ids {
        let Some(schedule) = schedules.remove(&id) else { continue };
        let mut times = next(&schedule);
        if times.is_empty() && schedule.is_free_at_all {
            // Free soon, but not for this kind of visit: one has to look further.
            let whole = Slot { start: now, end: schedule.horizon(now) };
            times = next(&schedule::load_one(clinic, conn, id, whole).await?);
        }
        items.push(ProviderCard { doctor: schedule.doctor, next: times });
    }
    Ok(Found { count, items })
}

/// An active doctor.
pub async fn provider(clinic: &Clinic, id: ProviderId) -> Result<Arc<ProviderDetails>> {
    let details = details_of(clinic, &mut *clinic.db().await?, id).await?;
    if details.provider.is_active { Ok(details) } else { Err(Error::NotFound) }
}

/// Active hospitals by city and name, of one city or of all.
pub async fn hospitals(clinic: &Clinic, city: Option<&str>, page: Page) -> Result<Found<Hospital>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_hospitals(conn, city).await?;
    Ok(Found { count, items: queries::hospitals(conn, city, page).await? })
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
