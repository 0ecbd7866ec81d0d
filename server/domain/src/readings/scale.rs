use super::Unit;
use std::ops::RangeInclusive;

/// One row of the table of conversions: how values of a kind of reading are written in a unit.
///
/// It belongs to a kind, since what converts depends on what is measured: mg/dL of glucose is
/// another amount than mg/dL of anything else.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Scale {
    pub unit: Unit,
    /// What the unit is called after a number.
    pub words: &'static str,
    /// How many decimals are shown.
    pub decimals: usize,
    /// The value in this unit that is 0 in the canonical one.
    zero: f64,
    /// Canonical units in a unit of this, as a fraction so that both of its numbers are exact.
    times: f64,
    per: f64,
}

impl Scale {
    /// The unit in which values are stored.
    pub(super) const fn canonical(unit: Unit, words: &'static str, decimals: usize) -> Self {
        Self::ratio(unit, words, decimals, 1.0, 1.0)
    }

    /// A unit of which one is `times / per` of the canonical one.
    pub(super) const fn ratio(
        unit: Unit,
        words: &'static str,
        decimals: usize,
        times: f64,
        per: f64,
    ) -> Self {
        Self { unit, words, decimals, zero: 0.0, times, per }
    }

    /// The same with another zero.
    pub(super) const fn with_zero(self, zero: f64) -> Self {
        Self { zero, ..self }
    }

    /// `value` of this unit in the canonical one, not rounded.
    #[must_use]
    pub fn to_canonical(&self, value: f64) -> f64 {
        (value - self.zero) * self.times / self.per
    }

    /// `value` of the canonical unit in this one, not rounded.
    #[must_use]
    pub fn of_canonical(&self, value: f64) -> f64 {
        value * self.per / self.times + self.zero
    }

    /// `possible` in this unit, at the decimals that are shown and never wider than it is.
    #[must_use]
    pub fn limits(&self, possible: &RangeInclusive<f64>) -> RangeInclusive<f64> {
        let unit = power(self.decimals);
        let low = (self.of_canonical(*possible.start()) * unit).ceil() / unit;
        let high = (self.of_canonical(*possible.end()) * unit).floor() / unit;
        low..=high
    }

    /// A canonical `value` in this unit, at the decimals that are shown.
    #[must_use]
    pub fn rounded(&self, value: f64) -> f64 {
        rounded(self.of_canonical(value), self.decimals)
    }

    /// A canonical `value` as it is shown in this unit, without its name.
    #[must_use]
    pub fn shown(&self, value: f64) -> String {
        format!("{:.*}", self.decimals, self.rounded(value))
    }
}

/// 10 to the power of `decimals`, of which there are few.
pub(super) fn power(decimals: usize) -> f64 {
    (0..decimals).fold(1.0, |power, _| power * 10.0)
}

/// `value` at so many `decimals`, halves away from zero; zero has no sign.
///
/// The nearest `f64` of a short decimal number is one and the same however it was computed, and
/// survives PostgreSQL and JSON: such values are equal when they look equal.
pub(super) fn rounded(value: f64, decimals: usize) -> f64 {
    let unit = power(decimals);
    (value * unit).round() / unit + 0.0
}
