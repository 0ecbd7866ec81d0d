//! Sealing the trail of events, and looking whether anybody touched it.
use super::queries;
use crate::{Clinic, Result, outbox};
use diesel_async::AsyncConnection;
use domain::{
    audit::{BATCH, Batch, Flaw, Hash, flaw_of, noted},
    identity::Email,
    mail::Topic,
};
use jiff::tz::TimeZone;
use serde_json::json;

/// Seals the events that wait for it, up to [`BATCH`] of them; how many there were. What another
/// server is sealing is left to it.
pub async fn seal(clinic: &Clinic) -> Result<usize> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::lock_sealing(conn).await? {
            return Ok(0);
        }
        let from = queries::reach(conn).await?;
        let waiting = queries::unsealed(conn, from, BATCH).await?;
        let Some(last) = waiting.iter().map(|event| event.occurred_at).max() else {
            return Ok(0);
        };
        let batch = Batch::seal(&waiting, queries::last_head(conn).await?);
        queries::insert_batch(conn, &batch, last).await?;
        Ok(waiting.len())
    })
    .await
}

/// The number and the head of the last batch, to be noted where nobody who can write the database can.
pub async fn head(clinic: &Clinic) -> Result<Option<(i64, Hash)>> {
    Ok(queries::last_head(&mut *clinic.db().await?).await?)
}

/// Mails the head of the last batch to `keeper`, once on each day in UTC however many servers do; false: there is
/// none yet.
pub async fn mail_head(clinic: &Clinic, keeper: &Email) -> Result<bool> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let Some(head) = queries::last_head(conn).await? else { return Ok(false) };
    let topic = Topic::AuditHead.as_str();
    let key = format!("{topic}/{}", now.to_zoned(TimeZone::UTC).date());
    let told = json!({ "head": noted(now, head), "keeper": keeper.as_str() });
    outbox::enqueue_in(conn, topic, key, told).await?;
    Ok(true)
}

/// A trail without a flaw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    pub batches: i64,
    pub sealed: i64,
    /// Events that are too young to be sealed.
    pub waiting: i64,
    pub head: Hash,
}

/// Looks at every event and every batch there is, and at `heads`: the numbers and heads of batches
/// that were noted outside. Gives the first flaw, if there is one.
pub async fn verify(clinic: &Clinic, heads: &[(i64, Hash)]) -> Result<Result<Verified, Flaw>> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::begin_reading(conn).await?;
        let before = queries::reach(conn).await?;
        let (mut number, mut head, mut sealed, mut old) = (0, Hash::NONE, 0_i64, 0_i64);
        while let Some(batch) = queries::next_batch(conn, number).await? {
            let ids: Vec<_> = batch.events.iter().map(|(id, _)| *id).collect();
            let found = queries::entries(conn, &ids).await?;
            if let Some(flaw) = flaw_of(&batch, number + 1, head, &found) {
                return Ok(Err(flaw));
            }
            (number, head) = (batch.number, batch.head);
            if heads.iter().any(|noted| noted.0 == number && noted.1 != head) {
                return Ok(Err(Flaw::OtherHead(number)));
            }
            sealed += i64::try_from(found.len()).unwrap_or(i64::MAX);
            let is_old = found.iter().filter(|event| event.occurred_at < before);
            old += i64::try_from(is_old.count()).unwrap_or(i64::MAX);
        }
        if let Some((last, _)) = heads.iter().find(|noted| noted.0 > number) {
            return Ok(Err(Flaw::Truncated(*last)));
        }
        let (all, all_old) = queries::count(conn, before).await?;
        if all_old != old
            && let Some(added) = queries::first_unsealed(conn, before).await?
        {
            return Ok(Err(Flaw::EventAdded(added)));
        }
        Ok(Ok(Verified { batches: number, sealed, waiting: all - sealed, head }))
    })
    .await
}
