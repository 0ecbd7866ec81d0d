//! What becomes of visits that a change of hours leaves without their time.
use super::queries::ComingVisit;
use crate::{
    Clinic, Conn, Result, booking,
    identity::{Caller, Doctor},
    schedule::{Schedule, load_uncommitted},
};
use domain::{
    booking::{
        AppointmentId, AppointmentStatus, Busy, Offer, Slot, VisitKind, next_free, offer_at, taken,
    },
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeMap;

/// A visit that would be outside of the new hours, and the nearest time of them that it could get.
#[derive(Debug)]
pub struct Stranded {
    pub visit: ComingVisit,
    pub nearest: Option<Offer>,
}

/// What the doctor wants to become of a stranded visit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fate {
    /// It is held at its time all the same.
    Keep,
    /// It gets the time that the doctor was shown for it.
    MoveTo(Timestamp),
    /// The patient pays nothing, and is told.
    Cancel,
}

/// What the doctor has said of the stranded visits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fates {
    KeepAll,
    /// Of these alone: others are shown before anything is saved.
    Each(BTreeMap<AppointmentId, Fate>),
}

impl Fates {
    fn of(&self, id: AppointmentId) -> Option<Fate> {
        match self {
            Self::KeepAll => Some(Fate::Keep),
            Self::Each(fates) => fates.get(&id).copied(),
        }
    }
}

/// All are kept; or nothing is known yet, and the doctor is to see them first.
impl From<bool> for Fates {
    fn from(keep_all: bool) -> Self {
        if keep_all { Self::KeepAll } else { Self::Each(BTreeMap::new()) }
    }
}

/// What patients are told whose visits end so.
const REASON: &str = "My hours have changed.";

/// How far after its time a visit may get another one.
const REACH: SignedDuration = SignedDuration::from_hours(28 * 24);

/// How many free times are looked at for one of the same place.
const LOOKED_AT: usize = 50;

/// Does with each of `visits` what `fates` say, in the transaction that has changed the hours. Gives them
/// back, undone, where the doctor has not said so of each, or a time for one is no longer free.
pub(super) async fn settle(
    clinic: &Clinic,
    conn: &mut Conn,
    doctor: &Caller<Doctor>,
    visits: Vec<ComingVisit>,
    fates: &Fates,
) -> Result<Vec<Stranded>> {
    if visits.iter().all(|visit| fates.of(visit.id) == Some(Fate::Keep)) {
        return Ok(Vec::new());
    }
    let schedule = after_change(clinic, conn, doctor.provider()?, &visits).await?;
    let Some(moves) = moves(&schedule, &visits, fates, clinic.now()) else {
        return Ok(with_nearest(schedule, visits, clinic.now()));
    };
    // Those that end make room before others move.
    for visit in &visits {
        if fates.of(visit.id) == Some(Fate::Cancel) {
            booking::cancel_in(conn, clinic.now(), doctor, visit.id, REASON).await?;
        }
    }
    for (visit, offer) in moves {
        booking::move_in(conn, doctor, visit, &offer).await?;
    }
    Ok(Vec::new())
}

/// The schedule by the new hours, as far as one of `visits` may be moved.
async fn after_change(
    clinic: &Clinic,
    conn: &mut Conn,
    provider: ProviderId,
    visits: &[ComingVisit],
) -> Result<Schedule> {
    let now = clinic.now();
    let start = visits.first().map_or(now, |visit| visit.starts_at.max(now));
    let last = visits.last().map_or(now, |visit| visit.starts_at);
    let window = Slot { start, end: last.saturating_add(REACH).unwrap_or(last) };
    load_uncommitted(clinic, conn, provider, window).await
}

/// Where the visits go that are to move; `None`: not all is decided, or a time is not free.
fn moves(
    schedule: &Schedule,
    visits: &[ComingVisit],
    fates: &Fates,
    now: Timestamp,
) -> Option<Vec<(AppointmentId, Offer)>> {
    let fates = visits.iter().map(|visit| Some((visit, fates.of(visit.id)?)));
    let fates: Vec<_> = fates.collect::<Option<_>>()?;
    let leaves = |busy: &Busy| {
        fates.iter().any(|(visit, fate)| *fate != Fate::Keep && busy.slot == own_slot(visit))
    };
    let mut busy: Vec<_> = schedule.busy.iter().filter(|busy| !leaves(busy)).copied().collect();
    let mut moves = Vec::new();
    for (visit, fate) in &fates {
        let Fate::MoveTo(start) = *fate else { continue };
        let kind = visit.appointment_type;
        let offer = offer_at(&schedule.doctor.plan, &busy, (start, Some(kind)), now)?;
        if !may_move(visit) || !offer.is_free() || !fits(visit, &offer) {
            return None;
        }
        busy.push(taken(&offer));
        moves.push((visit.id, offer));
    }
    Some(moves)
}

/// The nearest free time for each of `visits`, no two the same.
fn with_nearest(schedule: Schedule, visits: Vec<ComingVisit>, now: Timestamp) -> Vec<Stranded> {
    let (plan, mut busy) = (&schedule.doctor.plan, schedule.busy);
    let mut stranded = Vec::with_capacity(visits.len());
    for visit in visits {
        let own = own_slot(&visit);
        let without: Vec<_> = busy.iter().filter(|busy| busy.slot != own).copied().collect();
        let end = own.start.saturating_add(REACH).unwrap_or(own.start);
        let within = Slot { start: own.start.max(now), end };
        let kind = Some(visit.appointment_type);
        let mut free = next_free(plan, &without, within, now, LOOKED_AT, kind).into_iter();
        let nearest = free.find(|offer| may_move(&visit) && fits(&visit, offer));
        busy.extend(nearest.as_ref().map(taken));
        stranded.push(Stranded { visit, nearest });
    }
    stranded
}

const fn own_slot(visit: &ComingVisit) -> Slot {
    Slot { start: visit.starts_at, end: visit.ends_at }
}

/// One that the doctor has not agreed to yet is answered, not moved.
fn may_move(visit: &ComingVisit) -> bool {
    visit.status.is_ahead() && visit.status != AppointmentStatus::Requested
}

/// Whoever comes in person comes to the same place.
fn fits(visit: &ComingVisit, offer: &Offer) -> bool {
    let kind = visit.appointment_type;
    offer.kinds.contains(kind) && (kind != VisitKind::InPerson || offer.place == visit.hospital_id)
}
