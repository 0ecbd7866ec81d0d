//! Asking somebody who is signed in for their password once more.
use super::{
    Caller, Person, SignedIn, event, password, queries,
    throttle::{self, Then, Turn},
};
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
};
use diesel_async::AsyncConnection;
use domain::identity::Email;

/// Whether `password` is the caller's. It is guessed at as slowly as when signing in, and counted with that;
/// `browser` is what the caller shows, if they have signed in before.
pub(crate) async fn confirm_password(
    clinic: &Clinic,
    caller: &Caller<Person>,
    password: String,
    browser: Option<&str>,
) -> Result<()> {
    if password.is_empty() {
        return Err(Error::field("password", "Enter your password."));
    }
    let who = SignedIn { user: caller.user, version: caller.access_version };
    let counted = throttle::of_sign_in(clinic.keys(), &caller.email, Some(who), browser);
    let hash = {
        let conn = &mut *clinic.db().await?;
        throttle::look(clinic, conn, &counted, clinic.now()).await?;
        let email = Email::checked("email", &caller.email)?;
        let known = queries::credentials(conn, &email).await?;
        known.map(|(who, hash)| (who.user, hash)).filter(|(user, _)| *user == caller.user)
    };
    let matches = password::prove(clinic, password, hash).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that the answer leaves the transaction as a value.
    conn.transaction(async |conn| -> Result<Result<()>> {
        let turn = Turn::begin(conn, &counted).await?;
        turn.settle(clinic, conn, Then::after(matches), now).await?;
        if matches {
            return Ok(Ok(()));
        }
        let failed = Event { actor: None, ..event(caller.user, "account.sign_in_failed") };
        audit::record_in(conn, failed).await?;
        Ok(Err(Error::field("password", "That is not your password.")))
    })
    .await?
}
