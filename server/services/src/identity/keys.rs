use super::{SignedIn, factor::SecretBox};
use crate::{Error, Result};
use aws_lc_rs::{
    aead::{AES_256_GCM, Aad, NONCE_LEN, Nonce, RandomizedNonceKey},
    hkdf::{HKDF_SHA256, KeyType, Salt},
    hmac,
};
use base64ct::{Base64UrlUnpadded, Encoding};
use domain::identity::{proof::Code, throttle::Lane};
use secrecy::{ExposeSecret, SecretString};
use uuid::Uuid;

/// The keys of this clinic, derived from its one secret.
pub struct Keys {
    sealing: RandomizedNonceKey,
    mailed: hmac::Key,
    counted: hmac::Key,
    browsers: hmac::Key,
    factors: SecretBox,
}

/// For what somebody proves that they read the mail of an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Proof {
    Code,
    Link,
    Reset,
    /// That the password of a sign-in was right: it goes to who gave it, not into a mail.
    SecondStep,
    NewAddress,
    UndoAddress,
    Invitation,
}

impl Proof {
    fn label(self) -> &'static [u8] {
        match self {
            Self::Code => b"code",
            Self::Link => b"link",
            Self::Reset => b"reset",
            Self::SecondStep => b"second step",
            Self::NewAddress => b"new address",
            Self::UndoAddress => b"undo address",
            Self::Invitation => b"invitation",
        }
    }
}

impl std::fmt::Debug for Keys {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Keys(…)")
    }
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
            |label: &[u8]| derive(label).map_err(|_| anyhow::anyhow!("cannot derive the keys"));
        let sealing = derive(b"signing keys in the database, AES-256-GCM")?;
        let mailed = derive(b"codes and links in mail, HMAC-SHA-256")?;
        let counted = derive(b"whose failures are counted, HMAC-SHA-256")?;
        let browsers = derive(b"browsers that have signed in, HMAC-SHA-256")?;
        let factors = SecretBox::derive(derive)?;
        Ok(Self {
            sealing: RandomizedNonceKey::new(&AES_256_GCM, &sealing)
                .map_err(|_| anyhow::anyhow!("cannot make the sealing key"))?,
            mailed: hmac::Key::new(hmac::HMAC_SHA256, &mailed),
            counted: hmac::Key::new(hmac::HMAC_SHA256, &counted),
            browsers: hmac::Key::new(hmac::HMAC_SHA256, &browsers),
            factors,
        })
    }

    /// What seals second factors.
    pub(crate) fn factors(&self) -> &SecretBox {
        &self.factors
    }

    /// `secret` so that only this clinic can read it, and only as that of `id`: the nonce, then what is
    /// encrypted.
    pub(crate) fn seal(&self, id: Uuid, secret: &[u8]) -> Result<Vec<u8>> {
        let mut text = secret.to_vec();
        let nonce = self
            .sealing
            .seal_in_place_append_tag(Aad::from(id.as_bytes()), &mut text)
            .map_err(|_| Error::Internal(anyhow::anyhow!("cannot seal")))?;
        Ok([nonce.as_ref().as_slice(), &text].concat())
    }

    /// What was sealed for `id`; `None`: it was not, or not by this clinic.
    pub(crate) fn unseal(&self, id: Uuid, sealed: &[u8]) -> Option<Vec<u8>> {
        let (nonce, text) = sealed.split_at_checked(NONCE_LEN)?;
        let nonce = Nonce::try_assume_unique_for_key(nonce).ok()?;
        let mut text = text.to_vec();
        let opened = self.sealing.open_in_place(nonce, Aad::from(id.as_bytes()), &mut text).ok()?;
        Some(opened.to_vec())
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

    /// What a browser shows in which `who` has signed in; `id` tells it from others.
    pub(crate) fn browser(&self, id: Uuid, who: SignedIn) -> String {
        let mut context = hmac::Context::with_key(&self.browsers);
        context.update(id.as_bytes());
        context.update(who.user.as_uuid().as_bytes());
        context.update(&who.version.to_be_bytes());
        Base64UrlUnpadded::encode_string(&[id.as_bytes(), context.sign().as_ref()].concat())
    }

    /// Whether `who` has signed in with `browser`, and not before their access has the version that it has.
    pub(crate) fn knows_browser(&self, browser: &str, who: SignedIn) -> bool {
        token_id(browser).is_some_and(|id| same(&self.browser(id, who), browser))
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
