//! Pages for whoever builds this; in demo mode only.
use crate::{Page, PageResult};
use leptos::prelude::*;
use ui::Gallery;

/// `/dev/ui`: every component in every state.
pub async fn gallery(page: Page) -> PageResult {
    if !page.site().is_demo() {
        return Err(services::Error::NotFound.into());
    }
    Ok(page.show("Design system", || view! { <Gallery /> }))
}
