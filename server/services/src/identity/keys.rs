use crate::{Error, Result};
use aws_lc_rs::hkdf::{HKDF_SHA256, KeyType, Salt};
use domain::identity::UserId;
use jiff::{SignedDuration, Timestamp};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey, Header, Validation};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};
use std::collections::HashSet;

/// How long an access token lives.
pub const ACCESS_LIFETIME: SignedDuration = SignedDuration::from_mins(15);

const ISSUER: &str = "medconnect";
const AUDIENCE: &str = "medconnect-api";

/// The keys of this clinic, derived from its one secret.
pub struct Keys {
    signing: EncodingKey,
    verifying: DecodingKey,
    validation: Validation,
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
        let derive = || -> Result<[u8; 32], aws_lc_rs::error::Unspecified> {
            let mut key = [0; 32];
            Salt::new(HKDF_SHA256, b"medconnect")
                .extract(secret.expose_secret().as_bytes())
                .expand(&[b"access token, HS256"], Length(key.len()))?
                .fill(&mut key)?;
            Ok(key)
        };
        let key = derive().map_err(|_| anyhow::anyhow!("cannot derive the signing key"))?;
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
        })
    }

    pub(crate) fn sign(&self, user: UserId, now: Timestamp) -> Result<AccessToken> {
        let expires_at = now + ACCESS_LIFETIME;
        let claims = Claims {
            sub: user,
            iss: ISSUER.to_owned(),
            aud: AUDIENCE.to_owned(),
            iat: now.as_second(),
            exp: expires_at.as_second(),
        };
        jsonwebtoken::encode(&Header::new(Algorithm::HS256), &claims, &self.signing)
            .map(|token| AccessToken { token, expires_at })
            .map_err(|error| Error::Internal(error.into()))
    }

    /// Whose token it is, if it is ours and still good.
    pub(crate) fn verify(&self, token: &str, now: Timestamp) -> Option<UserId> {
        jsonwebtoken::decode::<Claims>(token, &self.verifying, &self.validation)
            .ok()
            .filter(|token| token.claims.exp > now.as_second())
            .map(|token| token.claims.sub)
    }
}
