use super::{Level, Target};
use crate::readings::Reading;
use std::fmt;

/// What some readings of a kind come to, in its canonical unit; of a blood pressure the upper numbers.
#[derive(Clone, Copy, PartialEq)]
pub struct Figures {
    pub count: u32,
    pub lowest: f64,
    pub highest: f64,
    pub total: f64,
    /// The sum of the squares.
    pub squares: f64,
    /// How many were in the target range of the kind; none of a kind that is judged by the day.
    pub in_range: u32,
    pub lower: Option<LowerFigures>,
}

/// The same of the lower numbers of blood pressures.
#[derive(Clone, Copy, PartialEq)]
pub struct LowerFigures {
    pub lowest: f64,
    pub highest: f64,
    pub total: f64,
    pub squares: f64,
}

/// Without the values: they are clinical, and no log may show them.
impl fmt::Debug for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Figures").field("count", &self.count).finish_non_exhaustive()
    }
}

impl fmt::Debug for LowerFigures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LowerFigures").finish_non_exhaustive()
    }
}

impl Figures {
    /// Those of one reading.
    #[must_use]
    pub fn of(reading: Reading) -> Self {
        let value = reading.value();
        let is_in = Target::of(reading.kind()).is_some_and(|target| target.holds(reading));
        let lower = |lower: f64| LowerFigures {
            lowest: lower,
            highest: lower,
            total: lower,
            squares: lower * lower,
        };
        Self {
            count: 1,
            lowest: value,
            highest: value,
            total: value,
            squares: value * value,
            in_range: u32::from(is_in),
            lower: reading.diastolic().map(lower),
        }
    }

    /// Those of the readings of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let lower = match (self.lower, other.lower) {
            (Some(one), Some(other)) => Some(one.with(other)),
            (one, other) => one.or(other),
        };
        Self {
            count: self.count.saturating_add(other.count),
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
            total: self.total + other.total,
            squares: self.squares + other.squares,
            in_range: self.in_range.saturating_add(other.in_range),
            lower,
        }
    }

    /// The mean of the readings, and their total where that is what counts. `None`: there are none.
    #[must_use]
    pub fn level(&self, is_total: bool) -> Option<Level> {
        if self.count == 0 {
            return None;
        }
        let count = if is_total { 1.0 } else { f64::from(self.count) };
        let lower = self.lower.map(|lower| lower.total / count);
        Some(Level { value: self.total / count, lower })
    }
}

impl LowerFigures {
    fn with(self, other: Self) -> Self {
        Self {
            lowest: self.lowest.min(other.lowest),
            highest: self.highest.max(other.highest),
            total: self.total + other.total,
            squares: self.squares + other.squares,
        }
    }
}
