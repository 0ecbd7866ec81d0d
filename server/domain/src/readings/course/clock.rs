use jiff::{
    SignedDuration, Timestamp,
    civil::Date,
    tz::{Offset, TimeZone},
};

/// By how many minutes clocks in `zone` are ahead of UTC at `at`.
#[must_use]
pub fn utc_offset(at: Timestamp, zone: &TimeZone) -> i16 {
    // No offset of the last fifty years has seconds, and none is longer than 26 hours.
    i16::try_from(zone.to_offset(at).seconds() / 60).unwrap_or_default()
}

fn offset(minutes: i16) -> Offset {
    Offset::from_seconds(i32::from(minutes) * 60).unwrap_or(Offset::UTC)
}

/// The day on a clock that is so many minutes ahead of UTC.
#[must_use]
pub fn day_of(at: Timestamp, ahead: i16) -> Date {
    offset(ahead).to_datetime(at).date()
}

/// When the hour begins on a clock that is so many minutes ahead of UTC.
#[must_use]
pub fn hour_of(at: Timestamp, ahead: i16) -> Timestamp {
    let time = offset(ahead).to_datetime(at).time();
    let past = SignedDuration::new(
        i64::from(time.minute()) * 60 + i64::from(time.second()),
        time.subsec_nanosecond(),
    );
    at.checked_sub(past).unwrap_or(at)
}
