//! The mailbox of the demo: all mail and every text message, to whomever it is.
use crate::{Page, PageResult, calendar::feed_file::file_of, fields::Fields, times::Moment};
use axum::{
    extract::Path,
    http::{HeaderValue, header},
};
use domain::{calendar::file_name, zone::Zone};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, PAGE_SIZE},
    mail::demo::{self, DemoMailLine, DemoMailPage, SENDER},
};
use ui::{
    Badge, Button, ButtonKind, Cell, Column, EmptyState, IconName, LinkButton, Notice, Pagination,
    RowHead, SearchField, Table, Tone,
};
use uuid::Uuid;

/// `/dev/mail?to=&page=`: newest first.
pub async fn list(page: Page) -> PageResult {
    demo_only(&page)?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let to = query.some("to").map(ToOwned::to_owned);
    let found = demo::mails(page.clinic(), to.as_deref(), wanted).await?;
    let rows: Vec<_> = found.items.into_iter().map(|line| row(&page, line)).collect();
    Ok(page.show("Mailbox", move || {
        let is_empty = rows.is_empty();
        let columns = ["Subject", "To", "Sent"].into_iter().map(Column::new).collect();
        let table = view! {
            <Table caption="Mails" hidden_caption=true columns>{rows}</Table>
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/dev/mail?{}", query.query_with("page", &number.to_string()))
            />
        };
        view! {
            <header class="page-head"><h1>"Mailbox"</h1></header>
            <Notice tone=Tone::Information>
                "All mail of this demo ends up here, to whomever it is, and so do its text messages. Nothing leaves this server."
            </Notice>
            <form method="get" class="cluster search-line" role="search">
                <SearchField label="To" name="to" value=to.unwrap_or_default() />
                <Button kind=ButtonKind::Secondary>"Show"</Button>
            </form>
            {if is_empty {
                view! {
                    <EmptyState icon=IconName::Message title="No mail here yet"
                        text="Book a visit: its mail is here some seconds later. Reload the page then." />
                }
                .into_any()
            } else {
                table.into_any()
            }}
        }
    }))
}

fn row(page: &Page, line: DemoMailLine) -> AnyView {
    let DemoMailLine { id, subject, to_address, created_at, is_text_message, .. } = line;
    let mark = is_text_message.then(|| view! { " "<Badge>"Text message"</Badge> });
    let sent = sent(page, created_at);
    view! {
        <tr>
            <RowHead><a href=format!("/dev/mail/{id}")>{subject}</a>{mark}</RowHead>
            <Cell label="To">{to_address}</Cell>
            <Cell label="Sent">{sent}</Cell>
        </tr>
    }
    .into_any()
}

/// `Tue 3 Mar, 09:20`
fn sent(page: &Page, at: Timestamp) -> String {
    Moment::new(at, page.zone().as_ref(), Zone::UTC).short()
}

/// `/dev/mail/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let mail = mail(&page, &id).await?;
    let sent = sent(&page, mail.line.created_at);
    let (title, from) = match mail.line.is_text_message {
        true => ("Text message".to_owned(), "MedConnect".to_owned()),
        false => (mail.line.subject.clone(), format!("MedConnect <{SENDER}>")),
    };
    Ok(page.show(title.clone(), move || {
        let DemoMailPage { line, body_text, calendar_method, calendars, .. } = mail;
        let to = to(&line);
        let files = calendar_method.map(|method| files(&line, &method, calendars.len()));
        view! {
            <article class="narrow stack">
                <p><a href="/dev/mail">"All mail"</a></p>
                <h1>{title}</h1>
                <dl class="facts">
                    <dt>"From"</dt><dd>{from}</dd>
                    <dt>"To"</dt><dd>{to}</dd>
                    <dt>"Sent"</dt><dd class="tabular">{sent}</dd>
                </dl>
                <div class="card typed">{linked(&body_text)}</div>
                {files}
            </article>
        }
    }))
}

/// The calendar files that come with a mail, each about one visit.
fn files(line: &DemoMailLine, method: &str, count: usize) -> AnyView {
    let says = match (method, count) {
        ("CANCEL", 1) => "It takes the visit out of a calendar.",
        ("CANCEL", _) => "Each takes a visit out of a calendar.",
        (_, 1) => "It puts the visit into a calendar, or changes it there.",
        _ => "Each puts a visit into a calendar, or changes it there.",
    };
    let links: Vec<_> = (0..count)
        .map(|index| {
            let name = file_name(index, count);
            let href = format!("/dev/mail/{}/{name}", line.id);
            view! {
                <LinkButton kind=ButtonKind::Secondary icon=IconName::Calendar href>{name}</LinkButton>
            }
        })
        .collect();
    view! {
        <div class="stack-small">
            <p class="muted">{says}</p>
            <p class="cluster">{links}</p>
        </div>
    }
    .into_any()
}

/// `Ana Silva <ana@example.org>`
fn to(line: &DemoMailLine) -> String {
    match line.to_name.as_str() {
        "" => line.to_address.clone(),
        name => format!("{name} <{}>", line.to_address),
    }
}

/// The text, with the lines that are addresses as links, as mail programs show them.
fn linked(text: &str) -> Vec<AnyView> {
    text.lines()
        .map(|line| {
            let is_address = line.starts_with("http://") || line.starts_with("https://");
            let line = line.to_owned();
            match is_address {
                true => view! { <a href=line.clone()>{line.clone()}</a>"\n" }.into_any(),
                false => format!("{line}\n").into_any(),
            }
        })
        .collect()
}

/// `/dev/mail/{id}/{file}`, such as `visit.ics`
pub async fn file(page: Page, Path((id, name)): Path<(String, String)>) -> PageResult {
    let calendars = mail(&page, &id).await?.calendars;
    let count = calendars.len();
    let named =
        calendars.into_iter().enumerate().find(|(index, _)| file_name(*index, count) == name);
    let (_, calendar) = named.ok_or(Error::NotFound)?;
    let mut response = file_of(calendar);
    // One of a few names of ours.
    let says = HeaderValue::try_from(format!("attachment; filename=\"{name}\""));
    if let Ok(says) = says {
        response.headers_mut().insert(header::CONTENT_DISPOSITION, says);
    }
    Ok(response)
}

async fn mail(page: &Page, id: &str) -> PageResult<DemoMailPage> {
    demo_only(page)?;
    let id: Uuid = id.parse().map_err(|_| Error::NotFound)?;
    Ok(demo::mail(page.clinic(), id).await?)
}

fn demo_only(page: &Page) -> PageResult<()> {
    if page.site().is_demo() { Ok(()) } else { Err(Error::NotFound.into()) }
}
