//! What hours must be like to be kept.
use super::HoursLine;
use domain::{
    FieldProblem,
    booking::{MOST_WEEKS, Plan, TooLong, VisitKind, VisitKinds, open_minutes},
    zone::closing,
};
use jiff::civil::{Time, Weekday};
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

/// Whether a visit can be so long, and whether one fits into the hours.
pub fn slot(starts: Time, ends: Time, minutes: i16) -> Result<(), FieldProblem> {
    if !(5..=480).contains(&minutes) {
        let message = "A visit must last between 5 and 480 minutes.";
        return Err(FieldProblem::new("slot_minutes", message));
    }
    if (0..i64::from(minutes)).contains(&open_minutes(starts, ends)) {
        let message = "These hours are shorter than one visit.";
        return Err(FieldProblem::new("slot_minutes", message));
    }
    Ok(())
}

pub fn kinds(kinds: &[VisitKind]) -> Result<(), FieldProblem> {
    if !kinds.is_empty() {
        return Ok(());
    }
    Err(FieldProblem::new("kinds", "Choose at least one kind of visit."))
}

/// Until how long before its start a time may be kept for urgent visits.
pub fn kept(minutes: Option<i16>) -> Result<(), FieldProblem> {
    if minutes.is_none_or(|minutes| (0..=1_440).contains(&minutes)) {
        return Ok(());
    }
    let message = "Times can be kept until 1440 minutes before their start at most.";
    Err(FieldProblem::new("kept_for_urgent_minutes", message))
}

/// `45 min`, `2 h`, `1 h 30 min`
pub fn length(minutes: i64) -> String {
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} min"),
        (hours, 0) => format!("{hours} h"),
        (hours, minutes) => format!("{hours} h {minutes} min"),
    }
}

const fn visits(kind: VisitKind) -> &'static str {
    match kind {
        VisitKind::Video => "video visits",
        VisitKind::Phone => "phone visits",
        VisitKind::InPerson => "visits in person",
    }
}

/// Hours for `kinds` in which no visit fits, as long as `plan` says that visits are.
pub fn any_fits(
    plan: &Plan,
    field: impl Into<Cow<'static, str>>,
    (starts, ends): (Time, Time),
    kinds: &[VisitKind],
) -> Result<(), FieldProblem> {
    let kinds: VisitKinds = kinds.iter().copied().collect();
    let Some(long) = plan.all_too_long(kinds, open_minutes(starts, ends)) else { return Ok(()) };
    let TooLong { kind, minutes, open } = long;
    Err(FieldProblem::new(
        field,
        format!(
            "Nothing could be booked: your {} take {}, and these hours are {}. Make them longer, or the visits shorter in your booking rules.",
            visits(kind),
            length(minutes.into()),
            length(open),
        ),
    ))
}

/// Lines in which no visit fits, and kinds of visit that fit into none of the hours of `plan`, `lines`
/// among them: said at the line with the longest hours, by its field `ends`.
pub fn fit(
    plan: &Plan,
    lines: &[HoursLine],
    ends: impl Fn(usize) -> Cow<'static, str>,
) -> Result<(), Vec<FieldProblem>> {
    let hours = |line: &HoursLine| (line.starts, line.ends);
    let mut problems: Vec<_> = (lines.iter().enumerate())
        .filter_map(|(at, line)| any_fits(plan, ends(at), hours(line), &line.kinds).err())
        .collect();
    for TooLong { kind, minutes, open } in plan.too_long() {
        let offering = lines.iter().enumerate().filter(|(_, line)| line.kinds.contains(&kind));
        let longest = offering.max_by_key(|(_, line)| open_minutes(line.starts, line.ends));
        let Some((at, _)) = longest else { continue };
        if problems.iter().all(|problem| problem.field != ends(at)) {
            let (visits, minutes, open) = (visits(kind), length(minutes.into()), length(open));
            let message = format!(
                "Your {visits} take {minutes} and would never fit: your longest hours for them are {open}. Make these longer, or the visits {open} at most in your booking rules."
            );
            problems.push(FieldProblem::new(ends(at), message));
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

const fn name(weekday: Weekday) -> &'static str {
    match weekday {
        Weekday::Monday => "Monday",
        Weekday::Tuesday => "Tuesday",
        Weekday::Wednesday => "Wednesday",
        Weekday::Thursday => "Thursday",
        Weekday::Friday => "Friday",
        Weekday::Saturday => "Saturday",
        Weekday::Sunday => "Sunday",
    }
}

/// On which dates the hours are kept: what is wrong with that, if anything.
fn dates(line: &HoursLine) -> Option<FieldProblem> {
    let problem = |field: &'static str, message: String| Some(FieldProblem::new(field, message));
    let weeks = 1..=i16::try_from(MOST_WEEKS).unwrap_or(i16::MAX);
    if !weeks.contains(&line.every_weeks) {
        let message = format!("Choose from each week to every {MOST_WEEKS} weeks.");
        return problem("every_weeks", message);
    }
    if line.every_weeks > 1 && line.valid_from.is_none() {
        let message = "Enter a first day: the weeks are counted from the week it is in.";
        return problem("valid_from", message.to_owned());
    }
    if line.valid_from.zip(line.valid_until).is_some_and(|(first, last)| last < first) {
        return problem("valid_until", "The last day must not be before the first.".to_owned());
    }
    if !line.recurrence().is_ever() {
        let day = name(line.weekday);
        let message = format!("No {day} of these hours is between the first day and the last.");
        return problem("valid_until", message);
    }
    None
}

/// All that is wrong with a line by itself.
fn line(line: &HoursLine) -> Vec<FieldProblem> {
    let mut problems = Vec::new();
    problems.extend(order("ends", line.starts, line.ends).err());
    problems.extend(slot(line.starts, line.ends, line.slot_minutes).err());
    problems.extend(kinds(&line.kinds).err());
    problems.extend(kept(line.kept_for_urgent_minutes).err());
    if !(0..=240).contains(&line.buffer_after_minutes) {
        let message = "A pause must last between 0 and 240 minutes.";
        problems.push(FieldProblem::new("buffer_after_minutes", message));
    }
    problems.extend(dates(line));
    problems
}

/// Whether `line` may be open at the same time as one of `others`.
fn clash<'l>(
    line: &HoursLine,
    mut others: impl Iterator<Item = &'l HoursLine>,
) -> Option<FieldProblem> {
    let other = others.find(|other| {
        other.starts < end_of(line.ends)
            && line.starts < end_of(other.ends)
            && other.recurrence().meets(&line.recurrence())
    })?;
    let (day, starts, ends) =
        (name(other.weekday), other.starts.strftime("%H:%M"), closing(other.ends));
    let message = format!("These hours overlap those on {day} from {starts} to {ends}.");
    Some(FieldProblem::new("starts", message))
}

const MOST_LINES: usize = 70;

/// All that is wrong with the lines; fields are named by the line's number from 0.
pub fn lines(lines: &[HoursLine]) -> Result<(), Vec<FieldProblem>> {
    let mut problems = Vec::new();
    for (index, one) in lines.iter().enumerate() {
        let found = line(one).into_iter().chain(clash(one, lines.iter().take(index)));
        problems.extend(found.map(|problem| {
            FieldProblem::new(format!("{}_{index}", problem.field), problem.message)
        }));
    }
    if lines.len() > MOST_LINES {
        problems.push(FieldProblem::new("lines", "Use ten lines a day or fewer."));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}

/// All that is wrong with a new line beside those that are `kept`.
pub fn added(new: &HoursLine, kept: &[HoursLine]) -> Result<(), Vec<FieldProblem>> {
    let mut problems = line(new);
    problems.extend(clash(new, kept.iter()));
    if kept.len() >= MOST_LINES {
        problems.push(FieldProblem::new("starts", "Use ten lines a day or fewer."));
    }
    if problems.is_empty() { Ok(()) } else { Err(problems) }
}
