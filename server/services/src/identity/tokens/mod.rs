//! Tokens of programs: short ones that open the API, and one of use once with which the next are had.
//!
//! All that follow from one sign-in are a family. Who shows a token that was used before has a copy, or had
//! theirs copied: nobody can tell which, so the family ends and its owner is told.
mod queries;

use super::{
    AccessToken, Actor, SignedIn, event,
    sessions::{Origin, origin},
    signing,
};
use crate::{
    Clinic, Conn, Result,
    audit::{self, Event, request},
    outbox, token,
};
use diesel_async::AsyncConnection;
use domain::{
    identity::{
        UserId, factor,
        refresh::{Answer, FamilyId, REFRESH_OVER},
        session::{NOTED_EVERY, PROGRAM_IDLE, PROGRAM_LONGEST, expiry},
        throttle::network,
    },
    mail::Topic,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

pub(crate) use queries::is_known;

/// What opens an account to a program.
#[derive(Debug)]
pub struct Tokens {
    pub access: AccessToken,
    /// Of use once.
    pub refresh: RefreshToken,
}

/// A token with which the next ones are had, and when it ends.
pub struct RefreshToken {
    pub token: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for RefreshToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RefreshToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

/// The first tokens of who has just proved who they are.
pub async fn open(clinic: &Clinic, who: SignedIn) -> Result<Tokens> {
    let now = clinic.now();
    let family = FamilyId::generate();
    let ends_at = now + PROGRAM_LONGEST;
    let token = token::new()?;
    let expires_at = expiry(now, PROGRAM_IDLE, ends_at);
    let times = queries::Times { now, expires_at, ends_at };
    let hash = token::hash(&token);
    queries::insert_family(&mut *clinic.db().await?, family, who, &origin(), &hash, times).await?;
    let access = signing::sign(clinic, who.user, family).await?;
    Ok(Tokens { access, refresh: RefreshToken { token, expires_at } })
}

/// The next tokens, for the refresh token of the last ones.
///
/// Sent twice at once, as by who did not get the first answer, it is answered twice; after that its family
/// ends and the owner is told.
pub async fn refresh(clinic: &Clinic, shown: &str) -> Result<Tokens> {
    let now = clinic.now();
    let (hash, token) = (token::hash(shown), token::new()?);
    let next = {
        let conn = &mut *clinic.db().await?;
        // That a family has ended is to stay, so that errors leave the transaction as values.
        conn.transaction(async |conn| next_in(conn, &hash, &token::hash(&token), now).await).await?
    };
    let (found, expires_at) = next.ok_or(REFRESH_OVER)?;
    let access = signing::sign(clinic, found.owner, found.family).await?;
    Ok(Tokens { access, refresh: RefreshToken { token, expires_at } })
}

/// Puts the token `next` in the place of the one that is `shown`; `None`: it opens nothing. Both as hashes.
async fn next_in(
    conn: &mut Conn,
    shown: &[u8],
    next: &[u8],
    now: Timestamp,
) -> Result<Option<(queries::Found, Timestamp)>> {
    // Whoever shows a token of the same family at once comes after this.
    let Some(found) = queries::lock_family_of(conn, shown, now).await? else { return Ok(None) };
    match found.shown().answer(now) {
        Answer::Over => return Ok(None),
        Answer::Reused => {
            end_reused(conn, &found, now).await?;
            return Ok(None);
        }
        Answer::Next => queries::spend_all(conn, found.family, shown, now).await?,
        Answer::Again => queries::forbid_retry(conn, shown).await?,
    }
    let expires_at = expiry(now, PROGRAM_IDLE, found.ends_at);
    queries::set_used(conn, found.family, now, expires_at).await?;
    queries::insert_token(conn, found.family, next, expires_at).await?;
    Ok(Some((found, expires_at)))
}

async fn end_reused(conn: &mut Conn, found: &queries::Found, now: Timestamp) -> Result<()> {
    queries::end_one(conn, found.owner, found.family, now).await?;
    let topic = Topic::TokenReused.as_str();
    let payload = json!({
        "user_id": found.owner, "device": found.device, "network": origin().network, "at": now,
    });
    outbox::enqueue_in(conn, topic, format!("{topic}/{}", found.family), payload).await?;
    let reused = Event {
        actor: None,
        subject_type: "token_family",
        subject: found.family.as_uuid(),
        ..event(found.owner, "account.token_reused")
    };
    audit::record_in(conn, reused).await?;
    Ok(())
}

/// The person behind an access token, with the roles they have now; `None` as soon as it is not ours, or what
/// it belongs to has ended, whichever server ended it. That it is used is noted.
pub async fn actor(clinic: &Clinic, access: &str) -> Result<Option<Actor>> {
    let Some((user, family)) = signing::verify(clinic, access).await? else { return Ok(None) };
    let now = clinic.now();
    let used = (now, now - NOTED_EVERY);
    let network = request::peer().and_then(network);
    let conn = &mut *clinic.db().await?;
    let found = queries::actor(conn, user, family, used, network).await?;
    Ok(found.map(|row| row.actor(clinic.requires_factor())))
}

/// Whether whoever shows this access token has signed in within the last ten minutes, and not only had new tokens.
pub async fn is_recent(clinic: &Clinic, access: &str) -> Result<bool> {
    let Some((_, family)) = signing::verify(clinic, access).await? else { return Ok(false) };
    let at = queries::signed_in_at(&mut *clinic.db().await?, family).await?;
    Ok(at.is_some_and(|at| factor::is_recent(at, clinic.now())))
}

/// Signs out the program that shows its access token; false when it was none, or is signed out already.
pub async fn sign_out_by_access(clinic: &Clinic, access: &str) -> Result<bool> {
    match signing::verify(clinic, access).await? {
        Some((user, family)) => sign_out(clinic, user, family).await,
        None => Ok(false),
    }
}

/// Signs out the program that shows its refresh token. One that opens nothing any more needs no more.
pub async fn sign_out_by_refresh(clinic: &Clinic, shown: &str) -> Result<()> {
    let found = queries::family_of(&mut *clinic.db().await?, &token::hash(shown)).await?;
    if let Some((user, family)) = found {
        sign_out(clinic, user, family).await?;
    }
    Ok(())
}

async fn sign_out(clinic: &Clinic, user: UserId, family: FamilyId) -> Result<bool> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let ended = queries::end_one(conn, user, family, now).await? == 1;
        if ended {
            audit::record_in(conn, event(user, "account.sign_out")).await?;
        }
        Ok(ended)
    })
    .await
}

/// Ends the family of `user` that `id` names; false when there is none.
pub(crate) async fn end_one(
    conn: &mut Conn,
    user: UserId,
    id: FamilyId,
    now: Timestamp,
) -> Result<bool> {
    Ok(queries::end_one(conn, user, id, now).await? == 1)
}

/// Ends every family of `user`.
pub(crate) async fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    Ok(queries::end_all(conn, user, now).await?)
}

/// How much is forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets tokens that have expired, and families a month after their end; returns how many, in all. A full
/// batch: there are more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let now = clinic.now();
    let until = now - SignedDuration::from_hours(30 * 24);
    let conn = &mut *clinic.db().await?;
    let tokens = queries::delete_tokens(conn, now, limit).await?;
    Ok(tokens.max(queries::delete_families(conn, until, limit).await?))
}
