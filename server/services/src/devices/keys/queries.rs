use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Binary, Bool, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{devices::DeviceId, identity::UserId};
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};

pub async fn insert(
    conn: &mut Conn,
    device: DeviceId,
    hash: &[u8],
    prefix: &str,
) -> QueryResult<()> {
    kept(
        sql_query("INSERT INTO device_keys (id, device_id, hash, prefix) VALUES ($1, $2, $3, $4)")
            .bind::<Uuid, _>(uuid::Uuid::now_v7())
            .bind::<Uuid, _>(device)
            .bind::<Binary, _>(hash)
            .bind::<Text, _>(prefix),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
pub struct KeyRow {
    #[diesel(sql_type = Uuid)]
    pub id: uuid::Uuid,
    #[diesel(sql_type = Uuid)]
    pub device_id: DeviceId,
    #[diesel(sql_type = Text)]
    pub prefix: String,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub created_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = NullableTimestamp)]
    pub ends_at: Option<Timestamp>,
    #[diesel(sql_type = Bool)]
    pub is_used: bool,
}

/// The keys of `devices` that work `now`, the newest first.
pub async fn working(
    conn: &mut Conn,
    devices: &[DeviceId],
    now: Timestamp,
) -> QueryResult<Vec<KeyRow>> {
    kept(
        sql_query(
            "SELECT id, device_id, prefix, created_at, ends_at, first_used_at IS NOT NULL AS is_used FROM device_keys \
             WHERE device_id = ANY ($1) AND (ends_at IS NULL OR ends_at > $2) \
             ORDER BY ends_at IS NULL DESC, created_at DESC, id DESC",
        )
        .bind::<Array<Uuid>, _>(devices)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .load(conn)
    .await
}

pub async fn end(conn: &mut Conn, key: uuid::Uuid, ends_at: Timestamp) -> QueryResult<()> {
    kept(
        sql_query("UPDATE device_keys SET ends_at = $2 WHERE id = $1")
            .bind::<Uuid, _>(key)
            .bind::<Timestamptz, _>(ends_at.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Ends the keys that were made since `since` of devices of `user`.
pub async fn end_young(
    conn: &mut Conn,
    user: UserId,
    since: Timestamp,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE device_keys SET ends_at = $3 WHERE created_at >= $2 AND (ends_at IS NULL OR ends_at > $3) \
                 AND device_id IN (SELECT id FROM devices WHERE patient_id = $1)",
        )
        .bind::<Uuid, _>(user)
        .bind::<Timestamptz, _>(since.to_diesel())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Forgotten {
    #[diesel(sql_type = Integer)]
    forgotten: i32,
}

/// Forgets keys that ended before `before`, `most` at most; how many.
pub async fn forget(conn: &mut Conn, before: Timestamp, most: i32) -> QueryResult<usize> {
    let row: Forgotten = kept(
        sql_query("SELECT forget_device_keys($1, $2) AS forgotten")
            .bind::<Timestamptz, _>(before.to_diesel())
            .bind::<Integer, _>(most),
    )
    .get_result(conn)
    .await?;
    Ok(usize::try_from(row.forgotten).unwrap_or_default())
}
