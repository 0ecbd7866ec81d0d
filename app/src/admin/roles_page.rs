use super::providers_page::state;
use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    directory::{self, PAGE_SIZE},
    identity::{
        RoleManager,
        roles::{self, COUNTED, Role},
    },
};
use ui::{Cell, Column, IconName, LinkButton, PageHeader, Pagination, RowHead, Table};

/// `/admin/roles?page=`
pub async fn show(page: Page) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = roles::roles(page.clinic(), &manager, wanted).await?;
    let rows: Vec<_> = found.items.into_iter().map(row).collect();
    let columns = vec![
        Column::new("Role"),
        Column::new("What it is for"),
        Column::new("Lets people"),
        Column::new("People").numeric(),
        Column::new("State"),
    ];
    Ok(page.show("Roles", move || {
        view! {
            <PageHeader
                title="Roles" lede="What somebody may do here follows from their roles, at once and everywhere."
                actions=|| view! { <LinkButton href="/admin/roles/new" icon=IconName::Plus>"Add a role"</LinkButton> }
            />
            <Table caption="Roles" hidden_caption=true columns>{rows}</Table>
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/roles?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

fn row(role: Role) -> AnyView {
    let labels: Vec<_> = role.permissions.iter().map(|permission| permission.label()).collect();
    let lets = if labels.is_empty() { "Nothing".to_owned() } else { labels.join(", ") };
    let people = match role.people {
        COUNTED.. => format!("{COUNTED}+"),
        people => people.to_string(),
    };
    view! {
        <tr>
            <RowHead><a href=format!("/admin/roles/{}", role.id)>{role.name}</a></RowHead>
            <Cell label="What it is for">{role.description}</Cell>
            <Cell label="Lets people">{lets}</Cell>
            <Cell label="People" numeric=true>{people}</Cell>
            <Cell label="State">{state(role.is_active)}</Cell>
        </tr>
    }
    .into_any()
}
