//! What of readings is kept no longer. Called by workers, on each server: what one of them does, the others find done.
mod queries;

use super::content::first_of;
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
};
use diesel_async::AsyncConnection;
use domain::readings::QUARANTINED_FOR;
use jiff::{Timestamp, civil::Date, tz::TimeZone};

/// So many rows are forgotten at once.
pub const SWEPT: usize = 1_000;

/// From when on single readings are kept. `None`: all of them.
#[must_use]
pub fn kept_from(clinic: &Clinic) -> Option<Timestamp> {
    clinic.retention().kept_from(clinic.now())
}

/// Drops the oldest month of readings that is kept no longer, and puts that on record; which month it was. Who has the
/// readings in use is not waited for long: [`Error::Unavailable`], and it is tried again.
pub async fn drop_month(clinic: &Clinic) -> Result<Option<Date>> {
    let Some(from) = kept_from(clinic) else { return Ok(None) };
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let Some(month) = queries::drop_month(conn, from).await? else { return Ok(None) };
        let start = month.to_zoned(TimeZone::UTC).map_err(|e| Error::Internal(e.into()))?;
        let event = Event {
            actor: None,
            action: "reading.drop_month",
            subject_type: "reading_month",
            subject: first_of(start.timestamp()).as_uuid(),
            patient: None,
        };
        audit::record_in(conn, event).await?;
        Ok(Some(month))
    })
    .await
}

/// Forgets readings that were kept apart for long enough; how many.
pub async fn sweep_quarantined(clinic: &Clinic) -> Result<usize> {
    let limit = i32::try_from(SWEPT).unwrap_or(i32::MAX);
    let before = clinic.now() - QUARANTINED_FOR;
    Ok(queries::forget_quarantined(&mut *clinic.db().await?, before, limit).await?)
}
