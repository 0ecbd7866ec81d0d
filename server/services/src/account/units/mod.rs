//! In which units people read what is measured; [`crate::identity::Actor::units`] has them.
mod queries;

use super::event;
use crate::{
    Clinic, Result, audit,
    identity::{Caller, Person},
};
use diesel_async::AsyncConnection;
use domain::readings::Units;

/// Keeps what the caller has chosen.
pub async fn change(clinic: &Clinic, caller: &Caller<Person>, units: &Units) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_units(conn, caller.user, units.all()).await?;
        Ok(audit::record_in(conn, event(caller.user, "account.change_units")).await?)
    })
    .await
}
