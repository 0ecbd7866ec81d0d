use super::{MetricKind, Reading, ReadingRefusal};
use crate::text_enum;
use jiff::{SignedDuration, Timestamp};

/// How far the clock of a device may be ahead of ours.
pub const CLOCK_AHEAD: SignedDuration = SignedDuration::from_mins(5);

/// How old what a device remembers may be: two years.
pub const OLDEST: SignedDuration = SignedDuration::from_hours(2 * 365 * 24);

/// From then on a reading is late, whatever its kind: it belongs into the charts, but says nothing of
/// how the person is now, so nobody is called for it.
pub const LATE_AFTER: SignedDuration = SignedDuration::from_hours(1);

text_enum! {
    /// Why a reading is kept apart: its time cannot be right, though it may be set right later.
    pub enum Quarantine {
        /// More than [`CLOCK_AHEAD`] after it was received.
        Future = "future",
        /// More than [`OLDEST`] before. Clocks that were never set begin in 1970 or 2000.
        Ancient = "ancient",
    }
}

impl Quarantine {
    /// Stable and machine-readable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Future => "readings.future",
            Self::Ancient => "readings.ancient",
        }
    }

    /// What is said of it to the device.
    #[must_use]
    pub const fn message(self) -> &'static str {
        match self {
            Self::Future => {
                "The timestamp is more than 5 minutes in the future, so the reading is kept apart. Check the clock of the device."
            }
            Self::Ancient => {
                "The timestamp is more than two years old, so the reading is kept apart. Check the clock of the device."
            }
        }
    }
}

/// What the time of a reading says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timing {
    Timely,
    Late,
    Quarantined(Quarantine),
}

impl Timing {
    /// Of a reading that was `measured` then and came `now`.
    #[must_use]
    pub fn of(measured: Timestamp, now: Timestamp) -> Self {
        let age = now.duration_since(measured);
        match age {
            age if age < -CLOCK_AHEAD => Self::Quarantined(Quarantine::Future),
            age if age > OLDEST => Self::Quarantined(Quarantine::Ancient),
            age if age > LATE_AFTER => Self::Late,
            _ => Self::Timely,
        }
    }
}

/// Seconds since 1970 of the first moment of 1900 and of 2200: no clock says what is outside, and
/// PostgreSQL keeps what is inside.
const FIRST_SECOND: i64 = -2_208_988_800;
const LAST_SECOND: i64 = 7_258_118_400;

/// No time is longer as text.
const TIME_LENGTH: usize = 40;

/// A time with its offset from UTC (RFC 3339), in whole microseconds as PostgreSQL keeps it.
pub(super) fn time(raw: &str) -> Result<Timestamp, ReadingRefusal> {
    let time: Option<Timestamp> =
        Some(raw.trim()).filter(|raw| raw.len() <= TIME_LENGTH).and_then(|raw| raw.parse().ok());
    time.filter(|time| (FIRST_SECOND..LAST_SECOND).contains(&time.as_second()))
        .and_then(|time| Timestamp::from_microsecond(time.as_microsecond()).ok())
        .ok_or(ReadingRefusal::UnreadableTime)
}

/// How far apart two readings of one measurement are, when a device sends it live and once more from
/// its memory. Where devices measure all the time the window is short, so that it takes no others, which may
/// well be equal; else two may not be a minute apart, as those of a blood pressure taken twice are.
#[must_use]
pub fn near_window(kind: MetricKind) -> SignedDuration {
    match kind {
        MetricKind::HeartRate
        | MetricKind::HeartRateVariability
        | MetricKind::OxygenSaturation
        | MetricKind::RespiratoryRate
        | MetricKind::BodyTemperature
        | MetricKind::Steps => SignedDuration::from_millis(500),
        MetricKind::BloodPressure
        | MetricKind::BloodGlucose
        | MetricKind::Weight
        | MetricKind::Height
        | MetricKind::SleepDuration
        | MetricKind::PeakFlow => SignedDuration::from_secs(30),
    }
}

/// Whether two readings of one device are probably the same measurement, at about the same time. The
/// later one to come is marked and kept; nothing is computed from the two. One that is marked marks no other:
/// what stays the same for long is no single measurement.
#[must_use]
pub fn is_near_duplicate(one: (Timestamp, Reading), other: (Timestamp, Reading)) -> bool {
    let apart = one.0.duration_since(other.0).abs();
    apart <= near_window(one.1.kind()) && one.1.looks_like(other.1)
}
