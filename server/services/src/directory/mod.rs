//! The directory: finding a doctor, and what there is to know about one.
mod choices;
mod known;
mod near;
mod own_profile;
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    booking::visits::queries::policy,
    schedule::{self, Full, Wanted},
};
use domain::{
    booking::{CancellationPolicy, Offer, Slot, VisitKind},
    directory::{
        Gender, HospitalId, Language, ProviderId, Sort, Specialty,
        rank::{Signals, rank},
    },
    money::{Currency, Money},
    zone,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

pub use choices::{Choices, KnownChoices, choices};
pub use known::{KnownProviders, ProviderDetails};
pub(crate) use known::{details, details_of, details_uncommitted};
pub use near::Near;
pub use own_profile::{OwnProfile, change_own_profile, own_profile};
pub use queries::{Hospital, HospitalBrief, Provider};

/// How many doctors a page shows, unless the caller asks otherwise.
pub const PAGE_SIZE: i64 = 20;

/// The largest page one may ask for.
pub const LARGEST_PAGE: i64 = 100;

/// How many free times a card shows.
const TIMES_ON_CARD: usize = 3;

/// What a patient looks for. Everything is optional; all that is given must hold.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
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
    /// With a place around this one.
    pub near: Option<Near>,
    pub sort: Sort,
    /// The language of the reader. It leaves nobody out.
    pub speaks: Option<Language>,
}

impl Default for ProviderSearch {
    fn default() -> Self {
        Self {
            q: None,
            specialization: None,
            city: None,
            hospital: None,
            language: None,
            gender: None,
            visit: None,
            max_fee: None,
            free_before: None,
            accepting: false,
            near: None,
            sort: Sort::Best,
            speaks: None,
        }
    }
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

/// The doctor with their version, and the seconds at which the next free times start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CardKey {
    provider: ProviderId,
    version: i32,
    times: [Option<i64>; TIMES_ON_CARD],
}

impl ProviderCard {
    /// What a card is made from, in short: two with the same key show the same.
    pub fn key(&self) -> CardKey {
        let starts = self.next.iter().map(|offer| offer.slot.start.as_second());
        let mut times = [None; TIMES_ON_CARD];
        times.iter_mut().zip(starts).for_each(|(time, start)| *time = Some(start));
        let Provider { id, version, .. } = &self.doctor.provider;
        CardKey { provider: *id, version: *version, times }
    }
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

/// So many doctors who are free soonest are ranked against each other; others come later all the same.
const RANKED: i64 = 100;

/// One page of the doctors that match by all that speaks for them. A page may begin in one hundred and end in the
/// next; within each hundred the order is that of [`rank`].
async fn ranked(
    clinic: &Clinic,
    conn: &mut Conn,
    search: &ProviderSearch,
    page: Page,
) -> Result<(i64, Vec<ProviderId>)> {
    let first = page.offset() / RANKED * RANKED;
    let last = (page.offset() + page.size + RANKED - 1) / RANKED * RANKED;
    let found = queries::candidates(conn, search, last - first, first).await?;
    let count = found.first().map(|(.., count)| count.unwrap_or_default());
    let Some(count) = count.or((first == 0).then_some(0)) else {
        // A page behind the last one: there is only the count to tell.
        let (count, _) = queries::matching_providers(conn, search, Page::first()).await?;
        return Ok((count, Vec::new()));
    };
    let mut doctors: Vec<_> = found
        .into_iter()
        .map(|(provider, next_free, speaks, distance_km, _)| Signals {
            provider,
            next_free: next_free.map(jiff_diesel::Timestamp::to_jiff),
            distance_km,
            speaks,
            rating: None,
        })
        .collect();
    let hundred = usize::try_from(RANKED).unwrap_or(1);
    doctors.chunks_mut(hundred).for_each(|hundred| rank(hundred, clinic.now()));
    let skipped = usize::try_from(page.offset() - first).unwrap_or_default();
    let size = usize::try_from(page.size).unwrap_or_default();
    let ids = doctors.iter().skip(skipped).take(size).map(|doctor| doctor.provider);
    Ok((count, ids.collect()))
}

/// The doctors that `search` finds, in the order it asks for: by how well a name matches, by the reasons that speak
/// for a doctor, or by one of them alone; then those free soonest.
pub async fn find(
    clinic: &Clinic,
    search: &ProviderSearch,
    page: Page,
) -> Result<Found<ProviderCard>> {
    let conn = &mut *clinic.db().await?;
    let has_reasons = search.near.is_some() || search.speaks.is_some();
    let (count, ids) = match search.sort {
        Sort::Best if search.q.is_none() && has_reasons => {
            ranked(clinic, conn, search, page).await?
        }
        _ => queries::matching_providers(conn, search, page).await?,
    };
    let wanted = Wanted {
        from: clinic.now(),
        count: TIMES_ON_CARD,
        kind: search.visit,
        full: Full::Believed,
    };
    let mut soonest = schedule::soonest(clinic, conn, &ids, wanted).await?;
    let cards = ids.iter().filter_map(|id| {
        let (doctor, next) = soonest.remove(id)?;
        Some(ProviderCard { doctor, next })
    });
    Ok(Found { count, items: cards.collect() })
}

/// The times of `ids` that are free and start within `window`, for a page that shows some of them.
pub async fn free_starts(
    clinic: &Clinic,
    ids: &[ProviderId],
    window: Slot,
) -> Result<Vec<(ProviderId, Timestamp)>> {
    let conn = &mut *clinic.db().await?;
    let around = schedule::Around::Window(window);
    let schedules = schedule::load(clinic, conn, ids, around, None).await?;
    let starts = schedules.iter().flat_map(|(id, schedule)| {
        let free = schedule.free(window, clinic.now());
        free.into_iter().map(|offer| (*id, offer.slot.start))
    });
    Ok(starts.collect())
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
        policy(self.free_until_minutes, self.late_percent, self.first_late_free)
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
