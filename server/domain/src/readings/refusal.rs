use super::{BATCH_AT_MOST, DIASTOLIC_POSSIBLE, MetricKind, Scale, Unit};
use crate::FieldProblem;

/// One of the numbers of a reading, as it is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Number {
    /// The only one.
    Value,
    /// The upper one of a pair.
    Systolic,
    /// The lower one.
    Diastolic,
}

impl Number {
    #[must_use]
    pub const fn field(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Systolic => "systolic",
            Self::Diastolic => "diastolic",
        }
    }
}

/// Why a reading is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReadingRefusal {
    /// No object of JSON, or with a number that no computer keeps.
    Unreadable,
    UnknownKind,
    /// A number is missing.
    Missing(MetricKind, Number),
    /// Text, a list, or no finite number.
    NotANumber(Number),
    /// `10,000` may be ten thousand, or ten.
    Grouped(Number),
    /// A second number for what has only one.
    OneNumber(MetricKind, Number),
    /// `value` and `systolic` say different things.
    TwoValues,
    NoUnit(MetricKind),
    /// A unit that we do not know, or of another dimension.
    OtherUnit(MetricKind),
    /// No living person has it.
    Impossible(MetricKind, Number, Unit),
    /// The upper number of a pair is not above the lower one.
    UpsideDown,
    NoTime,
    UnreadableTime,
    UnreadableId,
    /// Another reading of the batch has the id.
    RepeatedId,
}

impl ReadingRefusal {
    /// Stable and machine-readable.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Unreadable => "readings.unreadable",
            Self::UnknownKind => "readings.unknown_type",
            Self::Missing(..) => "readings.missing_value",
            Self::NotANumber(_) => "readings.not_a_number",
            Self::Grouped(_) => "readings.grouped_number",
            Self::OneNumber(..) => "readings.one_number",
            Self::TwoValues => "readings.two_values",
            Self::NoUnit(_) => "readings.missing_unit",
            Self::OtherUnit(_) => "readings.unknown_unit",
            Self::Impossible(..) => "readings.out_of_range",
            Self::UpsideDown => "readings.systolic_not_above_diastolic",
            Self::NoTime => "readings.missing_timestamp",
            Self::UnreadableTime => "readings.unreadable_timestamp",
            Self::UnreadableId => "readings.unreadable_id",
            Self::RepeatedId => "readings.repeated_id",
        }
    }

    /// What to say to who made the device.
    #[must_use]
    pub fn problem(self) -> FieldProblem {
        self.said("Send")
    }

    /// What to say to who types.
    #[must_use]
    pub fn problem_of_form(self) -> FieldProblem {
        self.said("Enter")
    }

    fn said(self, send: &str) -> FieldProblem {
        let message = match self {
            Self::Unreadable => format!(
                "{send} each reading as an object with a type, a value, a unit and a timestamp."
            ),
            Self::UnknownKind => {
                let known: Vec<_> = MetricKind::ALL.iter().map(|kind| kind.as_str()).collect();
                format!("{send} one of the types we know: {}.", known.join(", "))
            }
            Self::Missing(kind, number) => format!("{send} {}.", name(kind, number)),
            Self::NotANumber(_) => format!("{send} a number, such as 72 or 36.6, not text."),
            Self::Grouped(_) => {
                format!("{send} the number without a comma or point in it, such as 10000.")
            }
            Self::OneNumber(kind, _) => {
                format!("{send} {} as one number, its value.", kind.phrase())
            }
            Self::TwoValues => {
                format!("{send} the upper number once: value and systolic are the same.")
            }
            Self::NoUnit(kind) => {
                format!("{send} the unit of {}: {}.", kind.phrase(), units(kind))
            }
            Self::OtherUnit(kind) => {
                format!("{send} {} in a unit that it has: {}.", kind.phrase(), units(kind))
            }
            Self::Impossible(kind, number, unit) => {
                format!("{send} {} {}.", name(kind, number), range(kind, number, unit))
            }
            Self::UpsideDown => {
                format!("{send} an upper number that is above the lower one.")
            }
            Self::NoTime => format!(
                "{send} when it was measured, with the offset from UTC, such as 2026-03-02T08:30:00Z."
            ),
            Self::UnreadableTime => format!(
                "{send} a time of RFC 3339 with its offset from UTC, such as 2026-03-02T08:30:00Z."
            ),
            Self::UnreadableId => {
                format!("{send} an id of 1 to 100 visible ASCII characters, or none.")
            }
            Self::RepeatedId => {
                format!("{send} each id once among the up to {BATCH_AT_MOST} readings of a batch.")
            }
        };
        FieldProblem::new(self.field(), message)
    }

    const fn field(self) -> &'static str {
        match self {
            Self::Unreadable => "metrics",
            Self::UnknownKind => "type",
            Self::Missing(_, number)
            | Self::NotANumber(number)
            | Self::Grouped(number)
            | Self::OneNumber(_, number)
            | Self::Impossible(_, number, _) => number.field(),
            Self::TwoValues | Self::UpsideDown => "systolic",
            Self::NoUnit(_) | Self::OtherUnit(_) => "unit",
            Self::NoTime | Self::UnreadableTime => "timestamp",
            Self::UnreadableId | Self::RepeatedId => "id",
        }
    }
}

fn name(kind: MetricKind, number: Number) -> &'static str {
    match number {
        Number::Value => kind.phrase(),
        Number::Systolic => "an upper (systolic) pressure",
        Number::Diastolic => "a lower (diastolic) pressure",
    }
}

/// `mg/dL or mmol/L`, as they may be sent.
fn units(kind: MetricKind) -> String {
    let codes: Vec<_> = kind.scales().map(|scale| scale.unit.as_str()).collect();
    match codes.split_last() {
        Some((last, others)) if !others.is_empty() => format!("{} or {last}", others.join(", ")),
        _ => codes.concat(),
    }
}

/// `between 20 and 350 beats a minute`
fn range(kind: MetricKind, number: Number, unit: Unit) -> String {
    let possible = match number {
        Number::Diastolic => DIASTOLIC_POSSIBLE,
        Number::Value | Number::Systolic => kind.possible(),
    };
    let between = |scale: &Scale| {
        let (low, high) = scale.limits(&possible).into_inner();
        format!("between {low} and {high} {}", scale.words)
    };
    kind.scale(unit).map_or_else(String::new, between)
}
