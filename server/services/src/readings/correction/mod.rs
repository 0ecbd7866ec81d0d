//! Corrections: what was typed wrong is replaced, and what it was stays readable.
mod queries;

use super::{StoredReading, alerts, content::span, content_id, record, rollups, stand_in};
use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    identity::{Caller, Patient},
    record::read_as,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    readings::{
        ALREADY_THERE, CHANGED_MEANWHILE, CheckedManual, Correction, MEASURED_BY_DEVICE,
        REMOVED_MEANWHILE, Reading, ReadingId, Timing, Unit,
    },
};
use jiff::Timestamp;

/// What a reading was until its patient corrected it.
#[derive(Debug, Clone)]
pub struct Corrected {
    pub reading: Reading,
    pub unit: Unit,
    pub recorded_at: Timestamp,
    pub notes: Option<String>,
    /// When it was corrected.
    pub until: Timestamp,
}

/// A reading, and what it was before: the last first.
#[derive(Debug, Clone)]
pub struct History {
    pub now: StoredReading,
    pub before: Vec<Corrected>,
}

/// So many corrections of one reading are read at most.
const CORRECTIONS: i64 = 100;

/// The reading `id`, or what it was corrected to. Errors: [`Error::NotFound`] of one that was taken away, or is of somebody
/// else.
pub async fn reading(clinic: &Clinic, patient: &Caller<Patient>, id: ReadingId) -> Result<History> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        let found = match shown(conn, patient.user, id).await? {
            Some(found) => Some(found),
            None => match queries::replacement(conn, patient.user, id).await? {
                Some(other) => shown(conn, patient.user, other).await?,
                None => None,
            },
        };
        let now = found.ok_or(Error::NotFound)?.reading;
        let before = queries::corrections(conn, patient.user, now.id, CORRECTIONS).await?;
        Ok(History { now, before })
    })
    .await
}

/// What readings of `patient` were before they were corrected, with what they are now called; the last first, `most` at
/// most.
pub async fn corrections(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    most: i64,
) -> Result<Vec<(ReadingId, Corrected)>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        Ok(queries::all_corrections(conn, patient.user, most).await?)
    })
    .await
}

/// The reading `id` of `patient`, be it shown or not.
pub(super) async fn found(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
) -> Result<Option<queries::Kept>> {
    match span(id) {
        Some(span) => Ok(queries::kept_reading(conn, patient, id, span).await?),
        None => Ok(None),
    }
}

/// The reading `id` if it is among what is shown.
async fn shown(conn: &mut Conn, patient: UserId, id: ReadingId) -> Result<Option<queries::Kept>> {
    Ok(found(conn, patient, id).await?.filter(|found| !found.is_removed))
}

/// Whether `id` was corrected to another reading that is shown in its place.
pub(super) async fn is_shown_otherwise(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
) -> Result<bool> {
    match queries::replacement(conn, patient, id).await? {
        Some(other) if other != id => Ok(shown(conn, patient, other).await?.is_some()),
        _ => Ok(false),
    }
}

/// Corrects the reading `id` as `patient` has seen it, in its `version`: which one it is from then on. Sent twice it is
/// done once. Of what a device measured only the note is changed. Errors: those of the form, and that it is no more what
/// the patient saw.
pub async fn change(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: ReadingId,
    version: i32,
    correction: &Correction,
) -> Result<ReadingId> {
    let (user, now) = (patient.user, clinic.now());
    let around = span(id).ok_or(Error::NotFound)?;
    let conn = &mut *clinic.db().await?;
    let (to, is_news) = conn
        .transaction(async |conn| {
            let mut is_news = false;
            read_as(conn, user).await?;
            let seen =
                queries::kept_reading(conn, user, id, around).await?.ok_or(Error::NotFound)?;
            let was = typed(&seen.reading);
            let is_measured = seen.reading.device.is_some();
            if is_measured && !(correction.has_same_values && correction.has_same_time) {
                return Err(Error::from(MEASURED_BY_DEVICE));
            }
            let wanted = correction.check(&was, now).map_err(Error::Invalid)?;
            let is_same = wanted.reading == was.reading && wanted.recorded_at == was.recorded_at;
            // What a device has a name of its own for is called by that.
            let to = match is_measured || is_same {
                true => id,
                false => content_id(user.as_uuid(), wanted.reading, wanted.recorded_at, None),
            };
            let held =
                queries::hold(conn, user, [id, to], [around, span(to).unwrap_or(around)]).await?;
            let at = |id| held.iter().find(|held| held.id == id);
            let old = at(id).ok_or(Error::NotFound)?;
            if old.is_removed {
                return Ok((replaced(conn, user, (id, to), &wanted).await?, false));
            }
            if to == id && old.notes == wanted.notes {
                return Ok((id, false));
            }
            if old.version != version {
                return Err(CHANGED_MEANWHILE.into());
            }
            if to != id && at(to).is_some_and(|other| !other.is_removed) {
                return Err(ALREADY_THERE.into());
            }
            queries::insert_correction(conn, user, id, to, around, now).await?;
            match to == id {
                true => queries::set_notes(conn, user, id, around, wanted.notes.as_deref()).await?,
                false => {
                    let offset = (wanted.recorded_at == was.recorded_at).then_some(seen.utc_offset);
                    let offset = offset.unwrap_or_else(|| {
                        domain::readings::utc_offset(wanted.recorded_at, &patient.zone.rules())
                    });
                    let from = super::queries::remove(conn, user, id, around, now).await?;
                    let new = queries::insert_corrected(
                        conn,
                        user,
                        (to, old.version),
                        &wanted,
                        offset,
                        now,
                    )
                    .await
                    .on_constraint("readings_of_their_own", Error::SignedOut)?;
                    let mut places: Vec<_> = from.into_iter().chain([new]).collect();
                    if let Some(from) = from {
                        places.extend(stand_in(conn, user, id, from).await?);
                    }
                    rollups::recount(conn, user, &places).await?;
                    if let Some(from) = from {
                        let today = now.to_zoned(patient.zone.rules()).date();
                        // What is late is not followed again: it stands with the others.
                        let timing = Timing::of(wanted.recorded_at, now);
                        let instead = Some(to).filter(|_| timing == Timing::Timely);
                        is_news |= alerts::retract(conn, user, instead, from, (today, now)).await?;
                    }
                    is_news |= super::follow(conn, patient, to, &wanted, now).await?;
                }
            }
            record(conn, user, "reading.change", to).await?;
            Ok((to, is_news))
        })
        .await?;
    if is_news {
        clinic.live().announce_alerts(user);
    }
    Ok(to)
}

fn typed(kept: &StoredReading) -> CheckedManual {
    CheckedManual {
        reading: kept.reading,
        unit: kept.unit,
        recorded_at: kept.recorded_at,
        notes: kept.notes.clone(),
    }
}

/// What to say to who corrects a reading that is shown no more: done, when they have just sent the same.
async fn replaced(
    conn: &mut Conn,
    patient: UserId,
    (id, to): (ReadingId, ReadingId),
    wanted: &CheckedManual,
) -> Result<ReadingId> {
    let found = match queries::replacement(conn, patient, id).await? {
        Some(other) => shown(conn, patient, other).await?,
        None => None,
    };
    match found {
        None => Err(REMOVED_MEANWHILE.into()),
        Some(found) if found.reading.id == to && found.reading.notes == wanted.notes => Ok(to),
        Some(_) => Err(CHANGED_MEANWHILE.into()),
    }
}
