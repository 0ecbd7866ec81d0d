//! What people want to be written to about, beyond what they have to know.
mod queries;

use super::event;
use crate::{
    Clinic, Result, audit,
    identity::{Caller, Person},
    record::read_as,
};
use diesel_async::AsyncConnection;

pub use queries::Notifications;

/// What the caller wants. Who has never said wants all.
pub async fn wanted(clinic: &Clinic, caller: &Caller<Person>) -> Result<Notifications> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, caller.user).await?;
        Ok(queries::wanted(conn, caller.user).await?)
    })
    .await
}

/// Keeps what the caller wants.
pub async fn change(clinic: &Clinic, caller: &Caller<Person>, wanted: Notifications) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, caller.user).await?;
        queries::set_wanted(conn, caller.user, wanted).await?;
        let event = event(caller.user, "account.change_notifications");
        Ok(audit::record_in(conn, event).await?)
    })
    .await
}
