//! Counts what strangers try, for all servers together, and lets them wait longer each time.
//!
//! Nothing is written while all goes well. What is checked is heard only after it was checked, once those before it
//! are counted: of many guesses at once, those after the first few are not heard, whether they were right or wrong.
//!
//! The counts are in PostgreSQL, or in Redis where there is one. Whose turn it is stays in PostgreSQL, as what is
//! checked is there. When Redis does not answer, PostgreSQL counts from its own first failure on: whoever guesses
//! meanwhile has a few more tries, and not more than those however often that happens in a day.
mod queries;

use super::{SignedIn, keys::Keys};
use crate::{Clinic, Conn, Error, Result, audit::request, gateways::Silence};
use base64ct::{Base64UrlUnpadded, Encoding};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    throttle::{Lane, network},
};
use jiff::{SignedDuration, Timestamp};
use uuid::Uuid;

/// Under what something is counted: nobody can tell from it who or what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Key {
    lane: Lane,
    hash: Vec<u8>,
}

impl Key {
    pub fn lane(&self) -> Lane {
        self.lane
    }

    /// 32 bytes (HMAC-SHA-256).
    pub fn hash(&self) -> &[u8] {
        &self.hash
    }

    fn new(keys: &Keys, lane: Lane, what: &[&str]) -> Self {
        Self { lane, hash: keys.throttle(lane, what) }
    }

    fn of_network(keys: &Keys, lane: Lane) -> Option<Self> {
        let network = network(request::peer()?)?;
        Some(Self::new(keys, lane, &[&network]))
    }
}

/// Under what a sign-in to the account of `email` is counted, which is that of `who` if there is one; whose turn it is
/// first is locked first.
pub(crate) fn of_sign_in(
    keys: &Keys,
    email: &str,
    who: Option<SignedIn>,
    browser: Option<&str>,
) -> Vec<Key> {
    // As much is computed for nobody as for somebody.
    let who = who.unwrap_or(SignedIn { user: Uuid::nil().into(), version: -1 });
    if let Some(browser) = browser.filter(|browser| keys.knows_browser(browser, who)) {
        return vec![Key::new(keys, Lane::Browser, &[email, browser])];
    }
    let account = Key::new(keys, Lane::Account, &[email]);
    Some(account).into_iter().chain(Key::of_network(keys, Lane::Network)).collect()
}

/// Under what codes and passwords are counted that are asked for once more.
pub(crate) fn of_proof(keys: &Keys, user: UserId) -> Vec<Key> {
    vec![Key::new(keys, Lane::Proof, &[&user.to_string()])]
}

/// Under what answers are counted that are shown as those of a passkey; under nothing where no network is known.
pub(crate) fn of_credential(keys: &Keys, credential_id: &[u8]) -> Vec<Key> {
    let Some(network) = request::peer().and_then(network) else { return Vec::new() };
    let id = Base64UrlUnpadded::encode_string(credential_id);
    vec![Key::new(keys, Lane::Credential, &[&id, &network])]
}

/// What becomes of the counts of whoever was checked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Then {
    /// It was right: the failures before it are forgotten.
    Forget,
    /// It was wrong.
    Count,
    /// It says nothing about who it is, or not enough.
    Leave,
}

impl Then {
    pub(crate) fn after(is_right: bool) -> Self {
        if is_right { Self::Forget } else { Self::Count }
    }
}

/// Refuses whoever has to wait, before any work is done for them.
pub(crate) async fn look(
    clinic: &Clinic,
    conn: &mut Conn,
    keys: &[Key],
    now: Timestamp,
) -> Result<()> {
    settle(clinic, conn, keys, Then::Leave, now).await
}

/// One check of who somebody is: of many at once, each sees those before it.
#[derive(Debug)]
#[must_use = "a check that is not settled is not counted"]
pub(crate) struct Turn<'a> {
    keys: &'a [Key],
}

impl<'a> Turn<'a> {
    /// Lets others who are counted under the same keys wait until the transaction ends. Before the check, since that
    /// may lock rows: whoever checks the same thing locks in one order.
    pub(crate) async fn begin(conn: &mut Conn, keys: &'a [Key]) -> Result<Self> {
        for key in keys.iter().filter(|key| key.lane.is_of_one()) {
            queries::lock(conn, key).await?;
        }
        Ok(Self { keys })
    }

    /// Does `then`, or refuses whoever has to wait. The error is to undo the transaction: right or not, nobody has
    /// been heard.
    pub(crate) async fn settle(
        self,
        clinic: &Clinic,
        conn: &mut Conn,
        then: Then,
        now: Timestamp,
    ) -> Result<()> {
        settle(clinic, conn, self.keys, then, now).await
    }
}

async fn settle(
    clinic: &Clinic,
    conn: &mut Conn,
    keys: &[Key],
    then: Then,
    now: Timestamp,
) -> Result<()> {
    match settle_shared(clinic, keys, then, now).await {
        Some(wait) => heard(wait),
        None => heard(settle_here(conn, keys, then, now).await?),
    }
}

fn heard(wait: SignedDuration) -> Result<()> {
    if wait.is_zero() { Ok(()) } else { Err(Error::TooMany(wait)) }
}

/// What [`Counts::settle`](crate::gateways::Counts::settle) says; `None`: there are none, or they do not answer.
async fn settle_shared(
    clinic: &Clinic,
    keys: &[Key],
    then: Then,
    now: Timestamp,
) -> Option<SignedDuration> {
    clinic.gateways().counts.as_ref()?.settle(keys, then, now).await.ok()
}

/// The same in the database.
async fn settle_here(
    conn: &mut Conn,
    keys: &[Key],
    then: Then,
    now: Timestamp,
) -> Result<SignedDuration> {
    let tallies = queries::tallies(conn, keys).await?;
    let wait = tallies.into_iter().map(|tally| tally.wait(now)).max().unwrap_or_default();
    if !wait.is_zero() {
        return Ok(wait);
    }
    for key in keys {
        match then {
            Then::Count => queries::count(conn, key, now).await?,
            Then::Forget if key.lane.is_of_one() => queries::forget(conn, key).await?,
            Then::Forget | Then::Leave => {}
        }
    }
    Ok(wait)
}

/// Counts a request that anybody may make, and refuses it when there were too many from the same network.
pub async fn take_request(clinic: &Clinic) -> Result<()> {
    take(clinic, Lane::Requests).await
}

/// The same for what is counted in `lane`.
pub(crate) async fn take(clinic: &Clinic, lane: Lane) -> Result<()> {
    match Key::of_network(clinic.keys(), lane) {
        Some(key) => take_under(clinic, key).await,
        None => Ok(()),
    }
}

/// Counts a reading that `user` enters, wherever from, and refuses it when there were too many of theirs.
pub(crate) async fn take_entry(clinic: &Clinic, user: UserId) -> Result<()> {
    take_under(clinic, Key::new(clinic.keys(), Lane::Entries, &[&user.to_string()])).await
}

async fn take_under(clinic: &Clinic, key: Key) -> Result<()> {
    let keys = [key];
    let now = clinic.now();
    if let Some(wait) = settle_shared(clinic, &keys, Then::Count, now).await {
        return heard(wait);
    }
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let _turn = Turn::begin(conn, &keys).await?;
        heard(settle_here(conn, &keys, Then::Count, now).await?)
    })
    .await
}

/// Whether failures are counted where the settings say; with an error the database counts them meanwhile.
pub async fn ping(clinic: &Clinic) -> Result<(), Silence> {
    match &clinic.gateways().counts {
        Some(counts) => counts.ping().await,
        None => Ok(()),
    }
}

/// How many counts are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets what was counted more than a day ago; returns how much. A full batch: there is more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
