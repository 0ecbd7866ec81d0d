use super::Key;
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::identity::throttle::{Lane, Tally};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::throttles;
use std::str::FromStr;

/// What is counted under `keys`, in no order.
pub async fn tallies(conn: &mut Conn, keys: &[Key]) -> QueryResult<Vec<Tally>> {
    let hashes: Vec<&[u8]> = keys.iter().map(|key| key.hash.as_slice()).collect();
    let rows: Vec<(String, i32, jiff_diesel::Timestamp)> = throttles::table
        .filter(throttles::key_hash.eq_any(hashes))
        .select((throttles::lane, throttles::count, throttles::last_at))
        .load(conn)
        .await?;
    let tally = |(lane, count, last_at): (String, i32, jiff_diesel::Timestamp)| {
        let lane = Lane::from_str(&lane).ok()?;
        Some(Tally { lane, count, last_at: last_at.to_jiff() })
    };
    Ok(rows.into_iter().filter_map(tally).collect())
}

/// From here on, whoever counts under `key` after having looked waits until the transaction ends.
pub async fn lock(conn: &mut Conn, key: &Key) -> QueryResult<()> {
    kept(
        sql_query("SELECT pg_advisory_xact_lock(hashtextextended(encode($1, 'hex'), 1))")
            .bind::<diesel::sql_types::Bytea, _>(&key.hash),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Counts one more under `key`; one that comes while another is written is counted after it.
pub async fn count(conn: &mut Conn, key: &Key, now: Timestamp) -> QueryResult<()> {
    let forgotten = now - key.lane.patience().memory;
    kept(
        sql_query(
            "INSERT INTO throttles (key_hash, lane, count, last_at) VALUES ($1, $2, 1, $3) \
             ON CONFLICT (key_hash) DO UPDATE SET updated_at = now(), last_at = greatest(throttles.last_at, $3), \
                 count = CASE WHEN throttles.last_at < $4 THEN 1 ELSE least(throttles.count + 1, 1000) END",
        )
        .bind::<diesel::sql_types::Bytea, _>(&key.hash)
        .bind::<diesel::sql_types::Text, _>(key.lane.as_str())
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Timestamptz, _>(forgotten.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is counted under `key`.
pub async fn forget(conn: &mut Conn, key: &Key) -> QueryResult<()> {
    diesel::delete(throttles::table.find(&key.hash)).execute(conn).await?;
    Ok(())
}

/// Forgets what was counted last before `until`, at most `limit`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM throttles WHERE key_hash = ANY (ARRAY( \
                 SELECT key_hash FROM throttles WHERE last_at < $1 ORDER BY last_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
