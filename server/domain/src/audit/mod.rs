//! Audit: what shows that a trail of events was not altered.
//!
//! Events are sealed in batches, after they were written: whoever writes one waits for nobody. A
//! batch has the root of a Merkle tree over its events (RFC 9162, section 2.1), and its head holds
//! the head of the batch before it. Who knows one head knows that all before it stands as it was.
mod merkle;
#[cfg(test)]
mod tests;
mod words;

use crate::identity::UserId;
use jiff::Timestamp;
use sha2::{Digest, Sha256};
use std::fmt;
use uuid::Uuid;

pub use merkle::root;
pub use words::{ACTIONS, sentence};

/// How many events a batch holds at most.
pub const BATCH: usize = 1000;

/// The line by which a head of the trail is noted outside of the database: when, the number of the batch, its head.
#[must_use]
pub fn noted(now: Timestamp, (batch, head): (i64, Hash)) -> String {
    format!("{now} {batch} {head}")
}

/// SHA-256.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Hash([u8; Hash::LENGTH]);

impl Hash {
    pub const LENGTH: usize = 32;
    /// What the first batch has for the head of the one before it.
    pub const NONE: Self = Self([0; Self::LENGTH]);

    #[must_use]
    pub const fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// `None`: not as long as a hash.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    fn of<'p>(parts: impl IntoIterator<Item = &'p [u8]>) -> Self {
        let mut digest = Sha256::new();
        for part in parts {
            digest.update(part);
        }
        Self(digest.finalize().into())
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl std::str::FromStr for Hash {
    type Err = crate::UnknownWord;

    fn from_str(hex: &str) -> Result<Self, Self::Err> {
        let mut bytes = [0; Self::LENGTH];
        if hex.len() != 2 * Self::LENGTH || !hex.is_ascii() {
            return Err(crate::UnknownWord);
        }
        for (at, byte) in bytes.iter_mut().enumerate() {
            let digits = &hex[2 * at..2 * at + 2];
            *byte = u8::from_str_radix(digits, 16).map_err(|_| crate::UnknownWord)?;
        }
        Ok(Self(bytes))
    }
}

/// One thing that happened, as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub id: Uuid,
    pub occurred_at: Timestamp,
    /// `None`: nobody in particular.
    pub actor: Option<UserId>,
    /// `feature.verb`.
    pub action: String,
    pub subject_type: String,
    pub subject: Option<Uuid>,
    /// Whose record it touches, if it is someone's.
    pub patient: Option<UserId>,
    pub reason: Option<String>,
    pub ip: Option<String>,
    pub request: Option<String>,
}

impl Entry {
    /// The leaf of this event: no two events that differ have the same one.
    #[must_use]
    pub fn hash(&self) -> Hash {
        let text = |text: &Option<String>| text.clone().map(String::into_bytes);
        let id = |id: Option<Uuid>| id.map(|id| id.as_bytes().to_vec());
        let fields = [
            Some(self.id.as_bytes().to_vec()),
            // PostgreSQL keeps microseconds.
            Some(self.occurred_at.as_microsecond().to_be_bytes().to_vec()),
            id(self.actor.map(UserId::as_uuid)),
            Some(self.action.clone().into_bytes()),
            Some(self.subject_type.clone().into_bytes()),
            id(self.subject),
            id(self.patient.map(UserId::as_uuid)),
            text(&self.reason),
            text(&self.ip),
            text(&self.request),
        ];
        let mut data = Vec::with_capacity(256);
        for field in fields {
            // Each with its length before it, and nothing told from what is empty.
            match field {
                None => data.push(0),
                Some(field) => {
                    data.push(1);
                    data.extend((field.len() as u64).to_be_bytes());
                    data.extend(field);
                }
            }
        }
        merkle::leaf(&data)
    }
}

/// The head of batch `number`, which has `root` over `count` events, after `previous`.
#[must_use]
pub fn head(number: i64, count: usize, root: Hash, previous: Hash) -> Hash {
    let count = count as u64;
    Hash::of([
        b"medconnect audit head\0".as_slice(),
        &number.to_be_bytes(),
        &count.to_be_bytes(),
        root.as_bytes(),
        previous.as_bytes(),
    ])
}

/// A batch as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// From 1, without a gap.
    pub number: i64,
    /// The events in it, in their order, with the hash that each had.
    pub events: Vec<(Uuid, Hash)>,
    pub root: Hash,
    pub head: Hash,
}

impl Batch {
    /// What seals `events`, in their order, after the batch `previous`, if there is one.
    #[must_use]
    pub fn seal(events: &[Entry], previous: Option<(i64, Hash)>) -> Self {
        let (number, before) =
            previous.map_or((1, Hash::NONE), |(number, head)| (number + 1, head));
        let events: Vec<(Uuid, Hash)> =
            events.iter().map(|event| (event.id, event.hash())).collect();
        let root = root(events.iter().map(|(_, hash)| *hash));
        Self { number, head: head(number, events.len(), root, before), events, root }
    }
}

/// What is wrong with a trail.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    #[error("batch {0} is missing")]
    BatchMissing(i64),
    #[error("batch {0} does not hold together: its list of events was altered or reordered")]
    BatchAltered(i64),
    #[error("batch {0} does not follow from the one before it")]
    ChainBroken(i64),
    #[error("event {event} of batch {batch} is missing")]
    EventMissing { batch: i64, event: Uuid },
    #[error("event {event} of batch {batch} was altered")]
    EventAltered { batch: i64, event: Uuid },
    #[error("event {0} was put among events that had been sealed before it was written")]
    EventAdded(Uuid),
    #[error("batch {0} is not the one whose head was noted outside")]
    OtherHead(i64),
    #[error("the trail ends before batch {0}, whose head was noted outside")]
    Truncated(i64),
}

/// The first flaw of `batch`, which should be number `number` and follow `previous`. `found` are
/// those of its events that are there, in any order.
#[must_use]
pub fn flaw_of(batch: &Batch, number: i64, previous: Hash, found: &[Entry]) -> Option<Flaw> {
    if batch.number != number {
        return Some(Flaw::BatchMissing(number));
    }
    if root(batch.events.iter().map(|(_, hash)| *hash)) != batch.root {
        return Some(Flaw::BatchAltered(number));
    }
    if head(number, batch.events.len(), batch.root, previous) != batch.head {
        return Some(Flaw::ChainBroken(number));
    }
    batch.events.iter().find_map(|&(event, hash)| {
        match found.iter().find(|entry| entry.id == event) {
            None => Some(Flaw::EventMissing { batch: number, event }),
            Some(entry) if entry.hash() != hash => {
                Some(Flaw::EventAltered { batch: number, event })
            }
            Some(_) => None,
        }
    })
}
