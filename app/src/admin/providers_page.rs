use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    admin::{self, ProviderLine},
    directory::{self, PAGE_SIZE},
    identity::Admin,
};
use ui::{Badge, Button, Cell, Column, Pagination, RowHead, SearchField, Table, Tone};

/// `/admin/providers?q=&page=`
pub async fn show(page: Page) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = admin::providers(page.clinic(), &admin, query.some("q"), wanted).await?;
    let rows: Vec<_> = found.items.into_iter().map(row).collect();
    let columns = ["Name", "Specialty", "Licence", "Email", "Time zone", "State"];
    let columns = columns.into_iter().map(Column::new).collect::<Vec<_>>();
    Ok(page.show("Doctors", move || {
        view! {
            <header class="page-head">
                <h1>"Doctors"</h1>
                <a class="button button-primary" href="/admin/providers/new">"Add a doctor"</a>
            </header>
            {search_line("/admin/providers", &query)}
            <p class="muted" role="status">{format!("{} doctors", found.count)}</p>
            {(!rows.is_empty()).then(|| view! { <Table caption="Doctors" hidden_caption=true columns>{rows}</Table> })}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/providers?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

/// The search above a list of the admin's.
pub fn search_line(action: &'static str, query: &Fields) -> AnyView {
    view! {
        <form class="cluster search-line" method="get" action=action role="search">
            <SearchField label="Name" name="q" value=query.text("q") />
            <Button>"Search"</Button>
        </form>
    }
    .into_any()
}

/// Whether something is in use, in a word.
pub fn state(is_active: bool) -> AnyView {
    if is_active {
        view! { <Badge tone=Tone::Positive>"Active"</Badge> }.into_any()
    } else {
        view! { <Badge tone=Tone::Neutral>"Not active"</Badge> }.into_any()
    }
}

fn row(line: ProviderLine) -> AnyView {
    let name = format!("{}, {}", line.last_name, line.first_name);
    let ProviderLine { id, specialization, license_number, email, time_zone, is_active, .. } = line;
    view! {
        <tr>
            <RowHead><a href=format!("/admin/providers/{id}")>{name}</a></RowHead>
            <Cell label="Specialty">{specialization.label()}</Cell>
            <Cell label="Licence"><span class="tabular">{license_number}</span></Cell>
            <Cell label="Email">{email}</Cell>
            <Cell label="Time zone">{time_zone}</Cell>
            <Cell label="State">{state(is_active)}</Cell>
        </tr>
    }
    .into_any()
}
