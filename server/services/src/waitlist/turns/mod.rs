//! Whose turn it is: the worker that offers free times to those who wait.
//!
//! It only ever proposes. Any number of servers may do so at once, and may die in the middle: what is
//! offered is a row of `appointments`, and the constraints there decide who has it.
mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    booking::PATIENT_CONSTRAINT,
    error::violates,
    schedule::{self, Schedule},
    token,
};
use diesel::result::{DatabaseErrorKind, Error as DieselError};
use domain::{
    booking::{Offer, Slot, taken},
    directory::ProviderId,
    waitlist::{COUNTED_DAYS, LAPSES_AT_MOST, LONGEST_WAIT_DAYS, Waiting, line, time_to_answer},
};
use jiff::{SignedDuration, Timestamp};
use queries::NewOffer;

/// How many openings are looked at in one go.
const BATCH: i64 = 500;

/// How many of those who wait for a doctor are asked in one go, from the first on.
const LINE: i64 = 200;

/// Offers what has become free to those who wait. Called by a worker, again and again: what one call
/// leaves undone the next one does.
pub async fn offer_openings(clinic: &Clinic) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    queries::end_waiting(conn, clinic.now(), LAPSES_AT_MOST, BATCH).await?;
    for opening in queries::openings(conn, BATCH).await? {
        match offer_times(clinic, conn, opening.provider_id).await {
            Ok(true) => queries::looked(conn, &opening.ids).await?,
            Ok(false) => {}
            // The others need not wait for it.
            Err(error) => error.report(),
        }
    }
    Ok(())
}

/// Has everybody looked at for whom somebody waits, whatever was or was not noticed: time alone opens
/// new days. Called by a worker now and then.
pub async fn look_everywhere(clinic: &Clinic) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    super::queries::ask_to_look_everywhere(conn).await?;
    let counted = SignedDuration::from_hours(24 * COUNTED_DAYS);
    Ok(queries::forget_openings(conn, clinic.now() - counted, BATCH).await?)
}

/// What became of one try to offer a time.
enum Tried {
    Offered,
    /// The person cannot come then.
    NotTheirs,
    /// The time is somebody's.
    Gone,
    /// What was read is not so any more.
    Outdated,
}

/// Offers the free times of `provider`, soonest first, each to whoever is first in its line. False:
/// something changed meanwhile, and it is worth looking again.
async fn offer_times(clinic: &Clinic, conn: &mut Conn, provider: ProviderId) -> Result<bool> {
    let candidates = queries::candidates(conn, provider, LAPSES_AT_MOST, LINE).await?;
    if candidates.is_empty() {
        return Ok(true);
    }
    let mut waiting: Vec<_> = candidates
        .iter()
        .map(|candidate| Waiting {
            entry: candidate.entry.id,
            since: candidate.entry.created_at,
            wish: candidate.entry.wish(),
            asked: candidate.asked().collect(),
        })
        .collect();
    let now = clinic.now();
    let furthest = SignedDuration::from_hours(24 * i64::from(LONGEST_WAIT_DAYS + 1));
    let end = now.saturating_add(furthest).unwrap_or(Timestamp::MAX);
    let window = Slot { start: now, end };
    let mut schedule = schedule::load_one(clinic, conn, provider, window, None).await?;
    let mut offered = false;
    let mut settled = true;
    let mut free = schedule.free(window, now).into_iter();
    while let Some(offer) = free.next()
        && !waiting.is_empty()
    {
        let city = city_of(&schedule, &offer);
        let asked: Vec<_> = line(&waiting, &offer, city)
            .into_iter()
            .map(|(person, kind)| (person.entry, person.wish.zone.clone(), kind))
            .collect();
        let count = i32::try_from(asked.len()).unwrap_or(i32::MAX);
        for (position, (entry, zone, kind)) in (1..).zip(asked) {
            let lead = schedule.doctor.plan.lead_minutes;
            let there = now.to_zoned(zone);
            let Some(time) = time_to_answer(&there, offer.slot.start, lead) else { continue };
            let token = token::new()?;
            let new = NewOffer {
                entry,
                provider,
                version: schedule.doctor.provider.version,
                offer: &offer,
                kind,
                time,
                token: &token,
                token_hash: &token::hash(&token),
                position,
                waiting: count,
            };
            match propose(conn, &new).await? {
                Tried::Offered => {
                    offered = true;
                    waiting.retain(|person| person.entry != entry);
                    // What is free after it is so only with its pauses.
                    schedule.busy.push(taken(&offer));
                    let rest = Slot { start: offer.slot.start, end: window.end };
                    free = schedule.free(rest, now).into_iter();
                    break;
                }
                Tried::NotTheirs => {}
                Tried::Gone => break,
                Tried::Outdated => {
                    settled = false;
                    break;
                }
            }
        }
    }
    if offered {
        clinic.live().announce(provider);
    }
    Ok(settled)
}

/// The city where `offer` is, if it is at a place of the doctor.
fn city_of<'a>(schedule: &'a Schedule, offer: &Offer) -> Option<&'a str> {
    let places = &schedule.doctor.hospitals;
    places.iter().find(|place| Some(place.id) == offer.place).map(|place| place.city.as_str())
}

async fn propose(conn: &mut Conn, new: &NewOffer<'_>) -> Result<Tried> {
    match queries::insert_offer(conn, new).await {
        Ok(true) => Ok(Tried::Offered),
        Ok(false) => Ok(Tried::Outdated),
        Err(error) if violates(&error, PATIENT_CONSTRAINT) => Ok(Tried::NotTheirs),
        Err(error) if is_taken(&error) => Ok(Tried::Gone),
        Err(error) => Err(Error::from(error)),
    }
}

/// Whether a constraint of ours says that somebody else was first, or that the doctor has no more
/// room; or PostgreSQL made us give way to them.
fn is_taken(error: &DieselError) -> bool {
    match error {
        DieselError::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        DieselError::DatabaseError(_, info) => {
            info.message() == "deadlock detected"
                || info.constraint_name().is_some_and(|name| {
                    name.starts_with("appointments_") || name.starts_with("waitlist_offers_")
                })
        }
        _ => false,
    }
}
