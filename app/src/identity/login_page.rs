use super::{
    code_page::proceed,
    confirm_page::note_proof,
    passkey_form::{PasskeyForm, Wanted, ask, asked},
};
use crate::{
    Page, PageResult, Site,
    failure::form_problem,
    fields::Fields,
    forms,
    page::{KNOWN_BROWSER, SESSION_SINCE, SESSION_USER, SESSION_VERSION, next_of, see_other},
};
use axum::{
    extract::State,
    http::{HeaderValue, header},
    response::Response,
};
use domain::Problem;
use leptos::prelude::*;
use services::identity::{self, SignedIn, passkeys, sessions};
use tower_sessions::Session;
use ui::{Button, ButtonKind, Notice, PasswordField, TextField, Tone};

/// `/login?next=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    if let Some(actor) = page.actor() {
        return Ok(see_other(next_of(query.get("next"), actor)));
    }
    Ok(form(page, &query, None))
}

/// Tells the script what to ask the device.
pub async fn ask_passkey(page: Page, session: Session) -> PageResult {
    ask(&session, passkeys::begin_sign_in(page.clinic()).await).await
}

pub async fn sign_in(page: Page, session: Session, fields: Fields) -> PageResult {
    if fields.get("with") == "passkey" {
        return sign_in_with_passkey(page, session, fields).await;
    }
    let (email, password) = (fields.get("email"), fields.text("password"));
    let signed_in = identity::sign_in(page.clinic(), email, password, page.known_browser()).await;
    match signed_in {
        Ok(step) => proceed(&page, &session, step, fields.get("next")).await,
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

async fn sign_in_with_passkey(page: Page, session: Session, fields: Fields) -> PageResult {
    let ceremony = asked(&session).await?;
    let credential = fields.get("credential");
    match passkeys::sign_in(page.clinic(), ceremony, credential, page.known_browser()).await {
        Ok(who) => welcome(&page, &session, who, fields.get("next")).await,
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

/// Begins a session for `who` and leads them to where they were going.
pub async fn welcome(
    page: &Page,
    session: &Session,
    who: SignedIn,
    next: &str,
) -> PageResult<Response> {
    let failed = |_| services::Error::Unavailable(anyhow::anyhow!("the session cannot be kept"));
    // A new id: whoever knew the old one knows nothing.
    session.cycle_id().await.map_err(failed)?;
    session.insert(SESSION_USER, who.user).await.map_err(failed)?;
    session.insert(SESSION_VERSION, who.version).await.map_err(failed)?;
    session.insert(SESSION_SINCE, page.clinic().now().as_second()).await.map_err(failed)?;
    note_proof(page, session).await?;
    session.save().await.map_err(failed)?;
    let actor = identity::actor_of(page.clinic(), who).await?.ok_or(services::Error::SignedOut)?;
    let mut response = see_other(next_of(next, &actor));
    remember_browser(page, who, &mut response);
    Ok(response)
}

/// So that whoever tries to sign in elsewhere, and cannot, keeps nobody out who signs in here.
pub(super) fn remember_browser(page: &Page, who: SignedIn, response: &mut Response) {
    let known = page.known_browser();
    let shown = identity::known_browser(page.clinic(), who, known);
    if known == Some(shown.as_str()) {
        return;
    }
    let cookie = format!(
        "{KNOWN_BROWSER}={shown}; Path=/; Max-Age=31536000; HttpOnly; Secure; SameSite=Lax"
    );
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// `POST /logout`
pub async fn sign_out(State(site): State<Site>, session: Session) -> PageResult {
    let failed = |_| services::Error::Unavailable(anyhow::anyhow!("the session cannot be ended"));
    if let Some(id) = session.id() {
        sessions::sign_out(site.clinic(), id.0).await?;
    }
    session.flush().await.map_err(failed)?;
    Ok(see_other("/"))
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let demo = page.site().is_demo();
    let next = fields.text("next");
    let changed = problem.is_none() && fields.is_on("changed");
    let ended = problem.is_none() && fields.is_on("ended");
    let over = problem.is_none() && fields.is_on("over");
    let register = format!("/register?next={}", crate::page::encode(&next));
    let passkey = PasskeyForm {
        wanted: Wanted::Known,
        action: "/login",
        asks: "/login/passkey",
        label: "Sign in with a passkey",
        kind: ButtonKind::Secondary,
    };
    let passkey = passkey
        .view(&page, view! { <input type="hidden" name="next" value=next.clone() /> }.into_any());
    page.answering(problem).show(forms::title(problem, "Sign in"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Sign in"</h1>
                {changed.then(|| view! {
                    <Notice tone=Tone::Positive announce=true>
                        <p>"Your password is changed, and you are signed out everywhere. Sign in with the new one."</p>
                    </Notice>
                })}
                {ended.then(|| view! {
                    <Notice announce=true>
                        <p>"Please sign in to go on. You are signed out after 30 minutes without use (doctors and staff after 15), after 12 hours in any case, when you sign out here on another device, and when your password changes."</p>
                    </Notice>
                })}
                {over.then(|| view! {
                    <Notice tone=Tone::Caution announce=true>
                        <p>"That sign-in has ended: it waited for its code for longer than five minutes, or was finished. Please begin again."</p>
                    </Notice>
                })}
                <form method="post" novalidate=true action="/login" class="stack">
                    <input type="hidden" name="next" value=next />
                    <TextField
                        label="Email" name="email" kind="email" autocomplete="username" required=true
                        value=fields.text("email") error=forms::at(problem, "email")
                    />
                    <PasswordField
                        label="Password" name="password" autocomplete="current-password"
                        error=forms::at(problem, "password")
                    />
                    <Button>"Sign in"</Button>
                </form>
                {passkey}
                <p><a href="/reset">"Forgot your password?"</a></p>
                <p>"New here? "<a href=register>"Create an account"</a></p>
                {demo.then(|| view! {
                    <Notice title="This is a demo">
                        "Sign in as patient@demo.test, doctor@demo.test or admin@demo.test with the password medconnect-demo-1."
                    </Notice>
                })}
            </article>
        }
    })
}
