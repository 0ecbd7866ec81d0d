use super::Side;
use crate::readings::MetricKind;
use jiff::SignedDuration;

/// How much a value may change in how long a time, in the canonical unit.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Pace {
    pub side: Side,
    pub by: f64,
    pub within: SignedDuration,
    /// Who says so.
    pub source: &'static str,
}

impl Pace {
    /// `None`: no change of it is too fast by itself.
    #[must_use]
    pub const fn of(kind: MetricKind) -> Option<Self> {
        match kind {
            // Water that a weak heart keeps.
            MetricKind::Weight => Some(Self {
                side: Side::High,
                by: 2.0,
                within: SignedDuration::from_hours(3 * 24),
                source: "European Society of Cardiology, heart failure, 2021",
            }),
            // Three mg/dL a minute, for a quarter of an hour.
            MetricKind::BloodGlucose => Some(Self {
                side: Side::Low,
                by: 45.0,
                within: SignedDuration::from_mins(15),
                source: "International consensus on continuous glucose monitoring, 2017",
            }),
            _ => None,
        }
    }

    /// Whether `value` is too far from the lowest and the highest one within the time before it.
    #[must_use]
    pub fn is_too_fast(&self, value: f64, (lowest, highest): (f64, f64)) -> bool {
        match self.side {
            Side::High => value - lowest > self.by,
            Side::Low => highest - value >= self.by,
        }
    }
}
