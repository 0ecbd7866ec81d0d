//! All readings of somebody, a page at a time: they need not all be in memory.
mod queries;

use super::{StoredReading, content::last_before};
use crate::{
    Clinic, Result,
    audit::{self, Event},
    identity::{Caller, Patient, throttle},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{CLOCK_AHEAD, MetricKind, ReadingId},
};
use jiff::{Timestamp, civil::Date};

/// Which readings somebody takes along; what is `None` leaves nothing out.
#[derive(Debug, Clone, Copy, Default)]
pub struct Wanted {
    pub kind: Option<MetricKind>,
    /// Days on the clock of the patient; both are among them.
    pub from: Option<Date>,
    pub to: Option<Date>,
}

/// A reading as it is taken along.
#[derive(Debug, Clone)]
pub struct Exported {
    pub stored: StoredReading,
    /// By how many minutes the clock of the patient was ahead of UTC when it was measured.
    pub utc_offset: i16,
}

/// So many are read at once.
const AT_ONCE: i64 = 1_000;

/// Readings that are being taken along, the first to be measured first. None that is quarantined is among them.
#[derive(Debug)]
pub struct ReadingExport {
    clinic: Clinic,
    patient: UserId,
    kind: Option<MetricKind>,
    /// What has been read so far ends with this one.
    after: (Timestamp, ReadingId),
    until: Timestamp,
    is_done: bool,
}

/// Begins to take readings of `patient` along; that they did is put on record.
pub async fn export(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    wanted: Wanted,
) -> Result<ReadingExport> {
    throttle::take_request(clinic).await?;
    let zone = patient.zone.rules();
    let start = |day: Date| Some(day.to_zoned(zone.clone()).ok()?.timestamp());
    // What is measured from then on came after it was asked for.
    let end = clinic.now() + CLOCK_AHEAD;
    let from = wanted.from.and_then(start).unwrap_or(Timestamp::UNIX_EPOCH);
    let until = wanted.to.and_then(|day| start(day.tomorrow().ok()?)).unwrap_or(end);
    let event = Event {
        actor: Some(patient.user),
        action: "reading.export",
        subject_type: "user",
        subject: patient.user.as_uuid(),
        patient: Some(patient.user),
    };
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| audit::record_in(conn, event).await).await?;
    Ok(ReadingExport {
        clinic: clinic.clone(),
        patient: patient.user,
        kind: wanted.kind,
        after: (from, last_before(from)),
        until,
        is_done: false,
    })
}

impl ReadingExport {
    /// The next of them; none when there are no more.
    pub async fn next(&mut self) -> Result<Vec<Exported>> {
        if self.is_done {
            return Ok(Vec::new());
        }
        let (patient, kind, after, until) = (self.patient, self.kind, self.after, self.until);
        // A transaction for each page: who reads slowly holds nothing meanwhile.
        let conn = &mut *self.clinic.db().await?;
        let rows = conn
            .transaction(async |conn| {
                read_as(conn, patient).await?;
                Ok::<_, crate::Error>(match kind {
                    None => queries::all(conn, patient, after, until, AT_ONCE).await?,
                    Some(kind) => {
                        queries::of_kind(conn, patient, kind, after, until, AT_ONCE).await?
                    }
                })
            })
            .await?;
        match rows.last() {
            Some(last) => self.after = (last.stored.recorded_at, last.stored.id),
            None => self.is_done = true,
        }
        Ok(rows)
    }
}
