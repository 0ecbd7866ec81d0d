//! What people have reached with their readings: found by a worker from their days, so that no device waits for it.
mod queries;

use super::{limits, reminders, rollups};
use crate::{
    Clinic, Conn, Result,
    identity::{Caller, Patient},
    outbox,
    record::read_as,
};
use diesel::QueryResult;
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    mail::Topic,
    readings::{MetricKind, OLDEST, Reached, days_in_row, reached},
    zone,
};
use jiff::{SignedDuration, Timestamp, ToSpan, civil::Date};
use queries::Look;
use serde_json::json;

/// How many are looked at in one go.
const AT_ONCE: usize = 100;

/// When a day that has just begun is over wherever somebody lives.
const OVER: SignedDuration = SignedDuration::from_hours(26);

/// How many milestones are shown at most: more than there are of all kinds.
const SHOWN: i64 = 200;

/// Looks where days are new whether something is reached; how many it looked at. Called by a worker, and by several at
/// once if there are several servers: each takes what no other has in hands.
pub async fn look(clinic: &Clinic) -> Result<usize> {
    for looked in 0..AT_ONCE {
        let now = clinic.now();
        let conn = &mut *clinic.db().await?;
        let found = conn
            .transaction(async |conn| {
                // Held until it is done: what comes meanwhile is looked at afterwards.
                let Some(look) = queries::take(conn, now, now + OVER).await? else {
                    return Ok::<_, crate::Error>(None);
                };
                look_at(conn, &look, now).await?;
                Ok(Some(()))
            })
            .await?;
        if found.is_none() {
            return Ok(looked);
        }
    }
    Ok(AT_ONCE)
}

async fn look_at(conn: &mut Conn, look: &Look, now: Timestamp) -> Result<()> {
    let zone = zone::rules(&look.time_zone);
    let today = now.to_zoned(zone.clone()).date();
    read_as(conn, look.patient_id).await?;
    let first = today.saturating_sub((OLDEST.as_hours() / 24 + 1).days());
    let days = rollups::days(conn, look.patient_id, &[look.kind], (first, today)).await?;
    let days: Vec<_> = days.into_iter().map(|(_, day)| day).collect();
    let measured: Vec<Date> = days.iter().map(|day| day.at).filter(|day| *day <= today).collect();
    reminders::plan(conn, (look.patient_id, look.kind), &measured, (now, &zone)).await?;
    let set = limits::queries::of(conn, look.patient_id).await?;
    let target = rollups::target(look.kind, &set);
    let all = reached(look.kind, &days, target.as_ref(), today);
    if all.is_empty() {
        return Ok(());
    }
    let new = queries::keep(conn, look.patient_id, look.kind, &all).await?;
    let is_news = |reached: &Reached| new.contains(&reached.what) && reached.is_news(today);
    if all.iter().any(is_news) {
        tell(conn, look.patient_id, today).await?;
    }
    Ok(())
}

/// Has `kinds` of `patient` looked at once more: days are not what they were, and a reminder may follow from them no more.
/// What was reached stays reached.
pub(super) async fn look_again(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
) -> QueryResult<()> {
    queries::look_again(conn, patient, kinds).await
}

/// Once a day, whatever is reached on it.
async fn tell(conn: &mut Conn, patient: UserId, today: Date) -> Result<()> {
    let topic = Topic::MilestoneReached.as_str();
    let key = format!("{topic}/{patient}/{today}");
    Ok(outbox::enqueue_in(conn, topic, key, json!({ "user_id": patient })).await?)
}

/// What `patient` has reached, the last first.
pub async fn all(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<Reached>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, patient.user).await?;
        in_record(conn, patient.user).await
    })
    .await
}

/// The same in a transaction that reads the record.
pub(super) async fn in_record(conn: &mut Conn, patient: UserId) -> Result<Vec<Reached>> {
    Ok(queries::milestones(conn, patient, SHOWN).await?)
}

/// How many days are looked at for a row of them that goes on.
const ROW: i64 = 400;

/// On how many days in a row `patient` has measured something of each kind, until today or yesterday, the longest first.
pub async fn rows(clinic: &Clinic, patient: &Caller<Patient>) -> Result<Vec<(MetricKind, u32)>> {
    let today = clinic.now().to_zoned(patient.zone.rules()).date();
    let first = today.saturating_sub(ROW.days());
    let conn = &mut *clinic.db().await?;
    let days = conn
        .transaction(async |conn| {
            read_as(conn, patient.user).await?;
            Ok::<_, crate::Error>(queries::days(conn, patient.user, (first, today)).await?)
        })
        .await?;
    let mut rows: Vec<_> = days
        .chunk_by(|(one, _), (other, _)| one == other)
        .filter_map(|days| {
            let (kind, _) = days.first()?;
            let dates: Vec<Date> = days.iter().map(|(_, day)| *day).collect();
            Some((*kind, days_in_row(&dates, today)))
        })
        .filter(|(_, length)| *length > 1)
        .collect();
    rows.sort_by_key(|(_, length)| std::cmp::Reverse(*length));
    Ok(rows)
}
