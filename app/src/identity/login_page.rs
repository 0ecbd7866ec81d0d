use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::{SESSION_USER, home_of, safe_next, see_other},
};
use axum::response::Response;
use domain::{Problem, identity::UserId};
use leptos::prelude::*;
use services::identity;
use tower_sessions::Session;
use ui::{Button, Notice, PasswordField, TextField};

/// `/login?next=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    if let Some(actor) = page.actor() {
        return Ok(see_other(safe_next(query.get("next"), home_of(actor))));
    }
    Ok(form(page, &query, None))
}

pub async fn sign_in(page: Page, session: Session, fields: Fields) -> PageResult {
    let signed_in =
        identity::sign_in(page.clinic(), fields.get("email"), fields.text("password")).await;
    match signed_in {
        Ok(user) => welcome(&page, &session, user, fields.get("next")).await,
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

/// Begins a session for `user` and leads them to where they were going.
pub async fn welcome(
    page: &Page,
    session: &Session,
    user: UserId,
    next: &str,
) -> PageResult<Response> {
    let failed = |_| services::Error::Unavailable(anyhow::anyhow!("the session cannot be kept"));
    // A new id: whoever knew the old one knows nothing.
    session.cycle_id().await.map_err(failed)?;
    session.insert(SESSION_USER, user).await.map_err(failed)?;
    session.save().await.map_err(failed)?;
    let actor = identity::actor(page.clinic(), user).await?.ok_or(services::Error::SignedOut)?;
    Ok(see_other(safe_next(next, home_of(&actor))))
}

/// `POST /logout`
pub async fn sign_out(session: Session) -> PageResult {
    let failed = |_| services::Error::Unavailable(anyhow::anyhow!("the session cannot be ended"));
    session.flush().await.map_err(failed)?;
    Ok(see_other("/"))
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let demo = page.site().is_demo();
    let next = fields.text("next");
    let register = format!("/register?next={}", crate::page::encode(&next));
    page.with_status(form_status(problem)).show(forms::title(problem, "Sign in"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Sign in"</h1>
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
