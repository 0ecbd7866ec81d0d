//! Asking somebody who is signed in for their password once more.
use super::{Caller, Person, event, password, queries, throttle};
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
    let counted = throttle::of_sign_in(clinic.keys(), &caller.email, browser);
    let hash = {
        let conn = &mut *clinic.db().await?;
        if let Some(wait) = throttle::wait(conn, &counted, clinic.now()).await? {
            return Err(wait);
        }
        let email = Email::checked("email", &caller.email)?;
        let known = queries::credentials(conn, &email).await?;
        known.filter(|(who, _)| who.user == caller.user).map(|(_, hash)| hash)
    };
    let matches = password::verify(clinic, password, hash).await?;
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    // What is counted stays counted, so that the answer leaves the transaction as a value.
    conn.transaction(async |conn| -> Result<Result<()>> {
        throttle::lock(conn, &counted).await?;
        match (matches, throttle::wait(conn, &counted, now).await?) {
            (true, None) => {
                throttle::forget(conn, &counted).await?;
                Ok(Ok(()))
            }
            (true, Some(wait)) => Ok(Err(wait)),
            (false, wait) => {
                throttle::count(conn, &counted, now).await?;
                let failed = Event { actor: None, ..event(caller.user, "account.sign_in_failed") };
                audit::record_in(conn, failed).await?;
                let wrong = Error::field("password", "That is not your password.");
                Ok(Err(wait.unwrap_or(wrong)))
            }
        }
    })
    .await?
}
