//! Another password for who knows the one they have; and what ends with an old one, however it was replaced.
mod queries;

use super::{
    Caller, Person, SignedIn, confirm_password, event, factor, passkeys, password, sessions,
};
use crate::{Clinic, Conn, Error, Result, audit, devices, proxies};
use diesel_async::AsyncConnection;
use domain::{
    FieldProblem,
    identity::{Registration, UserId, check_password_length, passkey::YOUNG},
    mail::Topic,
};
use jiff::Timestamp;

/// Replaces the caller's password, signs them out everywhere and tells them. Whoever is returned is to be signed in
/// anew where they are. Only a page that has asked for the second factor of who has one may do so.
///
/// `browser` is what the caller shows, if they have signed in before. Errors are those of the fields `password` and
/// `new_password`.
pub async fn change(
    clinic: &Clinic,
    caller: &Caller<Person>,
    (old, new): (String, String),
    browser: Option<&str>,
) -> Result<SignedIn> {
    check(caller, &old, &new)?;
    confirm_password(clinic, caller, old, browser).await?;
    let hash = password::hash(clinic, new).await?;
    let (user, now) = (caller.user, clinic.now());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        // Else it was changed meanwhile, which has signed this caller out, too.
        let version = queries::set_password(conn, user, caller.access_version, &hash)
            .await?
            .ok_or(Error::SignedOut)?;
        end_all_of_old(conn, user, Some(now - YOUNG), now).await?;
        audit::record_in(conn, event(user, "account.change_password")).await?;
        factor::tell(conn, user, Topic::PasswordChanged).await?;
        Ok(SignedIn { user, version })
    })
    .await
}

fn check(caller: &Caller<Person>, old: &str, new: &str) -> Result<()> {
    let mut problems = Vec::new();
    if old.is_empty() {
        problems.push(FieldProblem::new("password", "Enter the password that you have now."));
    }
    let choice = Registration {
        first_name: caller.first_name.clone(),
        last_name: caller.last_name.clone(),
        email: caller.email.clone(),
        password: new.to_owned(),
        ..Registration::default()
    };
    let wrong = check_password_length(new).err().or_else(|| password::weakness(&choice));
    problems.extend(wrong.map(|wrong| FieldProblem { field: "new_password".into(), ..wrong }));
    if problems.is_empty() && old == new {
        let same = "Choose another password than the one you have.";
        problems.push(FieldProblem::new("new_password", same));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
}

/// Ends what somebody may have opened who knew the old password: sessions and tokens; and passkeys, devices and their
/// keys, the address of the calendar and what others were let do, if they were made since `since`, or all of these
/// without.
pub(super) async fn end_all_of_old(
    conn: &mut Conn,
    user: UserId,
    since: Option<Timestamp>,
    now: Timestamp,
) -> Result<()> {
    passkeys::delete_all(conn, user, since).await?;
    proxies::end_granted(conn, user, since).await?;
    queries::delete_feed(conn, user, since).await?;
    devices::end_since(conn, user, since, now).await?;
    sessions::end_all(conn, user, now).await
}
