//! The form that asks the browser for a passkey, and what the session keeps meanwhile. Without /passkeys.js nobody
//! sees it.
use crate::{
    Page, PageResult,
    failure::{Failure, form_problem, form_status},
};
use axum::{
    Json,
    http::header::RETRY_AFTER,
    response::{IntoResponse, Response},
};
use domain::{Problem, identity::passkey::CeremonyId};
use leptos::prelude::*;
use serde_json::json;
use services::{
    Error,
    identity::passkeys::{self, Begun},
};
use tower_sessions::Session;
use ui::{Button, ButtonKind};

/// The name under which a session keeps what its browser was asked.
const CEREMONY: &str = "passkey";

fn unavailable() -> Failure {
    Error::Unavailable(anyhow::anyhow!("the session cannot be kept")).into()
}

/// Tells the script what to ask the device; or in a sentence for people why nothing is asked, such as that there were
/// too many. Of what is wrong with a field, the page says more than a sentence: the script sends it the form then.
pub async fn ask(session: &Session, begun: Result<Begun, Error>) -> PageResult {
    let begun = match begun {
        Ok(begun) => begun,
        Err(error @ Error::Invalid(_)) => return Err(error.into()),
        Err(error) => return Ok(refusal(&form_problem(error)?)),
    };
    session.insert(CEREMONY, begun.ceremony).await.map_err(|_| unavailable())?;
    Ok(Json(begun.options).into_response())
}

fn refusal(problem: &Problem) -> Response {
    let said = Json(json!({ "problem": problem.message }));
    let mut response = (form_status(Some(problem)), said).into_response();
    if let Some(seconds) = problem.retry_after {
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// What this browser was asked, once.
pub async fn asked(session: &Session) -> PageResult<Option<CeremonyId>> {
    session.remove(CEREMONY).await.map_err(|_| unavailable())
}

/// Whether a device is asked for a passkey that it has, or for a new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Known,
    New,
}

/// What the form is for.
#[derive(Debug, Clone, Copy)]
pub struct PasskeyForm {
    pub wanted: Wanted,
    /// The page that it is sent to.
    pub action: &'static str,
    /// Where the script gets what to ask.
    pub asks: &'static str,
    pub label: &'static str,
    pub kind: ButtonKind,
}

impl PasskeyForm {
    /// The form with its `fields`; `None`: passkeys do not work where this clinic is.
    pub fn view(self, page: &Page, fields: AnyView) -> Option<AnyView> {
        let origin = passkeys::origin_of(page.clinic())?.to_owned();
        let Self { action, asks, label, kind, wanted } = self;
        let wanted = match wanted {
            Wanted::Known => "get",
            Wanted::New => "create",
        };
        let form = view! {
            {script()}
            <form
                method="post" action=action novalidate=true class="stack" hidden=true
                data-passkey=wanted data-passkey-origin=origin data-asks=asks
            >
                <input type="hidden" name="with" value="passkey" />
                <input type="hidden" name="credential" />
                {fields}
                <p class="field-error" role="alert" hidden=true></p>
                <Button kind>{label}</Button>
            </form>
        };
        Some(form.into_any())
    }
}

/// Loads what shows passkeys to browsers that know them.
pub fn script() -> AnyView {
    view! { <script type="module" src="/passkeys.js"></script> }.into_any()
}

/// What it takes `to` do something with passkeys, for whoever sees no button for it.
pub fn note(page: &Page, to: &'static str) -> AnyView {
    match passkeys::origin_of(page.clinic()).map(ToOwned::to_owned) {
        Some(origin) => view! {
            <p class="muted" data-passkey-note="">
                {to}", open "<a href=origin.clone()>{origin.clone()}</a>" in a browser that knows passkeys, with scripts switched on."
            </p>
        }
        .into_any(),
        None => view! {
            <p class="muted">"Passkeys do not work here: this clinic needs an address with a name, over https."</p>
        }
        .into_any(),
    }
}
