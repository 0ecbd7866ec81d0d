use crate::readings::{MetricKind, Reading, Scale, Unit, scale::rounded};
use jiff::civil::Date;
use std::fmt;

/// What readings of a kind come to, such as their mean, in its canonical unit. It is no reading: nobody
/// need have measured it.
#[derive(Clone, Copy, PartialEq)]
pub struct Level {
    /// Of a blood pressure the upper number.
    pub value: f64,
    pub lower: Option<f64>,
}

/// Empty: it is clinical, and no log may show it.
impl fmt::Debug for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Level").finish_non_exhaustive()
    }
}

impl From<Reading> for Level {
    fn from(reading: Reading) -> Self {
        Self { value: reading.value(), lower: reading.diastolic() }
    }
}

/// One of the numbers of a level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// Of a blood pressure the upper one, of everything else the only one.
    Upper,
    Lower,
}

impl Part {
    pub const ALL: [Self; 2] = [Self::Upper, Self::Lower];
}

impl Level {
    /// One of its numbers; `None`: it has no lower one.
    #[must_use]
    pub const fn part(self, part: Part) -> Option<f64> {
        match part {
            Part::Upper => Some(self.value),
            Part::Lower => self.lower,
        }
    }

    /// The mean of `levels`, each of which counts the same.
    pub fn mean(levels: impl IntoIterator<Item = Self>) -> Option<Self> {
        let mut count = 0_u32;
        let (mut total, mut lower) = (0.0, None);
        for level in levels {
            count += 1;
            total += level.value;
            lower = level.lower.map(|value| lower.unwrap_or(0.0) + value);
        }
        let of = f64::from(count);
        (count > 0).then(|| Self { value: total / of, lower: lower.map(|lower| lower / of) })
    }

    /// As a person reads it: `128/82`, without the unit.
    #[must_use]
    pub fn number(self, scale: &Scale) -> String {
        match self.lower {
            Some(lower) => format!("{}/{}", scale.shown(self.value), scale.shown(lower)),
            None => scale.shown(self.value),
        }
    }

    /// As a person reads it: `128/82 mmHg`.
    #[must_use]
    pub fn shown(self, scale: &Scale) -> String {
        format!("{} {}", self.number(scale), scale.words)
    }
}

impl MetricKind {
    /// Whether what counts is what the readings of a day come to: how many steps, not the mean of how
    /// many were sent at once.
    #[must_use]
    pub const fn is_total(self) -> bool {
        matches!(self, Self::Steps | Self::SleepDuration)
    }

    /// Whether it is known on the day `today` what `day` comes to: of what is added up, when the day is over.
    #[must_use]
    pub fn is_whole(self, day: Date, today: Date) -> bool {
        !self.is_total() || day < today
    }

    /// `value` at the decimals that are kept.
    #[must_use]
    pub fn rounded(self, value: f64) -> f64 {
        rounded(value, self.stored_decimals())
    }

    /// How figures are shown to somebody whose newest reading came in `unit`. A night in hours,
    /// whatever device measured it.
    #[must_use]
    pub fn shown_scale(self, unit: Unit) -> &'static Scale {
        let unit = match (self, unit) {
            (Self::SleepDuration, _) => Unit::Hour,
            (Self::Weight, Unit::Gram) => Unit::Kilogram,
            (_, unit) => unit,
        };
        self.scale(unit).unwrap_or(self.canonical())
    }
}
