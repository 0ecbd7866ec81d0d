use super::family_page::{details, inputs};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::{extract::Path, response::Response};
use domain::{Problem, identity::UserId};
use leptos::prelude::*;
use services::{
    Error,
    family::{self, Dependant},
    identity::Patient,
};
use ui::{BackLink, Button, ButtonKind};

/// The dependant that the address names.
async fn person(page: &Page, id: &str) -> PageResult<Dependant> {
    let patient = page.caller::<Patient>()?;
    let id: UserId = id.parse().map_err(|_| Error::NotFound)?;
    Ok(family::dependant(page.clinic(), &patient, id).await?)
}

fn as_fields(person: &Dependant) -> Fields {
    let born = person.date_of_birth.map(|date| date.to_string()).unwrap_or_default();
    Fields::from_pairs([
        ("first_name", person.first_name.clone()),
        ("last_name", person.last_name.clone()),
        ("date_of_birth", born),
        ("relationship", person.relationship.to_string()),
    ])
}

/// `/account/family/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let person = person(&page, &id).await?;
    Ok(form(page, &person, &as_fields(&person), None))
}

pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let person = person(&page, &id).await?;
    match family::change(page.clinic(), &patient, person.id, &details(&fields)).await {
        Ok(()) => Ok(see_other("/account/family?saved=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &person, &fields, Some(problem)))
        }
    }
}

/// `POST /account/family/{id}/remove`
pub async fn remove(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let named: UserId = id.parse().map_err(|_| Error::NotFound)?;
    match family::remove(page.clinic(), &patient, named).await {
        Ok(()) => Ok(see_other("/account/family?removed=1")),
        // Pressed twice, or already done in another tab.
        Err(Error::NotFound) => Ok(see_other("/account/family")),
        Err(error) => {
            let problem = form_problem(error)?;
            let person = person(&page, &id).await?;
            Ok(form(page, &person, &as_fields(&person), Some(problem)))
        }
    }
}

fn form(page: Page, person: &Dependant, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let path = format!("/account/family/{}", person.id);
    let inputs = inputs(&page, fields, problem);
    let name = person.full_name();
    let page = page.with_status(form_status(problem));
    page.show(forms::title(problem, &name), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/account/family" label="Your family" />
                <h1>{name.clone()}</h1>
                <form method="post" novalidate=true action=path.clone() class="stack">
                    {inputs}
                    <Button>"Save"</Button>
                </form>
                <section class="section stack-small" aria-labelledby="remove">
                    <h2 id="remove">"Remove from your list"</h2>
                    <p class="muted">"You can no longer book for this person then. Their past visits stay under My visits."</p>
                    <form method="post" action=format!("{path}/remove")>
                        <Button kind=ButtonKind::Danger>"Remove "{name.clone()}</Button>
                    </form>
                </section>
            </article>
        }
    })
}
