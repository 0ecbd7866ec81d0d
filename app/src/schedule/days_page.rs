use super::{
    hours_form::kept_choices,
    stranded::{fates_of, stranded_warning},
};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use domain::{
    FieldProblem, Problem,
    booking::VisitKind,
    holidays::Holiday,
    zone::{closing, day, typed_closing, typed_time},
};
use jiff::civil::{Date, Time};
use leptos::prelude::*;
use services::{
    Error,
    identity::Doctor,
    schedule::{self, Changed, Closing, ExceptionRow, ExtraHours, Stranded},
};
use ui::{
    Button, CheckboxField, Choice, DateField, FieldError, FormMessage, SelectField, TextField,
};

/// Which of the forms on the page was sent.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sent {
    Nothing,
    Closing,
    Extra,
    Removal,
}

/// `/doctor/days`
pub async fn show(page: Page) -> PageResult {
    render(page, &Fields::default(), Sent::Nothing, None, Vec::new()).await
}

/// `POST /doctor/days/close`
pub async fn close(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let fates = fates_of(&fields);
    let changed = match closing_of(&fields) {
        Err(problems) => Err(Error::Invalid(problems)),
        Ok(closing) => schedule::close(page.clinic(), &doctor, &closing, fates).await,
    };
    answer(page, &fields, Sent::Closing, changed).await
}

/// `POST /doctor/days/extra`
pub async fn add(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let changed = match extra_of(&fields) {
        Err(problems) => Err(Error::Invalid(problems)),
        Ok(extra) => {
            let made = schedule::add_hours(page.clinic(), &doctor, &extra).await;
            made.map(|_| Changed::Saved)
        }
    };
    answer(page, &fields, Sent::Extra, changed).await
}

/// `POST /doctor/days/remove`
pub async fn remove(page: Page, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let fates = fates_of(&fields);
    let id = fields.parse("id").ok_or(Error::NotFound)?;
    let changed = schedule::remove_exception(page.clinic(), &doctor, id, fates).await;
    answer(page, &fields, Sent::Removal, changed).await
}

async fn answer(
    page: Page,
    fields: &Fields,
    sent: Sent,
    changed: services::Result<Changed>,
) -> PageResult {
    match changed {
        Ok(Changed::Saved) => Ok(see_other("/doctor/days?saved=1")),
        Ok(Changed::Strands(visits)) => render(page, fields, sent, None, visits).await,
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, fields, sent, Some(problem), Vec::new()).await
        }
    }
}

fn day_of(fields: &Fields) -> Result<Date, FieldProblem> {
    fields.required("day", "Choose a day.")
}

/// When the hours begin and end.
fn hours_of(fields: &Fields) -> (Result<Time, FieldProblem>, Result<Time, FieldProblem>) {
    let or = |time: Option<Time>, name| {
        time.ok_or(FieldProblem::new(name, "Enter a time, such as 09:00."))
    };
    (or(typed_time(fields.get("starts")), "starts"), or(typed_closing(fields.get("ends")), "ends"))
}

fn closing_of(fields: &Fields) -> Result<Closing, Vec<FieldProblem>> {
    let date = day_of(fields);
    let whole = fields.some("starts").is_none() && fields.some("ends").is_none();
    let hours = if whole {
        Ok(None)
    } else {
        match hours_of(fields) {
            (Ok(starts), Ok(ends)) => Ok(Some((starts, ends))),
            (starts, ends) => Err([starts.err(), ends.err()]),
        }
    };
    match (date, hours) {
        (Ok(day), Ok(hours)) => Ok(Closing { day, hours, reason: fields.text("reason") }),
        (day, hours) => Err(std::iter::once(day.err())
            .chain(hours.err().into_iter().flatten())
            .flatten()
            .collect()),
    }
}

fn extra_of(fields: &Fields) -> Result<ExtraHours, Vec<FieldProblem>> {
    let minutes = fields.required("slot_minutes", "Enter a number of minutes.");
    let (starts, ends) = hours_of(fields);
    match (day_of(fields), starts, ends, minutes) {
        (Ok(day), Ok(starts), Ok(ends), Ok(slot_minutes)) => Ok(ExtraHours {
            day,
            starts,
            ends,
            slot_minutes,
            place: fields.parse("place"),
            kinds: fields.all("kinds").filter_map(|word| word.parse().ok()).collect(),
            kept_for_urgent_minutes: fields.parse("kept_for_urgent_minutes"),
        }),
        (day, starts, ends, minutes) => Err([day.err(), starts.err(), ends.err(), minutes.err()]
            .into_iter()
            .flatten()
            .collect()),
    }
}

async fn render(
    page: Page,
    fields: &Fields,
    sent: Sent,
    problem: Option<Problem>,
    stranded: Vec<Stranded>,
) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let hours = schedule::hours(page.clinic(), &doctor).await?;
    let saved = Fields::of_query(page.query()).is_on("saved");
    let problem = problem.as_ref();
    let mine = |form: Sent| if sent == form { fields.clone() } else { Fields::default() };
    let at = |form: Sent, name: &str| {
        if sent == form { forms::at(problem, name) } else { None }
    };
    let warning =
        |form: Sent| (sent == form).then(|| stranded_warning(&page, fields, &stranded)).flatten();
    let (closing, extra) = (mine(Sent::Closing), mine(Sent::Extra));
    let close_warning = warning(Sent::Closing);
    let removal_warning = warning(Sent::Removal);
    let removal = mine(Sent::Removal);
    let exceptions: Vec<_> = hours.exceptions.iter().map(exception_view).collect();
    let none = exceptions.is_empty();
    let nothing = match hours.holidays[..] {
        [] => "None. Your weekly hours hold on every day.",
        _ => "None but the public holidays.",
    };
    let holidays = holidays_view(&hours.holidays);
    let places: Vec<_> = std::iter::once(Choice::new("", "Video and phone only"))
        .chain(
            hours.places.iter().map(|place| Choice::new(place.id.to_string(), place.name.clone())),
        )
        .collect();
    let kinds: Vec<_> = VisitKind::ALL
        .iter()
        .map(|kind| {
            let checked = extra.all("kinds").any(|word| word == kind.as_str());
            view! { <CheckboxField label=kind.label() name="kinds" id=format!("kinds_{kind}") value=kind.as_str() checked /> }
        })
        .collect();
    let status =
        if stranded.is_empty() { form_status(problem) } else { axum::http::StatusCode::CONFLICT };
    Ok(page.with_status(status).show(forms::title(problem, "Single days"), || {
        view! {
            <article class="stack">
                {forms::summary(problem)}
                <h1>"Single days"</h1>
                {saved.then(|| view! { <FormMessage>"Saved. Patients see it already."</FormMessage> })}
                <p><a href="/doctor/hours">"My weekly hours"</a></p>
                {removal_warning.map(|warning| view! {
                    <form method="post" novalidate=true action="/doctor/days/remove" class="stack">
                        <input type="hidden" name="id" value=removal.text("id") />
                        {warning}
                        <Button>"Take it back"</Button>
                    </form>
                })}
                <section aria-labelledby="coming" class="stack-small">
                    <h2 id="coming">"Days that differ"</h2>
                    {if none {
                        view! { <p class="muted">{nothing}</p> }.into_any()
                    } else {
                        view! { <ul class="plain-list stack-small">{exceptions}</ul> }.into_any()
                    }}
                </section>
                {holidays}
                <div class="grid">
                    <form method="post" novalidate=true action="/doctor/days/close" class="card stack">
                        <h2>"Close a day"</h2>
                        {close_warning}
                        <DateField label="Day" name="day" id="close_day" value=closing.text("day") error=at(Sent::Closing, "day") />
                        <p class="muted">"Leave the times empty to close the whole day."</p>
                        <TextField label="From" name="starts" id="close_starts" kind="time" value=closing.text("starts") error=at(Sent::Closing, "starts") />
                        <TextField label="To" name="ends" id="close_ends" kind="time" value=closing.text("ends") error=at(Sent::Closing, "ends") />
                        <TextField label="Reason (only you see it)" name="reason" id="close_reason" maxlength=200 value=closing.text("reason") error=at(Sent::Closing, "reason") />
                        <Button>"Close"</Button>
                    </form>
                    <form method="post" novalidate=true action="/doctor/days/extra" class="card stack">
                        <h2>"Add hours"</h2>
                        <DateField label="Day" name="day" id="extra_day" value=extra.text("day") error=at(Sent::Extra, "day") />
                        <TextField label="From" name="starts" id="extra_starts" kind="time" value=extra.text("starts") error=at(Sent::Extra, "starts") />
                        <TextField label="To" name="ends" id="extra_ends" kind="time" value=extra.text("ends") error=at(Sent::Extra, "ends") />
                        <TextField label="Minutes a visit" name="slot_minutes" id="extra_slot_minutes" inputmode="numeric" value=extra.some("slot_minutes").unwrap_or("20").to_owned() error=at(Sent::Extra, "slot_minutes") />
                        <SelectField label="For whom" name="kept_for_urgent_minutes" id="extra_kept" options=kept_choices(extra.get("kept_for_urgent_minutes")) selected=extra.text("kept_for_urgent_minutes") error=at(Sent::Extra, "kept_for_urgent_minutes") />
                        <SelectField label="Place" name="place" id="extra_place" options=places selected=extra.text("place") error=at(Sent::Extra, "place") />
                        <fieldset class="kinds">
                            <legend>"Kinds of visit"</legend>
                            {at(Sent::Extra, "kinds").map(|message| view! { <FieldError message /> })}
                            {kinds}
                        </fieldset>
                        <Button>"Add hours"</Button>
                    </form>
                </div>
            </article>
        }
    }))
}

/// The public holidays ahead, by name, if any are kept.
fn holidays_view(holidays: &[Holiday]) -> Option<AnyView> {
    if holidays.is_empty() {
        return None;
    }
    let lines: Vec<_> = holidays
        .iter()
        .map(|holiday| {
            let kept = if holiday.is_substitute { " (kept on this day)" } else { "" };
            view! { <li><strong>{day(holiday.date)}</strong>{format!(": {}{kept}", holiday.name)}</li> }
        })
        .collect();
    Some(
        view! {
            <section aria-labelledby="holidays" class="stack-small">
                <h2 id="holidays">"Public holidays"</h2>
                <p class="muted">
                    "Your weekly hours are closed on them. To work on one, add hours on it. Which country's you keep is one of your "
                    <a href="/doctor/rules">"booking rules"</a>"."
                </p>
                <ul class="plain-list card">{lines}</ul>
            </section>
        }
        .into_any(),
    )
}

fn exception_view(row: &ExceptionRow) -> AnyView {
    let hours = match (row.starts, row.ends) {
        (Some(starts), Some(ends)) => {
            format!(" from {} to {}", starts.strftime("%H:%M"), closing(ends))
        }
        _ => " all day".to_owned(),
    };
    let what = if row.change == "closed" { "Closed" } else { "Extra hours" };
    let reason = row.reason.clone().map(|reason| format!(" ({reason})")).unwrap_or_default();
    let label = format!("{}: {what}{hours}{reason}", day(row.day));
    view! {
        <li class="card cluster">
            <span>{label.clone()}</span>
            <form method="post" novalidate=true action="/doctor/days/remove">
                <input type="hidden" name="id" value=row.id.to_string() />
                <button class="button button-quiet" type="submit">"Take back"<span class="visually-hidden">" "{label}</span></button>
            </form>
        </li>
    }
    .into_any()
}
