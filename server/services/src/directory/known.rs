//! What is known of doctors, kept in memory: the row, the places and the hours change seldom.
//!
//! Nothing is answered from memory alone. Each look at the database brings a doctor's version, and
//! what was kept under another one is read again.
use super::queries::{self, HospitalBrief, Provider};
use crate::{
    Clinic, Conn, Error, Result,
    calendar::busy::queries as busy,
    schedule::{
        LastLook,
        hours::{queries as hours, rules::queries as own_rules},
    },
};
use domain::{
    booking::{Plan, Slot},
    directory::ProviderId,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use quick_cache::sync::Cache;
use std::{collections::HashMap, sync::Arc};

/// How many doctors are kept; at about three kilobytes each.
const KEPT: usize = 3_000;

/// A doctor with all that changes seldom.
#[derive(Debug)]
pub struct ProviderDetails {
    pub provider: Provider,
    /// The active places, the primary one first.
    pub hospitals: Vec<HospitalBrief>,
    /// The hours, with exceptions from `exceptions_from` on.
    pub plan: Plan,
    /// When the doctor is busy elsewhere, in order.
    pub elsewhere: Vec<Slot>,
    exceptions_from: Date,
    pub(crate) last_look: LastLook,
}

/// The doctors that were looked at last.
#[derive(Debug)]
pub struct KnownProviders(Cache<ProviderId, Arc<ProviderDetails>>);

impl Default for KnownProviders {
    fn default() -> Self {
        Self(Cache::new(KEPT))
    }
}

/// The first day of which exceptions can still matter: whatever the zone, it is over everywhere.
fn exceptions_from(now: Timestamp) -> Date {
    now.to_zoned(TimeZone::UTC).date().saturating_sub(2.days())
}

/// The details of the doctors whose id and current version are given.
pub(crate) async fn details(
    clinic: &Clinic,
    conn: &mut Conn,
    versions: impl Iterator<Item = (ProviderId, i32)>,
) -> Result<HashMap<ProviderId, Arc<ProviderDetails>>> {
    let known = &clinic.known_providers().0;
    let from = exceptions_from(clinic.now());
    let mut found = HashMap::new();
    let mut unknown = Vec::new();
    for (id, version) in versions {
        let kept = known
            .get(&id)
            .filter(|kept| kept.provider.version == version && kept.exceptions_from <= from);
        match kept {
            Some(kept) => _ = found.insert(id, kept),
            None => unknown.push(id),
        }
    }
    if !unknown.is_empty() {
        for details in read(conn, &unknown, from).await? {
            let details = Arc::new(details);
            known.insert(details.provider.id, details.clone());
            found.insert(details.provider.id, details);
        }
    }
    Ok(found)
}

/// The details of one doctor, active or not.
pub(crate) async fn details_of(
    clinic: &Clinic,
    conn: &mut Conn,
    id: ProviderId,
) -> Result<Arc<ProviderDetails>> {
    let version = queries::version(conn, id).await?;
    let mut found = details(clinic, conn, std::iter::once((id, version))).await?;
    found.remove(&id).ok_or(Error::NotFound)
}

/// The details as the transaction of `conn` sees them. They are not kept: it may be undone.
pub(crate) async fn details_uncommitted(
    clinic: &Clinic,
    conn: &mut Conn,
    id: ProviderId,
) -> Result<ProviderDetails> {
    let found = read(conn, &[id], exceptions_from(clinic.now())).await?;
    found.into_iter().next().ok_or(Error::NotFound)
}

/// Reads the row first: what is read after it may be newer than its version, never older. A
/// booking made with a version that has passed is not written.
async fn read(conn: &mut Conn, ids: &[ProviderId], from: Date) -> Result<Vec<ProviderDetails>> {
    let providers = queries::providers_by_id(conn, ids).await?;
    let mut hospitals = queries::hospitals_of(conn, ids).await?;
    let mut rules = hours::rules(conn, ids).await?;
    let mut exceptions = hours::exceptions(conn, ids, from, Date::MAX).await?;
    let since = from.to_zoned(TimeZone::UTC).map_or(Timestamp::UNIX_EPOCH, |from| from.timestamp());
    let mut kinds = own_rules::kind_rules(conn, ids).await?;
    let mut elsewhere = busy::busy_times(conn, ids, since).await?;
    Ok(providers
        .into_iter()
        .map(|(provider, booking_rules)| ProviderDetails {
            hospitals: hospitals.remove(&provider.id).unwrap_or_default(),
            plan: Plan {
                rules: rules.remove(&provider.id).unwrap_or_default(),
                exceptions: exceptions.remove(&provider.id).unwrap_or_default(),
                kind_rules: kinds.remove(&provider.id).unwrap_or_default(),
                lead_minutes: u32::try_from(provider.lead_minutes).unwrap_or_default(),
                horizon_days: u16::try_from(provider.horizon_days).unwrap_or_default(),
                ..booking_rules.map_or_else(Plan::default, |rules| rules.to_plan(provider.zone()))
            },
            elsewhere: elsewhere.remove(&provider.id).unwrap_or_default(),
            exceptions_from: from,
            last_look: LastLook::default(),
            provider,
        })
        .collect())
}
