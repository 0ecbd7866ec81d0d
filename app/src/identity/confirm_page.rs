//! Who they are, asked once more before what must not be done by whoever finds an open browser.
use super::{
    code_page::{code_field, code_problem},
    passkey_form::{self, PasskeyForm, Wanted},
};
use crate::{
    Page, PageResult,
    failure::Failure,
    fields::Fields,
    forms,
    page::{SESSION_PROOF, encode, safe_next, see_other},
};
use axum::response::Response;
use domain::{Problem, identity::factor::is_recent};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    identity::{Person, factor, passkeys},
};
use tower_sessions::Session;
use ui::{Button, ButtonKind, PasswordField};

fn unavailable() -> Failure {
    Error::Unavailable(anyhow::anyhow!("the session cannot be kept")).into()
}

/// Notes in the session that its person has proven just now who they are.
pub async fn note_proof(page: &Page, session: &Session) -> PageResult<()> {
    let now = page.clinic().now().as_second();
    session.insert(SESSION_PROOF, now).await.map_err(|_| unavailable())
}

/// Leads whoever has not proven in the last ten minutes who they are to where they do, and back to this page.
/// What a form has sent is lost then: ask where the form is shown, too.
pub async fn require_recent_proof(page: &Page, session: &Session) -> PageResult<()> {
    let at: Option<i64> = session.get(SESSION_PROOF).await.map_err(|_| unavailable())?;
    let at = at.and_then(|at| Timestamp::from_second(at).ok());
    match at.is_some_and(|at| is_recent(at, page.clinic().now())) {
        true => Ok(()),
        false => {
            let next = encode(&page.target());
            Err(Failure::Elsewhere(format!("/account/confirm?next={next}")))
        }
    }
}

/// The same for what asks for the password itself: whoever has a second factor proves that they have it.
pub async fn require_code(page: &Page, session: &Session) -> PageResult<()> {
    match page.actor().is_some_and(|actor| actor.has_factor) {
        true => require_recent_proof(page, session).await,
        false => Ok(()),
    }
}

/// `/account/confirm?next=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    form(page, &query, None).await
}

/// Tells the script what to ask the device.
pub async fn ask_passkey(page: Page, session: Session) -> PageResult {
    let caller = page.owner::<Person>()?;
    let begun = passkeys::begin_proof(page.clinic(), &caller).await;
    passkey_form::ask(&session, begun).await
}

pub async fn confirm(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    let proven = match fields.get("with") {
        "passkey" => {
            let ceremony = passkey_form::asked(&session).await?;
            passkeys::prove(page.clinic(), &caller, ceremony, fields.get("credential")).await
        }
        _ => {
            let (password, code) = (fields.text("password"), fields.get("code"));
            factor::prove(page.clinic(), &caller, password, code).await
        }
    };
    match proven {
        Ok(()) => {
            session.cycle_id().await.map_err(|_| unavailable())?;
            note_proof(&page, &session).await?;
            Ok(see_other(safe_next(fields.get("next"), "/account/security")))
        }
        Err(error) => {
            let problem = code_problem(error)?;
            form(page, &fields, Some(problem)).await
        }
    }
}

async fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> PageResult<Response> {
    let caller = page.owner::<Person>()?;
    let means = factor::means(page.clinic(), &caller).await?;
    let problem = problem.as_ref();
    let next = fields.text("next");
    let recovery = fields.get("with") == "recovery" && means.any();
    let only_passkey = means.passkeys && !means.app && !recovery;
    let other = |with: &str| format!("/account/confirm?with={with}&next={}", encode(&next));
    let (use_recovery, use_first) = (other("recovery"), other("app"));
    let passkey = (means.passkeys && !recovery).then(|| passkey_part(&page, &next, only_passkey));
    Ok(page.answering(problem).show(forms::title(problem, "Is it still you?"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Is it still you?"</h1>
                <p class="lede">"What comes next is for you alone, so we ask once more."</p>
                {(!only_passkey).then(|| view! {
                    <form method="post" novalidate=true action="/account/confirm" class="stack">
                        <input type="hidden" name="next" value=next />
                        <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                        {match means.any() {
                            false => view! {
                                <PasswordField
                                    label="Password" name="password" autocomplete="current-password"
                                    error=forms::at(problem, "password")
                                />
                            }.into_any(),
                            true => code_field(recovery, problem),
                        }}
                        <Button>"Go on"</Button>
                    </form>
                })}
                {passkey}
                {means.any().then(|| match (recovery, means.app) {
                    (false, true) => view! { <p>"No phone at hand? "<a href=use_recovery>"Use a recovery code"</a></p> },
                    (false, false) => view! { <p>"No passkey at hand? "<a href=use_recovery>"Use a recovery code"</a></p> },
                    (true, true) => view! { <p>"Found your phone? "<a href=use_first>"Use the code from your app"</a></p> },
                    (true, false) => view! { <p>"Found your device? "<a href=use_first>"Use your passkey"</a></p> },
                })}
            </article>
        }
    }))
}

fn passkey_part(page: &Page, next: &str, is_alone: bool) -> AnyView {
    let form = PasskeyForm {
        wanted: Wanted::Known,
        action: "/account/confirm",
        asks: "/account/confirm/passkey",
        label: "Use a passkey",
        kind: if is_alone { ButtonKind::Primary } else { ButtonKind::Secondary },
    };
    let next = view! { <input type="hidden" name="next" value=next.to_owned() /> };
    view! {
        {form.view(page, next.into_any())}
        {is_alone.then(|| passkey_form::note(page, "To use your passkey"))}
    }
    .into_any()
}
