use super::{DIASTOLIC_POSSIBLE, MetricKind, Number, ReadingRefusal, Unit, scale::rounded};
use std::{fmt, ops::RangeInclusive};

/// What was measured: possible for its kind, in the canonical unit, at the decimals that are kept.
///
/// Numbers are `f64`, finite and rounded to a few decimals: PostgreSQL sums and compares a
/// `double precision` without allocating, JSON has the same numbers, and two of them are equal
/// exactly when their decimals are.
#[derive(Clone, Copy, PartialEq)]
pub struct Reading {
    kind: MetricKind,
    value: f64,
    diastolic: Option<f64>,
}

/// Without the numbers: they are clinical, and no log may show them.
impl fmt::Debug for Reading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reading").field("kind", &self.kind).finish_non_exhaustive()
    }
}

impl Reading {
    /// `value` in `unit`; of a blood pressure it is the upper number, and `diastolic` the lower one.
    pub fn new(
        kind: MetricKind,
        value: f64,
        diastolic: Option<f64>,
        unit: Unit,
    ) -> Result<Self, ReadingRefusal> {
        let scale = kind.scale(unit).ok_or(ReadingRefusal::OtherUnit(kind))?;
        let kept = |raw: f64, number, possible: &RangeInclusive<f64>| {
            if !raw.is_finite() {
                return Err(ReadingRefusal::NotANumber(number));
            }
            // What is too large for its unit becomes infinite here, and is not possible.
            let value = rounded(scale.to_canonical(raw), kind.stored_decimals());
            match possible.contains(&value) {
                true => Ok(value),
                false => Err(ReadingRefusal::Impossible(kind, number, unit)),
            }
        };
        let upper = if kind.is_pair() { Number::Systolic } else { Number::Value };
        let value = kept(value, upper, &kind.possible())?;
        let diastolic = match diastolic {
            None if kind.is_pair() => Err(ReadingRefusal::Missing(kind, Number::Diastolic)),
            None => Ok(None),
            Some(_) if !kind.is_pair() => Err(ReadingRefusal::OneNumber(kind, Number::Diastolic)),
            Some(lower) => kept(lower, Number::Diastolic, &DIASTOLIC_POSSIBLE).map(Some),
        }?;
        match diastolic {
            Some(lower) if lower >= value => Err(ReadingRefusal::UpsideDown),
            _ => Ok(Self { kind, value, diastolic }),
        }
    }

    /// What is stored, in the canonical unit. `None`: it is no reading.
    #[must_use]
    pub fn stored(kind: MetricKind, value: f64, diastolic: Option<f64>) -> Option<Self> {
        Self::new(kind, value, diastolic, kind.unit()).ok()
    }

    #[must_use]
    pub const fn kind(self) -> MetricKind {
        self.kind
    }

    /// In the canonical unit of its kind; of a blood pressure the upper number.
    #[must_use]
    pub const fn value(self) -> f64 {
        self.value
    }

    /// The lower number of a blood pressure, and of nothing else.
    #[must_use]
    pub const fn diastolic(self) -> Option<f64> {
        self.diastolic
    }

    /// As a person reads it: `128/82 mmHg`, `5.5 mmol/L`. `None`: the unit is of another dimension.
    #[must_use]
    pub fn shown_in(self, unit: Unit) -> Option<String> {
        let scale = self.kind.scale(unit)?;
        let value = scale.shown(self.value);
        Some(match self.diastolic {
            Some(lower) => format!("{value}/{} {}", scale.shown(lower), scale.words),
            None => format!("{value} {}", scale.words),
        })
    }

    /// Whether the two look the same: they differ by no more than the rounding of what is shown, so
    /// that 5.5 mmol/L and the 99 mg/dL of the same measurement do.
    #[must_use]
    pub fn looks_like(self, other: Self) -> bool {
        let close = |one: f64, other: f64| (one - other).abs() <= self.kind.looks_same_within();
        let lower = match (self.diastolic, other.diastolic) {
            (Some(one), Some(other)) => close(one, other),
            (one, other) => one == other,
        };
        self.kind == other.kind && close(self.value, other.value) && lower
    }
}
