use super::providers_page::state;
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms};
use axum::response::Response;
use domain::{Problem, identity::Role};
use leptos::prelude::*;
use services::{
    directory::{self, Found, PAGE_SIZE},
    identity::{
        RoleManager,
        roles::{self, COUNTED, PeopleSearch, PersonLine},
    },
};
use ui::{
    Button, Cell, Choice, Column, EmptyState, IconName, PageHeader, Pagination, RowHead,
    SelectField, Table, TextField,
};

const LEDE: &str = "Everybody who works here. Search to find patients, too. Whom you see is noted in their own record.";

/// `/admin/people?q=&role=&page=`
pub async fn show(page: Page) -> PageResult {
    let manager = page.caller::<RoleManager>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let known = roles::roles(page.clinic(), &manager, directory::Page::new(1, 100)).await?;
    // Nearly everybody is a patient: that says nothing.
    let known = known.items.into_iter().filter(|role| role.name != Role::Patient.as_str());
    let mut options = vec![Choice::new("", "Any")];
    options.extend(known.map(|role| Choice::new(role.id.to_string(), role.name)));
    let search = PeopleSearch { q: query.some("q").map(str::to_owned), role: query.parse("role") };
    match roles::people(page.clinic(), &manager, &search, wanted).await {
        Ok(found) => Ok(list(page, &query, options, (found, wanted), None)),
        Err(error) => {
            let nobody = Found { count: 0, items: Vec::new() };
            Ok(list(page, &query, options, (nobody, wanted), Some(form_problem(error)?)))
        }
    }
}

fn list(
    page: Page,
    query: &Fields,
    options: Vec<Choice>,
    (found, wanted): (Found<PersonLine>, directory::Page),
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let columns = ["Name", "Email", "Roles", "State"].into_iter().map(Column::new).collect();
    let rows: Vec<_> = found.items.into_iter().map(row).collect();
    let count = match found.count {
        1 => "1 person".to_owned(),
        COUNTED => format!("{COUNTED} people or more"),
        count => format!("{count} people"),
    };
    page.answering(problem).show(forms::title(problem, "People"), || {
        let found_any = !rows.is_empty();
        view! {
            {forms::summary(problem)}
            <PageHeader title="People" lede=LEDE />
            <form class="cluster search-line" method="get" action="/admin/people" role="search">
                <TextField label="Name or email" name="q" maxlength=120 value=query.text("q") error=forms::at(problem, "q") />
                <SelectField label="Role" name="role" options selected=query.text("role") />
                <Button>"Search"</Button>
            </form>
            {problem.is_none().then(|| view! { <p class="muted" role="status">{count}</p> })}
            {found_any.then(|| view! { <Table caption="People" hidden_caption=true columns>{rows}</Table> })}
            {(!found_any && problem.is_none()).then(|| view! {
                <EmptyState icon=IconName::People title="Nobody found" text="Try another part of the name, or the whole address." />
            })}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/admin/people?{}", query.query_with("page", &number.to_string()))
            />
        }
    })
}

fn row(person: PersonLine) -> AnyView {
    let name = format!("{}, {}", person.last_name, person.first_name);
    let PersonLine { id, email, roles, is_active, .. } = person;
    view! {
        <tr>
            <RowHead><a href=format!("/admin/people/{id}")>{name}</a></RowHead>
            <Cell label="Email">{email}</Cell>
            <Cell label="Roles">{roles.join(", ")}</Cell>
            <Cell label="State">{state(is_active)}</Cell>
        </tr>
    }
    .into_any()
}
