//! Whoever measured regularly and has stopped is reminded, once, unless they do not want to be.
//!
//! What is planned is only when to look: whether somebody is reminded is decided by the days that there are then.
mod queries;

use super::rollups;
use crate::{Clinic, Conn, Result, outbox, record::read_as};
use diesel_async::AsyncConnection;
use domain::{
    identity::UserId,
    mail::Topic,
    readings::{MetricKind, is_time_to_remind, remind_on, reminded_at},
    zone,
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use serde_json::json;

/// How many are looked at in one go.
const AT_ONCE: usize = 100;

/// So many days are looked at to see whether somebody measured regularly: more than the rule asks for.
const DAYS: i64 = 60;

/// Plans the reminder that follows from the `days` on which `patient` has measured `kind`, in the place of the one that
/// was planned before. One whose time has passed is none: what came late was no silence.
pub(super) async fn plan(
    conn: &mut Conn,
    (patient, kind): (UserId, MetricKind),
    days: &[Date],
    (now, zone): (Timestamp, &TimeZone),
) -> Result<()> {
    let due = remind_on(kind, days).and_then(|on| reminded_at(on, zone));
    match due.filter(|due| *due > now) {
        Some(due) => queries::put(conn, (patient, kind), due).await?,
        None => queries::forget(conn, (patient, kind)).await?,
    }
    Ok(())
}

/// Reminds those whose time has come; how many it looked at. Called by a worker, and by several at once if there are
/// several servers: each takes what no other has in hands.
pub async fn remind(clinic: &Clinic) -> Result<usize> {
    for looked in 0..AT_ONCE {
        let now = clinic.now();
        let conn = &mut *clinic.db().await?;
        let found = conn
            .transaction(async |conn| {
                let Some(due) = queries::take(conn, now).await? else {
                    return Ok::<_, crate::Error>(None);
                };
                if let Some(time_zone) = due.time_zone {
                    let today = now.to_zoned(zone::rules(&time_zone)).date();
                    remind_one(conn, (due.patient_id, due.kind), (today, now)).await?;
                }
                Ok(Some(()))
            })
            .await?;
        if found.is_none() {
            return Ok(looked);
        }
    }
    Ok(AT_ONCE)
}

async fn remind_one(
    conn: &mut Conn,
    (patient, kind): (UserId, MetricKind),
    (today, now): (Date, Timestamp),
) -> Result<()> {
    read_as(conn, patient).await?;
    let first = today.saturating_sub(DAYS.days());
    let days = rollups::days(conn, patient, &[kind], (first, today)).await?;
    let days: Vec<Date> = days.into_iter().map(|(_, day)| day.at).collect();
    if !remind_on(kind, &days).is_some_and(|on| is_time_to_remind(on, today)) {
        return Ok(());
    }
    // Once a day, whatever is missed on it.
    let topic = Topic::MeasureReminder.as_str();
    let key = format!("{topic}/{patient}/{today}");
    let payload = json!({ "user_id": patient, "at": now });
    Ok(outbox::enqueue_in(conn, topic, key, payload).await?)
}
