//! What a reading is called: the same whoever computes it, and however often it is sent.
use aws_lc_rs::digest::{Context, SHA256};
use domain::readings::{Reading, ReadingId, SourceId};
use jiff::{SignedDuration, Timestamp};
use uuid::{Builder, Uuid};

/// The id of what `source` measured at `recorded_at`. It has the form of a UUIDv7 (RFC 9562): the milliseconds of that
/// time, and then, instead of random bits, those of a hash of the source, the kind, the time, and what the source itself
/// calls it. What it has no name for is told apart by its values.
#[must_use]
pub fn content_id(
    source: Uuid,
    reading: Reading,
    recorded_at: Timestamp,
    own: Option<&SourceId>,
) -> ReadingId {
    let mut hash = Context::new(&SHA256);
    hash.update(source.as_bytes());
    hash.update(reading.kind().as_str().as_bytes());
    hash.update(&recorded_at.as_microsecond().to_be_bytes());
    match own {
        Some(own) => {
            hash.update(b"id");
            hash.update(own.as_str().as_bytes());
        }
        None => {
            hash.update(b"values");
            hash.update(&reading.value().to_be_bytes());
            hash.update(&reading.diastolic().unwrap_or_default().to_be_bytes());
        }
    }
    let digest = hash.finish();
    let mut bits = [0; 10];
    for (bit, hashed) in bits.iter_mut().zip(digest.as_ref()) {
        *bit = *hashed;
    }
    // What is from before 1970 is quarantined, and told apart by its hash.
    let millis = u64::try_from(recorded_at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &bits).into_uuid().into()
}

/// After all that was measured before `at`, and before all the rest.
pub fn last_before(at: Timestamp) -> ReadingId {
    let millis = u64::try_from(at.as_millisecond().saturating_sub(1)).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[u8::MAX; 10]).into_uuid().into()
}

/// Before all that was measured at `at` or later.
pub fn first_of(at: Timestamp) -> ReadingId {
    let millis = u64::try_from(at.as_millisecond()).unwrap_or_default();
    Builder::from_unix_timestamp_millis(millis, &[0; 10]).into_uuid().into()
}

/// From when until when what `id` names was measured; `None`: it names no reading.
pub fn span(id: ReadingId) -> Option<(Timestamp, Timestamp)> {
    let (seconds, nanos) = id.as_uuid().get_timestamp()?.to_unix();
    let from = Timestamp::new(i64::try_from(seconds).ok()?, i32::try_from(nanos).ok()?).ok()?;
    Some((from, from.checked_add(SignedDuration::from_millis(1)).ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::readings::{MetricKind, Unit};

    fn reading(value: f64) -> Reading {
        Reading::new(MetricKind::HeartRate, value, None, Unit::PerMinute).unwrap()
    }

    #[test]
    fn a_reading_is_called_by_when_and_what_it_is() {
        let at: Timestamp = "2026-03-02T08:30:00.123456Z".parse().unwrap();
        let source = Uuid::from_u128(1);
        let id = content_id(source, reading(72.0), at, None);
        assert_eq!(id, content_id(source, reading(72.0), at, None));
        let own = SourceId::new("a");
        for other in [
            content_id(Uuid::from_u128(2), reading(72.0), at, None),
            content_id(source, reading(72.1), at, None),
            content_id(source, reading(72.0), at, own.as_ref()),
            content_id(source, reading(72.0), at + SignedDuration::from_micros(1), None),
        ] {
            assert_ne!(id, other);
        }
        // The name that the device gives it is enough.
        let named = |value| content_id(source, reading(value), at, own.as_ref());
        assert_eq!(named(72.0), named(80.0));
        let (from, until) = span(id).unwrap();
        assert!(from <= at && at < until);
    }

    #[test]
    fn a_time_stands_between_what_was_before_and_after() {
        let at: Timestamp = "2026-03-02T08:30:00Z".parse().unwrap();
        let id = |at| content_id(Uuid::nil(), reading(72.0), at, None);
        for n in 0..200 {
            let (before, after) =
                (SignedDuration::from_micros(n + 1), SignedDuration::from_micros(n));
            assert!(id(at - before) <= last_before(at) && last_before(at) < id(at + after));
        }
    }

    #[test]
    fn ids_sort_by_the_time_they_were_measured_and_none_is_too_old() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let id = |second| content_id(Uuid::nil(), reading(72.0), at(second), None);
        assert!(id(1_772_440_200) < id(1_772_440_201));
        assert_ne!(id(-5), id(-6));
        assert_eq!(span(ReadingId::from(Uuid::nil())), None);
    }
}
