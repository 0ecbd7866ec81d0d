use super::{Passkey, check::Kept};
use crate::{Conn, identity::SignedIn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Binary, Jsonb, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::identity::{
    UserId,
    passkey::{CeremonyId, MOST_PASSKEYS, PasskeyId, Purpose},
};
use jiff::Timestamp;
use jiff_diesel::{NullableTimestamp, ToDiesel};
use schema::{passkey_ceremonies, passkeys, users};
use serde_json::Value;

/// As many as nobody has more of.
const ALL: i64 = MOST_PASSKEYS as i64;

/// Those of `user`, in the order they were added.
pub async fn list(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Passkey>> {
    let rows: Vec<(PasskeyId, String, jiff_diesel::Timestamp, NullableTimestamp)> = passkeys::table
        .filter(passkeys::user_id.eq(user))
        .order((passkeys::created_at, passkeys::id))
        .limit(ALL)
        .select((passkeys::id, passkeys::name, passkeys::created_at, passkeys::last_used_at))
        .load(conn)
        .await?;
    let passkey =
        |(id, name, added_at, last_used_at): (_, _, jiff_diesel::Timestamp, NullableTimestamp)| {
            Passkey { id, name, added_at: added_at.to_jiff(), last_used_at: last_used_at.into() }
        };
    Ok(rows.into_iter().map(passkey).collect())
}

pub async fn credential_ids(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Vec<u8>>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user))
        .limit(ALL)
        .select(passkeys::credential_id)
        .load(conn)
        .await
}

pub async fn credentials(conn: &mut Conn, user: UserId) -> QueryResult<Vec<Value>> {
    passkeys::table
        .filter(passkeys::user_id.eq(user))
        .limit(ALL)
        .select(passkeys::credential)
        .load(conn)
        .await
}

/// Adds a passkey at the first place of ten that is free; false when none is.
pub async fn insert(
    conn: &mut Conn,
    (id, user): (PasskeyId, UserId),
    name: &str,
    (credential_id, credential): (&[u8], &Value),
    now: Timestamp,
) -> QueryResult<bool> {
    let inserted = kept(
        sql_query(
            "INSERT INTO passkeys (id, user_id, place, name, credential_id, credential, created_at) \
             SELECT $1, $2, p, $3, $4, $5, $6 FROM generate_series(1, 10) p \
             WHERE NOT EXISTS (SELECT FROM passkeys k WHERE k.user_id = $2 AND k.place = p) \
             ORDER BY p LIMIT 1",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(user)
        .bind::<Text, _>(name)
        .bind::<Binary, _>(credential_id)
        .bind::<Jsonb, _>(credential)
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(inserted == 1)
}

/// Removes a passkey of `user`; false when there is none like it.
pub async fn delete(conn: &mut Conn, user: UserId, id: PasskeyId) -> QueryResult<bool> {
    let deleted = diesel::delete(passkeys::table.find(id).filter(passkeys::user_id.eq(user)))
        .execute(conn)
        .await?;
    Ok(deleted == 1)
}

/// Removes the passkeys of `user` that were added since `since`, or all, and what they were asked for.
pub async fn delete_all(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
) -> QueryResult<()> {
    let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
    diesel::delete(
        passkeys::table
            .filter(passkeys::user_id.eq(user))
            .filter(passkeys::created_at.ge(since.to_diesel())),
    )
    .execute(conn)
    .await?;
    diesel::delete(passkey_ceremonies::table.filter(passkey_ceremonies::user_id.eq(user)))
        .execute(conn)
        .await?;
    Ok(())
}

/// A passkey of `user`, locked until the transaction ends.
pub async fn lock(
    conn: &mut Conn,
    user: UserId,
    credential_id: &[u8],
) -> QueryResult<Option<Kept>> {
    let found: Option<(PasskeyId, Value, i64)> = passkeys::table
        .filter(passkeys::credential_id.eq(credential_id))
        .filter(passkeys::user_id.eq(user))
        .select((passkeys::id, passkeys::credential, passkeys::sign_count))
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(id, credential, sign_count)| Kept { id, credential, sign_count }))
}

/// Whose passkey it is, if their account is open. Whoever else signs in to it waits until the transaction ends.
pub async fn lock_owner_of(conn: &mut Conn, credential_id: &[u8]) -> QueryResult<Option<SignedIn>> {
    let found: Option<(UserId, i32)> = users::table
        .filter(
            users::id.nullable().eq(passkeys::table
                .filter(passkeys::credential_id.eq(credential_id))
                .select(passkeys::user_id)
                .single_value()),
        )
        .filter(users::is_active)
        .filter(users::email.is_not_null())
        .select((users::id, users::access_version))
        .for_no_key_update()
        .first(conn)
        .await
        .optional()?;
    Ok(found.map(|(user, version)| SignedIn { user, version }))
}

pub async fn set_used(conn: &mut Conn, used: &Kept, now: Timestamp) -> QueryResult<()> {
    diesel::update(passkeys::table.find(used.id))
        .set((
            passkeys::credential.eq(&used.credential),
            passkeys::sign_count.eq(used.sign_count),
            passkeys::last_used_at.eq(now.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn insert_ceremony(
    conn: &mut Conn,
    (id, user): (CeremonyId, Option<UserId>),
    purpose: Purpose,
    state: &Value,
    expires_at: Timestamp,
) -> QueryResult<()> {
    diesel::insert_into(passkey_ceremonies::table)
        .values((
            passkey_ceremonies::id.eq(id),
            passkey_ceremonies::user_id.eq(user),
            passkey_ceremonies::purpose.eq(purpose),
            passkey_ceremonies::state.eq(state),
            passkey_ceremonies::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Uses a ceremony up; `None`: it is over, was used, or is another's.
pub async fn take_ceremony(
    conn: &mut Conn,
    (id, user): (CeremonyId, Option<UserId>),
    purpose: Purpose,
    now: Timestamp,
) -> QueryResult<Option<Value>> {
    diesel::delete(
        passkey_ceremonies::table
            .find(id)
            .filter(passkey_ceremonies::user_id.is_not_distinct_from(user))
            .filter(passkey_ceremonies::purpose.eq(purpose))
            .filter(passkey_ceremonies::expires_at.gt(now.to_diesel())),
    )
    .returning(passkey_ceremonies::state)
    .get_result(conn)
    .await
    .optional()
}

/// Forgets ceremonies that ended before `until`, at most `limit`.
pub async fn delete_old_ceremonies(
    conn: &mut Conn,
    until: Timestamp,
    limit: i64,
) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM passkey_ceremonies WHERE id = ANY (ARRAY( \
                 SELECT id FROM passkey_ceremonies WHERE expires_at < $1 ORDER BY expires_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
