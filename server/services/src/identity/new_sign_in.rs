//! Tells the owner of an account that somebody has signed in from where they never did.
use super::{Keys, SignedIn, queries, sessions::origin, tokens};
use crate::{Conn, Result, outbox};
use domain::mail::Topic;
use jiff::Timestamp;
use serde_json::json;
use uuid::Uuid;

/// To be called in the transaction that lets `who` in, before it notes that. `browser` is what the caller
/// shows, if they have signed in before.
///
/// A program shows nothing: it is known by what it is and by its network. Of the very first sign-in nobody is
/// told. With another version of their access all are new: one may be that of whom it was to keep out.
pub(super) async fn tell_in(
    conn: &mut Conn,
    keys: &Keys,
    who: SignedIn,
    browser: Option<&str>,
    now: Timestamp,
) -> Result<()> {
    let is_known = browser.is_some_and(|browser| keys.knows_browser(browser, who));
    if is_known || !queries::has_signed_in_before(conn, who.user).await? {
        return Ok(());
    }
    let origin = origin();
    if tokens::is_known(conn, who, &origin).await? {
        return Ok(());
    }
    let topic = Topic::NewSignIn.as_str();
    let payload = json!({
        "user_id": who.user, "device": origin.device, "network": origin.network, "at": now,
    });
    outbox::enqueue_in(conn, topic, format!("{topic}/{}", Uuid::now_v7()), payload).await?;
    Ok(())
}
