//! Closing an account.
mod queries;

use super::{address, event};
use crate::{
    Clinic, Conn, Error, OnConstraint, Result, audit, devices,
    identity::{Caller, Person, confirm_password, passkeys, sessions},
    outbox, proxies,
};
use diesel_async::AsyncConnection;
use domain::{
    account::closing::{ADDRESS_IS_NEW, ClosingId, HAS_COMING_VISITS, IS_DOCTOR, LAST_ADMIN},
    directory::ProviderId,
    identity::permission::Permission,
    mail::Topic,
};
use jiff::SignedDuration;
use serde_json::json;

/// Why the caller cannot close their account, as far as that does not depend on their visits.
pub fn refusal(caller: &Caller<Person>) -> Option<domain::Refusal> {
    caller.may(Permission::RunVisits).then_some(IS_DOCTOR)
}

/// Closes the caller's account, who has no coming visits and knows the password.
///
/// Nobody signs in with it any more, and all that was signed in with it is signed out, everywhere. The
/// address is free. What was said of health and family is gone, and devices may send no more; visits, readings and the
/// record of who did what stay.
pub async fn close(
    clinic: &Clinic,
    caller: &Caller<Person>,
    password: String,
    browser: Option<&str>,
) -> Result<()> {
    if let Some(refusal) = refusal(caller) {
        return Err(refusal.into());
    }
    confirm_password(clinic, caller, password, browser).await?;
    let conn = &mut *clinic.db().await?;
    let freed = conn.transaction(async |conn| close_in(clinic, conn, caller).await).await?;
    for provider in freed {
        clinic.live().announce(provider);
    }
    Ok(())
}

/// The doctors with whom times were kept for the caller.
async fn close_in(
    clinic: &Clinic,
    conn: &mut Conn,
    caller: &Caller<Person>,
) -> Result<Vec<ProviderId>> {
    let (user, now) = (caller.user, clinic.now());
    // First, as whoever books by a grant has it held before the account.
    proxies::end_all(conn, user).await?;
    // From here on, whoever books for them waits, and finds them gone.
    let email = queries::lock_account(conn, user).await?.ok_or(Error::SignedOut)?;
    if queries::is_doctor(conn, user).await? {
        return Err(IS_DOCTOR.into());
    }
    // Who has read that the address is another one can still take it back.
    if address::queries::is_undoable(conn, user, now).await? {
        return Err(ADDRESS_IS_NEW.into());
    }
    queries::remove_dependants(conn, user, now).await?;
    // What was granted while we waited.
    proxies::end_all(conn, user).await?;
    let freed = queries::let_holds_go(conn, user).await?;
    if queries::has_coming_visits(conn, user, now).await? {
        return Err(HAS_COMING_VISITS.into());
    }
    queries::leave_waitlist(conn, user).await?;
    devices::revoke_all(conn, user).await?;
    let id = ClosingId::generate();
    queries::insert_closing(conn, id, user, &email, now).await?;
    queries::close_account(conn, user).await.on_constraint("roles_one_manager", LAST_ADMIN)?;
    queries::forget(conn, user, now).await?;
    passkeys::delete_all(conn, user, None).await?;
    sessions::end_all(conn, user, now).await?;
    let topic = Topic::AccountClosed.as_str();
    outbox::enqueue_in(conn, topic, format!("{topic}/{id}"), json!({ "closing_id": id })).await?;
    audit::record_in(conn, event(user, "account.close")).await?;
    Ok(freed)
}

/// Forgets the addresses of accounts that were closed a week ago. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let until = clinic.now() - SignedDuration::from_hours(7 * 24);
    Ok(queries::forget_addresses(&mut *clinic.db().await?, until).await?)
}
