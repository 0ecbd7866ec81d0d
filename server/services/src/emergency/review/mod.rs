//! Whether there was reason for an emergency access: somebody else says so afterwards.
mod queries;

use super::{event, queries::who_reads_for, tell_patient};
use crate::{
    Clinic, Error, Result, audit,
    directory::{Found, Page},
    error::violates,
    identity::{Caller, EmergencyReviewer},
    proxies::authority,
};
use diesel_async::AsyncConnection;
use domain::{
    emergency::{EmergencyAccessId, NOT_YOUR_OWN, REVIEWED, Review},
    mail::Topic,
};

pub use queries::{Deed, QueueLine, Reviewed, Sheet};

/// Which accesses somebody wants to see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Queue {
    /// The one that waits longest first.
    Waiting,
    /// The newest review first.
    Done,
}

/// The accesses that wait for a review, or have had one.
pub async fn queue(
    clinic: &Clinic,
    _: &Caller<EmergencyReviewer>,
    queue: Queue,
    page: Page,
) -> Result<Found<QueueLine>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_queue(conn, queue).await?;
    Ok(Found { count, items: queries::queue(conn, queue, page).await? })
}

/// One of them, and what the doctor did with the record meanwhile. The look is put on record.
pub async fn sheet(
    clinic: &Clinic,
    reviewer: &Caller<EmergencyReviewer>,
    id: EmergencyAccessId,
) -> Result<Sheet> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let sheet = queries::sheet(conn, id).await?.ok_or(Error::NotFound)?;
        audit::record_in(conn, event(reviewer.user, "emergency.read", id, sheet.patient)).await?;
        Ok(sheet)
    })
    .await
}

/// Says whether there was reason for it, once; the patient hears what was found. Errors: [`REVIEWED`], [`NOT_YOUR_OWN`].
pub async fn review(
    clinic: &Clinic,
    reviewer: &Caller<EmergencyReviewer>,
    id: EmergencyAccessId,
    verdict: &str,
    finding: &str,
) -> Result<()> {
    let review = Review::check(verdict, finding)?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let patient =
            queries::review(conn, id, reviewer.user, &review).await.map_err(
                |error| match violates(&error, "emergency_accesses_reviewed_by_another") {
                    true => NOT_YOUR_OWN.into(),
                    false => Error::from(error),
                },
            )?;
        let Some(patient) = patient else {
            return Err(match queries::sheet(conn, id).await? {
                Some(_) => REVIEWED.into(),
                None => Error::NotFound,
            });
        };
        // Nor does who acts for the patient look at it.
        if who_reads_for(conn, patient).await? == Some(reviewer.user)
            || authority::acts_at_all(conn, reviewer.user, patient).await?
        {
            return Err(NOT_YOUR_OWN.into());
        }
        audit::record_in(conn, event(reviewer.user, "emergency.review", id, patient)).await?;
        tell_patient(conn, Topic::EmergencyReviewed, id, patient).await
    })
    .await
}
