//! Readings as a file for spreadsheets (RFC 4180), and the form that asks for which.
use super::{ALL, kinds};
use crate::{
    Page, PageResult, audit::csv, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof,
};
use axum::{
    body::Body,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::{
    FieldProblem, Problem,
    readings::{MetricKind, Scale},
};
use jiff::{Timestamp, civil::Date, tz::Offset};
use leptos::prelude::*;
use services::{
    Error,
    identity::Patient,
    readings::{self, Exported, ReadingExport, Wanted},
};
use tower_sessions::Session;
use ui::{Button, Choice, DateField, PageHeader, SelectField};

/// Its first line. Whoever reads it by a program may rely on the names and their order.
const COLUMNS: [&str; 16] = [
    "measured_at",
    "type",
    "name",
    "value",
    "lower_value",
    "unit",
    "sent_value",
    "sent_lower_value",
    "sent_unit",
    "loinc",
    "device",
    "note",
    "came_late",
    "probably_same_as",
    "received_at",
    "id",
];

/// `/patient/readings/export?kind=&from=&to=`: which of them are wanted.
pub async fn show(page: Page) -> PageResult {
    page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    Ok(form(page, &query, None))
}

/// `/patient/readings.csv?kind=&from=&to=`
pub async fn file(page: Page, session: Session) -> PageResult {
    let patient = page.caller::<Patient>()?;
    require_recent_proof(&page, &session).await?;
    let query = Fields::of_query(page.query());
    let begun = match wanted(&query) {
        Ok(wanted) => readings::export(page.clinic(), &patient, wanted).await,
        Err(problems) => Err(Error::Invalid(problems)),
    };
    match begun {
        Ok(export) => Ok(answer(export)),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &query, Some(problem)))
        }
    }
}

/// Which readings the query asks for. What is left out asks for all.
fn wanted(query: &Fields) -> Result<Wanted, Vec<FieldProblem>> {
    let mut problems = Vec::new();
    let mut day = |name: &'static str| {
        let raw = query.some(name)?;
        let day = raw.parse::<Date>().ok();
        if day.is_none() {
            problems
                .push(FieldProblem::new(name, "Enter a day that there is, such as 2026-03-02."));
        }
        day
    };
    let (from, to) = (day("from"), day("to"));
    if from.zip(to).is_some_and(|(from, to)| from > to) {
        problems
            .push(FieldProblem::new("to", "Enter a last day that is not before the first one."));
    }
    let kind = query.some("kind").map(MetricKind::read);
    if kind == Some(None) {
        problems.push(FieldProblem::new("kind", "Choose a kind from the list."));
    }
    match problems.is_empty() {
        true => Ok(Wanted { kind: kind.flatten(), from, to }),
        false => Err(problems),
    }
}

/// The file as it is read: no more of it is in memory than one page of rows.
fn answer(export: ReadingExport) -> Response {
    let head = COLUMNS.join(",") + "\r\n";
    let lines = futures_util::stream::try_unfold(export, |mut export| async {
        let rows = export.next().await?;
        let text: String = rows.iter().map(|row| csv::line(&columns(row))).collect();
        Ok::<_, Error>((!rows.is_empty()).then_some((text, export)))
    });
    let all = futures_util::StreamExt::chain(
        futures_util::stream::once(async { Ok::<_, Error>(head) }),
        lines,
    );
    // A file that ends early is one that the browser says has failed.
    let body = Body::from_stream(futures_util::TryStreamExt::map_err(all, |error| {
        error.report();
        std::io::Error::other("the readings cannot be read")
    }));
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"readings.csv\""),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers.map(|(name, value)| (name, HeaderValue::from_static(value))), body).into_response()
}

fn columns(row: &Exported) -> [String; 16] {
    let stored = &row.stored;
    let (reading, kind) = (stored.reading, stored.reading.kind());
    let scale: &Scale = kind.scale(stored.unit).unwrap_or(kind.canonical());
    let lower = |shown: fn(&Scale, f64) -> String, scale: &Scale| {
        reading.diastolic().map(|lower| shown(scale, lower)).unwrap_or_default()
    };
    let plain: fn(&Scale, f64) -> String = |_, value| value.to_string();
    let flag = |is: bool| if is { "yes" } else { "no" }.to_owned();
    [
        at(stored.recorded_at, row.utc_offset),
        kind.to_string(),
        kind.label().to_owned(),
        reading.value().to_string(),
        lower(plain, scale),
        kind.unit().to_string(),
        scale.shown(reading.value()),
        lower(Scale::shown, scale),
        scale.unit.to_string(),
        kind.loinc().to_owned(),
        stored.device.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
        stored.notes.clone().unwrap_or_default(),
        flag(stored.is_late),
        stored.near_duplicate_of.map(|id| id.to_string()).unwrap_or_default(),
        at(stored.received_at, 0),
        stored.id.to_string(),
    ]
}

/// `2026-03-02T08:30:00+01:00`, on a clock that was so many minutes ahead of UTC.
fn at(time: Timestamp, ahead: i16) -> String {
    let offset = Offset::from_seconds(i32::from(ahead) * 60).unwrap_or(Offset::UTC);
    time.display_with_offset(offset).to_string()
}

fn form(page: Page, query: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let options: Vec<_> = std::iter::once(Choice::new("", "Everything")).chain(kinds()).collect();
    let day = |label: &'static str, name: &'static str| {
        let (value, error) = (query.text(name), forms::at(problem, name));
        view! { <DateField label=label name=name optional=true value=value error=error /> }
    };
    let (from, to) = (day("First day", "from"), day("Last day", "to"));
    let (kind, kind_error) = (query.text("kind"), forms::at(problem, "kind"));
    page.answering(problem).show(forms::title(problem, "Download your readings"), || {
        view! {
            <PageHeader title="Download your readings" back_href=ALL back_label="All your readings" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p>"You get a file that a spreadsheet opens, with a line for each reading. Without days it has all of them."</p>
                <form method="get" novalidate=true class="stack" action="/patient/readings.csv">
                    <SelectField label="Kind" name="kind" options selected=kind error=kind_error />
                    <div class="field-row">{from}{to}</div>
                    <Button>"Download"</Button>
                </form>
                <p class="muted">"Readings with a wrong date are not in it, nor what you have removed, nor what readings were before you changed them. Values are in the unit in which all of their kind can be compared, and beside it as they were sent."</p>
            </article>
        }
    })
}
