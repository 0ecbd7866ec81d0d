use super::{PATH, owned, path_of};
use crate::{Page, PageResult, page::see_other};
use axum::extract::Path;
use domain::devices::DeviceStatus;
use leptos::prelude::*;
use services::devices;
use ui::{Button, ButtonKind, LinkButton, PageHeader};

/// `/patient/devices/{id}/revoke`: whether to.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let (_, device) = owned(&page, &id).await?;
    let path = path_of(device.id);
    if device.status.next().is_empty() {
        return Ok(see_other(&path));
    }
    let name = device.name;
    Ok(page.show("Remove a device", || {
        view! {
            <PageHeader title="Remove a device" back_href=path.clone() back_label=name.clone() />
            <article class="narrow stack">
                <p>"“"{name}"” can send nothing more then, and its key opens nothing. This cannot be taken back: to use it again, add it anew. What it has sent stays."</p>
                <p>"To stop for a while, pause it on its page."</p>
                <form method="post" action=format!("{path}/revoke") class="cluster">
                    <Button kind=ButtonKind::Danger>"Remove it"</Button>
                    <LinkButton kind=ButtonKind::Quiet href=path.clone()>"Keep it"</LinkButton>
                </form>
            </article>
        }
    }))
}

pub async fn revoke(page: Page, Path(id): Path<String>) -> PageResult {
    let (owner, device) = owned(&page, &id).await?;
    if device.status == DeviceStatus::Replaced {
        return Ok(see_other(&path_of(device.id)));
    }
    devices::advance(page.clinic(), &owner, device.id, DeviceStatus::Revoked).await?;
    Ok(see_other(&format!("{PATH}?removed=1")))
}
