use crate::{Page, PageResult, fields::Fields, times::Moment};
use domain::zone::Zone;
use leptos::prelude::*;
use services::{
    directory::{self, PAGE_SIZE},
    emergency::review::{self, Queue, QueueLine},
    identity::EmergencyReviewer,
};
use ui::{
    Badge, Cell, Column, EmptyState, FormMessage, IconName, NavItem, PageHeader, Pagination,
    RowHead, Table, Tabs, Tone,
};

const LEDE: &str = "Records that doctors opened without a visit. Each is to be looked at by somebody who was not part of it.";

/// `/admin/emergencies?show=done&page=`
pub async fn show(page: Page) -> PageResult {
    let reviewer = page.caller::<EmergencyReviewer>()?;
    let query = Fields::of_query(page.query());
    let queue = if query.get("show") == "done" { Queue::Done } else { Queue::Waiting };
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = review::queue(page.clinic(), &reviewer, queue, wanted).await?;
    let rows: Vec<_> = found.items.iter().map(|line| row(&page, line)).collect();
    let reviewed = query.is_on("reviewed");
    Ok(page.show("Emergency access", move || {
        let tabs = vec![
            NavItem::new("/admin/emergencies", "To review").current(queue == Queue::Waiting),
            NavItem::new("/admin/emergencies?show=done", "Reviewed").current(queue == Queue::Done),
        ];
        let none = match queue {
            Queue::Waiting => ("Nothing to review", "Every access has been looked at."),
            Queue::Done => ("Nothing reviewed yet", "What was looked at is listed here."),
        };
        let columns = ["Opened", "By", "State"].into_iter().map(Column::new).collect::<Vec<_>>();
        view! {
            <PageHeader title="Emergency access" lede=LEDE />
            {reviewed.then(|| view! { <FormMessage>"Reviewed. The person hears what you found."</FormMessage> })}
            <Tabs label="Which accesses" items=tabs />
            {match rows.is_empty() {
                true => view! { <EmptyState icon=IconName::Shield title=none.0 text=none.1 /> }.into_any(),
                false => view! { <Table caption="Accesses" hidden_caption=true columns>{rows}</Table> }.into_any(),
            }}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/emergencies?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

/// Whether there was reason for an access, as a word with a colour.
pub fn state(is_justified: Option<bool>) -> AnyView {
    let (tone, word) = match is_justified {
        None => (Tone::Information, "To review"),
        Some(true) => (Tone::Positive, "Justified"),
        Some(false) => (Tone::Critical, "Not justified"),
    };
    view! { <Badge tone>{word}</Badge> }.into_any()
}

fn row(page: &Page, line: &QueueLine) -> AnyView {
    let when = Moment::new(line.opened_at, page.zone().as_ref(), Zone::UTC).dated();
    let (href, doctor) = (format!("/admin/emergencies/{}", line.id), format!("Dr {}", line.doctor));
    let state = state(line.is_justified);
    view! {
        <tr>
            <RowHead><a href=href>{when}</a></RowHead>
            <Cell label="By">{doctor}</Cell>
            <Cell label="State">{state}</Cell>
        </tr>
    }
    .into_any()
}
