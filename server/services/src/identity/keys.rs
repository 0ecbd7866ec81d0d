use super::SignedIn;
use crate::{Error, Result};
use aws_lc_rs::{
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use domain::identity::{UserId, proof::Code, throttle::Lane};
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;
use uuid::Uuid;

/// How long an access token lives.
pub const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

const ISSUER: &str = "medconnect";
const AUDIENCE: &str = "medconnect-api";

/// The keys of this clinic, derived from its one secret.
pub struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
    mailed: hmac::Key,
    counted: hmac::Key,
    browsers: hmac::Key,
}

/// For what somebody proves that they read the mail of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Code,
    Link,
    Reset,
    NewAddress,
    UndoAddress,
}

impl Proof {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::Link => b"link",
            Self::Reset => b"reset",
            Self::NewAddress => b"new address",
            Self::UndoAddress => b"undo address",
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
}

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

#[derive(Serialize, Deserialize)]
struct Claims {
    sub: UserId,
    iss: String,
    aud: String,
    iat: i64,
    exp: i64,
    /// The account's version of access: see [`SignedIn`].
    ver: i32,
}

struct Length(usize);

impl KeyType for Length {
    fn len(&self) -> usize {
        self.0
    }
}

impl Keys {
    /// Derives all keys from `secret` (HKDF-SHA-256, RFC 5869).
    pub fn derive(secret: &SecretString) -> anyhow::Result<Self> {
        let derive = |label: &[u8]| -> Result<[u8; 32], aws_lc_rs::error::Unspecified> {
            let mut key = [0; 32];
            Salt::new(HKDF_SHA256, b"medconnect")
                .extract(secret.expose_secret().as_bytes())
                .expand(&[label], Length(key.len()))?
                .fill(&mut key)?;
            Ok(key)
        };
        let derive =
            |label| derive(label).map_err(|_| anyhow::anyhow!("cannot derive the signing key"));
        let key = derive(b"access token, HS256")?;
        let mailed = derive(b"codes and links in mail, HMAC-SHA-256")?;
        let counted = derive(b"whose failures are counted, HMAC-SHA-256")?;
        let browsers = derive(b"browsers that have signed in, HMAC-SHA-256")?;
        let mut validation = Validation::new(Algorithm::HS256);
        validation.set_issuer(&[ISSUER]);
        validation.set_audience(&[AUDIENCE]);
        validation.required_spec_claims =
            HashSet::from(["exp", "iss", "aud", "sub"].map(str::to_owned));
        // Compared with the clinic's clock instead, so that tests can set it.
        validation.validate_exp = false;
        Ok(Self {
            signing: EncodingKey::from_secret(&key),
            verifying: DecodingKey::from_secret(&key),
            validation,
            mailed: hmac::Key::new(hmac::HMAC_SHA256, &mailed),
            counted: hmac::Key::new(hmac::HMAC_SHA256, &counted),
            browsers: hmac::Key::new(hmac::HMAC_SHA256, &browsers),
        })
    }

    pub(crate) fn sign(&self, who: SignedIn, now: Timestamp) -> Result<AccessToken> {
        let expires_at = now + ACCESS_LIFETIME;
        let claims = Claims {
            sub: who.user,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
            ver: who.version,
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map(|token| AccessToken { token, expires_at })
            .map_err(|error| Error::Internal(error.into()))
    }

    /// Whose token it is, if it is ours and still good.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<SignedIn> {
        jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation)
            .ok()
            .filter(|token| token.claims.exp > now.as_second())
            .map(|token| SignedIn { user: token.claims.sub, version: token.claims.ver })
    }

    /// What `proof` of the `round`th mail about `id` says. Known to this clinic and to whoever reads the
    /// mail: nothing of it is stored, and the same mail written twice says the same.
    fn mailed(&self, proof: Proof, id: Uuid, round: i16) -> hmac::Tag {
        let mut context = hmac::Context::with_key(&self.mailed);
        context.update(proof.label());
        context.update(id.as_bytes());
        context.update(&round.to_be_bytes());
        context.sign()
    }

    /// The key under which `what` is counted in `lane`.
    pub(crate) fn throttle(&self, lane: Lane, what: &[&str]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.counted);
        context.update(lane.as_str().as_bytes());
        for part in what {
            context.update(&[0]);
            context.update(part.as_bytes());
        }
        context.sign().as_ref().to_vec()
    }

    /// What a browser shows that has signed in to the account of `email`; `id` tells it from others.
    pub(crate) fn browser(&self, id: Uuid, email: &str) -> String {
        let mut context = hmac::Context::with_key(&self.browsers);
        context.update(id.as_bytes());
        context.update(email.as_bytes());
        Base64UrlUnpadded::encode_string(&[id.as_bytes(), context.sign().as_ref()].concat())
    }

    /// Whether `browser` has signed in to the account of `email`.
    pub(crate) fn knows_browser(&self, browser: &str, email: &str) -> bool {
        token_id(browser).is_some_and(|id| same(&self.browser(id, email), browser))
    }

    pub(crate) fn code(&self, id: Uuid, round: i16) -> Code {
        let tag = self.mailed(Proof::Code, id, round);
        Code::of(tag.as_ref().iter().take(8).fold(0, |sum, &byte| sum << 8 | u64::from(byte)))
    }

    /// A token of 256 bits that nobody can guess, with what it opens before it.
    pub(crate) fn token(&self, proof: Proof, id: Uuid, round: i16) -> String {
        let tag = self.mailed(proof, id, round);
        Base64UrlUnpadded::encode_string(&[id.as_bytes(), tag.as_ref()].concat())
    }

    /// Whether `token` is that of the `round`th mail about its id.
    pub(crate) fn opens(&self, proof: Proof, token: &str, round: i16) -> bool {
        token_id(token).is_some_and(|id| same(&self.token(proof, id, round), token))
    }
}

/// Compares without telling by the time how much is right.
fn same(ours: &str, theirs: &str) -> bool {
    aws_lc_rs::constant_time::verify_slices_are_equal(ours.as_bytes(), theirs.as_bytes()).is_ok()
}

/// What `token` would open, if it is one.
pub(crate) fn token_id(token: &str) -> Option<Uuid> {
    let mut bytes = [0; 48];
    let read = Base64UrlUnpadded::decode(token, &mut bytes).ok()?;
    (read.len() == bytes.len()).then(|| Uuid::from_slice(&bytes[..16]).ok())?
}
