use crate::{Refusal, UnknownWord, identity::factor::base32};
use jiff::{SignedDuration, Timestamp};
use std::{fmt, str::FromStr};

/// What every key begins with, so that one that was lost in public is recognised.
const MARK: &str = "mcd_";

/// How many characters of it are kept readable, with the mark: they name the key.
const PREFIX: usize = MARK.len() + 8;

/// How many characters follow the mark: 8 of the name, and 32 of secret, which are 160 bits.
const LETTERS: usize = 40;

/// How many random bytes a key is made of.
pub const KEY_BYTES: usize = 25;

/// How long a key works beside the one that follows it, so that the device can be told in the meantime.
pub const KEY_OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// How long a key is remembered that has ended: nobody asks for it any more.
pub const KEY_KEPT: SignedDuration = SignedDuration::from_hours(30 * 24);

pub const NO_KEY: Refusal =
    Refusal::new("devices.no_key", "Send the key of the device in the header X-API-Key.");
pub const UNKNOWN_KEY: Refusal = Refusal::new(
    "devices.unknown_key",
    "This key opens no device, or not the one that was named. Check both, or let its owner make a new key.",
);

/// The secret of a device: `mcd_`, and 40 letters and digits of base32 (RFC 4648) in lower case. Shown
/// once, and stored as a hash.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key that `random` bytes stand for.
    #[must_use]
    pub fn new(random: &[u8; KEY_BYTES]) -> Self {
        Self(format!("{MARK}{}", base32(random).to_ascii_lowercase()))
    }

    /// What is stored and shown of it, and by which it is found: `mcd_abcd2345`.
    #[must_use]
    pub fn prefix(&self) -> &str {
        self.0.get(..PREFIX).unwrap_or_default()
    }

    /// All of it, for its owner once, and to be hashed.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

/// The prefix alone.
impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKey({}…)", self.prefix())
    }
}

impl FromStr for ApiKey {
    type Err = UnknownWord;

    fn from_str(raw: &str) -> Result<Self, UnknownWord> {
        let letters = raw.strip_prefix(MARK).ok_or(UnknownWord)?;
        let known = |b| matches!(b, b'a'..=b'z' | b'2'..=b'7');
        match letters.len() == LETTERS && letters.bytes().all(known) {
            true => Ok(Self(raw.to_owned())),
            false => Err(UnknownWord),
        }
    }
}

/// When a key ends that was followed by another one `now`, and would end at `ends_at` if it had been
/// followed before: no earlier key lives longer for it.
#[must_use]
pub fn key_ends(ends_at: Option<Timestamp>, now: Timestamp) -> Timestamp {
    let overlap = now.checked_add(KEY_OVERLAP).unwrap_or(Timestamp::MAX);
    ends_at.map_or(overlap, |ends_at| ends_at.min(overlap))
}
