use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Timestamptz},
};
use diesel_async::RunQueryDsl;
use domain::{
    account::address::AddressChangeId,
    identity::{Email, UserId},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{address_changes, calendar_feeds, registrations, second_factors, users};

/// When links were sent to `email` since `since`: the newest time first, `limit` at most.
pub async fn sent_since(
    conn: &mut Conn,
    email: &Email,
    since: Timestamp,
    limit: i64,
) -> QueryResult<Vec<Timestamp>> {
    let times: Vec<jiff_diesel::Timestamp> = address_changes::table
        .filter(address_changes::new_email.eq(email.as_str()))
        .filter(address_changes::asked_at.gt(since.to_diesel()))
        .order(address_changes::asked_at.desc())
        .select(address_changes::asked_at)
        .limit(limit)
        .load(conn)
        .await?;
    Ok(times.into_iter().map(jiff_diesel::Timestamp::to_jiff).collect())
}

/// Ends the change that `user` has asked for and not confirmed.
pub async fn end_open(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        address_changes::table
            .filter(address_changes::user_id.eq(user))
            .filter(address_changes::ended_at.is_null()),
    )
    .set(address_changes::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn insert(
    conn: &mut Conn,
    id: AddressChangeId,
    user: UserId,
    access_version: i32,
    (old, new): (&str, &Email),
    (asked_at, expires_at): (Timestamp, Timestamp),
) -> QueryResult<()> {
    diesel::insert_into(address_changes::table)
        .values((
            address_changes::id.eq(id),
            address_changes::user_id.eq(user),
            address_changes::access_version.eq(access_version),
            address_changes::old_email.eq(old),
            address_changes::new_email.eq(new.as_str()),
            address_changes::asked_at.eq(asked_at.to_diesel()),
            address_changes::expires_at.eq(expires_at.to_diesel()),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The new address of a change that can be confirmed.
pub async fn open(
    conn: &mut Conn,
    id: AddressChangeId,
    now: Timestamp,
) -> QueryResult<Option<String>> {
    address_changes::table
        .find(id)
        .filter(address_changes::ended_at.is_null())
        .filter(address_changes::expires_at.gt(now.to_diesel()))
        .select(address_changes::new_email)
        .first(conn)
        .await
        .optional()
}

/// Whose address changes from what to what.
#[derive(Debug, Queryable)]
pub struct Change {
    pub user: UserId,
    pub old: String,
    pub new: String,
    /// Of the account when the change was asked for.
    pub access_version: i32,
    pub asked_at: jiff_diesel::Timestamp,
}

/// The columns of a [`Change`].
type Columns = (
    address_changes::user_id,
    address_changes::old_email,
    address_changes::new_email,
    address_changes::access_version,
    address_changes::asked_at,
);

const CHANGE: Columns = (
    address_changes::user_id,
    address_changes::old_email,
    address_changes::new_email,
    address_changes::access_version,
    address_changes::asked_at,
);

/// Lets everybody wait who changes the account that the change `id` is about: before the change itself, as
/// others do who hold both.
pub async fn lock_account_of(conn: &mut Conn, id: AddressChangeId) -> QueryResult<()> {
    let owner = address_changes::table.find(id).select(address_changes::user_id).single_value();
    let row = users::table.filter(users::id.nullable().eq(owner)).select(users::id);
    row.for_no_key_update().first::<UserId>(conn).await.optional()?;
    Ok(())
}

/// The same of the account of `user`.
pub async fn lock_account(conn: &mut Conn, user: UserId) -> QueryResult<()> {
    users::table.find(user).select(users::id).for_no_key_update().first::<UserId>(conn).await?;
    Ok(())
}

/// Whether `email` can still be taken back by an account other than that of `user`, so that nobody else may have it.
pub async fn is_held(
    conn: &mut Conn,
    email: &str,
    user: UserId,
    now: Timestamp,
) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        address_changes::table
            .filter(address_changes::old_email.eq(email))
            .filter(address_changes::user_id.ne(user))
            .filter(address_changes::undone_at.is_null())
            .filter(address_changes::undo_until.gt(now.to_diesel())),
    ))
    .get_result(conn)
    .await
}

/// Whether `user` can still take a change back.
pub async fn is_undoable(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        address_changes::table
            .filter(address_changes::user_id.eq(user))
            .filter(address_changes::undone_at.is_null())
            .filter(address_changes::undo_until.gt(now.to_diesel())),
    ))
    .get_result(conn)
    .await
}

/// Takes away what a thief may have added to the account since the change was asked for: codes from an app of
/// their own, and an address of its calendar.
pub async fn forget_additions(conn: &mut Conn, change: &Change) -> QueryResult<()> {
    let factor = second_factors::table.find(change.user).filter(
        second_factors::confirmed_at.is_null().or(second_factors::confirmed_at.ge(change.asked_at)),
    );
    diesel::delete(factor).execute(conn).await?;
    diesel::delete(calendar_feeds::table.find(change.user)).execute(conn).await?;
    Ok(())
}

/// Uses the link to the new address up; `None`: somebody was faster, or it is over.
pub async fn take(
    conn: &mut Conn,
    id: AddressChangeId,
    now: Timestamp,
    undo_until: Timestamp,
) -> QueryResult<Option<Change>> {
    diesel::update(
        address_changes::table
            .find(id)
            .filter(address_changes::ended_at.is_null())
            .filter(address_changes::expires_at.gt(now.to_diesel())),
    )
    .set((
        address_changes::ended_at.eq(now.to_diesel()),
        address_changes::undo_until.eq(undo_until.to_diesel()),
    ))
    .returning(CHANGE)
    .get_result(conn)
    .await
    .optional()
}

/// Gives an account that still has its old address the new one, which is proven by now. False: it has not.
pub async fn set_email(conn: &mut Conn, change: &Change) -> QueryResult<bool> {
    let set = diesel::update(
        users::table
            .find(change.user)
            .filter(users::email.eq(&change.old))
            .filter(users::access_version.eq(change.access_version))
            .filter(users::is_active),
    )
    .set((users::email.eq(&change.new), users::is_email_verified.eq(true)))
    .execute(conn)
    .await?;
    Ok(set == 1)
}

/// Codes that were sent to the old address prove nothing any more.
pub async fn end_registrations(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    diesel::update(
        registrations::table
            .filter(registrations::user_id.eq(user))
            .filter(registrations::ended_at.is_null()),
    )
    .set(registrations::ended_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn can_undo(conn: &mut Conn, id: AddressChangeId, now: Timestamp) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(
        address_changes::table
            .find(id)
            .filter(address_changes::undone_at.is_null())
            .filter(address_changes::undo_until.gt(now.to_diesel())),
    ))
    .get_result(conn)
    .await
}

/// Uses the link to the old address up; `None`: it is over.
pub async fn take_back(
    conn: &mut Conn,
    id: AddressChangeId,
    now: Timestamp,
) -> QueryResult<Option<Change>> {
    diesel::update(
        address_changes::table
            .find(id)
            .filter(address_changes::undone_at.is_null())
            .filter(address_changes::undo_until.gt(now.to_diesel())),
    )
    .set(address_changes::undone_at.eq(now.to_diesel()))
    .returning(CHANGE)
    .get_result(conn)
    .await
    .optional()
}

/// Gives an account the address back that it had. What is open of it is open no longer.
pub async fn restore_email(conn: &mut Conn, change: &Change) -> QueryResult<bool> {
    let set = diesel::update(users::table.find(change.user).filter(users::email.is_not_null()))
        .set((
            users::email.eq(&change.old),
            users::is_email_verified.eq(true),
            users::access_version.eq(users::access_version + 1),
        ))
        .execute(conn)
        .await?;
    Ok(set == 1)
}

/// Ends all changes of `user`, and every way to take one back.
pub async fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> QueryResult<()> {
    end_open(conn, user, now).await?;
    diesel::update(
        address_changes::table
            .filter(address_changes::user_id.eq(user))
            .filter(address_changes::undone_at.is_null()),
    )
    .set(address_changes::undone_at.eq(now.to_diesel()))
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets changes that were asked for before `until`, at most `limit`.
pub async fn delete_old(conn: &mut Conn, until: Timestamp, limit: i64) -> QueryResult<usize> {
    kept(
        sql_query(
            "DELETE FROM address_changes WHERE id = ANY (ARRAY( \
                 SELECT id FROM address_changes WHERE asked_at < $1 ORDER BY asked_at LIMIT $2))",
        )
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .execute(conn)
    .await
}
