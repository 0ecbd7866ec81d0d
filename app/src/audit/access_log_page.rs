//! Who looked at my record.
use super::csv;
use crate::{
    Page, PageResult, emergency, fields::Fields, identity::confirm_page::require_recent_proof,
    times::Moment,
};
use domain::{audit::sentence, identity::UserId, zone::Zone};
use jiff::{Timestamp, ToSpan, civil::Date};
use leptos::prelude::*;
use services::{
    audit::log::{self, LogFilter, LogLine},
    directory::{self, PAGE_SIZE},
    family::{self, Dependant},
    identity::{Caller, Patient},
};
use tower_sessions::Session;
use ui::{
    Button, ButtonKind, Cell, Choice, Column, DateField, EmptyState, IconName, LinkButton,
    PageHeader, Pagination, RowHead, SelectField, Table,
};

/// `/account/access-log?who=&from=&until=&page=`: newest first.
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = log::access_log(page.clinic(), &patient, filter(&query, &patient), wanted).await?;
    let people = family::dependants(page.clinic(), &patient).await?;
    let emergencies = emergency::notice::opened(&page, &patient).await?;
    let names = Names { viewer: patient.user, people: &people };
    let rows: Vec<_> = found.items.iter().map(|line| row(&page, &names, line)).collect();
    let export = format!("/account/access-log.csv?{}", query.query_with("page", ""));
    let filters = filters(&query);
    Ok(page.show("Who looked at my record", move || {
        let mut columns = vec![Column::new("When"), Column::new("Who"), Column::new("What")];
        columns.extend((!people.is_empty()).then(|| Column::new("Whose record")));
        let list = if rows.is_empty() {
            view! {
                <EmptyState icon=IconName::Person title="Nobody"
                    text="Nothing was done to your record by those you chose, in the time you chose." />
            }
            .into_any()
        } else {
            view! {
                <Table caption="Who did what" hidden_caption=true columns>{rows}</Table>
                <Pagination
                    page=wanted.number
                    pages=wanted.pages(found.count)
                    href=move |number| format!("/account/access-log?{}", query.query_with("page", &number.to_string()))
                />
            }
            .into_any()
        };
        view! {
            <PageHeader
                title="Who looked at my record" back_href="/account/profile" back_label="Your profile"
                lede="Each time somebody opens or changes something that is about you, it is written here. Nobody can take it out again."
            />
            {emergencies}
            {filters}
            {list}
            <p><LinkButton kind=ButtonKind::Secondary href=export>"Download this list"</LinkButton></p>
        }
    }))
}

fn filters(query: &Fields) -> AnyView {
    let who = vec![Choice::new("", "Everybody"), Choice::new("others", "Everybody but me")];
    view! {
        <form method="get" class="cluster search-line" action="/account/access-log">
            <SelectField label="Who" name="who" options=who selected=query.text("who") />
            <DateField label="From" name="from" value=query.text("from") />
            <DateField label="To" name="until" value=query.text("until") />
            <Button kind=ButtonKind::Secondary>"Show"</Button>
        </form>
    }
    .into_any()
}

/// What the query asks for, in whole days of the reader's clock.
fn filter(query: &Fields, patient: &Caller<Patient>) -> LogFilter {
    let midnight = |date: Date| -> Option<Timestamp> {
        Some(date.to_zoned(patient.zone.rules()).ok()?.timestamp())
    };
    LogFilter {
        others_only: query.get("who") == "others",
        from: query.parse("from").and_then(midnight),
        until: query
            .parse("until")
            .and_then(|date: Date| date.checked_add(1.day()).ok())
            .and_then(midnight),
    }
}

/// Whom the reader knows by a name of their own.
struct Names<'a> {
    viewer: UserId,
    people: &'a [Dependant],
}

impl Names<'_> {
    fn actor(&self, line: &LogLine) -> String {
        match line.actor {
            None => "MedConnect".to_owned(),
            Some(actor) if actor == self.viewer => "You".to_owned(),
            Some(_) => line
                .actor_name
                .clone()
                .unwrap_or_else(|| "Somebody whose account is closed".to_owned()),
        }
    }

    fn patient(&self, line: &LogLine) -> String {
        let theirs = self.people.iter().find(|person| Some(person.id) == line.patient);
        theirs.map_or_else(|| "Yours".to_owned(), |person| format!("{}’s", person.first_name))
    }
}

fn words(line: &LogLine) -> String {
    sentence(&line.action).map_or_else(|| line.action.clone(), ToOwned::to_owned)
}

fn row(page: &Page, names: &Names<'_>, line: &LogLine) -> AnyView {
    let when = Moment::new(line.occurred_at, page.zone().as_ref(), Zone::UTC).dated();
    let whose = (!names.people.is_empty())
        .then(|| names.patient(line))
        .map(|whose| view! { <Cell label="Whose record">{whose}</Cell> });
    let (who, what) = (names.actor(line), words(line));
    view! {
        <tr>
            <RowHead>{when}</RowHead>
            <Cell label="Who">{who}</Cell>
            <Cell label="What">{what}</Cell>
            {whose}
        </tr>
    }
    .into_any()
}

/// `/account/access-log.csv`: the same as a file (RFC 4180), times in UTC.
pub async fn file(page: Page, session: Session) -> PageResult {
    let patient = page.caller::<Patient>()?;
    require_recent_proof(&page, &session).await?;
    let query = Fields::of_query(page.query());
    let lines = log::export_access_log(page.clinic(), &patient, filter(&query, &patient)).await?;
    let people = family::dependants(page.clinic(), &patient).await?;
    let names = Names { viewer: patient.user, people: &people };
    let row = |line: &LogLine| {
        [line.occurred_at.to_string(), names.actor(line), words(line), names.patient(line)]
    };
    let columns = ["when", "who", "what", "whose record"];
    Ok(csv::file("access-log.csv", columns, lines.iter().map(row)))
}
