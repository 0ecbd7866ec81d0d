//! Who has been idle is asked whether they are still there before they are signed out.
use crate::{Page, PageResult};
use axum::{Json, response::IntoResponse};
use domain::identity::session::WARNING;
use jiff::SignedDuration;
use leptos::prelude::*;
use services::{Error, identity::Person};
use ui::{Button, ButtonKind, Dialog};

/// What /staying.js opens two minutes before the end, on every page of whoever is signed in.
pub fn still_there(signed_in_for: SignedDuration) -> AnyView {
    view! {
        <Dialog
            id="still-there"
            title="Are you still there?"
            text="Nothing has happened here for a while. To protect health data, you are signed out in two minutes. What you typed and did not send is lost then."
        >
            <div class="cluster">
                <form method="dialog"><Button>"Stay signed in"</Button></form>
                <form method="post" action="/logout">
                    <Button kind=ButtonKind::Quiet>"Sign out now"</Button>
                </form>
            </div>
        </Dialog>
        <script
            src="/staying.js"
            defer=true
            data-seconds=signed_in_for.as_secs()
            data-warning=WARNING.as_secs()
        ></script>
    }
    .into_any()
}

/// `POST /session`: whoever is signed in goes on; for how many seconds from now.
pub async fn stay(page: Page) -> PageResult {
    page.owner::<Person>()?;
    let seconds = page.signed_in_for().ok_or(Error::SignedOut)?.as_secs();
    Ok(Json(seconds).into_response())
}
