use crate::{
    readings::{Band, Level, MetricKind},
    text_enum,
};

text_enum! {
    /// How much a reading asks for.
    pub enum Severity {
        /// Worth a look today.
        Warning = "warning",
        /// Cannot wait.
        Critical = "critical",
    }
}

text_enum! {
    /// On which side of its limits something is.
    pub enum Side {
        Low = "low",
        High = "high",
    }
}

/// Limits that a reading should stay within; of a blood pressure there are those of the lower number, too.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    pub upper: Band,
    pub lower: Option<Band>,
}

impl Limits {
    const fn of(low: f64, high: f64) -> Self {
        Self { upper: Band::within(low, high), lower: None }
    }

    const fn pair(upper: (f64, f64), lower: (f64, f64)) -> Self {
        Self { upper: Band::within(upper.0, upper.1), lower: Some(Band::within(lower.0, lower.1)) }
    }

    /// On which side `level` is outside, as it is shown; of a pair that is low and high at once the high one counts.
    /// `margin`: so far inside it has to be to count as inside, of the upper number and the lower one.
    #[must_use]
    pub fn side(&self, kind: MetricKind, level: Level, margin: f64) -> Option<Side> {
        let outside = |band: Band, value: f64| {
            let (low, below) = band.edges(kind.canonical().decimals);
            match value {
                value if value >= below - margin => Some(Side::High),
                value if value < low + margin => Some(Side::Low),
                _ => None,
            }
        };
        let upper = outside(self.upper, level.value);
        let lower = self.lower.zip(level.lower).and_then(|(band, value)| outside(band, value));
        match (upper, lower) {
            (Some(Side::High), _) | (_, Some(Side::High)) => Some(Side::High),
            (upper, lower) => upper.or(lower),
        }
    }
}

/// Beyond which somebody is told of a reading, in an adult, unless their doctor says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Thresholds {
    pub warning: Limits,
    pub critical: Limits,
    /// Who says so.
    pub source: &'static str,
}

impl Thresholds {
    /// `None`: nobody is told of single readings of the kind.
    #[must_use]
    pub const fn of(kind: MetricKind) -> Option<Self> {
        let (warning, critical, source) = match kind {
            // Who runs has a fast one for long: the upper limit of what cannot wait is above that of most.
            MetricKind::HeartRate => (
                Limits::of(41.0, 130.0),
                Limits::of(36.0, 180.0),
                "Royal College of Physicians, NEWS2, 2017",
            ),
            MetricKind::BloodPressure => (
                Limits::pair((91.0, 159.0), (50.0, 99.0)),
                Limits::pair((81.0, 179.0), (40.0, 119.0)),
                "NICE guideline 136 on hypertension, 2019",
            ),
            MetricKind::OxygenSaturation => (
                Limits::of(94.0, 100.0),
                Limits::of(92.0, 100.0),
                "Royal College of Physicians, NEWS2, 2017",
            ),
            MetricKind::BodyTemperature => (
                Limits::of(35.6, 39.0),
                Limits::of(35.1, 40.9),
                "Royal College of Physicians, NEWS2, 2017",
            ),
            MetricKind::RespiratoryRate => (
                Limits::of(9.0, 24.0),
                Limits::of(8.0, 29.0),
                "Royal College of Physicians, NEWS2, 2017",
            ),
            MetricKind::BloodGlucose => (
                Limits::of(70.0, 250.0),
                Limits::of(54.0, 400.0),
                "International consensus on time in range, 2019",
            ),
            MetricKind::Weight
            | MetricKind::Height
            | MetricKind::Steps
            | MetricKind::SleepDuration
            | MetricKind::PeakFlow
            | MetricKind::HeartRateVariability => return None,
        };
        Some(Self { warning, critical, source })
    }

    /// What `level` asks for, and on which side it is.
    #[must_use]
    pub fn judge(&self, kind: MetricKind, level: Level) -> Option<(Severity, Side)> {
        let beyond =
            |limits: &Limits, severity| limits.side(kind, level, 0.0).map(|side| (severity, side));
        beyond(&self.critical, Severity::Critical)
            .or_else(|| beyond(&self.warning, Severity::Warning))
    }
}
