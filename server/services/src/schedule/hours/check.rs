//! What hours must be like to be kept.
use super::HoursLine;
use domain::{FieldProblem, booking::VisitKind};
use jiff::civil::Time;
use std::borrow::Cow;

fn end_of(ends: Time) -> Time {
    if ends == Time::midnight() { Time::MAX } else { ends }
}

pub fn order(
    field: impl Into<Cow<'static, str>>,
    starts: Time,
    ends: Time,
) -> Result<(), FieldProblem> {
    if starts < end_of(ends) {
        return Ok(());
    }
    Err(FieldProblem::new(field, "The end must be later than the start."))
}

pub fn slot(field: impl Into<Cow<'static, str>>, minutes: i16) -> Result<(), FieldProblem> {
    if (5..=480).contains(&minutes) {
        return Ok(());
    }
    Err(FieldProblem::new(field, "A visit must last between 5 and 480 minutes."))
}

pub fn kinds(field: impl Into<Cow<'static, str>>, kinds: &[VisitKind]) -> Result<(), FieldProblem> {
    if !kinds.is_empty() {
        return Ok(());
    }
    Err(FieldProblem::new(field, "Choose at least one kind of visit."))
}

/// All that is wrong with the lines; fields are named by the line's number from 0.
pub fn lines(lines: &[HoursLine]) -> Result<(), Vec<FieldProblem>> {
    let mut problems = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        problems.extend(order(format!("ends_{index}"), line.starts, line.ends).err());
        problems.extend(slot(format!("slot_minutes_{index}"), line.slot_minutes).err());
        problems.extend(kinds(format!("kinds_{index}"), &line.kinds).err());
        if !(0..=240).contains(&line.buffer_after_minutes) {
            problems.push(FieldProblem::new(
                format!("buffer_after_minutes_{index}"),
                "A pause must last between 0 and 240 minutes.",
            ));
        }
        let clash = lines.iter().take(index).any(|earlier| {
            earlier.weekday == line.weekday
                && earlier.starts < end_of(line.ends)
                && line.starts < end_of(earlier.ends)
        });
        if clash {
            problems.push(FieldProblem::new(
                format!("starts_{index}"),
                "These hours overlap others on the same day.",
            ));
        }
    }
    if lines.len() > 70 {
        problems.push(FieldProblem::new("lines", "Use ten lines a day or fewer."));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
