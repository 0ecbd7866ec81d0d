//! What is kept of a second factor: its secret only sealed, its recovery codes only as hashes.
use crate::{Error, Result};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hmac,
};
use domain::identity::{
    UserId,
    factor::{RecoveryCode, SECRET_LENGTH},
};

/// How many bytes say which key has sealed something.
const KEY_ID_LENGTH: usize = 4;

/// The keys of the second factors.
pub struct SecretBox {
    key: RandomizedNonceKey,
    key_id: [u8; KEY_ID_LENGTH],
    recovery: hmac::Key,
}

impl SecretBox {
    /// With `derive`, which makes a key for each label.
    pub fn derive(derive: impl Fn(&[u8]) -> anyhow::Result<[u8; 32]>) -> anyhow::Result<Self> {
        let key = derive(b"secrets of second factors, AES-256-GCM")?;
        let key_id = derive(b"secrets of second factors, id of the key")?;
        let recovery = derive(b"recovery codes, HMAC-SHA-256")?;
        let [a, b, c, d, ..] = key_id;
        Ok(Self {
            key: RandomizedNonceKey::new(&AES_256_GCM, &key)
                .map_err(|_| anyhow::anyhow!("cannot use the key of the second factors"))?,
            key_id: [a, b, c, d],
            recovery: hmac::Key::new(hmac::HMAC_SHA256, &recovery),
        })
    }

    /// Seals `secret` so that it opens for `user` alone.
    pub fn seal(&self, user: UserId, secret: &[u8]) -> Result<Vec<u8>> {
        let mut sealed = secret.to_vec();
        let nonce = self
            .key
            .seal_in_place_append_tag(Aad::from(user.as_uuid().into_bytes()), &mut sealed)
            .map_err(|_| broken("a secret cannot be sealed"))?;
        Ok([&self.key_id, nonce.as_ref().as_slice(), &sealed].concat())
    }

    /// The secret of `user` that was sealed.
    pub fn open(&self, user: UserId, sealed: &[u8]) -> Result<[u8; SECRET_LENGTH]> {
        let (key_id, rest) = sealed
            .split_first_chunk::<KEY_ID_LENGTH>()
            .ok_or_else(|| broken("a sealed secret is cut off"))?;
        if *key_id != self.key_id {
            return Err(broken("a secret is sealed with another key than that of this clinic"));
        }
        let (nonce, rest) = rest
            .split_first_chunk::<NONCE_LEN>()
            .ok_or_else(|| broken("a sealed secret is cut off"))?;
        let mut sealed = rest.to_vec();
        let secret = self
            .key
            .open_in_place(
                Nonce::assume_unique_for_key(*nonce),
                Aad::from(user.as_uuid().into_bytes()),
                &mut sealed,
            )
            .map_err(|_| broken("a sealed secret is not that of its user"))?;
        <[u8; SECRET_LENGTH]>::try_from(&*secret).map_err(|_| broken("a secret has another length"))
    }

    pub fn hash(&self, code: &RecoveryCode) -> Vec<u8> {
        hmac::sign(&self.recovery, code.bytes()).as_ref().to_vec()
    }
}

fn broken(what: &'static str) -> Error {
    Error::Internal(anyhow::anyhow!(what))
}

/// `N` bytes that nobody can foresee.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| broken("there is no randomness"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That of a clinic whose secret is `clinic`.
    fn secret_box(clinic: u8) -> SecretBox {
        SecretBox::derive(|label| {
            Ok(std::array::from_fn(|index| clinic ^ label[index % label.len()]))
        })
        .unwrap()
    }

    #[test]
    fn a_secret_opens_for_its_user_with_its_key_and_unchanged() {
        let (ours, user) = (secret_box(1), UserId::generate());
        let secret = random().unwrap();
        let sealed = ours.seal(user, &secret).unwrap();
        assert_eq!(ours.open(user, &sealed).unwrap(), secret);
        assert_ne!(ours.seal(user, &secret).unwrap(), sealed, "never twice the same");

        assert!(ours.open(UserId::generate(), &sealed).is_err(), "put into another row");
        assert!(secret_box(2).open(user, &sealed).is_err());
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(ours.open(user, &changed).is_err(), "byte {at}");
            assert!(ours.open(user, &sealed[..at]).is_err(), "cut at {at}");
        }
    }
}
