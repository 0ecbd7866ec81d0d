use super::{owned, path_of};
use crate::{Page, PageResult, page::see_other};
use axum::extract::Path;
use leptos::prelude::*;
use services::readings;
use ui::{Button, ButtonKind, LinkButton, PageHeader};

/// `/patient/devices/{id}/clear`: whether to remove all that it has sent.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (_, device) = owned(&page, &id).await?;
    let (path, name) = (path_of(device.id), device.name);
    Ok(page.show("Remove all readings of a device", || {
        view! {
            <PageHeader title="Remove all readings of a device" back_href=path.clone() back_label=name.clone() />
            <article class="narrow stack">
                <p>"All readings that “"{name}"” has sent until now are removed from your lists, charts and reports, and your doctors do not see them any more. Other readings stay. This cannot be taken back."</p>
                <p>"What it sends from now on is kept. To stop that, too, pause or remove the device on its page."</p>
                <form method="post" action=format!("{path}/clear") class="cluster">
                    <Button kind=ButtonKind::Danger>"Remove all its readings"</Button>
                    <LinkButton kind=ButtonKind::Quiet href=path.clone()>"Keep them"</LinkButton>
                </form>
            </article>
        }
    }))
}

pub async fn clear(page: Page, Path(id): Path<String>) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    readings::clear(page.clinic(), &owner, device.id).await?;
    Ok(see_other(&format!("{}?cleared=1", path_of(device.id))))
}
