//! Counts what strangers try, for all servers together, and lets them wait longer each time.
//!
//! Nothing is written while all goes well. What fails is counted after it has failed, and what has succeeded
//! is looked at again before it counts: of many guesses at once, those after the first few are not heard,
//! whether they were right or wrong.
mod queries;

use super::keys::Keys;
use crate::{Clinic, Conn, Error, Result, audit::request};
use diesel_async::AsyncConnection;
use domain::identity::{
    UserId,
    throttle::{Lane, network},
};
use jiff::{SignedDuration, Timestamp};

/// Under what something is counted: nobody can tell from it who or what it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Key {
    lane: Lane,
    hash: Vec<u8>,
}

impl Key {
    fn new(keys: &Keys, lane: Lane, what: &[&str]) -> Self {
        Self { lane, hash: keys.throttle(lane, what) }
    }

    fn of_network(keys: &Keys, lane: Lane) -> Option<Self> {
        let network = network(request::peer()?)?;
        Some(Self::new(keys, lane, &[&network]))
    }
}

/// Under what a sign-in to the account of `email` is counted; whose turn it is first is locked first.
pub(crate) fn of_sign_in(keys: &Keys, email: &str, browser: Option<&str>) -> Vec<Key> {
    if let Some(browser) = browser.filter(|browser| keys.knows_browser(browser, email)) {
        return vec![Key::new(keys, Lane::Browser, &[email, browser])];
    }
    let account = Key::new(keys, Lane::Account, &[email]);
    Some(account).into_iter().chain(Key::of_network(keys, Lane::Network)).collect()
}

/// Under what codes and passwords are counted that are asked for once more.
pub(crate) fn of_proof(keys: &Keys, user: UserId) -> Vec<Key> {
    vec![Key::new(keys, Lane::Proof, &[&user.to_string()])]
}

/// Why something has to wait, if it has to.
pub(crate) async fn wait(conn: &mut Conn, keys: &[Key], now: Timestamp) -> Result<Option<Error>> {
    let tallies = queries::tallies(conn, keys).await?;
    let wait = tallies.into_iter().map(|tally| tally.wait(now)).max();
    Ok(wait.filter(|wait| !wait.is_zero()).map(Error::TooMany))
}

/// Lets others who sign in to the same account, or from the same browser, wait until the transaction ends.
pub(crate) async fn lock(conn: &mut Conn, keys: &[Key]) -> Result<()> {
    for key in keys.iter().filter(|key| key.lane != Lane::Network) {
        queries::lock(conn, key).await?;
    }
    Ok(())
}

pub(crate) async fn count(conn: &mut Conn, keys: &[Key], now: Timestamp) -> Result<()> {
    for key in keys {
        queries::count(conn, key, now).await?;
    }
    Ok(())
}

/// Forgets the failures of an account or of a browser, but not of a network, which anybody who has an account
/// could then use to guess at others.
pub(crate) async fn forget(conn: &mut Conn, keys: &[Key]) -> Result<()> {
    for key in keys.iter().filter(|key| key.lane != Lane::Network) {
        queries::forget(conn, key).await?;
    }
    Ok(())
}

/// Counts a request that anybody may make, and refuses it when there were too many from the same network.
pub async fn take_request(clinic: &Clinic) -> Result<()> {
    take(clinic, Lane::Requests).await
}

/// The same for what is counted in `lane`.
pub(crate) async fn take(clinic: &Clinic, lane: Lane) -> Result<()> {
    let Some(key) = Key::of_network(clinic.keys(), lane) else { return Ok(()) };
    let keys = [key];
    let now = clinic.now();
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        lock(conn, &keys).await?;
        match wait(conn, &keys, now).await? {
            Some(wait) => Err(wait),
            None => count(conn, &keys, now).await,
        }
    })
    .await
}

/// How many counts are forgotten at once.
pub const SWEPT: usize = 500;

/// Forgets what was counted more than a day ago; returns how much. A full batch: there is more. Called by a worker.
pub async fn sweep(clinic: &Clinic) -> Result<usize> {
    let limit = i64::try_from(SWEPT).unwrap_or(i64::MAX);
    let until = clinic.now() - SignedDuration::from_hours(24);
    Ok(queries::delete_old(&mut *clinic.db().await?, until, limit).await?)
}
