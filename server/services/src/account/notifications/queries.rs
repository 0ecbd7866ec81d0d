use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::user_profiles;

/// What somebody wants to be written to about. Nothing sends push messages yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = user_profiles, check_for_backend(diesel::pg::Pg))]
pub struct Notifications {
    /// [`domain::mail::Choice::Suggestions`]
    pub email_notifications: bool,
    pub push_notifications: bool,
    /// [`domain::mail::Choice::Reminders`]
    pub health_reminders: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self { email_notifications: true, push_notifications: true, health_reminders: true }
    }
}

pub async fn wanted(conn: &mut Conn, user: UserId) -> QueryResult<Notifications> {
    let found = user_profiles::table
        .find(user)
        .select(Notifications::as_select())
        .first(conn)
        .await
        .optional()?;
    Ok(found.unwrap_or_default())
}

pub async fn set_wanted(conn: &mut Conn, user: UserId, wanted: Notifications) -> QueryResult<()> {
    diesel::insert_into(user_profiles::table)
        .values((user_profiles::user_id.eq(user), wanted))
        .on_conflict(user_profiles::user_id)
        .do_update()
        .set(wanted)
        .execute(conn)
        .await?;
    Ok(())
}
