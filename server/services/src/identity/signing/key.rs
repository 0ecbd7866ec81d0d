use super::queries::KeyRow;
use crate::{Error, Result, identity::Keys};
use aws_lc_rs::signature::{Ed25519KeyPair, KeyPair};
use base64ct::{Base64UrlUnpadded, Encoding};
use jiff::Timestamp;
use jsonwebtoken::{DecodingKey, EncodingKey};
use uuid::Uuid;

/// A key that signs (Ed25519, RFC 8037).
pub struct Key {
    pub id: Uuid,
    pub signs_from: Timestamp,
    pub signing: EncodingKey,
    pub verifying: DecodingKey,
    public: Vec<u8>,
}

/// The half of a key that checks what the other has signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey {
    pub id: Uuid,
    /// base64url, without padding.
    pub x: String,
}

impl Key {
    /// The key in `row`; `None` when it was not sealed by this clinic, so that whoever can write to the
    /// database cannot bring a key of their own.
    pub fn open(keys: &Keys, row: KeyRow) -> Option<Self> {
        let opened = keys.unseal(row.id, &row.sealed_key).and_then(|document| {
            let pair = Ed25519KeyPair::from_pkcs8(&document).ok()?;
            let public = pair.public_key().as_ref().to_vec();
            Some(Self {
                id: row.id,
                signs_from: row.signs_from,
                signing: EncodingKey::from_ed_der(&document),
                verifying: DecodingKey::from_ed_der(&public),
                public,
            })
        });
        if opened.is_none() {
            tracing::warn!(key.id = %row.id, "a signing key was not sealed under this secret");
        }
        opened
    }

    /// A new key, sealed.
    pub fn generate(keys: &Keys) -> Result<(Uuid, Vec<u8>)> {
        let failed = |_| Error::Internal(anyhow::anyhow!("cannot make a signing key"));
        let id = Uuid::now_v7();
        let pair = Ed25519KeyPair::generate().map_err(failed)?;
        let document = pair.to_pkcs8().map_err(failed)?;
        Ok((id, keys.seal(id, document.as_ref())?))
    }

    pub fn public(&self) -> PublicKey {
        PublicKey { id: self.id, x: Base64UrlUnpadded::encode_string(&self.public) }
    }
}
