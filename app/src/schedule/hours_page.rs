use super::{
    hours_form::{SPARE_LINES, Shown, form},
    stranded::fates_of,
};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, page::see_other};
use domain::{
    FieldProblem,
    directory::HospitalId,
    zone::{typed_closing, typed_time},
};
use jiff::civil::{Date, Time, Weekday};
use services::{
    identity::Doctor,
    schedule::{self, Changed, HoursLine},
};

/// `/doctor/hours`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let hours = schedule::hours(page.clinic(), &doctor).await?;
    let lines: Vec<_> =
        hours.rules.iter().filter_map(services::schedule::RuleRow::to_rule).collect();
    let fields = as_fields(&lines.iter().map(HoursLine::from_rule).collect::<Vec<_>>());
    let saved = Fields::of_query(page.query()).is_on("saved");
    let filled = lines.len();
    Ok(form(page, &hours, &Shown { fields: &fields, filled, problem: None, stranded: &[], saved }))
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let count = fields.parse("lines").unwrap_or(0_usize).min(100);
    let fates = fates_of(&fields);
    let changed = match lines_of(&fields, count) {
        Err(problems) => Err(services::Error::Invalid(problems)),
        Ok((numbers, lines)) => schedule::change_hours(page.clinic(), &doctor, &lines, fates)
            .await
            .map_err(|error| as_numbered(error, &numbers)),
    };
    let (problem, stranded) = match changed {
        Ok(Changed::Saved) => return Ok(see_other("/doctor/hours?saved=1")),
        Ok(Changed::Strands(visits)) => (None, visits),
        Err(error) => (Some(form_problem(error)?), Vec::new()),
    };
    let hours = schedule::hours(page.clinic(), &doctor).await?;
    let filled = count.saturating_sub(SPARE_LINES);
    let (problem, stranded) = (problem.as_ref(), stranded.as_slice());
    Ok(form(page, &hours, &Shown { fields: &fields, filled, problem, stranded, saved: false }))
}

fn as_fields(lines: &[HoursLine]) -> Fields {
    let mut pairs = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        let mut push = |name: &str, value: String| pairs.push((format!("{name}_{index}"), value));
        push("weekday", line.weekday.to_monday_one_offset().to_string());
        push("starts", line.starts.strftime("%H:%M").to_string());
        push("ends", line.ends.strftime("%H:%M").to_string());
        push("slot_minutes", line.slot_minutes.to_string());
        push("buffer_after_minutes", line.buffer_after_minutes.to_string());
        push("every_weeks", line.every_weeks.to_string());
        let mut push_day = |name, day: Option<Date>| {
            push(name, day.map(|day| day.to_string()).unwrap_or_default());
        };
        push_day("valid_from", line.valid_from);
        push_day("valid_until", line.valid_until);
        push(
            "kept_for_urgent_minutes",
            line.kept_for_urgent_minutes.map(|kept| kept.to_string()).unwrap_or_default(),
        );
        push("place", line.place.map(|place| place.to_string()).unwrap_or_default());
        for kind in &line.kinds {
            push("kinds", kind.to_string());
        }
    }
    Fields::from_pairs(pairs)
}

/// The same error at the fields of the form, whose lines have these `numbers`: those that are removed
/// or were left empty are not counted elsewhere.
fn as_numbered(error: services::Error, numbers: &[usize]) -> services::Error {
    let services::Error::Invalid(mut problems) = error else { return error };
    for problem in &mut problems {
        let number = problem.field.rsplit_once('_').and_then(|(part, index)| {
            Some(format!("{part}_{}", numbers.get(index.parse::<usize>().ok()?)?))
        });
        if let Some(field) = number {
            problem.field = field.into();
        }
    }
    services::Error::Invalid(problems)
}

/// The lines that were filled in and not marked for removal, and their numbers in the form.
fn lines_of(
    fields: &Fields,
    count: usize,
) -> Result<(Vec<usize>, Vec<HoursLine>), Vec<FieldProblem>> {
    let mut lines = Vec::new();
    let mut numbers = Vec::new();
    let mut problems = Vec::new();
    for index in 0..count {
        let name = |part: &str| format!("{part}_{index}");
        let blank = fields.some(&name("starts")).is_none() && fields.some(&name("ends")).is_none();
        if blank || fields.is_on(&name("remove")) {
            continue;
        }
        let mut time = |part: &str, read: fn(&str) -> Option<Time>| {
            let parsed = read(fields.get(&name(part)));
            if parsed.is_none() {
                problems.push(FieldProblem::new(name(part), "Enter a time, such as 09:00."));
            }
            parsed.unwrap_or_default()
        };
        let (starts, ends) = (time("starts", typed_time), time("ends", typed_closing));
        let mut number = |part: &str| {
            let parsed: Option<i16> = fields.parse(&name(part));
            if parsed.is_none() {
                problems.push(FieldProblem::new(name(part), "Enter a number of minutes."));
            }
            parsed.unwrap_or_default()
        };
        let slot_minutes = number("slot_minutes");
        let buffer_after_minutes = number("buffer_after_minutes");
        let every_weeks = match fields.some(&name("every_weeks")) {
            None => 1,
            Some(_) => number("every_weeks"),
        };
        let kept = fields.some(&name("kept_for_urgent_minutes"));
        let kept_for_urgent_minutes = kept.map(|_| number("kept_for_urgent_minutes"));
        let mut day = |part: &str| {
            let raw = fields.some(&name(part))?;
            let parsed: Option<Date> = raw.parse().ok();
            if parsed.is_none() {
                problems.push(FieldProblem::new(name(part), "Enter a day, or leave it empty."));
            }
            parsed
        };
        let (valid_from, valid_until) = (day("valid_from"), day("valid_until"));
        let weekday = fields
            .parse::<i8>(&name("weekday"))
            .and_then(|number| Weekday::from_monday_one_offset(number).ok());
        let Some(weekday) = weekday else {
            problems.push(FieldProblem::new(name("weekday"), "Choose a day of the week."));
            continue;
        };
        let kinds_name = name("kinds");
        numbers.push(index);
        lines.push(HoursLine {
            weekday,
            starts,
            ends,
            slot_minutes,
            buffer_after_minutes,
            place: fields.parse::<HospitalId>(&name("place")),
            kinds: fields.all(&kinds_name).filter_map(|word| word.parse().ok()).collect(),
            every_weeks,
            valid_from,
            valid_until,
            kept_for_urgent_minutes,
        });
    }
    if problems.is_empty() { Ok((numbers, lines)) } else { Err(problems) }
}
