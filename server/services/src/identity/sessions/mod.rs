//! Sessions of browsers, as rows. Which id is whose is kept only as a hash.
mod queries;

use super::{Actor, Caller, Person, event, tokens};
use crate::{Clinic, Conn, Result, audit, audit::request, directory::Found, directory::Page};
use aws_lc_rs::digest::{SHA256, digest};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    device::label,
    session::{IDLE, LONGEST, NOTED_EVERY, STAFF_IDLE, VISITOR, expiry},
    throttle::network,
};
use jiff::Timestamp;
use uuid::Uuid;

pub use queries::OpenSession;

/// What a session holds.
#[derive(Debug)]
pub struct StoredSession {
    /// Who has signed in, and the version of their access at that time.
    pub user: Option<UserId>,
    pub version: i32,
    /// When they did; `None`: now.
    pub signed_in_at: Option<Timestamp>,
    pub data: serde_json::Value,
}

/// A session that has not ended, and when it does unless it is used.
#[derive(Debug)]
pub struct FoundSession {
    pub data: serde_json::Value,
    pub expires_at: Timestamp,
}

/// On what, and from where, something is done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Origin {
    /// `Firefox on Windows`
    pub device: String,
    /// `None`: this machine, such as a proxy whose word about others is not taken.
    pub network: Option<String>,
}

/// What a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asking {
    Person,
    /// A page that stays up to date by itself, whether or not anybody looks at it.
    Watching,
}

/// From where the request comes that the running task serves.
pub(crate) fn origin() -> Origin {
    let agent = request::agent();
    Origin { device: label(agent.as_deref()), network: request::peer().and_then(network) }
}

fn hash(id: i128) -> Vec<u8> {
    digest(&SHA256, &id.to_be_bytes()).as_ref().to_vec()
}

/// Stores a new session of the browser that asks; false when its id exists. One that goes on under a new id ends when
/// it would have ended.
pub async fn create(clinic: &Clinic, id: i128, session: &StoredSession) -> Result<bool> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let (idle, longest) = match session.user {
        None => (VISITOR, VISITOR),
        Some(user) if queries::is_staff(conn, user).await? => (STAFF_IDLE, LONGEST),
        Some(_) => (IDLE, LONGEST),
    };
    let begun = session.signed_in_at.filter(|_| session.user.is_some()).unwrap_or(now);
    let ends_at = begun + longest;
    let times = queries::Times { begun, now, expires_at: expiry(now, idle, ends_at), ends_at };
    Ok(queries::insert(conn, &hash(id), session, &origin(), times).await? == 1)
}

/// Stores a session over the one with its id. One that was ended meanwhile stays ended.
pub async fn save(clinic: &Clinic, id: i128, session: &StoredSession) -> Result<()> {
    Ok(queries::set_data(&mut *clinic.db().await?, &hash(id), session).await?)
}

/// The session, unless it has ended.
pub async fn load(clinic: &Clinic, id: i128) -> Result<Option<FoundSession>> {
    Ok(queries::session(&mut *clinic.db().await?, &hash(id), clinic.now()).await?)
}

/// Who is signed in by the session, with the roles they have now, and when that ends unless it is used again. That a
/// person uses it is noted.
///
/// One statement: `None` as soon as the session has ended, whichever server ended it, the person has no
/// account any more, or has a new password.
pub async fn actor(
    clinic: &Clinic,
    id: i128,
    asking: Asking,
) -> Result<Option<(Actor, Timestamp)>> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    let used = queries::Use {
        now,
        idle_until: now + IDLE,
        staff_idle_until: now + STAFF_IDLE,
        unless_since: match asking {
            Asking::Person => now - NOTED_EVERY,
            Asking::Watching => Timestamp::UNIX_EPOCH,
        },
    };
    let found = queries::actor(conn, &hash(id), used, request::peer().and_then(network)).await?;
    Ok(found.map(|used| (used.person.actor(clinic.requires_factor()), used.expires_at)))
}

/// Signs the browser out whose session this is.
pub async fn sign_out(clinic: &Clinic, id: i128) -> Result<()> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if let Some(user) = queries::delete_owned(conn, &hash(id)).await? {
            audit::record_in(conn, event(user, "account.sign_out")).await?;
        }
        Ok(())
    })
    .await
}

pub async fn delete(clinic: &Clinic, id: i128) -> Result<()> {
    Ok(queries::delete(&mut *clinic.db().await?, &hash(id)).await?)
}

/// Ends every session and token of `user`.
pub(crate) async fn end_all(conn: &mut Conn, user: UserId, now: Timestamp) -> Result<()> {
    queries::delete_of(conn, user, None).await?;
    tokens::end_all(conn, user, now).await?;
    Ok(())
}

/// Where the caller is signed in: this browser, whose session is `current`, first, then what was used last.
pub async fn open_sessions(
    clinic: &Clinic,
    caller: &Caller<Person>,
    current: Option<i128>,
    page: Page,
) -> Result<Found<OpenSession>> {
    let current = current.map(hash).unwrap_or_default();
    let conn = &mut *clinic.db().await?;
    let items = queries::open_sessions(conn, caller, &current, clinic.now(), page).await?;
    Ok(Found { count: items.first().map_or(0, |first| first.count), items })
}

/// Signs the caller out where `id` says. What has ended already stays so.
pub async fn end_one(clinic: &Clinic, caller: &Caller<Person>, id: Uuid) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let ended = queries::delete_one(conn, caller.user, id).await? == 1
            || tokens::end_one(conn, caller.user, id.into(), now).await?;
        if ended {
            audit::record_in(conn, event(caller.user, "account.end_session")).await?;
        }
        Ok(())
    })
    .await
}

/// Signs the caller out everywhere but in the browser whose session is `current`.
pub async fn end_others(
    clinic: &Clinic,
    caller: &Caller<Person>,
    current: Option<i128>,
) -> Result<()> {
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::delete_of(conn, caller.user, current.map(hash)).await?;
        tokens::end_all(conn, caller.user, now).await?;
        audit::record_in(conn, event(caller.user, "account.end_other_sessions")).await?;
        Ok(())
    })
    .await
}

/// Removes what has ended. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    Ok(queries::delete_ended(&mut *clinic.db().await?, clinic.now()).await?)
}
