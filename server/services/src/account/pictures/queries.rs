use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::{profile_images, users};

/// Keeps `content` as the one picture of `user`.
pub async fn set_image(
    conn: &mut Conn,
    user: UserId,
    name: &str,
    content: &[u8],
) -> QueryResult<()> {
    let row = (profile_images::name.eq(name), profile_images::content.eq(content));
    diesel::insert_into(profile_images::table)
        .values((profile_images::user_id.eq(user), row))
        .on_conflict(profile_images::user_id)
        .do_update()
        .set(row)
        .execute(conn)
        .await?;
    Ok(())
}

/// Says which picture `user` has.
pub async fn set_name(conn: &mut Conn, user: UserId, name: Option<&str>) -> QueryResult<()> {
    diesel::update(users::table.find(user))
        .set(users::profile_image.eq(name))
        .execute(conn)
        .await?;
    Ok(())
}

/// False: there was none.
pub async fn delete(conn: &mut Conn, user: UserId) -> QueryResult<bool> {
    Ok(diesel::delete(profile_images::table.find(user)).execute(conn).await? > 0)
}

pub async fn content(conn: &mut Conn, user: UserId, name: &str) -> QueryResult<Vec<u8>> {
    profile_images::table
        .find(user)
        .filter(profile_images::name.eq(name))
        .select(profile_images::content)
        .first(conn)
        .await
}
