use super::{Level, Part};
use crate::readings::{
    MetricKind, Reading, Scale, THEIR_DOCTOR,
    scale::{power, rounded},
};

/// From where to where values are in range, as they are shown in the canonical unit.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Band {
    pub low: Option<f64>,
    pub high: Option<f64>,
}

impl Band {
    pub(in crate::readings) const fn within(low: f64, high: f64) -> Self {
        Self { low: Some(low), high: Some(high) }
    }

    /// The first value in it and the first above: what is shown as its ends is in it.
    pub(in crate::readings) fn edges(self, decimals: usize) -> (f64, f64) {
        let half = 0.5 / power(decimals);
        let low = self.low.map_or(f64::NEG_INFINITY, |low| rounded(low - half, decimals + 1));
        let high = self.high.map_or(f64::INFINITY, |high| rounded(high + half, decimals + 1));
        (low, high)
    }

    /// `90 to 134`, `at least 95`
    #[must_use]
    pub fn words(self, scale: &Scale) -> String {
        match (self.low, self.high) {
            (Some(low), Some(high)) => format!("{} to {}", scale.shown(low), scale.shown(high)),
            (Some(low), None) => format!("at least {}", scale.shown(low)),
            (None, Some(high)) => format!("at most {}", scale.shown(high)),
            (None, None) => String::new(),
        }
    }
}

/// Where readings of a kind should be in an adult, unless their doctor says otherwise.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Target {
    kind: MetricKind,
    /// Of a blood pressure the upper number.
    pub band: Band,
    pub lower: Option<Band>,
    /// Who says so.
    pub source: &'static str,
    /// It is of one person, not of most adults.
    pub is_personal: bool,
}

impl Target {
    /// `None`: what is right differs too much from person to person.
    #[must_use]
    pub const fn of(kind: MetricKind) -> Option<Self> {
        let (band, lower, source) = match kind {
            // Sinus bradycardia is below 50, tachycardia above 100.
            MetricKind::HeartRate => {
                (Band::within(50.0, 100.0), None, "ACC/AHA/HRS guideline on bradycardia, 2018")
            }
            // Measured at home, 135/85 and more is hypertension. Below 90/60 is what is commonly
            // called low; no guideline draws that line.
            MetricKind::BloodPressure => (
                Band::within(90.0, 134.0),
                Some(Band::within(60.0, 84.0)),
                "European Society of Hypertension, readings at home, 2023",
            ),
            MetricKind::OxygenSaturation => {
                (Band::within(95.0, 100.0), None, "WHO manual on pulse oximetry, 2011")
            }
            MetricKind::BodyTemperature => {
                (Band::within(36.1, 38.0), None, "Royal College of Physicians, NEWS2, 2017")
            }
            MetricKind::RespiratoryRate => {
                (Band::within(12.0, 20.0), None, "Royal College of Physicians, NEWS2, 2017")
            }
            MetricKind::BloodGlucose => (
                Band::within(70.0, 180.0),
                None,
                "International consensus on time in range, 2019, for people with diabetes",
            ),
            MetricKind::Steps => (
                Band { low: Some(7_000.0), high: None },
                None,
                "Ding and others, Lancet Public Health, 2025",
            ),
            MetricKind::SleepDuration => {
                (Band::within(420.0, 540.0), None, "National Sleep Foundation, 2015")
            }
            MetricKind::Weight
            | MetricKind::Height
            | MetricKind::PeakFlow
            | MetricKind::HeartRateVariability => return None,
        };
        Some(Self { kind, band, lower, source, is_personal: false })
    }

    /// What a doctor has said of one person.
    pub(in crate::readings) const fn personal(
        kind: MetricKind,
        band: Band,
        lower: Option<Band>,
    ) -> Self {
        Self { kind, band, lower, source: THEIR_DOCTOR, is_personal: true }
    }

    /// As it is called in a sentence.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        if self.is_personal { "the target range" } else { "the usual range" }
    }

    /// Whether single readings are in it or not: what is judged by the day is not.
    #[must_use]
    pub const fn is_of_readings(&self) -> bool {
        !self.kind.is_total()
    }

    #[must_use]
    pub const fn kind(&self) -> MetricKind {
        self.kind
    }

    /// Whether `reading` counts as in range.
    #[must_use]
    pub fn holds(&self, reading: Reading) -> bool {
        self.is_of_readings() && reading.kind() == self.kind && self.has(reading.into())
    }

    /// Whether `level` is in range as it is shown.
    #[must_use]
    pub fn has(&self, level: Level) -> bool {
        let ((low, below), (lower_low, lower_below)) = self.edges();
        let lower = level.lower.unwrap_or(0.0);
        (low..below).contains(&level.value) && (lower_low..lower_below).contains(&lower)
    }

    /// The first values in it and the first above, of the upper number and the lower one. Everything is
    /// in a range that is not there.
    #[must_use]
    pub fn edges(&self) -> ((f64, f64), (f64, f64)) {
        let decimals = self.kind.canonical().decimals;
        let everything = (f64::NEG_INFINITY, f64::INFINITY);
        (self.band.edges(decimals), self.lower.map_or(everything, |band| band.edges(decimals)))
    }

    /// Those of one of the numbers.
    #[must_use]
    pub fn edges_of(&self, part: Part) -> (f64, f64) {
        let (upper, lower) = self.edges();
        match part {
            Part::Upper => upper,
            Part::Lower => lower,
        }
    }

    /// `90 to 134 over 60 to 84 mmHg`
    #[must_use]
    pub fn words(&self, scale: &Scale) -> String {
        let upper = self.band.words(scale);
        match self.lower {
            Some(lower) => format!("{upper} over {} {}", lower.words(scale), scale.words),
            None => format!("{upper} {}", scale.words),
        }
    }
}
