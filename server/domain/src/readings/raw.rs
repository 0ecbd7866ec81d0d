use super::{MetricKind, Number, Reading, ReadingRefusal, Timing, Unit, timing::time};
use crate::FieldProblem;
use jiff::Timestamp;
use serde::{
    Deserialize, Deserializer,
    de::{IgnoredAny, MapAccess, SeqAccess, Visitor},
};
use std::{collections::BTreeSet, fmt, ops::RangeInclusive};

/// How many readings a batch has at most. And at least one.
pub const BATCH_AT_MOST: usize = 500;

/// How many characters the id has that a device gives a reading.
const ID_LENGTH: RangeInclusive<usize> = 1..=100;

/// Whatever a device put where one value belongs: it is judged later, so that one wrong field costs
/// one reading and not the batch.
#[derive(Clone, Default, PartialEq)]
pub enum Sent {
    #[default]
    Nothing,
    Number(f64),
    Text(String),
    /// A list, an object, true or false.
    Other,
}

/// Without what was sent.
impl fmt::Debug for Sent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Nothing => "Nothing",
            Self::Number(_) => "Number",
            Self::Text(_) => "Text",
            Self::Other => "Other",
        })
    }
}

impl<'de> Deserialize<'de> for Sent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        struct Anything;

        impl<'de> Visitor<'de> for Anything {
            type Value = Sent;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("any value")
            }

            fn visit_f64<E>(self, number: f64) -> Result<Sent, E> {
                Ok(Sent::Number(number))
            }

            // Beyond 2^53 these lose digits, and no reading is as large.
            fn visit_i64<E>(self, number: i64) -> Result<Sent, E> {
                Ok(Sent::Number(number as f64))
            }

            fn visit_u64<E>(self, number: u64) -> Result<Sent, E> {
                Ok(Sent::Number(number as f64))
            }

            fn visit_str<E>(self, text: &str) -> Result<Sent, E> {
                Ok(Sent::Text(text.to_owned()))
            }

            fn visit_string<E>(self, text: String) -> Result<Sent, E> {
                Ok(Sent::Text(text))
            }

            fn visit_bool<E>(self, _: bool) -> Result<Sent, E> {
                Ok(Sent::Other)
            }

            fn visit_unit<E>(self) -> Result<Sent, E> {
                Ok(Sent::Nothing)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Sent, A::Error> {
                while list.next_element::<IgnoredAny>()?.is_some() {}
                Ok(Sent::Other)
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Sent, A::Error> {
                while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
                Ok(Sent::Other)
            }
        }

        from.deserialize_any(Anything)
    }
}

/// A reading as a device sends it, of which nothing is known yet.
///
/// Read the items of a batch one by one: what is no object, or has a number beyond every `f64` such
/// as 1e400, fails to be read at all and is [`ReadingRefusal::Unreadable`].
#[derive(Debug, Clone, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct RawReading {
    /// A word of [`MetricKind`].
    #[serde(rename = "type", alias = "metric_type")]
    pub kind: Sent,
    pub value: Sent,
    /// Of a blood pressure, in the place of `value`.
    #[serde(alias = "systolic_value")]
    pub systolic: Sent,
    #[serde(alias = "diastolic_value")]
    pub diastolic: Sent,
    pub unit: Sent,
    #[serde(alias = "recorded_at")]
    pub timestamp: Sent,
    /// What the device calls it: the same when it is sent once more.
    pub id: Sent,
}

/// What a device calls a reading of its own: 1 to 100 visible ASCII characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SourceId(String);

impl SourceId {
    #[must_use]
    pub fn new(raw: &str) -> Option<Self> {
        let visible = ID_LENGTH.contains(&raw.len()) && raw.bytes().all(|b| b.is_ascii_graphic());
        visible.then(|| Self(raw.to_owned()))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A reading that can be kept.
#[derive(Debug, Clone, PartialEq)]
pub struct CheckedReading {
    pub reading: Reading,
    /// The unit it was sent in.
    pub unit: Unit,
    pub recorded_at: Timestamp,
    pub timing: Timing,
    pub id: Option<SourceId>,
}

/// What `raw`, which came `now`, says, or the first thing that is wrong with it.
pub fn checked(raw: &RawReading, now: Timestamp) -> Result<CheckedReading, ReadingRefusal> {
    let kind = match &raw.kind {
        Sent::Text(word) => MetricKind::read(word),
        _ => None,
    };
    let kind = kind.ok_or(ReadingRefusal::UnknownKind)?;
    let unit = match &raw.unit {
        Sent::Nothing => kind.implied_unit().ok_or(ReadingRefusal::NoUnit(kind))?,
        Sent::Text(unit) => Unit::read(unit).ok_or(ReadingRefusal::OtherUnit(kind))?,
        _ => return Err(ReadingRefusal::OtherUnit(kind)),
    };
    let reading = Reading::new(kind, upper(raw, kind)?, number(raw, Number::Diastolic)?, unit)?;
    let recorded_at = match &raw.timestamp {
        Sent::Nothing => Err(ReadingRefusal::NoTime),
        Sent::Text(text) => time(text),
        _ => Err(ReadingRefusal::UnreadableTime),
    }?;
    let id = match &raw.id {
        Sent::Nothing => None,
        Sent::Text(id) => Some(SourceId::new(id).ok_or(ReadingRefusal::UnreadableId)?),
        _ => return Err(ReadingRefusal::UnreadableId),
    };
    Ok(CheckedReading { reading, unit, recorded_at, timing: Timing::of(recorded_at, now), id })
}

/// The value, which devices call `value` or, of a blood pressure, `systolic`.
fn upper(raw: &RawReading, kind: MetricKind) -> Result<f64, ReadingRefusal> {
    match (number(raw, Number::Value)?, number(raw, Number::Systolic)?) {
        (_, Some(_)) if !kind.is_pair() => Err(ReadingRefusal::OneNumber(kind, Number::Systolic)),
        (Some(value), Some(systolic)) if value != systolic => Err(ReadingRefusal::TwoValues),
        (Some(value), _) | (None, Some(value)) => Ok(value),
        (None, None) if kind.is_pair() => Err(ReadingRefusal::Missing(kind, Number::Systolic)),
        (None, None) => Err(ReadingRefusal::Missing(kind, Number::Value)),
    }
}

fn number(raw: &RawReading, which: Number) -> Result<Option<f64>, ReadingRefusal> {
    let sent = match which {
        Number::Value => &raw.value,
        Number::Systolic => &raw.systolic,
        Number::Diastolic => &raw.diastolic,
    };
    match sent {
        Sent::Nothing => Ok(None),
        Sent::Number(number) if number.is_finite() => Ok(Some(*number)),
        _ => Err(ReadingRefusal::NotANumber(which)),
    }
}

/// What became of one reading while it was read.
pub type Checked = Result<CheckedReading, ReadingRefusal>;

/// Whether so many readings are a batch.
pub fn check_size(count: usize) -> Result<(), FieldProblem> {
    if (1..=BATCH_AT_MOST).contains(&count) {
        return Ok(());
    }
    let message = format!("Send 1 to {BATCH_AT_MOST} readings at once; these are {count}.");
    Err(FieldProblem::new("metrics", message))
}

/// Each reading of a batch that came `now`, in its order. Of those with one id the first is judged,
/// and the others are refused.
///
/// An error says that there are too many; what could not be read of one is an error in its place. None at all are what
/// comes of a device that only tells its battery.
pub fn checked_batch(
    items: &[Result<RawReading, ReadingRefusal>],
    now: Timestamp,
) -> Result<Vec<Checked>, FieldProblem> {
    if !items.is_empty() {
        check_size(items.len())?;
    }
    let mut seen = BTreeSet::new();
    let check = |item: &Result<RawReading, ReadingRefusal>| {
        let raw = item.as_ref().map_err(|refusal| *refusal)?;
        match &raw.id {
            Sent::Text(id) if SourceId::new(id).is_some_and(|id| !seen.insert(id)) => {
                Err(ReadingRefusal::RepeatedId)
            }
            _ => checked(raw, now),
        }
    };
    Ok(items.iter().map(check).collect())
}
