//! Access tokens: signed with keys that change, and checked without asking anybody.
//!
//! The keys are in the database, sealed, so that all servers have the same. Each signs for thirty days; the
//! next one is known to all of them an hour before it does, and what it signed is good until it has expired.
mod key;
mod queries;
#[cfg(test)]
mod tests;

use crate::{Clinic, Error, Result};
use aws_lc_rs::digest::{SHA256, digest};
use domain::identity::{UserId, refresh::FamilyId};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, Header, Validation};
use key::Key;
use quick_cache::sync::Cache;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    sync::{Arc, PoisonError, RwLock},
};
use uuid::Uuid;

pub use key::PublicKey;

/// How long an access token lives.
pub const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

/// How far the clocks of servers may be apart.
const SKEW: SignedDuration = SignedDuration::from_secs(30);

/// How long a key signs.
const SIGNS_FOR: SignedDuration = SignedDuration::from_hours(30 * 24);

/// How long before that it is known to all servers, and after that may still have signed a token.
const OVERLAP: SignedDuration = SignedDuration::from_hours(1);

/// How long the keys are not read again.
const FRESH: SignedDuration = SignedDuration::from_mins(5);

/// How often at most they are read because somebody shows a key that nobody knows.
const SOUGHT_EVERY: SignedDuration = SignedDuration::from_secs(10);

const ISSUER: &str = "medconnect";
const AUDIENCE: &str = "medconnect-api";

/// What the token is, so that none that we sign for another purpose opens the API (RFC 9068).
const TYPE: &str = "at+jwt";

/// A signed access token and when it ends.
pub struct AccessToken {
    pub token: String,
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("AccessToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

#[derive(Clone, Serialize, Deserialize)]
struct Claims {
    iss: String,
    aud: String,
    sub: UserId,
    /// The family whose end is that of the token.
    sid: FamilyId,
    jti: Uuid,
    iat: i64,
    nbf: i64,
    exp: i64,
}

/// The keys as this server has read them last.
#[derive(Default)]
pub struct Ring(RwLock<Option<Arc<Read>>>);

struct Read {
    at: Timestamp,
    /// Of the newest key, whether or not it was sealed under our secret.
    generation: i32,
    /// The newest first.
    keys: Vec<Key>,
    /// What tokens claim that one of them has signed, by their digest: to check a signature takes longer than most of what
    /// is asked with it.
    checked: Cache<Vec<u8>, Claims>,
}

/// How many tokens are known again at once, in half a kilobyte each.
const KNOWN: usize = 1_000;

impl Read {
    fn is_younger(&self, than: SignedDuration, now: Timestamp) -> bool {
        now.duration_since(self.at).abs() < than
    }

    /// The one that signs.
    fn signing(&self, now: Timestamp) -> Option<&Key> {
        self.keys.iter().find(|key| key.signs_from <= now)
    }

    /// Those with which a token that is still good may have been signed, or will be.
    fn good(&self, now: Timestamp) -> impl Iterator<Item = &Key> {
        let older = self.keys.iter().position(|key| key.signs_from + OVERLAP <= now);
        self.keys.iter().take(older.map_or(self.keys.len(), |index| index + 1))
    }

    /// What `token` claims, if the key `id` has signed it for our API and it is good now.
    fn check(&self, token: &str, id: Uuid, now: Timestamp) -> Option<Claims> {
        let key = self.good(now).find(|key| key.id == id)?;
        let signed = || {
            let token = jsonwebtoken::decode::<Claims>(token, &key.verifying, &validation())?;
            Ok::<_, jsonwebtoken::errors::Error>(token.claims)
        };
        let digest = digest(&SHA256, token.as_bytes());
        let claims = self.checked.get_or_insert_with(digest.as_ref(), signed).ok()?;
        let (now, skew) = (now.as_second(), SKEW.as_secs());
        Some(claims).filter(|claims| claims.nbf <= now + skew && claims.exp > now - skew)
    }
}

/// The keys, read anew when they are older than `than`.
async fn keys(clinic: &Clinic, than: SignedDuration) -> Result<Arc<Read>> {
    let now = clinic.now();
    let read = clinic.ring().0.read().unwrap_or_else(PoisonError::into_inner).clone();
    match read.filter(|read| read.is_younger(than, now)) {
        Some(read) => Ok(read),
        None => read_again(clinic, now).await,
    }
}

async fn read_again(clinic: &Clinic, now: Timestamp) -> Result<Arc<Read>> {
    let rows = queries::keys(&mut *clinic.db().await?).await?;
    let generation = rows.first().map_or(0, |row| row.generation);
    let keys = rows.into_iter().filter_map(|row| Key::open(clinic.keys(), row)).collect();
    let read = Arc::new(Read { at: now, generation, keys, checked: Cache::new(KNOWN) });
    *clinic.ring().0.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&read));
    Ok(read)
}

/// The keys, with one among them that signs: the first is made here.
async fn keys_to_sign(clinic: &Clinic) -> Result<Arc<Read>> {
    let read = keys(clinic, FRESH).await?;
    if read.signing(clinic.now()).is_some() {
        return Ok(read);
    }
    follow_up(clinic).await?;
    keys(clinic, FRESH).await
}

/// An access token of `user`, who is signed in by `family`.
pub(crate) async fn sign(clinic: &Clinic, user: UserId, family: FamilyId) -> Result<AccessToken> {
    let read = keys_to_sign(clinic).await?;
    let now = clinic.now();
    let none = || Error::Internal(anyhow::anyhow!("there is no key to sign with"));
    let key = read.signing(now).ok_or_else(none)?;
    let expires_at = now + ACCESS_LIFETIME;
    let claims = Claims {
        iss: ISSUER.to_owned(),
        aud: AUDIENCE.to_owned(),
        sub: user,
        sid: family,
        jti: Uuid::new_v4(),
        iat: now.as_second(),
        nbf: now.as_second(),
        exp: expires_at.as_second(),
    };
    let header = Header {
        typ: Some(TYPE.to_owned()),
        kid: Some(key.id.to_string()),
        ..Header::new(Algorithm::EdDSA)
    };
    jsonwebtoken::encode(&header, &claims, &key.signing)
        .map(|token| AccessToken { token, expires_at })
        .map_err(|error| Error::Internal(error.into()))
}

/// Whose token it is and to which family it belongs, if it is ours and still good. Asks nobody, unless it
/// names a key that this server does not know yet.
pub(crate) async fn verify(clinic: &Clinic, token: &str) -> Result<Option<(UserId, FamilyId)>> {
    let Some(id) = key_id(token) else { return Ok(None) };
    let mut read = keys(clinic, FRESH).await?;
    if !read.keys.iter().any(|key| key.id == id) {
        read = keys(clinic, SOUGHT_EVERY).await?;
    }
    Ok(read.check(token, id, clinic.now()).map(|claims| (claims.sub, claims.sid)))
}

/// The key that `token` says to be signed with, if it says to be an access token of ours.
fn key_id(token: &str) -> Option<Uuid> {
    let header = jsonwebtoken::decode_header(token).ok()?;
    let ours = header.alg == Algorithm::EdDSA && header.typ.as_deref() == Some(TYPE);
    header.kid.filter(|_| ours)?.parse().ok()
}

fn validation() -> Validation {
    let mut validation = Validation::new(Algorithm::EdDSA);
    validation.set_issuer(&[ISSUER]);
    validation.set_audience(&[AUDIENCE]);
    validation.required_spec_claims = HashSet::from(["iss", "aud", "sub"].map(str::to_owned));
    // Compared with the clinic's clock instead, so that tests can set it.
    validation.validate_exp = false;
    validation.validate_nbf = false;
    validation
}

/// The public halves of the keys, for whoever checks tokens of ours (RFC 7517).
pub async fn public_keys(clinic: &Clinic) -> Result<Vec<PublicKey>> {
    let read = keys_to_sign(clinic).await?;
    Ok(read.good(clinic.now()).map(Key::public).collect())
}

/// Makes the first key, or the one that is to follow the last one; forgets those whose tokens have all
/// expired. Of servers that do it at once, one does. Called by a worker.
pub async fn follow_up(clinic: &Clinic) -> Result<()> {
    let now = clinic.now();
    let read = read_again(clinic, now).await?;
    let signs_from = match read.keys.first().filter(|_| read.signing(now).is_some()) {
        // Or those of before were sealed under another secret, which no server has any more.
        None => Some(now),
        Some(newest) => {
            let due = newest.signs_from + SIGNS_FOR <= now + OVERLAP;
            due.then_some(now + OVERLAP)
        }
    };
    {
        let conn = &mut *clinic.db().await?;
        if let Some(signs_from) = signs_from {
            let (id, sealed_key) = Key::generate(clinic.keys())?;
            // Seen from what was read: who has read the same wants the same generation.
            let generation = read.generation + 1;
            let row = queries::KeyRow { id, generation, sealed_key, signs_from };
            queries::insert(conn, &row).await?;
        }
        queries::delete_old(conn, now - OVERLAP).await?;
    }
    read_again(clinic, now).await?;
    Ok(())
}

impl std::fmt::Debug for Ring {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Ring(…)")
    }
}
