//! What admins do about an account that is in wrong hands: they sign it out, block it, and open it again.
mod queries;

use super::{
    Caller, RoleManager, factor, new_password::end_all_of_old, queries::raise_version, sessions,
};
use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    proxies,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        UserId,
        passkey::YOUNG,
        permission::{LAST_MANAGER, NOT_ONESELF},
    },
    mail::Topic,
};

/// Ends every session and token of `user`, on every server.
pub async fn sign_out(clinic: &Clinic, manager: &Caller<RoleManager>, user: UserId) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !raise_version(conn, user).await? {
            return Err(Error::NotFound);
        }
        sessions::end_all(conn, user, clinic.now()).await?;
        record(conn, manager, "account.sign_out_everywhere", user).await
    })
    .await
}

/// Keeps everybody out of the account of `user`, who is told, and ends what a thief may have made of it: the password,
/// all that lets others act, and what was added in the last week. Their visits stay. Once more does nothing.
pub async fn block(clinic: &Clinic, manager: &Caller<RoleManager>, user: UserId) -> Result<()> {
    if user == manager.user {
        return Err(NOT_ONESELF.into());
    }
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let blocked = queries::block(conn, user).await;
        if !blocked.on_constraint("roles_one_manager", LAST_MANAGER)? {
            return known(conn, user).await;
        }
        let now = clinic.now();
        proxies::end_all(conn, user).await?;
        end_all_of_old(conn, user, Some(now - YOUNG), now).await?;
        record(conn, manager, "account.block", user).await?;
        factor::tell(conn, user, Topic::AccountBlocked).await
    })
    .await
}

/// Opens the account of `user` again, who is told to choose a new password. Once more does nothing.
pub async fn unblock(clinic: &Clinic, manager: &Caller<RoleManager>, user: UserId) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::unblock(conn, user).await? {
            return known(conn, user).await;
        }
        record(conn, manager, "account.unblock", user).await?;
        factor::tell(conn, user, Topic::AccountUnblocked).await
    })
    .await
}

/// Of an account that is closed for good, or was never, there is nothing to change.
async fn known(conn: &mut Conn, user: UserId) -> Result<()> {
    if queries::has_account(conn, user).await? { Ok(()) } else { Err(Error::NotFound) }
}

async fn record(
    conn: &mut Conn,
    manager: &Caller<RoleManager>,
    action: &'static str,
    user: UserId,
) -> Result<()> {
    let event = Event {
        actor: Some(manager.user),
        action,
        subject_type: "user",
        subject: user.as_uuid(),
        patient: Some(user),
    };
    Ok(audit::record_in(conn, event).await?)
}
