use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    admin::{self, ProviderLine},
    directory::{self, PAGE_SIZE},
    identity::Admin,
};
use ui::{Badge, Button, Pagination, SearchField, Tone};

/// `/admin/providers?q=&page=`
pub async fn show(page: Page) -> PageResult {
    let admin = page.caller::<Admin>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = admin::providers(page.clinic(), &admin, query.some("q"), wanted).await?;
    Ok(page.show("Doctors", move || {
        let rows: Vec<_> = found.items.iter().map(row).collect();
        view! {
            <header class="page-head">
                <h1>"Doctors"</h1>
                <a class="button button-primary" href="/admin/providers/new">"Add a doctor"</a>
            </header>
            {search_line("/admin/providers", &query)}
            <p class="muted" role="status">{format!("{} doctors", found.count)}</p>
            <div class="table-wrap" tabindex="0" role="region" aria-label="Doctors">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Name"</th>
                            <th scope="col">"Specialty"</th>
                            <th scope="col">"Licence"</th>
                            <th scope="col">"Email"</th>
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

fn row(line: &ProviderLine) -> AnyView {
    view! {
        <tr>
            <th scope="row"><a href=format!("/admin/providers/{}", line.id)>{format!("{}, {}", line.last_name, line.first_name)}</a></th>
            <td data-label="Specialty">{line.specialization.label()}</td>
            <td data-label="Licence" class="tabular">{line.license_number.clone()}</td>
            <td data-label="Email">{line.email.clone()}</td>
            <td data-label="Time zone">{line.time_zone.clone()}</td>
            <td data-label="State">{state(line.is_active)}</td>
        </tr>
    }
    .into_any()
}
