use super::stranded::{fates_of, stranded_warning};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{
    FieldProblem, Problem,
    booking::{MOST_WEEKS, VisitKind},
    directory::HospitalId,
};
use jiff::civil::{Date, Time, Weekday};
use leptos::prelude::*;
use services::{
    identity::Doctor,
    schedule::{self, Changed, Hours, HoursLine, Stranded},
};
use ui::{
    Button, CheckboxField, Choice, DateField, FieldError, FormMessage, Icon, IconName, SelectField,
    TextField,
};

/// Lines beyond those in use, for new hours.
const SPARE_LINES: usize = 3;

const WEEKDAYS: [(&str, &str); 7] = [
    ("1", "Monday"),
    ("2", "Tuesday"),
    ("3", "Wednesday"),
    ("4", "Thursday"),
    ("5", "Friday"),
    ("6", "Saturday"),
    ("7", "Sunday"),
];

/// `/doctor/hours`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let hours = schedule::hours(page.clinic(), &doctor).await?;
    let lines: Vec<_> =
        hours.rules.iter().filter_map(services::schedule::RuleRow::to_rule).collect();
    let fields = as_fields(&lines.iter().map(HoursLine::from_rule).collect::<Vec<_>>());
    let saved = Fields::of_query(page.query()).is_on("saved");
    Ok(form(page, &hours, &fields, lines.len(), None, &[], saved))
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
    let shown = count.saturating_sub(SPARE_LINES);
    Ok(form(page, &hours, &fields, shown, problem, &stranded, false))
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
        let mut time = |part: &str| {
            let parsed = time_of(fields.get(&name(part)));
            if parsed.is_none() {
                problems.push(FieldProblem::new(name(part), "Enter a time, such as 09:00."));
            }
            parsed.unwrap_or(Time::midnight())
        };
        let (starts, ends) = (time("starts"), time("ends"));
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

/// For whom hours are, with what is `set` among it.
pub fn kept_choices(set: &str) -> Vec<Choice> {
    let known = [
        ("", "Everybody"),
        ("60", "Urgent until 1 hour before"),
        ("120", "Urgent until 2 hours before"),
        ("240", "Urgent until 4 hours before"),
        ("0", "Urgent visits only"),
    ];
    let mut choices: Vec<_> =
        known.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    if known.iter().all(|(value, _)| *value != set) {
        choices.push(Choice::new(set, format!("Urgent until {set} minutes before")));
    }
    choices
}

/// `09:00`, and `24:00` for the end of the day.
pub fn time_of(raw: &str) -> Option<Time> {
    let raw = raw.trim();
    if raw == "24:00" {
        return Some(Time::midnight());
    }
    let (hour, minute) = raw.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}

fn form(
    page: Page,
    hours: &Hours,
    fields: &Fields,
    filled: usize,
    problem: Option<Problem>,
    stranded: &[Stranded],
    saved: bool,
) -> Response {
    let problem = problem.as_ref();
    let count = filled + SPARE_LINES;
    let places: Vec<_> = std::iter::once(Choice::new("", "Video and phone only"))
        .chain(
            hours.places.iter().map(|place| Choice::new(place.id.to_string(), place.name.clone())),
        )
        .collect();
    let lines: Vec<_> = (0..count)
        .map(|index| line_view(index, index >= filled, fields, &places, problem))
        .collect();
    let zone = hours.time_zone.clone();
    let status =
        if stranded.is_empty() { form_status(problem) } else { axum::http::StatusCode::CONFLICT };
    let warning = stranded_warning(&page, fields, stranded);
    page.with_status(status).show(forms::title(problem, "My weekly hours"), || {
        view! {
            <article class="stack">
                {forms::summary(problem)}
                <h1>"My weekly hours"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. Patients see the new times already."</FormMessage> })}
                <p class="lede">"Hours at a place go by the clock there; hours by video or phone by "{zone}" time."</p>
                <p class="muted">"Hours for urgent visits: patients who cannot wait book them on the same day. From the hour you choose before its start, a time that is left is free to everybody."</p>
                <p><a href="/doctor/days">"Close a day, or add hours on one"</a></p>
                <p><a href="/doctor/rules">"Booking rules: notice, pauses, limits, public holidays"</a></p>
                <p><a href="/doctor/times">"Why is a time not free?"</a></p>
                <form method="post" novalidate=true action="/doctor/hours" class="stack">
                    {warning}
                    <input type="hidden" name="lines" value=count.to_string() />
                    {lines}
                    <Button>"Save hours"</Button>
                </form>
            </article>
        }
    })
}

fn line_view(
    index: usize,
    spare: bool,
    fields: &Fields,
    places: &[Choice],
    problem: Option<&Problem>,
) -> AnyView {
    let name = |part: &str| format!("{part}_{index}");
    let value = |part: &str, blank: &str| match fields.some(&name(part)) {
        Some(value) => value.to_owned(),
        None if spare => blank.to_owned(),
        None => String::new(),
    };
    let at = |part: &str| forms::at(problem, &name(part));
    let kinds_name = name("kinds");
    let on = |kind: VisitKind| fields.all(&kinds_name).any(|word| word == kind.as_str());
    let kinds: Vec<_> = VisitKind::ALL
        .iter()
        .map(|kind| {
            view! {
                <CheckboxField
                    label=kind.label() name=kinds_name.clone() id=format!("{kinds_name}_{kind}")
                    value=kind.as_str() checked=on(*kind)
                />
            }
        })
        .collect();
    let weekdays: Vec<_> =
        WEEKDAYS.iter().map(|(value, label)| Choice::new(*value, *label)).collect();
    let often: Vec<_> = (1..=MOST_WEEKS)
        .map(|weeks| match weeks {
            1 => Choice::new("1", "Every week"),
            _ => Choice::new(weeks.to_string(), format!("Every {weeks} weeks")),
        })
        .collect();
    let dates = ["every_weeks", "valid_from", "valid_until", "kept_for_urgent_minutes"];
    let open = dates.iter().any(|part| {
        at(part).is_some() || fields.some(&name(part)).is_some_and(|value| value != "1")
    });
    let legend = if spare { "New hours".to_owned() } else { format!("Hours {}", index + 1) };
    view! {
        <fieldset class="hours-line card">
            <legend>{legend}</legend>
            <SelectField label="Day" name=name("weekday") options=weekdays selected=value("weekday", "1") error=at("weekday") />
            <TextField label="From" name=name("starts") kind="time" value=value("starts", "") error=at("starts") />
            <TextField label="To" name=name("ends") kind="time" value=value("ends", "") error=at("ends") />
            <TextField label="Minutes a visit" name=name("slot_minutes") inputmode="numeric" value=value("slot_minutes", "20") error=at("slot_minutes") />
            <TextField label="Pause after" name=name("buffer_after_minutes") inputmode="numeric" value=value("buffer_after_minutes", "0") error=at("buffer_after_minutes") />
            <SelectField label="Place" name=name("place") options=places.to_vec() selected=value("place", "") error=at("place") />
            <details class="hours-dates" open=open>
                <summary>"Only some weeks, only for a while, or kept for urgent visits"<Icon name=IconName::ChevronDown /></summary>
                <p class="muted">"Weeks are counted from the one with the first day, Monday to Sunday."</p>
                <div class="hours-line">
                    <SelectField label="How often" name=name("every_weeks") options=often selected=value("every_weeks", "1") error=at("every_weeks") />
                    <DateField label="First day" name=name("valid_from") value=value("valid_from", "") error=at("valid_from") />
                    <DateField label="Last day" name=name("valid_until") value=value("valid_until", "") error=at("valid_until") />
                    <SelectField label="For whom" name=name("kept_for_urgent_minutes") options=kept_choices(&value("kept_for_urgent_minutes", "")) selected=value("kept_for_urgent_minutes", "") error=at("kept_for_urgent_minutes") />
                </div>
            </details>
            <fieldset class="kinds">
                <legend>"Kinds of visit"</legend>
                {at("kinds").map(|message| view! { <FieldError message /> })}
                {kinds}
            </fieldset>
            {(!spare).then(|| view! { <CheckboxField label="Remove these hours" name=name("remove") value="true" checked=false /> })}
        </fieldset>
    }
    .into_any()
}
