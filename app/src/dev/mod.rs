//! Pages for whoever builds this; in demo mode only.
pub mod mail_page;

use crate::{Page, PageResult, document::Waking};
use islands::{Comboboxes, Dialogs, ToastSample};
use leptos::prelude::*;
use ui::Gallery;

/// `/dev/ui`: every component in every state.
pub async fn gallery(page: Page) -> PageResult {
    if !page.site().is_demo() {
        return Err(services::Error::NotFound.into());
    }
    Ok(page.with_islands(Waking::OnUse).show("Design system", || {
        let toast: Children = Box::new(|| view! { <ToastSample /> }.into_any());
        view! {
            <Gallery toast />
            <Comboboxes />
            <Dialogs />
        }
    }))
}
