//! A new password for who has forgotten theirs, by a link that their mail brings.
//!
//! As with registrations, nobody looks whether an address has an account while somebody waits for the
//! answer: the same is written and said for every address, and what is written to whom goes by what is known
//! when the mail is.
mod queries;

use super::{
    SignedIn, event,
    keys::{Proof, token_id},
    new_password::end_all_of_old,
    password,
    registration::queries::lock_address,
    throttle,
};
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        Email, Registration, check_password_length,
        passkey::YOUNG,
        reset::{LINK_LIFETIME, LINKS_A_DAY, RESET_OVER, ResetId, may_send},
    },
    mail::Topic,
};
use jiff::SignedDuration;
use queries::Owner;
use serde_json::json;

/// Sends a link to whoever has the account of this address, if anybody has. The one before ends.
///
/// Takes as long, and says the same, for an address that is known as for one that is not, and for one that
/// was written to too often.
pub async fn ask(clinic: &Clinic, email: &str) -> Result<()> {
    let email = Email::checked("email", email)?;
    throttle::take_request(clinic).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock_address(conn, email.as_str()).await?;
        let day = now - SignedDuration::from_hours(24);
        let sent = queries::sent_since(conn, &email, day, LINKS_A_DAY).await?;
        if !may_send(&sent, now) {
            return Ok(());
        }
        let id = ResetId::generate();
        queries::end_all(conn, email.as_str(), now).await?;
        queries::insert(conn, id, &email, (now, now + LINK_LIFETIME)).await?;
        let topic = Topic::ResetPassword.as_str();
        outbox::enqueue_in(conn, topic, format!("{topic}/{id}"), json!({ "reset_id": id })).await?;
        audit::record_in(conn, asked(id)).await?;
        Ok(())
    })
    .await
}

fn asked(id: ResetId) -> Event {
    Event {
        actor: None,
        action: "account.ask_reset",
        subject_type: "password_reset",
        subject: id.as_uuid(),
        patient: None,
    }
}

/// Whose password `token` changes, if it still can.
async fn owner(clinic: &Clinic, token: &str) -> Result<Option<(ResetId, Owner)>> {
    let Some(id) = token_id(token).filter(|_| clinic.keys().opens(Proof::Reset, token, 0)) else {
        return Ok(None);
    };
    let id = ResetId::from(id);
    let owner = queries::owner(&mut *clinic.db().await?, id, clinic.now()).await?;
    Ok(owner.map(|owner| (id, owner)))
}

/// Whether the link can be used. It is not used up by this: programs look at links, too.
pub async fn is_open(clinic: &Clinic, token: &str) -> Result<bool> {
    Ok(owner(clinic, token).await?.is_some())
}

/// Gives the owner of the link a new password, ends every session and token of theirs and tells them. Nobody
/// is signed in by it; whose access it is now, for the browser that has shown that it reads their mail.
pub async fn choose(clinic: &Clinic, token: &str, password: String) -> Result<SignedIn> {
    let (id, owner) = owner(clinic, token).await?.ok_or(RESET_OVER)?;
    check_password_length(&password)?;
    throttle::take_request(clinic).await?;
    let choice = Registration {
        first_name: owner.first_name.clone(),
        last_name: owner.last_name.clone(),
        email: owner.email.clone(),
        password: password.clone(),
        ..Registration::default()
    };
    if let Some(problem) = password::weakness(&choice) {
        return Err(problem.into());
    }
    if password::verify(clinic, password.clone(), Some(owner.password_hash.clone())).await? {
        return Err(Error::field("password", "Choose another password than the one you had."));
    }
    let hash = password::hash(clinic, password).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !queries::take(conn, id, now).await? {
            return Err(RESET_OVER.into());
        }
        let version = queries::set_password(conn, &owner, &hash).await?.ok_or(RESET_OVER)?;
        queries::forget_additions(conn, &owner).await?;
        // Of whoever else knew the password, who has perhaps locked the owner out with one.
        let since = owner.is_email_verified.then(|| now - YOUNG);
        end_all_of_old(conn, owner.user, since, now).await?;
        let topic = Topic::PasswordChanged.as_str();
        let payload = json!({ "user_id": owner.user });
        outbox::enqueue_in(conn, topic, format!("{topic}/{id}"), payload).await?;
        audit::record_in(conn, event(owner.user, "account.reset_password")).await?;
        Ok(SignedIn { user: owner.user, version })
    })
    .await
}

/// How many links are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets links a day after they were sent; returns how many. A full batch: there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
