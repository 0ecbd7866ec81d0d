use super::{
    form::{as_fields, described, inputs},
    owned, path_of,
};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::{extract::Path, response::Response};
use domain::Problem;
use leptos::prelude::*;
use services::devices::{self, Device};
use ui::{Button, PageHeader};

/// `/patient/devices/{id}/change`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (_, device) = owned(&page, &id).await?;
    Ok(form(page, &device, &as_fields(&device), None))
}

pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    match devices::change(page.clinic(), &owner, device.id, &described(&fields)).await {
        Ok(()) => Ok(see_other(&format!("{}?saved=1", path_of(device.id)))),
        Err(error) => Ok(form(page, &device, &fields, Some(form_problem(error)?))),
    }
}

fn form(page: Page, device: &Device, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let path = path_of(device.id);
    let inputs = inputs(fields, problem);
    let name = device.name.clone();
    page.answering(problem).show(forms::title(problem, "Change a device"), || {
        view! {
            <PageHeader title="Change a device" back_href=path.clone() back_label=name />
            <article class="narrow stack">
                {forms::summary(problem)}
                <form method="post" novalidate=true action=format!("{path}/change") class="stack">
                    {inputs}
                    <Button>"Save"</Button>
                </form>
            </article>
        }
    })
}
