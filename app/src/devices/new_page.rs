use super::{
    PATH,
    form::{described, inputs},
    key_page,
};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms};
use axum::response::Response;
use domain::Problem;
use leptos::prelude::*;
use services::{devices, identity::Patient};
use ui::{Button, PageHeader};

/// `/patient/devices/new`
pub async fn show(page: Page) -> PageResult {
    page.caller::<Patient>()?;
    Ok(form(page, &Fields::default(), None))
}

pub async fn register(page: Page, fields: Fields) -> PageResult {
    let owner = page.caller::<Patient>()?;
    match devices::register(page.clinic(), &owner, &described(&fields)).await {
        Ok((id, key)) => Ok(key_page::show(page, id, &key, "Your device is added.")),
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let inputs = inputs(fields, problem);
    page.answering(problem).show(forms::title(problem, "Add a device"), || {
        view! {
            <PageHeader title="Add a device" back_href=PATH back_label="Your devices" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p class="lede">"A watch, a scale, a blood pressure monitor: what it measures then comes here by itself."</p>
                <form method="post" novalidate=true action="/patient/devices/new" class="stack">
                    {inputs}
                    <Button>"Add the device"</Button>
                </form>
            </article>
        }
    })
}
