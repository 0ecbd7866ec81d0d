//! Signing in with an address and a password.
use super::{
    SignIn, SignedIn,
    factor::next_step_in,
    keys::{Keys, token_id},
    new_sign_in, password, queries,
    throttle::{self, Then, Turn},
};
use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
};
use diesel_async::AsyncConnection;
use domain::{
    FieldProblem,
    identity::{Email, UserId, WRONG_CREDENTIALS},
};
use jiff::Timestamp;
use std::str::FromStr;
use uuid::Uuid;

/// What the browser shows from now on in which `who` has just signed in; `before` is what it has shown until now. Once
/// their access has another version, as after a new password, it is as unknown as any other.
pub fn known_browser(clinic: &Clinic, who: SignedIn, before: Option<&str>) -> String {
    let id = before.and_then(token_id).unwrap_or_else(Uuid::new_v4);
    clinic.keys().browser(id, who)
}

/// Checks an email and a password. Whoever has a second factor has signed in only with that: see
/// [`enter_code`](super::factor::enter_code). `browser` is what the caller shows, if they have signed in before.
///
/// Takes as long for an address that is unknown as for one that is known, and each failure makes the next try
/// wait longer. Where an account is guessed at from elsewhere, its known browsers are let in all the same.
pub async fn sign_in(
    clinic: &Clinic,
    email: &str,
    password: String,
    browser: Option<&str>,
) -> Result<SignIn> {
    let mut problems = Vec::new();
    if email.trim().is_empty() {
        problems.push(FieldProblem::new("email", "Enter your email address."));
    }
    if password.is_empty() {
        problems.push(FieldProblem::new("password", "Enter your password."));
    }
    if !problems.is_empty() {
        return Err(Error::Invalid(problems));
    }
    let address = email.trim().to_lowercase();
    let (who, hash, counted) = {
        let conn = &mut *clinic.db().await?;
        let known = match Email::from_str(&address) {
            Ok(email) => queries::credentials(conn, &email).await?,
            Err(_) => None,
        };
        let (who, hash) = known.unzip();
        let counted = throttle::of_sign_in(clinic.keys(), &address, who, browser);
        throttle::look(clinic, conn, &counted, clinic.now()).await?;
        (who, hash, counted)
    };
    let known = who.map(|who| who.user).zip(hash);
    let matches = password::prove(clinic, password, known).await?;

    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that errors leave the transaction as values.
    conn.transaction(async |conn| {
        let turn = Turn::begin(conn, &counted).await?;
        let right = who.filter(|_| matches);
        turn.settle(clinic, conn, Then::after(right.is_some()), now).await?;
        match right {
            Some(who) => enter(conn, clinic.keys(), who, browser, now).await,
            None => {
                audit::record_in(conn, failed(who.map(|who| who.user))).await?;
                Ok(Err(WRONG_CREDENTIALS.into()))
            }
        }
    })
    .await?
}

async fn enter(
    conn: &mut Conn,
    keys: &Keys,
    who: SignedIn,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<Result<SignIn>> {
    let step = next_step_in(conn, keys, who, now).await?;
    if let SignIn::NeedsCode(_) = step {
        return Ok(Ok(step));
    }
    new_sign_in::tell_in(conn, keys, who, browser, now).await?;
    // Not with a password that was changed while we looked at it.
    if !queries::set_last_login(conn, who, now).await? {
        return Ok(Err(WRONG_CREDENTIALS.into()));
    }
    audit::record_in(conn, super::event(who.user, "account.sign_in")).await?;
    Ok(Ok(step))
}

/// Says nothing of what was typed.
fn failed(user: Option<UserId>) -> Event {
    Event {
        actor: None,
        action: "account.sign_in_failed",
        subject_type: "user",
        subject: user.map_or(Uuid::nil(), UserId::as_uuid),
        patient: user,
    }
}
