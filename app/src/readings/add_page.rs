use super::{ALL, PATH};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::response::Response;
use domain::{
    FieldProblem, Problem,
    readings::{ManualReading, MetricKind, Scale, Units},
    zone::typed_time,
};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::{identity::Patient, readings};
use ui::{Button, Choice, DateField, PageHeader, SelectField, TextArea, TextField};

/// `/patient/readings/new?kind=`: first what was measured, then the form for that.
pub async fn show(page: Page) -> PageResult {
    page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    match MetricKind::read(query.get("kind")) {
        None => Ok(choice(page)),
        Some(kind) => {
            let fields = first_fields(kind, &page.units(), page.clinic().now(), zone(&page));
            Ok(form(page, kind, &fields, None))
        }
    }
}

pub async fn add(page: Page, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let Some(kind) = MetricKind::read(fields.get("kind")) else {
        return Ok(see_other("/patient/readings/new"));
    };
    let typed = typed(&fields, &zone(&page));
    match readings::add(page.clinic(), &patient, &typed).await {
        Ok(_) => Ok(see_other(&format!("{ALL}?added={kind}"))),
        Err(error) => {
            let problem = named_as_typed(form_problem(error)?);
            Ok(form(page, kind, &fields, Some(problem)))
        }
    }
}

/// On whose clock a time is typed.
pub(super) fn zone(page: &Page) -> TimeZone {
    page.zone().unwrap_or(TimeZone::UTC)
}

/// What the form shows at first: measured now, in the unit that was chosen, or the one people usually read.
fn first_fields(kind: MetricKind, units: &Units, now: Timestamp, zone: TimeZone) -> Fields {
    let now = now.to_zoned(zone);
    Fields::from_pairs([
        ("unit", units.typed_in(kind).to_string()),
        ("date", now.date().to_string()),
        ("time", now.strftime("%H:%M").to_string()),
    ])
}

/// What was typed, at a time of the clock in `zone`; of an hour that there is twice, the first.
pub(super) fn typed(fields: &Fields, zone: &TimeZone) -> ManualReading {
    let at = fields.parse::<Date>("date").zip(typed_time(fields.get("time")));
    let at = at.and_then(|(date, time)| zone.to_timestamp(date.to_datetime(time)).ok());
    ManualReading {
        kind: fields.text("kind"),
        value: fields.text("value"),
        diastolic: fields.text("diastolic"),
        unit: fields.text("unit"),
        recorded_at: at,
        notes: fields.text("notes"),
    }
}

/// The same problem at the fields of this form, where the upper number is the value.
pub(super) fn named_as_typed(problem: Problem) -> Problem {
    let named = |problem: FieldProblem| {
        let field = match &*problem.field {
            "systolic" => "value".into(),
            "recorded_at" => "date".into(),
            _ => problem.field,
        };
        FieldProblem { field, ..problem }
    };
    Problem { fields: problem.fields.into_iter().map(named).collect(), ..problem }
}

fn choice(page: Page) -> Response {
    let links: Vec<_> = MetricKind::ALL
        .iter()
        .map(|kind| {
            let href = format!("{PATH}/new?kind={kind}");
            view! { <li><a class="button button-secondary button-wide" href=href>{kind.label()}</a></li> }
        })
        .collect();
    page.show("Enter a reading", || {
        view! {
            <PageHeader title="Enter a reading" lede="What have you measured?" back_href=PATH back_label="Your readings" />
            <article class="narrow">
                <ul class="plain-list stack-small" role="list">{links}</ul>
            </article>
        }
    })
}

fn form(page: Page, kind: MetricKind, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let (values, time) = (values(kind, fields, problem), time(&page, fields, problem));
    let title = format!("Enter {}", kind.phrase());
    let heading = title.clone();
    page.answering(problem).show(forms::title(problem, &title), || {
        view! {
            <PageHeader title=heading back_href=format!("{PATH}/new") back_label="Something else" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <form method="post" novalidate=true action=format!("{PATH}/new") class="stack">
                    <input type="hidden" name="kind" value=kind.to_string() />
                    {values}
                    {time}
                    <TextArea
                        label="Note" name="notes" optional=true rows=2 maxlength=500
                        hint="Such as “before breakfast”." value=fields.text("notes") error=forms::at(problem, "notes")
                    />
                    <Button>"Keep it"</Button>
                </form>
            </article>
        }
    })
}

/// The numbers, and their unit where there is a choice.
pub(super) fn values(kind: MetricKind, fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let scales: Vec<&Scale> = kind.scales().collect();
    let only = match scales.as_slice() {
        [only] => Some(only.words),
        _ => None,
    };
    let number = |label: &'static str, name: &'static str| {
        view! {
            <TextField
                label=label name=name inputmode="decimal" short=true required=true autocomplete="off" unit=only
                value=fields.text(name) error=forms::at(problem, name)
            />
        }
    };
    let numbers = match kind.is_pair() {
        true => view! {
            <div class="field-row">
                {number("Upper number (systolic)", "value")}
                {number("Lower number (diastolic)", "diastolic")}
            </div>
        }
        .into_any(),
        false => number(kind.label(), "value").into_any(),
    };
    let unit = match only {
        Some(_) => {
            view! { <input type="hidden" name="unit" value=kind.unit().to_string() /> }.into_any()
        }
        None => {
            let options: Vec<_> =
                scales.iter().map(|scale| Choice::new(scale.unit.as_str(), scale.words)).collect();
            view! { <SelectField label="Unit" name="unit" options selected=fields.text("unit") error=forms::at(problem, "unit") /> }
                .into_any()
        }
    };
    view! { {numbers}{unit} }.into_any()
}

pub(super) fn time(page: &Page, fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let today = page.clinic().now().to_zoned(zone(page)).date();
    view! {
        <div class="field-row">
            <DateField label="Day" name="date" required=true max=today.to_string() value=fields.text("date") error=forms::at(problem, "date") />
            <TextField label="Time" name="time" kind="time" short=true required=true value=fields.text("time") />
        </div>
    }
    .into_any()
}
