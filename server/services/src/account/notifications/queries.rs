use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::identity::UserId;
use schema::user_profiles;

/// What somebody wants to be written to about. Nothing sends push messages yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Queryable, Selectable)]
#[diesel(table_name = user_profiles, check_for_backend(diesel::pg::Pg))]
pub struct Notifications {
    /// [`domain::mail::Choice::Suggestions`]
    pub email_notifications: bool,
    pub push_notifications: bool,
    /// [`domain::mail::Choice::Reminders`]
    pub health_reminders: bool,
    /// [`domain::mail::Choice::Visits`]
    pub visit_reminders: bool,
}

impl Default for Notifications {
    fn default() -> Self {
        Self {
            email_notifications: true,
            push_notifications: true,
            health_reminders: true,
            visit_reminders: true,
        }
    }
}

/// What somebody says anew of that; `None`: it stays as it is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Insertable, AsChangeset)]
#[diesel(table_name = user_profiles)]
pub struct Changes {
    pub email_notifications: Option<bool>,
    pub push_notifications: Option<bool>,
    pub health_reminders: Option<bool>,
    pub visit_reminders: Option<bool>,
}

impl From<Notifications> for Changes {
    fn from(wanted: Notifications) -> Self {
        let Notifications {
            email_notifications,
            push_notifications,
            health_reminders,
            visit_reminders,
        } = wanted;
        Self {
            email_notifications: Some(email_notifications),
            push_notifications: Some(push_notifications),
            health_reminders: Some(health_reminders),
            visit_reminders: Some(visit_reminders),
        }
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

/// Of `changes` at least one has to be something.
pub async fn set_wanted(conn: &mut Conn, user: UserId, changes: Changes) -> QueryResult<()> {
    diesel::insert_into(user_profiles::table)
        .values((user_profiles::user_id.eq(user), changes))
        .on_conflict(user_profiles::user_id)
        .do_update()
        .set(changes)
        .execute(conn)
        .await?;
    Ok(())
}
