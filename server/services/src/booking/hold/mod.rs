//! Holds: a time is kept for whoever is about to book it.
//!
//! A hold is a row of `appointments`, so that the constraints which keep two visits apart keep holds
//! apart as well. It ends by the clock of the database, whatever becomes of the server or the browser.
pub(super) mod queries;

use super::{Wanted, check_may_book, free_offer, lost, was_overtaken};
use crate::{
    Clinic, Error, Result,
    identity::{Caller, Patient},
};
use diesel_async::AsyncConnection;
use domain::{
    booking::{CHANGED_MEANWHILE, HOLDING_TOO_MANY, NOT_OFFERED, Priority, VisitKind},
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use queries::{Held, NewHold};
use std::collections::BTreeSet;

/// How long a time is kept after the last sign of the person.
const TIME: SignedDuration = SignedDuration::from_mins(10);

/// How long one may keep the same time, however active.
const LONGEST: SignedDuration = SignedDuration::from_mins(30);

/// How many times may be kept for one person, with one doctor each.
const AT_ONCE: i64 = 3;

/// How many are let go of, or forgotten, at once.
const BATCH: i64 = 500;

/// A time that is kept for somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hold {
    /// From now on.
    pub remaining: SignedDuration,
}

/// Keeps the time that begins at `start` for `patient`, as long as a visit of `kind` lasts. What was kept
/// with this doctor before is let go; asked again for the same time, it is kept for longer, but not for
/// ever. Without a kind it is that for which the time is kept already, or any.
pub async fn hold(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: Timestamp,
    kind: Option<VisitKind>,
) -> Result<Hold> {
    keep(clinic, patient, provider, Wanted { start, kind, priority: Some(Priority::Routine) }).await
}

pub(super) async fn keep(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    Wanted { start, kind, priority }: Wanted,
) -> Result<Hold> {
    let conn = &mut *clinic.db().await?;
    // As with a booking: who is overtaken looks again.
    let mut refused = Error::from(CHANGED_MEANWHILE);
    for _ in 0..3 {
        let held = match kind {
            None => queries::held_kind(conn, patient.user, provider, start).await?,
            Some(_) => None,
        };
        // What is kept for them stays so, whether or not it is urgent.
        let priority = priority.filter(|_| held.is_none());
        let kind = kind.or(held);
        let wanted = Wanted { start, kind, priority };
        let (doctor, offer) =
            match free_offer(clinic, conn, patient, provider, wanted, None).await? {
                Some(free) => free,
                None => {
                    let any = Wanted { start, kind: None, priority };
                    let free = free_offer(clinic, conn, patient, provider, any, None).await?;
                    free.ok_or(NOT_OFFERED)?
                }
            };
        // For whom it will be is settled by the booking.
        check_may_book(conn, patient, None, &doctor.provider).await?;
        // Which of the kinds it will be is settled by the booking.
        let kind = kind.filter(|kind| offer.kinds.contains(*kind)).or(offer.kinds.iter().next());
        let new = NewHold {
            patient: patient.user,
            offer: &offer,
            kind: kind.ok_or(NOT_OFFERED)?,
            provider: &doctor.provider,
            time: TIME,
            longest: LONGEST,
            others: AT_ONCE,
        };
        // One after the other: of two at once each would not count the other.
        let held = conn.transaction(async |conn| {
            queries::lock_person(conn, patient.user).await?;
            queries::hold(conn, &new).await
        });
        match held.await {
            Ok(Held { remaining: Some(seconds), .. }) => {
                clinic.live().announce(provider);
                let remaining = SignedDuration::try_from_secs_f64(seconds.max(0.0));
                return Ok(Hold { remaining: remaining.unwrap_or_default() });
            }
            Ok(Held { offered: true, .. }) => return Err(HOLDING_TOO_MANY.into()),
            Ok(Held { offered: false, .. }) => {}
            Err(error) if was_overtaken(&error) => refused = lost(error),
            Err(error) => return Err(lost(error)),
        }
    }
    Err(refused)
}

/// Lets go of what is kept for `patient` with this doctor, if anything is.
pub async fn release_hold(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    if queries::release_hold(conn, patient.user, provider).await? {
        clinic.live().announce(provider);
    }
    Ok(())
}

/// Lets go of all times that are kept no longer, and forgets those that ended long ago. Called by a
/// worker; nobody has to wait for it, since an ended hold is in nobody's way.
pub async fn expire_holds(clinic: &Clinic) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    let ended = queries::expire_holds(conn, BATCH).await?;
    for provider in ended.into_iter().collect::<BTreeSet<_>>() {
        clinic.live().announce(provider);
    }
    queries::delete_old_holds(conn, BATCH).await.map_err(Error::from)?;
    Ok(())
}
