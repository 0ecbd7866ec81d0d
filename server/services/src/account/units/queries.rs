use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::{identity::UserId, readings::Unit};
use schema::users;

pub async fn set_units(conn: &mut Conn, user: UserId, units: &[Unit]) -> QueryResult<()> {
    diesel::update(users::table.find(user)).set(users::units.eq(units)).execute(conn).await?;
    Ok(())
}
