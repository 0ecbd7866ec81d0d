use super::{
    form::{described, inputs, position_of},
    key_page, owned, path_of,
};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms};
use axum::{extract::Path, response::Response};
use domain::Problem;
use leptos::prelude::*;
use services::devices::{self, Device};
use ui::{Button, PageHeader};

/// `/patient/devices/{id}/replace`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (_, device) = owned(&page, &id).await?;
    let fields = Fields::from_pairs([
        ("device_type", device.kind.to_string()),
        ("position", position_of(&device)),
    ]);
    Ok(form(page, &device, &fields, None))
}

pub async fn replace(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    match devices::replace(page.clinic(), &owner, device.id, &described(&fields)).await {
        Ok((id, key)) => {
            let news = "Your new device has the place of the old one, which sends no more.";
            Ok(key_page::show(page, id, &key, news))
        }
        Err(error) => Ok(form(page, &device, &fields, Some(form_problem(error)?))),
    }
}

fn form(page: Page, device: &Device, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let path = path_of(device.id);
    let inputs = inputs(fields, problem);
    let name = device.name.clone();
    page.answering(problem).show(forms::title(problem, "Replace a device"), || {
        view! {
            <PageHeader title="Replace a device" back_href=path.clone() back_label=name.clone() />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p class="lede">"Describe the new one. From then on “"{name}"” sends no more; what it has sent stays, and the new one goes on from there."</p>
                <form method="post" novalidate=true action=format!("{path}/replace") class="stack">
                    {inputs}
                    <Button>"Replace it"</Button>
                </form>
            </article>
        }
    })
}
