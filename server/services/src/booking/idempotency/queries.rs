use crate::{
    Conn,
    booking::queries::{ALONE, EACH_OF_ALL},
    kept::kept,
};
use diesel::{
    QueryResult,
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::{booking::AppointmentId, identity::UserId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::idempotency_keys;

/// What the command `key` of `actor` made, and the hash of what it asked for.
pub async fn replay(
    conn: &mut Conn,
    actor: UserId,
    key: &str,
) -> QueryResult<Option<(Vec<u8>, AppointmentId)>> {
    idempotency_keys::table
        .find((actor, ALONE, key))
        .select((idempotency_keys::body_hash, idempotency_keys::appointment_id))
        .first(conn)
        .await
        .optional()
}

/// The same for a command that made several, in their order.
pub async fn replay_all(
    conn: &mut Conn,
    actor: UserId,
    key: &str,
) -> QueryResult<Vec<(Vec<u8>, AppointmentId)>> {
    idempotency_keys::table
        .filter(idempotency_keys::actor_id.eq(actor))
        .filter(idempotency_keys::route.like(format!("{EACH_OF_ALL}%")))
        .filter(idempotency_keys::key.eq(key))
        .order(idempotency_keys::route)
        .select((idempotency_keys::body_hash, idempotency_keys::appointment_id))
        .limit(100)
        .load(conn)
        .await
}

/// A key that a command in this transaction is to be known by.
#[derive(Debug, Insertable)]
#[diesel(table_name = idempotency_keys)]
pub struct NewKey<'a> {
    #[diesel(column_name = actor_id)]
    pub actor: UserId,
    pub route: &'static str,
    pub key: &'a str,
    #[diesel(column_name = appointment_id)]
    pub appointment: AppointmentId,
    pub body_hash: &'a [u8],
}

/// False when the key has been used for this command before.
pub async fn take_key(conn: &mut Conn, new: &NewKey<'_>) -> QueryResult<bool> {
    let taken = diesel::insert_into(idempotency_keys::table)
        .values(new)
        .on_conflict_do_nothing()
        .execute(conn)
        .await?;
    Ok(taken == 1)
}

/// The hash of what the command with this key asked for.
pub async fn body_hash(
    conn: &mut Conn,
    actor: UserId,
    route: &str,
    key: &str,
) -> QueryResult<Option<Vec<u8>>> {
    idempotency_keys::table
        .find((actor, route, key))
        .select(idempotency_keys::body_hash)
        .first(conn)
        .await
        .optional()
}

/// Deletes keys made before `before`, the oldest first and `limit` at most; returns how many.
pub async fn delete_keys(conn: &mut Conn, before: Timestamp, limit: usize) -> QueryResult<usize> {
    kept(sql_query(
        "DELETE FROM idempotency_keys WHERE ctid = ANY (ARRAY( \
             SELECT ctid FROM idempotency_keys WHERE created_at < $1 ORDER BY created_at LIMIT $2))",
    )
    .bind::<Timestamptz, _>(before.to_diesel())
    .bind::<BigInt, _>(i64::try_from(limit).unwrap_or(i64::MAX)))
    .execute(conn)
    .await
}
