use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::identity::{Email, UserId, reset::ResetId};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{password_resets, second_factors, users};

/// When `email` was written to since `since`: the newest time first, `limit` at most.
pub async fn sent_since(
    conn: &mut Conn,
    email: &Email,
    since: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Timestamp>> {
    let times: Vec<jiff_diesel::Timestamp> = password_resets::table
        .filter(password_resets::email.eq(email.as_str()))
        .filter(password_resets::sent_at.gt(since.to_diesel()))
        .order(password_resets::sent_at.desc())
        .select(password_resets::sent_at)
        .limit(limit)
        .load(conn)
        .await?;
    Ok(times.into_iter().map(jiff_diesel::Timestamp::to_jiff).collect())
}

/// Ends the links that `email` was sent.
pub async fn end_all(conn: &mut Conn, email: &str, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        password_resets::table
            .filter(password_resets::email.eq(email))
            .filter(password_resets::ended_at.is_null()),
    )
    .set(password_resets::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert(
    conn: &mut Conn,
    id: ResetId,
    email: &Email,
    (sent_at, expires_at): (Timestamp, Timestamp),
) -> QueryResult<()> {
    diesel::insert_into(password_resets::table)
        .values((
            password_resets::id.eq(id),
            password_resets::email.eq(email.as_str()),
            password_resets::sent_at.eq(sent_at.to_diesel()),
            password_resets::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Whose password a link changes.
#[derive(Debug, Queryable)]
pub struct Owner {
    pub user: UserId,
    pub email: String,
    pub password_hash: String,
    pub first_name: String,
    pub last_name: String,
    pub is_email_verified: bool,
}

/// The owner of the account behind a link that can still be used.
pub async fn owner(conn: &mut Conn, id: ResetId, now: Timestamp) -> QueryResult<Option<Owner>> {
    password_resets::table
        .inner_join(users::table.on(users::email.eq(password_resets::email.nullable())))
        .filter(password_resets::id.eq(id))
        .filter(password_resets::ended_at.is_null())
        .filter(password_resets::expires_at.gt(now.to_diesel()))
        .filter(users::is_active)
        .filter(users::password_hash.is_not_null())
        .select((
            users::id,
            users::email.assume_not_null(),
            users::password_hash.assume_not_null(),
            users::first_name,
            users::last_name,
            users::is_email_verified,
        ))
        .first(conn)
        .await
        .optional()
}

/// Uses a link up; false when somebody was faster.
pub async fn take(conn: &mut Conn, id: ResetId, now: Timestamp) -> QueryResult<bool> {
    let taken = diesel::update(
        password_resets::table
            .find(id)
            .filter(password_resets::ended_at.is_null())
            .filter(password_resets::expires_at.gt(now.to_diesel())),
    )
    .set(password_resets::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(taken == 1)
}

/// Gives `owner` a new password, and proves their address: only who reads its mail gets here. What was
/// opened with the old one is open no longer. The version of their access from then on; `None`: the account has changed
/// meanwhile.
pub async fn set_password(conn: &mut Conn, owner: &Owner, hash: &str) -> QueryResult<Option<i32>> {
    diesel::update(
        users::table
            .find(owner.user)
            .filter(users::email.eq(&owner.email))
            .filter(users::password_hash.eq(&owner.password_hash)),
    )
    .set((
        users::password_hash.eq(hash),
        users::is_email_verified.eq(true),
        users::access_version.eq(users::access_version + 1),
    ))
    .returning(users::access_version)
    .get_result(conn)
    .await
    .optional()
}

/// Takes away what somebody may have added who never showed that the address is theirs, and a factor that was
/// begun and not switched on: whoever began it has its secret.
pub async fn forget_additions(conn: &mut Conn, owner: &Owner) -> QueryResult<()> {
    let factor = second_factors::table.find(owner.user);
    if owner.is_email_verified {
        let begun = factor.filter(second_factors::confirmed_at.is_null());
        diesel::delete(begun).execute(conn).await?;
        return Ok(());
    }
    diesel::delete(factor).execute(conn).await?;
    Ok(())
}

/// Forgets links of before `until`, at most `limit`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM password_resets WHERE id = ANY (ARRAY( \
                 SELECT id FROM password_resets WHERE sent_at < $1 ORDER BY sent_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
