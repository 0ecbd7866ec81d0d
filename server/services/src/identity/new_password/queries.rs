use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{calendar_feeds, users};

/// Gives `user` a new password, and returns the version of their access with it; `None`: it is no longer `version`.
pub async fn set_password(
    conn: &mut Conn,
    user: UserId,
    version: i32,
    hash: &str,
) -> QueryResult<Option<i32>> {
    diesel::update(
        users::table.find(user).filter(users::is_active).filter(users::access_version.eq(version)),
    )
    .set((users::password_hash.eq(hash), users::access_version.eq(users::access_version + 1)))
    .returning(users::access_version)
    .get_result(conn)
    .await
    .optional()
}

/// Forgets the address of the calendar of `user` if it was made since `since`, or in any case.
pub async fn delete_feed(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
) -> QueryResult<()> {
    let since = since.unwrap_or(Timestamp::UNIX_EPOCH);
    diesel::delete(
        calendar_feeds::table.find(user).filter(calendar_feeds::issued_at.ge(since.to_diesel())),
    )
    .execute(conn)
    .await?;
    Ok(())
}
