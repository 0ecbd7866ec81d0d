//! Schedules: the hours doctors keep, and what of them is still free.
mod explain;
pub(crate) mod hours;
mod looked;
mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    database::known_time,
    directory::{self, ProviderDetails},
};
use domain::{
    booking::{Busy, BusyState, Offer, Pauses, Slot, VisitKind, free_slots, next_free, offers},
    directory::ProviderId,
    identity::UserId,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use std::{collections::HashMap, sync::Arc};

pub use explain::{Explained, ExplainedHours, explain};
pub use hours::*;
pub use looked::LastLook;

/// A doctor, and what is taken of their time.
#[derive(Debug, Clone)]
pub struct Schedule {
    pub doctor: Arc<ProviderDetails>,
    pub busy: Vec<Busy>,
    /// Whether the doctor was free at any time when last looked.
    pub is_free_at_all: bool,
    /// Where `busy` is complete.
    within: Slot,
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
const CARD_REACH: SignedDuration = SignedDuration::from_hours(2 * 24);

/// A year is the furthest that a doctor may be booked ahead.
const LONGEST_HORIZON: SignedDuration = SignedDuration::from_hours(24 * 367);

/// Visits a little outside matter too: they may reach in, or keep a buffer.
const MARGIN: SignedDuration = SignedDuration::from_hours(24);

impl Schedule {
    /// The free times that start within `window`, which must lie within what was loaded.
    pub fn free(&self, window: Slot, now: Timestamp) -> Vec<Offer> {
        free_slots(&self.doctor.plan, &self.busy, window, now)
    }

    /// The times of `window` that an urgent visit may take now.
    pub fn urgent(&self, window: Slot, now: Timestamp) -> Vec<Offer> {
        let mut all = offers(&self.doctor.plan, &self.busy, window, now);
        all.retain(|offer| offer.takes_urgent);
        all
    }

    /// The first `count` free times of what was loaded, of `kind` if given.
    pub fn next_free(&self, now: Timestamp, count: usize, kind: Option<VisitKind>) -> Vec<Offer> {
        next_free(&self.doctor.plan, &self.busy, self.within, now, count, kind)
    }
}

/// The schedules of the doctors `ids` that there are, in one statement however many they are;
/// in a few more when a doctor has changed or was not looked at for long. As `viewer` sees them: what
/// is kept for them is free to them.
pub async fn load(
    clinic: &Clinic,
    conn: &mut Conn,
    ids: &[ProviderId],
    around: Around,
    viewer: Option<UserId>,
) -> Result<HashMap<ProviderId, Schedule>> {
    let (start, end) = match around {
        Around::Window(window) => (window.start, Some(window.end)),
        Around::NextFree(now) => (now, None),
    };
    let wide = Slot { start, end: end.unwrap_or(start) }.widened(MARGIN);
    let (earliest, latest) = (known_time(wide.start), end.map(|_| known_time(wide.end)));
    // `next_free_at` may lie before `earliest`; the reach then counts from `start` all the same.
    let taken = queries::taken(conn, ids, earliest, latest, CARD_REACH + MARGIN + MARGIN).await?;
    let versions = taken.iter().map(|taken| (taken.provider, taken.version));
    let mut doctors = directory::details(clinic, conn, versions).await?;
    let schedules = taken.iter().filter_map(|taken| {
        let doctor = doctors.remove(&taken.provider)?;
        let first = taken.next_free_at.map_or(start, |free| free.max(start));
        let end = end.unwrap_or(first + CARD_REACH);
        let within = Slot { start, end };
        let schedule = Schedule {
            busy: with_elsewhere(taken.busy(viewer), &doctor.elsewhere, within.widened(MARGIN)),
            doctor,
            is_free_at_all: taken.next_free_at.is_some(),
            within,
        };
        Some((taken.provider, schedule))
    });
    Ok(schedules.collect())
}

/// `busy` and the times at which the doctor is busy elsewhere that touch `within`.
fn with_elsewhere(mut busy: Vec<Busy>, elsewhere: &[Slot], within: Slot) -> Vec<Busy> {
    let first = elsewhere.partition_point(|time| time.end <= within.start);
    let near = elsewhere[first..].iter().take_while(|time| time.start < within.end);
    busy.extend(near.map(|&slot| Busy {
        slot,
        state: BusyState::Elsewhere,
        place: None,
        pauses: Pauses::NONE,
    }));
    busy
}

/// The schedule of one doctor as the transaction of `conn` has written it, committed or not. Nothing of it is
/// kept in memory: it may never come to be.
pub(crate) async fn load_uncommitted(
    clinic: &Clinic,
    conn: &mut Conn,
    provider: ProviderId,
    window: Slot,
) -> Result<Schedule> {
    let wide = window.widened(MARGIN);
    let reach = SignedDuration::ZERO;
    let taken = queries::taken(conn, &[provider], wide.start, Some(wide.end), reach).await?;
    let taken = taken.first().ok_or(Error::NotFound)?;
    let doctor = Arc::new(directory::details_uncommitted(clinic, conn, provider).await?);
    let busy = with_elsewhere(taken.busy(None), &doctor.elsewhere, wide);
    let is_free_at_all = taken.next_free_at.is_some();
    Ok(Schedule { doctor, busy, is_free_at_all, within: window })
}

/// The schedule of one doctor, as `viewer` sees it.
pub async fn load_one(
    clinic: &Clinic,
    conn: &mut Conn,
    provider: ProviderId,
    window: Slot,
    viewer: Option<UserId>,
) -> Result<Schedule> {
    let mut found = load(clinic, conn, &[provider], Around::Window(window), viewer).await?;
    found.remove(&provider).ok_or(Error::NotFound)
}

/// A doctor and their next free times.
pub type Soonest = (Arc<ProviderDetails>, Vec<Offer>);

/// Which free times are looked for.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub from: Timestamp,
    pub count: usize,
    /// Of one kind, or of any.
    pub kind: Option<VisitKind>,
    pub full: Full,
}

/// What to do about doctors who had nothing free when last looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Full {
    /// They have nothing.
    Believed,
    /// A new day may have opened: look at all that can be booked.
    LookedAtAgain,
}

/// The next free times of each of `ids` that there are.
///
/// Most doctors have them within days of the first, so that only those days are read; the whole of
/// what can be booked is read for the others, all of them at once.
pub async fn soonest(
    clinic: &Clinic,
    conn: &mut Conn,
    ids: &[ProviderId],
    wanted: Wanted,
) -> Result<HashMap<ProviderId, Soonest>> {
    let Wanted { from, count, kind, full } = wanted;
    let now = clinic.now();
    let times = |schedule: Schedule| {
        let Schedule { doctor, busy, within, .. } = schedule;
        let free = doctor.last_look.next_free(&doctor.plan, &busy, within, now, (count, kind));
        (doctor, free)
    };
    let whole =
        Slot { start: from, end: now.saturating_add(LONGEST_HORIZON).unwrap_or(Timestamp::MAX) };
    let mut further = Vec::new();
    let mut found = HashMap::with_capacity(ids.len());
    for (id, near) in load(clinic, conn, ids, Around::NextFree(from), None).await? {
        let may_have_more = near.is_free_at_all || full == Full::LookedAtAgain;
        let near = times(near);
        if near.1.len() < count && may_have_more && whole.start < whole.end {
            further.push(id);
        }
        found.insert(id, near);
    }
    if !further.is_empty() {
        let far = load(clinic, conn, &further, Around::Window(whole), None).await?;
        found.extend(far.into_iter().map(|(id, far)| (id, times(far))));
    }
    Ok(found)
}

/// Stores when each of `ids` is next free, and tells every server that their times changed.
pub(crate) async fn announce(clinic: &Clinic, ids: &[ProviderId]) -> Result<()> {
    if ids.is_empty() {
        return Ok(());
    }
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

/// Looks again at doctors that had nothing free: time alone brings new days within their horizon.
/// Called by a worker.
pub async fn refresh_full(clinic: &Clinic) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    let mut after = None;
    loop {
        let ids = queries::full(conn, after).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(*last);
        refresh(clinic, conn, &ids).await?;
    }
}

/// Shows to everybody the times that were kept for urgent visits until some instant after `since` and
/// no later than now. Called by a worker.
pub async fn release_kept(clinic: &Clinic, since: Timestamp) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let day = now.to_zoned(TimeZone::UTC).date();
    let mut after = None;
    loop {
        let ids = queries::keeping(conn, day, after).await?;
        let Some(last) = ids.last() else { return Ok(()) };
        after = Some(*last);
        // None is kept for longer than a day before its start.
        let end = now.saturating_add(MARGIN).unwrap_or(Timestamp::MAX);
        let window = Slot { start: now, end };
        let schedules = load(clinic, conn, &ids, Around::Window(window), None).await?;
        let released = schedules.iter().filter(|(_, schedule)| {
            let mut free = schedule.free(window, now).into_iter();
            free.any(|offer| offer.kept_until.is_some_and(|until| since < until && until <= now))
        });
        let released: Vec<_> = released.map(|(id, _)| *id).collect();
        if !released.is_empty() {
            announce(clinic, &released).await?;
        }
    }
}

/// Looks again at when each of `ids` is next free.
pub async fn refresh_now(clinic: &Clinic, ids: &[ProviderId]) -> Result<()> {
    refresh(clinic, &mut *clinic.db().await?, ids).await
}

async fn refresh(clinic: &Clinic, conn: &mut Conn, ids: &[ProviderId]) -> Result<()> {
    let wanted = Wanted { from: clinic.now(), count: 1, kind: None, full: Full::LookedAtAgain };
    let soonest = soonest(clinic, conn, ids, wanted).await?;
    let next: Vec<_> = soonest
        .iter()
        .map(|(id, (_, free))| (*id, free.first().map(|offer| offer.slot.start)))
        .collect();
    queries::set_next_free(conn, &next).await?;
    Ok(())
}
