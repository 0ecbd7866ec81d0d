use crate::Conn;
use diesel::{dsl::exists, prelude::*, select};
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::users;

/// Opens or blocks the account of `user`; false: it is so already, or they have none.
pub async fn set_active(conn: &mut Conn, user: UserId, is_active: bool) -> QueryResult<bool> {
    let set = diesel::update(
        users::table
            .find(user)
            .filter(users::email.is_not_null())
            .filter(users::is_active.ne(is_active)),
    )
    .set((users::is_active.eq(is_active), users::access_version.eq(users::access_version + 1)))
    .execute(conn)
    .await?;
    Ok(set == 1)
}

pub async fn has_account(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    select(exists(users::table.find(user).filter(users::email.is_not_null())))
        .get_result(conn)
        .await
}
