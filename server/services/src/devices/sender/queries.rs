use super::ShownKey;
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::{DeviceId, DeviceStatus, ErrorCode},
    identity::UserId,
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use std::collections::HashMap;

#[derive(Debug, QueryableByName)]
pub struct Keyed {
    #[diesel(sql_type = Uuid)]
    pub id: DeviceId,
    #[diesel(sql_type = Uuid)]
    pub patient_id: UserId,
    #[diesel(sql_type = Text)]
    pub status: DeviceStatus,
    /// The key, if nobody has used it before.
    #[diesel(sql_type = Nullable<Uuid>)]
    pub new_key: Option<uuid::Uuid>,
}

#[derive(QueryableByName)]
struct KeyedRow {
    #[diesel(sql_type = BigInt)]
    place: i64,
    #[diesel(embed)]
    keyed: Keyed,
}

/// The devices of `keys`, by the place of the key: if it works `now` and the owner has an account; only that which it is
/// said to be of, where that is said.
pub async fn devices_with<'k>(
    conn: &mut Conn,
    keys: impl Iterator<Item = &'k ShownKey> + Clone,
    now: Timestamp,
) -> QueryResult<HashMap<usize, Keyed>> {
    let rows: Vec<KeyedRow> = kept(
        // How many keys there are is hidden from the planner, which would plan it for each number anew. Owners are looked up
        // one by one: a join that was planned for few devices could read everybody.
        sql_query(
            "SELECT shown.place, d.id, d.patient_id, d.status, CASE WHEN k.first_used_at IS NULL THEN k.id END AS new_key \
             FROM unnest((SELECT $1::bytea[]), (SELECT $2::uuid[])) WITH ORDINALITY AS shown (hash, device_id, place) \
             JOIN device_keys k ON k.hash = shown.hash JOIN devices d ON d.id = k.device_id \
             WHERE (k.ends_at IS NULL OR k.ends_at > $3) AND (shown.device_id IS NULL OR d.id = shown.device_id) \
                 AND (SELECT u.is_active FROM users u WHERE u.id = d.patient_id)",
        )
        .bind::<Array<Binary>, _>(keys.clone().map(|key| key.hash.as_slice()).collect::<Vec<_>>())
        .bind::<Array<Nullable<Uuid>>, _>(keys.map(|key| key.device).collect::<Vec<_>>())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .load(conn)
    .await?;
    let by_place = |row: KeyedRow| Some((usize::try_from(row.place - 1).ok()?, row.keyed));
    Ok(rows.into_iter().filter_map(by_place).collect())
}

pub async fn note_first_use(conn: &mut Conn, key: uuid::Uuid, now: Timestamp) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE device_keys SET first_used_at = $2 WHERE id = $1 AND first_used_at IS NULL",
        )
        .bind::<Uuid, _>(key)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct Locked {
    #[diesel(sql_type = Text)]
    status: DeviceStatus,
}

/// Locks a device until the transaction ends; its status, unless its owner has no account any more.
pub async fn lock(conn: &mut Conn, device: DeviceId) -> QueryResult<Option<DeviceStatus>> {
    let found: Option<Locked> = kept(
        sql_query(
            "SELECT d.status FROM devices d JOIN users u ON u.id = d.patient_id AND u.is_active \
             WHERE d.id = $1 FOR NO KEY UPDATE OF d",
        )
        .bind::<Uuid, _>(device),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.status))
}

pub async fn activate(conn: &mut Conn, device: DeviceId) -> QueryResult<()> {
    kept(sql_query("UPDATE devices SET status = 'active' WHERE id = $1").bind::<Uuid, _>(device))
        .execute(conn)
        .await?;
    Ok(())
}

/// Notes that a device was heard, and the version of its software if it said one.
pub async fn note_seen(
    conn: &mut Conn,
    device: DeviceId,
    firmware_version: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE devices SET last_seen_at = greatest(last_seen_at, $3), firmware_version = coalesce($2, firmware_version) \
             WHERE id = $1",
        )
        .bind::<Uuid, _>(device)
        .bind::<Nullable<Text>, _>(firmware_version)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert_error(
    conn: &mut Conn,
    device: DeviceId,
    code: &ErrorCode,
    message: Option<&str>,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO device_errors (id, device_id, code, message, reported_at) VALUES ($1, $2, $3, $4, $5)",
        )
        .bind::<Uuid, _>(uuid::Uuid::now_v7())
        .bind::<Uuid, _>(device)
        .bind::<Text, _>(code.as_str())
        .bind::<Nullable<Text>, _>(message)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Leaves the newest `most` errors of a device.
pub async fn forget_errors(conn: &mut Conn, device: DeviceId, most: i64) -> QueryResult<()> {
    kept(
        sql_query(
            "DELETE FROM device_errors WHERE id = ANY (ARRAY( \
                 SELECT id FROM device_errors WHERE device_id = $1 ORDER BY reported_at DESC, id DESC OFFSET $2))",
        )
        .bind::<Uuid, _>(device)
        .bind::<BigInt, _>(most),
    )
    .execute(conn)
    .await?;
    Ok(())
}
