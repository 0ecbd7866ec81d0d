use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Binary, Integer, Timestamptz, Uuid as SqlUuid},
};
use diesel_async::RunQueryDsl;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use uuid::Uuid;

/// A key as it is stored.
#[derive(Debug, QueryableByName)]
pub struct KeyRow {
    #[diesel(sql_type = SqlUuid)]
    pub id: Uuid,
    #[diesel(sql_type = Integer)]
    pub generation: i32,
    #[diesel(sql_type = Binary)]
    pub sealed_key: Vec<u8>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub signs_from: Timestamp,
}

/// The newest first. There are two or three: older ones are forgotten.
pub async fn keys(conn: &mut Conn) -> QueryResult<Vec<KeyRow>> {
    kept(sql_query(
        "SELECT id, generation, sealed_key, signs_from FROM signing_keys ORDER BY generation DESC LIMIT 10",
    ))
    .load(conn)
    .await
}

/// A new key, unless somebody else has just made the one of this generation.
pub async fn insert(conn: &mut Conn, key: &KeyRow) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO signing_keys (id, generation, sealed_key, signs_from) VALUES ($1, $2, $3, $4) \
             ON CONFLICT (generation) DO NOTHING",
        )
        .bind::<SqlUuid, _>(key.id)
        .bind::<Integer, _>(key.generation)
        .bind::<Binary, _>(&key.sealed_key)
        .bind::<Timestamptz, _>(key.signs_from.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets the keys that another one has replaced before `until`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp) -> QueryResult<()> {
    kept(
        sql_query(
            "DELETE FROM signing_keys WHERE generation < \
                 (SELECT max(generation) FROM signing_keys WHERE signs_from <= $1)",
        )
        .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}
