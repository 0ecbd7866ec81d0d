use crate::Conn;
use diesel::{dsl::exists, prelude::*, select};
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::users;

/// No password has this as its hash.
const NO_PASSWORD: &str = "!";

/// Blocks the account of `user`, and forgets its password; false: it is blocked already, or they have none.
pub async fn block(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let blocked = diesel::update(
        users::table.find(user).filter(users::email.is_not_null()).filter(users::is_active),
    )
    .set((
        users::is_active.eq(false),
        users::password_hash.eq(NO_PASSWORD),
        users::access_version.eq(users::access_version + 1),
    ))
    .execute(conn)
    .await?;
    Ok(blocked == 1)
}

/// Opens the account of `user` again; false: it is open already, or they have none.
pub async fn unblock(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    let unblocked = diesel::update(
        users::table
            .find(user)
            .filter(users::email.is_not_null())
            .filter(diesel::dsl::not(users::is_active)),
    )
    .set(users::is_active.eq(true))
    .execute(conn)
    .await?;
    Ok(unblocked == 1)
}

pub async fn has_account(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    select(exists(users::table.find(user).filter(users::email.is_not_null())))
        .get_result(conn)
        .await
}
