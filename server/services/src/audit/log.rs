//! Who looked at somebody's record, and who changed it: what its person may read.
use super::{Event, queries, record_in};
use crate::{
    Clinic, Result,
    directory::{Found, Page},
    family,
    identity::{Caller, Patient},
};
use diesel_async::AsyncConnection;
use jiff::Timestamp;

pub use queries::LogLine;

/// Which events somebody wants to see.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LogFilter {
    /// Without what they did themselves.
    pub others_only: bool,
    /// `None`: from the beginning.
    pub from: Option<Timestamp>,
    /// Before this instant; `None`: until now.
    pub until: Option<Timestamp>,
}

/// The most lines that are given out at once as a file.
pub const MOST_LINES: i64 = 10_000;

/// The events about `patient` and those they book for, newest first.
pub async fn access_log(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    filter: LogFilter,
    page: Page,
) -> Result<Found<LogLine>> {
    let conn = &mut *clinic.db().await?;
    let people = family::everyone(conn, patient).await?;
    let count = queries::count_log(conn, &people, patient.user, filter).await?;
    let items =
        queries::log(conn, &people, patient.user, filter, (page.offset(), page.size)).await?;
    Ok(Found { count, items })
}

/// The same as far as a file holds, [`MOST_LINES`]. That it was given out is an event, too.
pub async fn export_access_log(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    filter: LogFilter,
) -> Result<Vec<LogLine>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let people = family::everyone(conn, patient).await?;
        let lines = queries::log(conn, &people, patient.user, filter, (0, MOST_LINES)).await?;
        let event = Event {
            actor: Some(patient.user),
            action: "access_log.export",
            subject_type: "user",
            subject: patient.user.as_uuid(),
            patient: Some(patient.user),
        };
        record_in(conn, event).await?;
        Ok(lines)
    })
    .await
}
