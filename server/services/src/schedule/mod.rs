//! Schedules: the hours doctors keep, and what of them is still free.
mod editor;
pub(crate) mod queries;

use crate::{
    Clinic, Conn, Result,
    directory::{Provider, queries::providers_by_id},
};
use domain::{
    booking::{Busy, Plan, Slot, next_free},
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::HashMap;

pub use editor::*;
pub use queries::{ComingVisit, ExceptionRow, RuleRow};

/// What a doctor offers and what is taken of it, from one reading of the database.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub plan: Plan,
    pub busy: Vec<Busy>,
}

/// Which part of a schedule is needed.
#[derive(Debug, Clone, Copy)]
pub enum Around {
    /// Everything that touches this stretch of time.
    Window(Slot),
    /// As much as it takes to see the next few free times, for a card.
    NextFree(Timestamp),
}

/// How far past the first free time a card looks for further ones.
const CARD_REACH: SignedDuration = SignedDuration::from_hours(7 * 24);

/// Visits a little outside matter too: they may reach in, or keep a buffer.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

/// The schedules of `providers`, in three statements however many they are.
pub async fn load(
    conn: &mut Conn,
    providers: &[Provider],
    around: Around,
) -> Result<HashMap<ProviderId, Schedule>> {
    let window = |provider: &Provider| match around {
        Around::Window(window) => window,
        Around::NextFree(now) => {
            let first = provider.next_free_at.map_or(now, |free| free.max(now));
            Slot { start: now, end: first + CARD_REACH }
        }
    };
    let ids: Vec<_> = providers.iter().map(|provider| provider.id).collect();
    let from: Vec<_> = providers.iter().map(|p| window(p).start - MARGIN).collect();
    let until: Vec<_> = providers.iter().map(|p| window(p).end + MARGIN).collect();

    let mut rules = queries::rules(conn, &ids).await?;
    let mut exceptions = queries::exceptions(conn, &ids, &from, &until).await?;
    let mut busy = queries::busy(conn, &ids, &from, &until).await?;
    Ok(providers
        .iter()
        .map(|provider| {
            let id = provider.id;
            let plan = Plan {
                rules: rules.remove(&id).unwrap_or_default(),
                exceptions: exceptions.remove(&id).unwrap_or_default(),
                lead_minutes: u32::try_from(provider.lead_minutes).unwrap_or_default(),
                horizon_days: u16::try_from(provider.horizon_days).unwrap_or_default(),
            };
            (id, Schedule { plan, busy: busy.remove(&id).unwrap_or_default() })
        })
        .collect())
}

/// The schedule of one doctor.
pub async fn load_one(conn: &mut Conn, provider: &Provider, window: Slot) -> Result<Schedule> {
    let mut schedules = load(conn, std::slice::from_ref(provider), Around::Window(window)).await?;
    Ok(schedules.remove(&provider.id).unwrap_or(Schedule {
        plan: Plan { rules: vec![], exceptions: vec![], lead_minutes: 0, horizon_days: 0 },
        busy: vec![],
    }))
}

/// Stores when each of `ids` is next free, and tells every server that their times changed.
pub(crate) async fn announce(clinic: &Clinic, ids: &[ProviderId]) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    refresh(clinic, conn, ids).await?;
    queries::notify(conn, ids).await?;
    Ok(())
}

/// Looks again at doctors whose stored next free time has passed, a few at a time.
/// Called by a worker; returns how many it looked at.
pub async fn refresh_passed(clinic: &Clinic) -> Result<usize> {
    let conn = &mut *clinic.db().await?;
    let ids = queries::passed(conn, clinic.now()).await?;
    refresh(clinic, conn, &ids).await?;
    Ok(ids.len())
}

/// Looks again at when each of `ids` is next free.
pub async fn refresh_now(clinic: &Clinic, ids: &[ProviderId]) -> Result<()> {
    refresh(clinic, &mut *clinic.db().await?, ids).await
}

async fn refresh(clinic: &Clinic, conn: &mut Conn, ids: &[ProviderId]) -> Result<()> {
    let now = clinic.now();
    let providers = providers_by_id(conn, ids).await?;
    let longest = providers.iter().map(|provider| provider.horizon_days).max().unwrap_or(0);
    let end = now + SignedDuration::from_hours(24 * i64::from(longest + 1));
    let schedules = load(conn, &providers, Around::Window(Slot { start: now, end })).await?;
    let next: Vec<_> = schedules
        .iter()
        .map(|(id, schedule)| {
            let first = next_free(&schedule.plan, &schedule.busy, now, now, 1, None);
            (*id, first.first().map(|offer| offer.slot.start))
        })
        .collect();
    queries::set_next_free(conn, &next).await?;
    Ok(())
}
