use super::providers_page::{search_line, state};
use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    admin,
    directory::{self, Hospital, PAGE_SIZE},
    identity::Admin,
};
use ui::{Cell, Column, Pagination, RowHead, Table};

/// `/admin/hospitals?q=&page=`
pub async fn show(page: Page) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = admin::hospitals(page.clinic(), &admin, query.some("q"), wanted).await?;
    let rows: Vec<_> = found.items.into_iter().map(row).collect();
    let columns = ["Name", "City", "Country", "Time zone", "State"];
    let columns = columns.into_iter().map(Column::new).collect::<Vec<_>>();
    Ok(page.show("Hospitals", move || {
        view! {
            <header class="page-head">
                <h1>"Hospitals"</h1>
                <a class="button button-primary" href="/admin/hospitals/new">"Add a hospital"</a>
            </header>
            {search_line("/admin/hospitals", &query)}
            <p class="muted" role="status">{format!("{} hospitals", found.count)}</p>
            {(!rows.is_empty()).then(|| view! { <Table caption="Hospitals" hidden_caption=true columns>{rows}</Table> })}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/hospitals?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

fn row(hospital: Hospital) -> AnyView {
    let Hospital { id, name, city, country, time_zone, is_active, .. } = hospital;
    view! {
        <tr>
            <RowHead><a href=format!("/admin/hospitals/{id}")>{name}</a></RowHead>
            <Cell label="City">{city}</Cell>
            <Cell label="Country">{country}</Cell>
            <Cell label="Time zone">{time_zone}</Cell>
            <Cell label="State">{state(is_active)}</Cell>
        </tr>
    }
    .into_any()
}
