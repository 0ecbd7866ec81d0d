use super::{ALL, PATH, edit_path, kinds, value_in, when};
use crate::{
    Page, PageResult,
    devices::{Tab, tabs},
    fields::Fields,
    page::see_other,
};
use axum::{extract::Path, response::Response};
use domain::readings::{MetricKind, Quarantine, ReadingId};
use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, Found, PAGE_SIZE},
    identity::{Caller, Patient},
    readings::{self, COUNTED, StoredReading},
};
use ui::{
    Badge, Button, ButtonKind, Cell, Choice, Column, EmptyState, FormMessage, IconName, LinkButton,
    PageHeader, Pagination, RowHead, SelectField, Size, Table, Tone,
};

const LEDE: &str = "What your devices measured, and what you entered, the newest first.";

/// `/patient/readings/all?kind=&show=apart&page=&before=`: by pages, and further back by what was the last one.
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    if query.get("show") == "apart" {
        return kept_apart(page, &patient, wanted).await;
    }
    let kind = MetricKind::read(query.get("kind"));
    if let Some(before) = query.parse("before") {
        let items = readings::older(page.clinic(), &patient, kind, before, PAGE_SIZE).await?;
        let is_more = i64::try_from(items.len()).is_ok_and(|shown| shown == PAGE_SIZE);
        let further = further(kind, items.last().filter(|_| is_more), true);
        return Ok(list(page, &query, kind, &items, further));
    }
    let found = readings::readings(page.clinic(), &patient, kind, wanted).await?;
    let pages = pages(&query, kind, wanted, &found);
    Ok(list(page, &query, kind, &found.items, pages))
}

fn list(
    page: Page,
    query: &Fields,
    kind: Option<MetricKind>,
    items: &[StoredReading],
    pages: AnyView,
) -> Response {
    let rows: Vec<_> = items.iter().map(|reading| row(&page, reading)).collect();
    let (news, filter) = (news(query), filter(kind));
    let export = (!rows.is_empty()).then(|| export(kind));
    let kept = readings::retention::kept_from(page.clinic()).map(kept);
    page.show("All your readings", move || {
        let columns = ["When", "What", "Value", "From", "Change"].map(Column::new).to_vec();
        let list = match rows.is_empty() {
            true => none(kind),
            false => {
                view! { <Table caption="All your readings" hidden_caption=true columns>{rows}</Table> }
                    .into_any()
            }
        };
        view! {
            {header("All your readings", LEDE)}
            {news}
            {tabs(Tab::Readings)}
            {filter}
            {list}
            {pages}
            {kept}
            {export}
        }
    })
}

/// Why the list ends before what somebody remembers.
fn kept(from: Timestamp) -> AnyView {
    let month = from.to_zoned(TimeZone::UTC).strftime("%B %Y").to_string();
    let text = format!(
        "Single readings from before {month} are not kept. What they came to each day still is, on the page of their kind and in reports."
    );
    view! { <p class="muted">{text}</p> }.into_any()
}

fn pages(
    query: &Fields,
    kind: Option<MetricKind>,
    wanted: directory::Page,
    found: &Found<StoredReading>,
) -> AnyView {
    let (query, pages) = (query.clone(), wanted.pages(found.count));
    let is_end = found.count >= COUNTED && wanted.number == pages;
    let further = is_end.then(|| further(kind, found.items.last(), false));
    view! {
        <Pagination
            page=wanted.number
            pages=pages
            href=move |number| format!("{ALL}?{}", page_query(&query, number))
        />
        {further}
    }
    .into_any()
}

/// The way on from `last`, the last one that is shown, and back from where pages have no number.
fn further(kind: Option<MetricKind>, last: Option<&StoredReading>, is_far: bool) -> AnyView {
    let kind =
        Fields::from_pairs([("kind", kind.map(|kind| kind.to_string()).unwrap_or_default())]);
    let older = last.map(|last| {
        let href = format!("{ALL}?{}", kind.query_with("before", &last.id.to_string()));
        view! { <LinkButton kind=ButtonKind::Secondary href=href>"Older readings"</LinkButton> }
    });
    let newest = is_far.then(|| {
        let href = format!("{ALL}?{}", kind.query_with("page", ""));
        view! { <a href=href>"Back to the newest"</a> }
    });
    view! { <p class="cluster">{older}{newest}</p> }.into_any()
}

/// The query of a page; what was said once is not said again there.
fn page_query(query: &Fields, number: i64) -> String {
    let kind = Fields::from_pairs([("kind", query.text("kind"))]);
    kind.query_with("page", &number.to_string())
}

fn header(title: &'static str, lede: &'static str) -> AnyView {
    let add = || view! { <LinkButton href="/patient/readings/new" icon=IconName::Plus>"Enter a reading"</LinkButton> };
    view! { <PageHeader title=title lede=lede actions=add /> }.into_any()
}

fn news(query: &Fields) -> Option<AnyView> {
    if query.is_on("removed") {
        return Some(view! { <FormMessage>"Removed."</FormMessage> }.into_any());
    }
    if query.is_on("changed") {
        let text = "Changed. What it was before is kept with it.";
        return Some(view! { <FormMessage>{text}</FormMessage> }.into_any());
    }
    let kind = MetricKind::read(query.get("added"))?;
    let again = format!("{PATH}/new?kind={kind}");
    Some(
        view! { <FormMessage>"Kept. "<a href=again>"Enter another one like it"</a></FormMessage> }
            .into_any(),
    )
}

fn filter(kind: Option<MetricKind>) -> AnyView {
    let options: Vec<_> = std::iter::once(Choice::new("", "Everything")).chain(kinds()).collect();
    let selected = kind.map_or_else(String::new, |kind| kind.to_string());
    view! {
        <form method="get" class="cluster search-line" action=ALL>
            <SelectField label="Kind" name="kind" options selected />
            <Button kind=ButtonKind::Secondary>"Show"</Button>
        </form>
    }
    .into_any()
}

/// What is shown as a file.
fn export(kind: Option<MetricKind>) -> AnyView {
    let kind = kind.map(|kind| format!("?kind={kind}")).unwrap_or_default();
    let href = format!("{PATH}/export{kind}");
    view! { <p><LinkButton kind=ButtonKind::Secondary href=href>"Download your readings"</LinkButton></p> }
        .into_any()
}

fn none(kind: Option<MetricKind>) -> AnyView {
    match kind {
        None => view! {
            <EmptyState
                icon=IconName::Chart title="No readings yet"
                text="Enter what you have measured, or add a device that sends it by itself."
                action_href="/patient/devices/new" action_label="Add a device"
            />
        }
        .into_any(),
        Some(kind) => view! {
            <EmptyState
                icon=IconName::Chart title="None of this kind"
                text=format!("Nobody has entered or sent {} yet.", kind.phrase())
                action_href=ALL action_label="Show everything"
            />
        }
        .into_any(),
    }
}

/// `5.5 mmol/L`, in the unit that was chosen, or else the one it was sent or entered in.
fn value(page: &Page, stored: &StoredReading) -> String {
    value_in(stored, page.units().reading_in(stored.reading.kind(), stored.unit))
}

fn from(stored: &StoredReading) -> AnyView {
    match stored.device.clone() {
        None => "You".into_any(),
        Some((id, name)) => {
            view! { <a href=format!("/patient/devices/{id}")>{name}</a> }.into_any()
        }
    }
}

fn row(page: &Page, stored: &StoredReading) -> AnyView {
    let label = stored.reading.kind().label();
    let (value, when, from) = (value(page, stored), when(page, stored.recorded_at), from(stored));
    let late =
        stored.is_late.then(|| view! { " "<Badge tone=Tone::Information>"Came late"</Badge> });
    let twice = stored
        .near_duplicate_of
        .map(|_| view! { " "<Badge tone=Tone::Caution>"Probably the same as another"</Badge> });
    let notes = stored.notes.clone().map(|notes| view! { <p class="typed muted">{notes}</p> });
    let what = format!("{label}, {value}");
    let remove = remove_form(stored.id, &what);
    let (path, change) =
        (edit_path(stored.id), if stored.device.is_some() { "Note" } else { "Change" });
    view! {
        <tr>
            <RowHead>{when}</RowHead>
            <Cell label="What">{label}{late}{twice}{notes}</Cell>
            <Cell label="Value"><strong class="tabular">{value}</strong></Cell>
            <Cell label="From">{from}</Cell>
            <Cell label="Change">
                <div class="cluster">
                    <a class="button button-quiet button-small" href=path>{change}<span class="visually-hidden">" "{what}</span></a>
                    {remove}
                </div>
            </Cell>
        </tr>
    }
    .into_any()
}

/// Asks once more where it stands, with scripts and without.
fn remove_form(id: ReadingId, what: &str) -> AnyView {
    let what = what.to_owned();
    view! {
        <details>
            <summary class="button button-quiet button-small">"Remove"<span class="visually-hidden">" "{what.clone()}</span></summary>
            <form method="post" action=format!("{PATH}/{id}/remove")>
                <Button kind=ButtonKind::Danger size=Size::Small>"Yes, remove it"<span class="visually-hidden">": "{what}</span></Button>
            </form>
        </details>
    }
    .into_any()
}

/// `POST /patient/readings/{id}/remove`
pub async fn remove(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ReadingId = id.parse().map_err(|_| Error::NotFound)?;
    match readings::remove(page.clinic(), &patient, id).await {
        // Pressed twice, or already done in another tab.
        Ok(()) | Err(Error::NotFound) => Ok(see_other("/patient/readings/all?removed=1")),
        Err(error) => Err(error.into()),
    }
}

/// What was sent with a time that cannot be right.
async fn kept_apart(page: Page, patient: &Caller<Patient>, wanted: directory::Page) -> PageResult {
    let found = readings::quarantined(page.clinic(), patient, wanted).await?;
    let rows: Vec<_> =
        found.items.iter().map(|(stored, why)| apart_row(&page, stored, *why)).collect();
    Ok(page.show("Readings with a wrong date", move || {
        let columns = ["Sent on", "What", "Value", "From", "Why"].map(Column::new).to_vec();
        let list = match rows.is_empty() {
            true => view! {
                <EmptyState icon=IconName::Clock title="Nothing has a wrong date" text="What a device sends with a time that cannot be right is listed here, and is counted nowhere." />
            }
            .into_any(),
            false => view! {
                <p>"The device said a time that cannot be right, so these are not among your readings. Set its clock; what it sends then is taken."</p>
                <Table caption="Readings with a wrong date" hidden_caption=true columns>{rows}</Table>
            }
            .into_any(),
        };
        view! {
            {header("Readings with a wrong date", "What a device sent with a time that cannot be right.")}
            {tabs(Tab::KeptApart)}
            {list}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("{ALL}?show=apart&page={number}")
            />
        }
    }))
}

fn apart_row(page: &Page, stored: &StoredReading, why: Quarantine) -> AnyView {
    let label = stored.reading.kind().label();
    let (value, sent, from) = (value(page, stored), when(page, stored.received_at), from(stored));
    let said = when(page, stored.recorded_at);
    let why = match why {
        Quarantine::Future => "in the future",
        Quarantine::Ancient => "more than two years ago",
    };
    view! {
        <tr>
            <RowHead>{sent}</RowHead>
            <Cell label="What">{label}</Cell>
            <Cell label="Value"><span class="tabular">{value}</span></Cell>
            <Cell label="From">{from}</Cell>
            <Cell label="Why">"Measured on "{said}", the device says: "{why}</Cell>
        </tr>
    }
    .into_any()
}
