//! What the search form offers to choose from. It changes seldom and is on the busiest pages, so
//! that it is kept for half a minute.
mod queries;

use super::queries::hospital_names;
use crate::{Clinic, Result};
use domain::{
    directory::{HospitalId, Position, Specialty},
    money::Currency,
};
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex, PoisonError};

/// How long an admin's new city may take to be offered on another server.
const KEPT: SignedDuration = SignedDuration::from_secs(30);

/// What there is to choose from, with the doctors there are of each.
#[derive(Debug, Clone, Default)]
pub struct Choices {
    pub cities: Vec<String>,
    /// Id, name and city.
    pub hospitals: Vec<(HospitalId, String, String)>,
    /// Where hospitals are, with id, name and city.
    pub positions: Vec<(HospitalId, String, String, Position)>,
    pub currencies: Vec<Currency>,
    /// With the number of active doctors in each, most first.
    pub specialties: Vec<(Specialty, i32)>,
    pub read_at: Timestamp,
}

/// The choices as they were read last.
#[derive(Debug, Default)]
pub struct KnownChoices(Mutex<Option<Arc<Choices>>>);

impl KnownChoices {
    fn kept(&self, now: Timestamp) -> Option<Arc<Choices>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.clone().filter(|choices| now.duration_since(choices.read_at).abs() < KEPT)
    }

    fn keep(&self, kept: Option<Arc<Choices>>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = kept;
    }

    /// An admin has just changed what there is.
    pub(crate) fn forget(&self) {
        self.keep(None);
    }
}

/// Cities, hospitals, currencies and specialties in which there are doctors.
pub async fn choices(clinic: &Clinic) -> Result<Arc<Choices>> {
    let (known, now) = (clinic.known_choices(), clinic.now());
    if let Some(choices) = known.kept(now) {
        return Ok(choices);
    }
    let conn = &mut *clinic.db().await?;
    let hospitals = hospital_names(conn).await?;
    let mut cities: Vec<_> = hospitals.iter().map(|(_, _, city)| city.clone()).collect();
    cities.sort();
    cities.dedup();
    let positions = queries::positions(conn).await?;
    let positions = positions.into_iter().filter_map(|(id, name, city, latitude, longitude)| {
        Some((id, name, city, Position { latitude: latitude?, longitude: longitude? }))
    });
    let currencies = queries::currencies(conn).await?;
    let choices = Arc::new(Choices {
        cities,
        hospitals,
        positions: positions.collect(),
        currencies: currencies.iter().filter_map(|code| Currency::from_code(code)).collect(),
        specialties: queries::count_by_specialty(conn).await?,
        read_at: now,
    });
    known.keep(Some(choices.clone()));
    Ok(choices)
}
