//! Chance that is the same each time, and ids made from counters.
use jiff::Timestamp;
use uuid::{Builder, Uuid};

/// SplitMix64 (Steele, Lea and Flood 2014): ten lines of our own, so that no
/// release of a crate can change what the demo clinic looks like.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream that belongs to the `number`th thing of `kind`: what is drawn
    /// for one doctor never depends on how much was drawn for another.
    pub fn of(kind: Kind, number: usize) -> Self {
        let mut chance = Self(((kind as u64) << 56) ^ number as u64);
        let seed = chance.next();
        Self(seed)
    }

    pub fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// A number below `limit`; 0 when there is none.
    pub fn below(&mut self, limit: usize) -> usize {
        usize::try_from((u128::from(self.next()) * limit as u128) >> 64).unwrap_or_default()
    }

    /// A number from `low` to `high`, both possible.
    pub fn between(&mut self, low: i64, high: i64) -> i64 {
        let span = usize::try_from(high - low + 1).unwrap_or(1);
        low + i64::try_from(self.below(span)).unwrap_or_default()
    }

    /// True in `percent` of 100 cases.
    pub fn percent(&mut self, percent: usize) -> bool {
        self.below(100) < percent
    }

    /// One of `choices`, each as likely; the tables it draws from are never empty.
    pub fn pick<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    /// One of `choices`, as likely as its weight says.
    pub fn weighted<T: Copy>(&mut self, choices: &[(T, usize)]) -> T {
        let mut left = self.below(choices.iter().map(|choice| choice.1).sum());
        for &(choice, weight) in choices {
            if left < weight {
                return choice;
            }
            left -= weight;
        }
        choices[0].0
    }

    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            things.swap(last, self.below(last + 1));
        }
    }
}

/// What an id or a stream of chance belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    User = 1,
    Hospital,
    Provider,
    Rule,
    Exception,
    Visit,
    Payment,
    Deck,
    ScaleUser,
    ScaleProvider,
    ScaleRule,
    ScaleVisit,
    ScalePayment,
    Wish,
    Offer,
    Device,
    Reading,
}

/// A UUIDv7 (RFC 9562) as the clinic makes them, but the same each time.
///
/// It sorts by `made`, as ids of real rows do. No two things share an id: the 62
/// low bits are kind and number, scrambled in a way that can be undone.
pub fn id(kind: Kind, number: usize, made: Timestamp) -> Uuid {
    let chance = Chance::of(kind, number).next();
    id_with(kind, number, made, u16::try_from(chance >> 52).unwrap_or_default())
}

/// The same with the twelve bits chosen that stand between time and number.
pub fn id_with(kind: Kind, number: usize, made: Timestamp, bits: u16) -> Uuid {
    const LOW: u64 = (1 << 62) - 1;
    let mut low = (kind as u64) << 48 ^ number as u64;
    for factor in [0x9E37_79B9_7F4A_7C15, 0xD6E8_FEB8_6659_FD93_u64] {
        low = low.wrapping_mul(factor) & LOW;
        low ^= low >> 31;
    }
    let mut random = [0; 10];
    random[..2].copy_from_slice(&bits.to_be_bytes());
    random[2..].copy_from_slice(&low.to_be_bytes());
    let millis = u64::try_from(made.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}
