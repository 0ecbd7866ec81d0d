use super::{LIMIT_FIELDS, LimitNumbers, PersonalLimits};
use crate::{
    FieldProblem,
    readings::{DIASTOLIC_POSSIBLE, MetricKind, Number, Scale, Unit, manual::typed},
};
use std::fmt;

/// Limits as a doctor types them.
#[derive(Clone, Default)]
pub struct TypedLimits {
    /// A UCUM code, or as people write it; empty for the canonical unit.
    pub unit: String,
    /// One for each of [`LIMIT_FIELDS`]; an empty one is as in most adults.
    pub numbers: [String; 12],
}

/// Empty: it is clinical, and no log may show it.
impl fmt::Debug for TypedLimits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TypedLimits").finish_non_exhaustive()
    }
}

/// Which number must be below which other one, by their places, and whether it may not even be the same.
const ORDER: [(usize, usize, bool); 24] = [
    // Each begins before it ends,
    (0, 1, true),
    (2, 3, true),
    (4, 5, true),
    (6, 7, true),
    (8, 9, true),
    (10, 11, true),
    // the lower number of a pair is below the upper one,
    (2, 0, true),
    (3, 1, true),
    (6, 4, true),
    (7, 5, true),
    (10, 8, true),
    (11, 9, true),
    // what is in the target is not worth a look,
    (4, 0, false),
    (6, 2, false),
    (1, 5, false),
    (3, 7, false),
    // what is urgent is worth a look,
    (8, 4, false),
    (10, 6, false),
    (5, 9, false),
    (7, 11, false),
    // and what is in the target is not urgent, where there is nothing between them.
    (8, 0, false),
    (10, 2, false),
    (1, 9, false),
    (3, 11, false),
];

impl TypedLimits {
    /// What was set, as it is typed in `scale`.
    #[must_use]
    pub fn of(limits: &PersonalLimits, scale: &Scale) -> Self {
        let shown = |number: Option<f64>| number.map(|number| scale.shown(number));
        let numbers = limits.numbers().map(|number| shown(number).unwrap_or_default());
        Self { unit: scale.unit.to_string(), numbers }
    }

    /// All that is wrong with it, field by field, or what it says of the readings of `kind`.
    pub fn check(&self, kind: MetricKind) -> Result<PersonalLimits, Vec<FieldProblem>> {
        let unit = match self.unit.trim() {
            "" => Some(kind.unit()),
            raw => Unit::read(raw),
        };
        let Some(scale) = unit.and_then(|unit| kind.scale(unit)) else {
            let message = "Choose one of the units of this kind.";
            return Err(vec![FieldProblem::new("unit", message)]);
        };
        let mut problems = Vec::new();
        let mut set: LimitNumbers = [None; 12];
        for ((number, field), raw) in set.iter_mut().zip(LIMIT_FIELDS).zip(&self.numbers) {
            match read(kind, scale, field, raw) {
                Ok(read) => *number = read,
                Err(message) => problems.push(FieldProblem::new(field, message)),
            }
        }
        let limits = PersonalLimits::stored(kind, set);
        if problems.is_empty() {
            problems = out_of_order(&limits, scale);
        }
        if problems.is_empty() { Ok(limits) } else { Err(problems) }
    }
}

/// What was typed into `field`, in the canonical unit at the decimals that are kept.
fn read(kind: MetricKind, scale: &Scale, field: &str, raw: &str) -> Result<Option<f64>, String> {
    let said = typed(raw, Number::Value, scale.decimals == 0)
        .map_err(|refusal| refusal.problem_of_form().message.to_string())?;
    let Some(value) = said else { return Ok(None) };
    if !kind.has_limit(field) {
        return Err("Leave this empty: there is no such limit of this kind.".to_owned());
    }
    let possible = match field.contains("_lower_") {
        true => DIASTOLIC_POSSIBLE,
        false => kind.possible(),
    };
    let canonical = kind.rounded(scale.to_canonical(value));
    if possible.contains(&canonical) {
        return Ok(Some(canonical));
    }
    let (low, high) = scale.limits(&possible).into_inner();
    Err(format!("Enter a number between {low} and {high} {}.", scale.words))
}

/// Numbers of `limits` that contradict each other, or those of most adults. What is so in most adults is never blamed.
fn out_of_order(limits: &PersonalLimits, scale: &Scale) -> Vec<FieldProblem> {
    let (set, merged) = (limits.numbers(), limits.merged());
    let is_set = |place: usize| set.get(place).copied().flatten().is_some();
    let value = |place: usize| merged.get(place).copied().flatten();
    let mut problems: Vec<FieldProblem> = Vec::new();
    for (smaller, larger, is_apart) in ORDER {
        let Some((low, high)) = value(smaller).zip(value(larger)) else { continue };
        let is_right = if is_apart { low < high } else { low <= high };
        // The outer one, or the end, where both are set.
        let blamed = match (is_set(smaller), is_set(larger)) {
            (false, false) => continue,
            (true, false) => smaller,
            (false, true) => larger,
            (true, true) => smaller.max(larger),
        };
        let Some(field) = LIMIT_FIELDS.get(blamed).filter(|_| !is_right) else { continue };
        if problems.iter().any(|problem| problem.field == *field) {
            continue;
        }
        let (other, way) = match (blamed == smaller, is_apart) {
            (true, true) => (larger, "less than"),
            (true, false) => (larger, "at most"),
            (false, true) => (smaller, "more than"),
            (false, false) => (smaller, "at least"),
        };
        let edge = value(other).map(|edge| scale.shown(edge)).unwrap_or_default();
        let whose = if is_set(other) { "" } else { " in most adults" };
        let message = format!("Enter {way} {edge}: {}{whose}.", said_of(other));
        problems.push(FieldProblem::new(*field, message));
    }
    problems
}

/// What the number at a place of [`LIMIT_FIELDS`] says.
const fn said_of(place: usize) -> &'static str {
    match place {
        0 => "the target range begins there",
        1 => "the target range ends there",
        2 => "the target range of the lower number begins there",
        3 => "the target range of the lower number ends there",
        4 => "below that it is worth a look",
        5 => "above that it is worth a look",
        6 => "below that the lower number is worth a look",
        7 => "above that the lower number is worth a look",
        8 => "below that it is urgent",
        9 => "above that it is urgent",
        10 => "below that the lower number is urgent",
        _ => "above that the lower number is urgent",
    }
}
