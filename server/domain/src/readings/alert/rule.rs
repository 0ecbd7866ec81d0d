use crate::readings::MetricKind;
use jiff::SignedDuration;

/// When readings beyond their limits become an alert, and when that is over.
///
/// One reading is often wrong: a probe slips, a cuff is put on badly. So a second one has to confirm it, and where a
/// device sends many a minute, they have to last.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Rule {
    /// So many beyond the limits, one after the other.
    pub confirm: u32,
    /// From the first of them to the last.
    pub lasting: SignedDuration,
    /// Further apart than this one confirms nothing of another.
    pub gap: SignedDuration,
    /// How far inside its limits a reading has to be to count as calm, in the canonical unit: between, nothing changes.
    pub margin: f64,
    /// So many calm ones, one after the other, end it.
    pub calm: u32,
    /// Whether one that was measured before the last one may still make it worse.
    pub hears_earlier: bool,
}

impl Rule {
    #[must_use]
    pub const fn of(kind: MetricKind) -> Self {
        let minutes = SignedDuration::from_mins;
        let (confirm, lasting, gap, margin, calm) = match kind {
            // Who climbs stairs is none the worse for it.
            MetricKind::HeartRate => (3, minutes(10), minutes(90), 5.0, 3),
            MetricKind::RespiratoryRate => (3, minutes(5), minutes(90), 1.0, 3),
            MetricKind::OxygenSaturation => (2, minutes(1), minutes(60), 0.5, 3),
            // Many measure once a day: the next day confirms, too.
            MetricKind::BloodPressure => (2, minutes(0), minutes(36 * 60), 4.0, 2),
            MetricKind::BodyTemperature => (2, minutes(0), minutes(12 * 60), 0.2, 2),
            MetricKind::BloodGlucose => (2, minutes(0), minutes(120), 5.0, 2),
            MetricKind::Weight | MetricKind::Height => (2, minutes(0), minutes(48 * 60), 0.3, 1),
            MetricKind::PeakFlow => (2, minutes(0), minutes(36 * 60), 10.0, 2),
            MetricKind::HeartRateVariability => (3, minutes(0), minutes(48 * 60), 2.0, 2),
            MetricKind::Steps | MetricKind::SleepDuration => {
                (2, minutes(0), minutes(48 * 60), 0.0, 1)
            }
        };
        Self { confirm, lasting, gap, margin, calm, hears_earlier: false }
    }

    /// Of readings that somebody has typed: each is meant, so that none has to last; and what a device has sent before
    /// it was typed does not hide it.
    #[must_use]
    pub const fn of_typed(kind: MetricKind) -> Self {
        Self { lasting: SignedDuration::ZERO, hears_earlier: true, ..Self::of(kind) }
    }

    /// Whether one reading that cannot wait is told at once, so that it is measured again: not where many come a minute,
    /// most of which are such by mistake.
    #[must_use]
    pub const fn asks_to_confirm(&self) -> bool {
        self.lasting.is_zero()
    }
}
