//! Another address for an account: proven by who reads its mail, and taken back by who reads that of the old one.
//!
//! As with registrations, nobody looks whether the new address has an account while somebody waits for the
//! answer: what is written to it goes by what is known when the mail is.
pub(crate) mod queries;

use super::event;
use crate::{
    Clinic, Error, Result, audit,
    error::violates,
    identity::{
        Caller, Person, Proof, confirm_password, lock_address, passkeys, sessions, throttle,
        token_id,
    },
    outbox, proxies,
};
use diesel_async::AsyncConnection;
use domain::{
    account::address::{AddressChangeId, CHANGE_OVER, LINK_LIFETIME, UNDO_LIFETIME, UNDO_OVER},
    identity::{
        Email,
        reset::{LINKS_A_DAY, may_send},
    },
    mail::Topic,
};
use jiff::SignedDuration;
use serde_json::json;

/// Sends a link to the new address; the account keeps its own until that is used. The link before ends.
pub async fn ask(
    clinic: &Clinic,
    caller: &Caller<Person>,
    email: &str,
    password: String,
    browser: Option<&str>,
) -> Result<()> {
    let email = Email::checked("email", email)?;
    if email.as_str() == caller.email {
        return Err(Error::field("email", "This is the address that you have."));
    }
    confirm_password(clinic, caller, password, browser).await?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::lock_account(conn, caller.user).await?;
        lock_address(conn, email.as_str()).await?;
        let day = now - SignedDuration::from_hours(24);
        let sent = queries::sent_since(conn, &email, day, LINKS_A_DAY).await?;
        // Whoever asks is told the same, so that nobody learns who else has asked.
        if !may_send(&sent, now) {
            return Ok(());
        }
        let id = AddressChangeId::generate();
        queries::end_open(conn, caller.user, now).await?;
        let (addresses, times) = ((caller.email.as_str(), &email), (now, now + LINK_LIFETIME));
        queries::insert(conn, id, caller.user, caller.access_version, addresses, times).await?;
        let topic = Topic::ConfirmNewAddress.as_str();
        outbox::enqueue_in(conn, topic, format!("{topic}/{id}"), json!({ "change_id": id }))
            .await?;
        Ok(audit::record_in(conn, event(caller.user, "account.ask_address")).await?)
    })
    .await
}

/// What `token` is about, if it is one of `proof`.
fn opened(clinic: &Clinic, proof: Proof, token: &str) -> Option<AddressChangeId> {
    let id = token_id(token).filter(|_| clinic.keys().opens(proof, token, 0))?;
    Some(AddressChangeId::from(id))
}

/// The new address, masked, as long as the link to it can be used. It is not used up by this.
pub async fn is_open(clinic: &Clinic, token: &str) -> Result<Option<String>> {
    let Some(id) = opened(clinic, Proof::NewAddress, token) else { return Ok(None) };
    let found = queries::open(&mut *clinic.db().await?, id, clinic.now()).await?;
    Ok(found.and_then(|email| email.parse::<Email>().ok()).map(|email| email.masked()))
}

/// Gives the account its new address, and tells the old one.
pub async fn confirm(clinic: &Clinic, token: &str) -> Result<()> {
    let id = opened(clinic, Proof::NewAddress, token).ok_or(CHANGE_OVER)?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::lock_account_of(conn, id).await?;
        let change = queries::take(conn, id, now, now + UNDO_LIFETIME).await?;
        let change = change.ok_or(CHANGE_OVER)?;
        match queries::set_email(conn, &change).await {
            Ok(true) => {}
            // The account has another address or a new password, or is closed; or the address got an account of its own.
            Ok(false) => return Err(CHANGE_OVER.into()),
            Err(error) if violates(&error, "users_email_unique") => return Err(CHANGE_OVER.into()),
            Err(error) => return Err(error.into()),
        }
        if queries::is_held(conn, &change.new, change.user, now).await? {
            return Err(CHANGE_OVER.into());
        }
        queries::end_registrations(conn, change.user, now).await?;
        let topic = Topic::AddressChanged.as_str();
        outbox::enqueue_in(conn, topic, format!("{topic}/{id}"), json!({ "change_id": id }))
            .await?;
        Ok(audit::record_in(conn, event(change.user, "account.change_address")).await?)
    })
    .await
}

/// Whether the link to the old address can still be used.
pub async fn can_undo(clinic: &Clinic, token: &str) -> Result<bool> {
    let Some(id) = opened(clinic, Proof::UndoAddress, token) else { return Ok(false) };
    Ok(queries::can_undo(&mut *clinic.db().await?, id, clinic.now()).await?)
}

/// Gives the account back to the address it had, whatever it has now, and ends every session and token of
/// it. What was added since the change was asked for, codes from an app and an address of the calendar, goes
/// with them. Later changes can no longer be taken back: they may have been a thief's.
pub async fn undo(clinic: &Clinic, token: &str) -> Result<()> {
    let id = opened(clinic, Proof::UndoAddress, token).ok_or(UNDO_OVER)?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::lock_account_of(conn, id).await?;
        let change = queries::take_back(conn, id, now).await?.ok_or(UNDO_OVER)?;
        match queries::restore_email(conn, &change).await {
            Ok(true) => {}
            Ok(false) => return Err(UNDO_OVER.into()),
            Err(error) if violates(&error, "users_email_unique") => return Err(UNDO_OVER.into()),
            Err(error) => return Err(error.into()),
        }
        queries::forget_additions(conn, &change).await?;
        passkeys::delete_all(conn, change.user, Some(change.asked_at.to_jiff())).await?;
        proxies::end_granted(conn, change.user, Some(change.asked_at.to_jiff())).await?;
        queries::end_all(conn, change.user, now).await?;
        sessions::end_all(conn, change.user, now).await?;
        Ok(audit::record_in(conn, event(change.user, "account.undo_address")).await?)
    })
    .await
}

/// How many changes are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets changes a month after they were asked for; returns how many. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(30 * 24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
