use super::providers_page::{search_line, state};
use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    admin,
    directory::{self, Hospital, PAGE_SIZE},
    identity::Admin,
};
use ui::Pagination;

/// `/admin/hospitals?q=&page=`
pub async fn show(page: Page) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = admin::hospitals(page.clinic(), &admin, query.some("q"), wanted).await?;
    Ok(page.show("Hospitals", move || {
        let rows: Vec<_> = found.items.iter().map(row).collect();
        view! {
            <header class="page-head">
                <h1>"Hospitals"</h1>
                <a class="button button-primary" href="/admin/hospitals/new">"Add a hospital"</a>
            </header>
            {search_line("/admin/hospitals", &query)}
            <p class="muted" role="status">{format!("{} hospitals", found.count)}</p>
            <div class="table-wrap" tabindex="0" role="region" aria-label="Hospitals">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"City"</th>
                            <th scope="col">"Country"</th>
                            <th scope="col">"Time zone"</th>
                            <th scope="col">"State"</th>
                        </tr>
                    </thead>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/hospitals?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

fn row(hospital: &Hospital) -> AnyView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/admin/hospitals/{}", hospital.id)>{hospital.name.clone()}</a></th>
            <td data-label="City">{hospital.city.clone()}</td>
            <td data-label="Country">{hospital.country.clone()}</td>
            <td data-label="Time zone">{hospital.time_zone.clone()}</td>
            <td data-label="State">{state(hospital.is_active)}</td>
        </tr>
    }
    .into_any()
}
