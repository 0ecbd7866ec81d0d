//! What people want to be written to about, beyond what they have to know.
mod queries;

use super::event;
use crate::{
    Clinic, Conn, Result, audit,
    identity::{Caller, Person},
    record::read_as,
};
use diesel_async::AsyncConnection;

pub use queries::{Changes, Notifications};

/// What the caller wants. Who has never said wants all.
pub async fn wanted(clinic: &Clinic, caller: &Caller<Person>) -> Result<Notifications> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        read_as(conn, caller.user).await?;
        wanted_in(conn, caller).await
    })
    .await
}

/// The same in a transaction that reads more of theirs.
pub(super) async fn wanted_in(conn: &mut Conn, caller: &Caller<Person>) -> Result<Notifications> {
    Ok(queries::wanted(conn, caller.user).await?)
}

/// Keeps what the caller wants.
pub async fn change(clinic: &Clinic, caller: &Caller<Person>, wanted: Notifications) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| change_in(conn, caller, wanted.into()).await).await
}

/// Changes some of what the caller wants, or nothing, in a transaction that does more.
pub(super) async fn change_in(
    conn: &mut Conn,
    caller: &Caller<Person>,
    changes: Changes,
) -> Result<()> {
    if changes == Changes::default() {
        return Ok(());
    }
    read_as(conn, caller.user).await?;
    queries::set_wanted(conn, caller.user, changes).await?;
    let event = event(caller.user, "account.change_notifications");
    Ok(audit::record_in(conn, event).await?)
}
