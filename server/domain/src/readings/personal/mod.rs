//! What a doctor says is right for one person, over what is so in most adults.
mod form;
#[cfg(test)]
mod tests;

use super::{Band, Limits, MetricKind, Target, Thresholds};
use crate::Refusal;
use std::fmt;

pub use form::TypedLimits;

pub const LIMITS_CHANGED: Refusal = Refusal::new(
    "readings.limits_changed_meanwhile",
    "These limits were changed in the meantime. Please look at them again.",
);

/// Who says what is right, where it is not a guideline.
pub const THEIR_DOCTOR: &str = "Set by a doctor";

/// What each number is called in forms, in JSON and in the database: target, then beyond what a reading is worth a look,
/// then beyond what it cannot wait; of a pair those of the lower number, too.
pub const LIMIT_FIELDS: [&str; 12] = [
    "target_low",
    "target_high",
    "target_lower_low",
    "target_lower_high",
    "warning_low",
    "warning_high",
    "warning_lower_low",
    "warning_lower_high",
    "critical_low",
    "critical_high",
    "critical_lower_low",
    "critical_lower_high",
];

/// One for each of [`LIMIT_FIELDS`], in the canonical unit.
pub type LimitNumbers = [Option<f64>; 12];

/// The limits of one person in one kind. What no doctor has set is as in most adults.
#[derive(Clone, Copy, PartialEq)]
pub struct PersonalLimits {
    kind: MetricKind,
    set: LimitNumbers,
}

/// Without the numbers: they are clinical, and no log may show them.
impl fmt::Debug for PersonalLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PersonalLimits").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl PersonalLimits {
    /// Those of most adults.
    #[must_use]
    pub const fn usual(kind: MetricKind) -> Self {
        Self { kind, set: [None; 12] }
    }

    /// What is stored of them, which was checked once.
    #[must_use]
    pub const fn stored(kind: MetricKind, set: LimitNumbers) -> Self {
        Self { kind, set }
    }

    #[must_use]
    pub const fn kind(&self) -> MetricKind {
        self.kind
    }

    /// What the doctor has set, and nothing else.
    #[must_use]
    pub const fn numbers(&self) -> LimitNumbers {
        self.set
    }

    /// Whether no doctor has said anything.
    #[must_use]
    pub fn is_usual(&self) -> bool {
        self.set.iter().all(Option::is_none)
    }

    /// All that holds for the person.
    #[must_use]
    pub fn merged(&self) -> LimitNumbers {
        let mut merged = numbers_of_most(self.kind);
        for (number, set) in merged.iter_mut().zip(self.set) {
            *number = set.or(*number);
        }
        merged
    }

    /// `None`: what is right differs too much from person to person, and no doctor has said it of this one.
    #[must_use]
    pub fn target(&self) -> Option<Target> {
        let [low, high, lower_low, lower_high, ..] = self.set;
        if [low, high, lower_low, lower_high].iter().all(Option::is_none) {
            return Target::of(self.kind);
        }
        let [(band, lower), ..] = bands(self.merged());
        Some(Target::personal(self.kind, band, self.kind.is_pair().then_some(lower)))
    }

    /// Beyond which somebody is told of a reading. `None`: nobody is, of single readings of the kind.
    #[must_use]
    pub fn thresholds(&self) -> Option<Thresholds> {
        let [_, _, _, _, set @ ..] = self.set;
        if set.iter().all(Option::is_none) {
            return Thresholds::of(self.kind);
        }
        let limits = |(upper, lower): (Band, Band)| Limits {
            upper,
            lower: self.kind.is_pair().then_some(lower),
        };
        let [_, warning, critical] = bands(self.merged());
        Some(Thresholds {
            warning: limits(warning),
            critical: limits(critical),
            source: THEIR_DOCTOR,
        })
    }
}

/// Target, warning and critical limits: those of the upper or only number, and of the lower one.
fn bands(numbers: LimitNumbers) -> [(Band, Band); 3] {
    let [a, b, c, d, e, f, g, h, i, j, k, l] = numbers;
    let band = |low, high| Band { low, high };
    [(band(a, b), band(c, d)), (band(e, f), band(g, h)), (band(i, j), band(k, l))]
}

/// The numbers of most adults; those of weight and others are all `None`.
#[must_use]
pub fn numbers_of_most(kind: MetricKind) -> LimitNumbers {
    let four = |upper: Band, lower: Option<Band>| {
        let lower = lower.unwrap_or_default();
        [upper.low, upper.high, lower.low, lower.high]
    };
    let target = Target::of(kind).map(|target| four(target.band, target.lower));
    let limits = |limits: Limits| four(limits.upper, limits.lower);
    let thresholds = Thresholds::of(kind);
    let warning = thresholds.map(|thresholds| limits(thresholds.warning));
    let critical = thresholds.map(|thresholds| limits(thresholds.critical));
    let [[a, b, c, d], [e, f, g, h], [i, j, k, l]] =
        [target, warning, critical].map(Option::unwrap_or_default);
    [a, b, c, d, e, f, g, h, i, j, k, l]
}

impl MetricKind {
    /// Whether a doctor may say what is right for one person: how tall somebody should be, none can.
    #[must_use]
    pub const fn has_limits(self) -> bool {
        !matches!(self, Self::Height)
    }

    /// Whether a single reading may be one that somebody is told of. What is added up in a day says nothing before its end.
    #[must_use]
    pub const fn is_watched(self) -> bool {
        self.has_limits() && !self.is_total()
    }

    /// Whether `field`, one of [`LIMIT_FIELDS`], is one of this kind.
    #[must_use]
    pub fn has_limit(self, field: &str) -> bool {
        let is_of_pair = field.contains("_lower_");
        self.has_limits()
            && (self.is_pair() || !is_of_pair)
            && (self.is_watched() || field.starts_with("target"))
    }
}
