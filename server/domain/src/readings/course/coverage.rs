use super::Period;
use crate::readings::MetricKind;
use jiff::SignedDuration;

/// No figure is made of fewer readings, however often somebody should measure.
pub const READINGS_AT_LEAST: u32 = 4;

/// Of so many days of a week at least, on how many must have been measured for a figure of the kind?
/// `None`: no figure is made of it.
///
/// - Blood pressure: on three days of seven (European Society of Hypertension, 2021).
/// - Glucose: 70 % of the time (International consensus on time in range, 2019).
/// - What is worn: four days of seven, as studies of activity take it (Trost, 2005); the rest likewise.
#[must_use]
pub const fn norm(kind: MetricKind) -> Option<(u32, u32)> {
    match kind {
        MetricKind::BloodPressure => Some((3, 7)),
        MetricKind::BloodGlucose => Some((7, 10)),
        // What is measured once a week: in four weeks of seven.
        MetricKind::Weight => Some((4, 49)),
        MetricKind::Height => None,
        _ => Some((4, 7)),
    }
}

/// How much there is behind a figure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Coverage {
    pub readings: u32,
    /// On how many days, or in how many hours of one, was measured...
    pub with: u32,
    /// ... of how many.
    pub of: u32,
    /// On how many there must be readings before there are figures; `None`: there are none of the kind.
    pub needed: Option<u32>,
    is_of_hours: bool,
}

impl Coverage {
    /// Of `readings` on `with` days, or in so many hours of the one day that has `hours`.
    #[must_use]
    pub fn new(kind: MetricKind, period: Period, readings: u32, with: u32, hours: u32) -> Self {
        let is_of_hours = period == Period::Day;
        let of = if is_of_hours { hours } else { u32::from(period.days()) };
        // In a day of what is measured once a day, the readings are all there is to ask for.
        let is_often = kind.cadence() < SignedDuration::from_hours(24);
        let needed = match norm(kind) {
            Some(_) if is_of_hours && !is_often => Some(1),
            norm => norm.map(|(days, all)| (of * days).div_ceil(all)),
        };
        Self { readings, with: with.min(of), of, needed, is_of_hours }
    }

    /// Whether figures are given.
    #[must_use]
    pub fn is_enough(self) -> bool {
        self.readings >= READINGS_AT_LEAST && self.needed.is_some_and(|needed| self.with >= needed)
    }

    /// `18 of 30 days`
    #[must_use]
    pub fn words(self) -> String {
        format!("{} of {} {}", self.with, self.of, self.unit())
    }

    const fn unit(self) -> &'static str {
        if self.is_of_hours { "hours" } else { "days" }
    }

    /// What is missing before there are figures; `None`: nothing is, or there never are any.
    #[must_use]
    pub fn missing(self) -> Option<String> {
        let needed = self.needed.filter(|_| !self.is_enough())?;
        let unit = match (needed, self.is_of_hours) {
            (1, true) => "hour",
            (1, false) => "day",
            _ => self.unit(),
        };
        Some(format!(
            "Too few readings for an average: it takes {READINGS_AT_LEAST}, on at least {needed} {unit}."
        ))
    }
}
