//! Corrects what was typed wrong, and shows what it was.
use super::{
    ALL,
    add_page::{named_as_typed, time, typed, values, zone},
    edit_path, value_as_sent, when,
};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    readings::{CheckedManual, Correction, ManualReading, ReadingId},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::{Caller, Patient},
    readings::{self, Corrected, History, StoredReading},
};
use ui::{Button, Cell, Column, Notice, PageHeader, RowHead, Section, Table, TextArea, Tone};

/// `/patient/readings/{id}/edit`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ReadingId = id.parse().map_err(|_| Error::NotFound)?;
    let history = readings::reading(page.clinic(), &patient, id).await?;
    // An old address leads to what the reading is today.
    if history.now.id != id {
        return Ok(see_other(&edit_path(history.now.id)));
    }
    let fields = first_fields(&page, &history.now);
    Ok(form(page, &history, &fields, None))
}

/// `POST` to the same.
pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ReadingId = id.parse().map_err(|_| Error::NotFound)?;
    match correct(&page, &patient, id, &fields).await {
        Ok(_) => Ok(see_other(&format!("{ALL}?changed=1"))),
        Err(error) => {
            let problem = named_as_typed(form_problem(error)?);
            match readings::reading(page.clinic(), &patient, id).await {
                Ok(history) => Ok(form(page, &history, &fields, Some(problem))),
                // It was removed in another window: what was typed stays to be read.
                Err(Error::NotFound) => Ok(gone(page, &fields, &problem)),
                Err(error) => Err(error.into()),
            }
        }
    }
}

async fn correct(
    page: &Page,
    patient: &Caller<Patient>,
    id: ReadingId,
    fields: &Fields,
) -> services::Result<ReadingId> {
    let version = fields.parse("version").unwrap_or_default();
    // What the form showed is not something that was typed.
    let shown = Fields::from_pairs(
        ["value", "diastolic", "unit", "date", "time"]
            .map(|name| (name, fields.text(&format!("shown_{name}")))),
    );
    let (form, zone) = (typed(fields, &zone(page)), zone(page));
    let is_measured = fields.is_on("is_measured");
    let correction = Correction {
        has_same_values: is_measured || form.has_values_of(&typed(&shown, &zone)),
        has_same_time: is_measured
            || ["date", "time"].iter().all(|name| fields.get(name) == shown.get(name)),
        form,
    };
    readings::change(page.clinic(), patient, id, version, &correction).await
}

/// What the form shows of the reading as it is.
fn first_fields(page: &Page, stored: &StoredReading) -> Fields {
    let at = stored.recorded_at.to_zoned(zone(page));
    let shown = ManualReading::of(&CheckedManual {
        reading: stored.reading,
        unit: stored.unit,
        recorded_at: stored.recorded_at,
        notes: stored.notes.clone(),
    });
    Fields::from_pairs([
        ("value", shown.value),
        ("diastolic", shown.diastolic),
        ("unit", shown.unit),
        ("date", at.date().to_string()),
        ("time", at.strftime("%H:%M").to_string()),
        ("notes", shown.notes),
    ])
}

fn form(page: Page, history: &History, fields: &Fields, problem: Option<Problem>) -> Response {
    let (stored, problem) = (&history.now, problem.as_ref());
    let is_measured = stored.device.is_some();
    let now = now(&page, stored);
    let before = (!history.before.is_empty()).then(|| before(&page, &history.before));
    let hidden = hidden(&page, stored);
    let measured = is_measured.then(|| {
        view! {
            <input type="hidden" name="is_measured" value="1" />
            <p class="muted">"A device measured this, so its numbers and its time stay as they are. If it is wrong, remove it from your list."</p>
        }
    });
    let typed = (!is_measured).then(|| {
        let kind = stored.reading.kind();
        view! { {values(kind, fields, problem)}{time(&page, fields, problem)} }
    });
    let title = match is_measured {
        true => "Add a note to a reading".to_owned(),
        false => format!("Change {}", stored.reading.kind().phrase()),
    };
    let action = edit_path(stored.id);
    let button = if is_measured { "Save the note" } else { "Save the change" };
    let heading = title.clone();
    page.answering(problem).show(forms::title(problem, &title), || {
        view! {
            <PageHeader title=heading back_href=ALL back_label="All your readings" />
            <article class="narrow stack">
                {forms::summary(problem)}
                {now}
                {measured}
                <form method="post" novalidate=true action=action class="stack">
                    {hidden}
                    {typed}
                    <TextArea
                        label="Note" name="notes" optional=true rows=2 maxlength=500
                        hint="Such as “before breakfast”." value=fields.text("notes") error=forms::at(problem, "notes")
                    />
                    <Button>{button}</Button>
                </form>
                {before}
            </article>
        }
    })
}

/// `Now: 128/82 mmHg, Tue 3 Mar 2026, 09:20`
fn now(page: &Page, stored: &StoredReading) -> AnyView {
    let value = value_as_sent(stored.reading, stored.unit);
    let when = when(page, stored.recorded_at);
    let from = match &stored.device {
        Some((_, name)) => format!(", from {name}"),
        None => String::new(),
    };
    view! { <p class="lede">"Now: "<strong class="tabular">{value}</strong>", "{when}{from}</p> }
        .into_any()
}

/// Which reading the form is about, and what it showed at first.
fn hidden(page: &Page, stored: &StoredReading) -> Vec<AnyView> {
    let shown = first_fields(page, stored);
    let names = ["value", "diastolic", "unit", "date", "time"];
    let shown = names.map(|name| (format!("shown_{name}"), shown.text(name)));
    let version = ("version".to_owned(), stored.version.to_string());
    shown
        .into_iter()
        .chain([version])
        .map(|(name, value)| view! { <input type="hidden" name=name value=value /> }.into_any())
        .collect()
}

fn before(page: &Page, all: &[Corrected]) -> AnyView {
    let rows: Vec<_> = all
        .iter()
        .map(|was| {
            let (until, at) = (when(page, was.until), when(page, was.recorded_at));
            let value = value_as_sent(was.reading, was.unit);
            let notes = was.notes.clone();
            let notes = notes.map(|notes| view! { <p class="typed muted">{notes}</p> });
            view! {
                <tr>
                    <RowHead>"Was "<strong class="tabular">{value}</strong></RowHead>
                    <Cell label="Measured">{at}{notes}</Cell>
                    <Cell label="Changed">{until}</Cell>
                </tr>
            }
        })
        .collect();
    let columns = ["What it was", "Measured", "Changed"].map(Column::new).to_vec();
    view! {
        <Section title="What it was before" id="before">
            <Table caption="What this reading was before" hidden_caption=true columns>{rows}</Table>
        </Section>
    }
    .into_any()
}

/// The reading is shown no more; what was typed is.
fn gone(page: Page, fields: &Fields, problem: &Problem) -> Response {
    let values = [fields.text("value"), fields.text("diastolic")];
    let values: Vec<_> = values.into_iter().filter(|value| !value.is_empty()).collect();
    let typed = format!("{}, {} {}", values.join("/"), fields.get("date"), fields.get("time"));
    let (typed, notes) = ((!values.is_empty()).then_some(typed), fields.text("notes"));
    let message = problem.message.to_string();
    page.answering(Some(problem)).show("Error: This reading was removed", || {
        view! {
            <PageHeader title="This reading was removed" back_href=ALL back_label="All your readings" />
            <article class="narrow stack">
                <Notice tone=Tone::Caution title="Nothing was changed"><p>{message}</p></Notice>
                {typed.map(|typed| view! { <p>"You had typed: "<strong class="tabular">{typed}</strong></p> })}
                <p class="typed">{notes}</p>
                <p><a class="button button-secondary" href="/patient/readings/new">"Enter a reading"</a></p>
            </article>
        }
    })
}
