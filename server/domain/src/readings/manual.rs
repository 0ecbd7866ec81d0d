use super::{CLOCK_AHEAD, MetricKind, Number, OLDEST, Reading, ReadingRefusal, Unit};
use crate::{
    FieldProblem,
    account::{kept, some},
    text,
};
use jiff::Timestamp;
use std::{fmt, ops::RangeInclusive};

/// How many characters somebody may write about a reading.
pub const NOTES_LENGTH: RangeInclusive<usize> = 0..=500;

/// A reading as somebody types it.
#[derive(Clone, Default)]
pub struct ManualReading {
    /// A word of [`MetricKind`].
    pub kind: String,
    /// A number after a point or a comma; of a blood pressure the upper one.
    pub value: String,
    /// Empty, except for a blood pressure.
    pub diastolic: String,
    /// A UCUM code, or as people write it.
    pub unit: String,
    /// When; `None` if that could not be read.
    pub recorded_at: Option<Timestamp>,
    pub notes: String,
}

/// Empty: it is clinical, and no log may show it.
impl fmt::Debug for ManualReading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ManualReading").finish_non_exhaustive()
    }
}

/// A form whose every field is right.
#[derive(Clone, PartialEq)]
pub struct CheckedManual {
    pub reading: Reading,
    /// The unit it was typed in.
    pub unit: Unit,
    pub recorded_at: Timestamp,
    pub notes: Option<String>,
}

impl fmt::Debug for CheckedManual {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckedManual").field("reading", &self.reading).finish_non_exhaustive()
    }
}

impl ManualReading {
    /// All that is wrong with it, field by field. A person who is asked can set a time right at once,
    /// so that none is quarantined.
    pub fn check(&self, now: Timestamp) -> Result<CheckedManual, Vec<FieldProblem>> {
        let mut problems = Vec::new();
        let measured = self.measured().map_err(ReadingRefusal::problem_of_form);
        let measured = kept(measured, &mut problems);
        let recorded_at = kept(self.time(now), &mut problems);
        let notes = text::checked("notes", "Your note", &self.notes, NOTES_LENGTH);
        let notes = kept(notes, &mut problems).and_then(some);
        match (measured, recorded_at) {
            (Some((reading, unit)), Some(recorded_at)) if problems.is_empty() => {
                Ok(CheckedManual { reading, unit, recorded_at, notes })
            }
            _ => Err(problems),
        }
    }

    fn measured(&self) -> Result<(Reading, Unit), ReadingRefusal> {
        let kind = MetricKind::read(&self.kind).ok_or(ReadingRefusal::UnknownKind)?;
        let unit = match self.unit.trim() {
            "" => kind.implied_unit().ok_or(ReadingRefusal::NoUnit(kind))?,
            raw => Unit::read(raw).ok_or(ReadingRefusal::OtherUnit(kind))?,
        };
        let is_whole = kind.scale(unit).is_some_and(|scale| scale.decimals == 0);
        let value = typed(&self.value, Number::Value, is_whole)?;
        let value = value.ok_or(ReadingRefusal::Missing(kind, Number::Value))?;
        let diastolic = typed(&self.diastolic, Number::Diastolic, is_whole)?;
        Ok((Reading::new(kind, value, diastolic, unit)?, unit))
    }

    fn time(&self, now: Timestamp) -> Result<Timestamp, FieldProblem> {
        let problem = |message| FieldProblem::new("recorded_at", message);
        let at = self.recorded_at.ok_or_else(|| problem("Enter the day and time you measured."))?;
        match now.duration_since(at) {
            age if age < -CLOCK_AHEAD => Err(problem("Enter a time that is not in the future.")),
            age if age > OLDEST => Err(problem("Enter a time within the last two years.")),
            _ => Ok(at),
        }
    }
}

/// A number of plain digits. `None` for an empty field.
pub(super) fn typed(
    raw: &str,
    number: Number,
    is_whole: bool,
) -> Result<Option<f64>, ReadingRefusal> {
    let raw = raw.trim().replace(',', ".");
    // Of what is told in whole numbers nobody types three decimals.
    if is_whole && raw.rsplit_once('.').is_some_and(|(_, thousand)| thousand.len() == 3) {
        return Err(ReadingRefusal::Grouped(number));
    }
    // Neither "1e2" nor "inf", which the parser would take.
    let digits = raw.strip_prefix('-').unwrap_or(&raw);
    let plain = digits.chars().all(|c| c.is_ascii_digit() || c == '.');
    match raw.as_str() {
        "" => Ok(None),
        raw if plain => raw.parse().map(Some).map_err(|_| ReadingRefusal::NotANumber(number)),
        _ => Err(ReadingRefusal::NotANumber(number)),
    }
}
