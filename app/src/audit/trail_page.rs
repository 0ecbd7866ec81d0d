//! The whole trail of events.
use super::csv;
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof, times::Moment,
};
use axum::response::Response;
use domain::{
    Problem,
    audit::{ACTIONS, sentence},
    identity::UserId,
};
use jiff::{Timestamp, ToSpan, civil::Date};
use leptos::prelude::*;
use services::{
    audit::trail::{self, Cursor, TrailForm, TrailLine},
    identity::{Auditor, Caller},
};
use tower_sessions::Session;
use ui::{
    Button, ButtonKind, Cell, Choice, Column, DateField, EmptyState, IconName, LinkButton,
    PageHeader, RowHead, SelectField, Table, TextField,
};

const LEDE: &str =
    "Who did what to whose record. Nobody can change it, and each look at it is noted in it.";

/// `/admin/audit?person=&actor=&action=&from=&until=&after=`: newest first.
pub async fn show(page: Page) -> PageResult {
    let auditor = page.caller::<Auditor>()?;
    let query = Fields::of_query(page.query());
    let after = query.parse::<Cursor>("after");
    match trail::trail(page.clinic(), &auditor, &form_of(&query, &auditor), after).await {
        Ok((lines, next)) => Ok(list(page, &query, &lines, next, None)),
        Err(error) => Ok(list(page, &query, &[], None, Some(form_problem(error)?))),
    }
}

/// `/admin/audit.csv`: the same as a file, times in UTC.
pub async fn file(page: Page, session: Session) -> PageResult {
    let auditor = page.caller::<Auditor>()?;
    require_recent_proof(&page, &session).await?;
    let query = Fields::of_query(page.query());
    let form = form_of(&query, &auditor);
    let lines = trail::export_trail(page.clinic(), &auditor, &form).await?;
    let id = |id: Option<UserId>| id.map(|id| id.to_string()).unwrap_or_default();
    let row = |line: TrailLine| {
        [
            line.occurred_at.to_string(),
            id(line.actor),
            line.actor_name.unwrap_or_default(),
            line.action,
            line.subject_type,
            line.subject.map(|id| id.to_string()).unwrap_or_default(),
            id(line.patient),
            line.patient_name.unwrap_or_default(),
            line.ip.unwrap_or_default(),
            line.request.unwrap_or_default(),
            line.id.to_string(),
        ]
    };
    let columns = [
        "occurred_at",
        "actor_id",
        "actor",
        "action",
        "subject_type",
        "subject_id",
        "patient_id",
        "patient",
        "ip",
        "request_id",
        "id",
    ];
    Ok(csv::file("audit.csv", columns, lines.into_iter().map(row)))
}

/// What the query asks for, in whole days of the reader's clock.
fn form_of(query: &Fields, auditor: &Caller<Auditor>) -> TrailForm {
    let midnight = |date: Date| -> Option<Timestamp> {
        Some(date.to_zoned(auditor.zone.rules()).ok()?.timestamp())
    };
    TrailForm {
        person: query.text("person"),
        actor: query.text("actor"),
        action: query.text("action"),
        from: query.parse("from").and_then(midnight),
        until: query
            .parse("until")
            .and_then(|date: Date| date.checked_add(1.day()).ok())
            .and_then(midnight),
    }
}

fn list(
    page: Page,
    query: &Fields,
    lines: &[TrailLine],
    next: Option<Cursor>,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let rows: Vec<_> = lines.iter().map(|line| row(&page, line)).collect();
    let columns =
        ["When", "Who", "What", "Whose record", "From"].into_iter().map(Column::new).collect();
    let export = format!("/admin/audit.csv?{}", query.query_with("after", ""));
    let newest =
        query.some("after").map(|_| format!("/admin/audit?{}", query.query_with("after", "")));
    let older =
        next.map(|next| format!("/admin/audit?{}", query.query_with("after", &next.to_string())));
    page.answering(problem).show(forms::title(problem, "Audit trail"), || {
        let any = !rows.is_empty();
        view! {
            {forms::summary(problem)}
            <PageHeader title="Audit trail" lede=LEDE />
            {filters(query, problem)}
            {any.then(|| view! { <Table caption="Events" hidden_caption=true columns>{rows}</Table> })}
            {(!any && problem.is_none()).then(|| view! {
                <EmptyState icon=IconName::Eye title="No events" text="Nothing like that is on record in the time you chose." />
            })}
            <nav class="cluster" aria-label="Pages of the trail">
                {newest.map(|href| view! { <LinkButton kind=ButtonKind::Secondary href icon=IconName::ArrowBack>"Newest"</LinkButton> })}
                {older.map(|href| view! { <LinkButton kind=ButtonKind::Secondary href>"Older events"</LinkButton> })}
                {any.then(|| view! { <LinkButton kind=ButtonKind::Secondary href=export icon=IconName::Download>"Download these"</LinkButton> })}
            </nav>
        }
    })
}

fn filters(query: &Fields, problem: Option<&Problem>) -> AnyView {
    let mut actions: Vec<_> = ACTIONS
        .iter()
        .map(|(action, words)| Choice::new(*action, format!("{words} ({action})")))
        .collect();
    actions.sort_by(|one, other| one.label.cmp(&other.label));
    actions.insert(0, Choice::new("", "Anything"));
    view! {
        <form method="get" novalidate=true class="cluster search-line" action="/admin/audit" role="search">
            <TextField label="Whose record" name="person" hint="Email address" maxlength=254 value=query.text("person") error=forms::at(problem, "person") />
            <TextField label="Who did it" name="actor" hint="Email address" maxlength=254 value=query.text("actor") error=forms::at(problem, "actor") />
            <SelectField label="What" name="action" options=actions selected=query.text("action") error=forms::at(problem, "action") />
            <DateField label="From" name="from" value=query.text("from") />
            <DateField label="To" name="until" value=query.text("until") />
            <Button>"Search"</Button>
        </form>
    }
    .into_any()
}

/// A name where there is one.
fn named(id: Option<UserId>, name: Option<&String>, nobody: &'static str) -> String {
    match (id, name) {
        (None, _) => nobody.to_owned(),
        (Some(_), Some(name)) => name.clone(),
        (Some(id), None) => id.to_string(),
    }
}

fn row(page: &Page, line: &TrailLine) -> AnyView {
    let when = Moment::new(line.occurred_at, page.zone().as_ref(), "UTC").dated();
    let who = named(line.actor, line.actor_name.as_ref(), "MedConnect");
    let whose = named(line.patient, line.patient_name.as_ref(), "Nobody’s");
    let what = sentence(&line.action).map_or_else(|| line.action.clone(), ToOwned::to_owned);
    let from = line.ip.clone().unwrap_or_default();
    view! {
        <tr>
            <RowHead>{when}</RowHead>
            <Cell label="Who">{who}</Cell>
            <Cell label="What">{what}</Cell>
            <Cell label="Whose record">{whose}</Cell>
            <Cell label="From"><span class="tabular">{from}</span></Cell>
        </tr>
    }
    .into_any()
}
