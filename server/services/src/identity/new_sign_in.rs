//! Tells the owner of an account that somebody has signed in from where they never did.
use super::{Keys, queries, sessions::origin, tokens};
use crate::{Conn, Result, outbox};
use domain::{identity::UserId, mail::Topic};
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// To be called in the transaction that lets `user` in, before it notes that. `browser` is what the caller
/// shows, if they have signed in before.
///
/// A program shows nothing: it is known by what it is and by its network. Of the very first sign-in nobody is
/// told.
pub(super) async fn tell_in(
    conn: &mut Conn,
    keys: &Keys,
    user: UserId,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let Some(email) = queries::email_if_signed_in_before(conn, user).await? else { return Ok(()) };
    if browser.is_some_and(|browser| keys.knows_browser(browser, &email)) {
        return Ok(());
    }
    let origin = origin();
    if tokens::is_known(conn, user, &origin).await? {
        return Ok(());
    }
    let topic = Topic::NewSignIn.as_str();
    let payload = json!({
        "user_id": user, "device": origin.device, "network": origin.network, "at": now,
    });
    outbox::enqueue_in(conn, topic, format!("{topic}/{}", Uuid::now_v7()), payload).await?;
    Ok(())
}
