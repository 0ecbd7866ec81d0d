//! The second step of signing in, after the password was right.
use super::login_page::welcome;
use crate::{
    Page, PageResult,
    failure::{Failure, form_problem},
    fields::Fields,
    forms,
    page::{encode, home_of, safe_next, see_other},
};
use axum::response::Response;
use domain::{
    FieldProblem, Problem,
    identity::factor::{CHALLENGE_OVER, WRONG_CODE},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::{SignIn, factor},
};
use tower_sessions::Session;
use ui::{Button, TextField};

/// The name under which a session keeps the sign-in that waits for its code.
const CHALLENGE: &str = "challenge";

/// A sign-in that waits, and where its person was going.
#[derive(Serialize, Deserialize)]
struct Begun {
    token: String,
    next: String,
}

impl Begun {
    async fn of(session: &Session) -> PageResult<Option<Self>> {
        session.get(CHALLENGE).await.map_err(|_| unavailable())
    }

    async fn forget(session: &Session) -> PageResult<()> {
        session.remove::<Self>(CHALLENGE).await.map(|_| ()).map_err(|_| unavailable())
    }
}

fn unavailable() -> Failure {
    Error::Unavailable(anyhow::anyhow!("the session cannot be kept")).into()
}

/// Leads on whoever's first factor was right: in, or to the page that asks for the second.
pub async fn proceed(page: &Page, session: &Session, step: SignIn, next: &str) -> PageResult {
    let token = match step {
        SignIn::Done(who) => return welcome(page, session, who, next).await,
        SignIn::NeedsCode(waiting) => waiting.token,
    };
    let next = Some(safe_next(next, "")).filter(|next| next.len() <= 2_000).unwrap_or_default();
    let begun = Begun { token, next: next.to_owned() };
    // A new id: whoever knew the old one has no part in this.
    session.cycle_id().await.map_err(|_| unavailable())?;
    session.insert(CHALLENGE, begun).await.map_err(|_| unavailable())?;
    Ok(see_other("/login/code"))
}

/// `/login/code`, and `/login/code?with=recovery`
pub async fn show(page: Page, session: Session) -> PageResult {
    if let Some(actor) = page.actor() {
        return Ok(see_other(home_of(actor)));
    }
    let query = Fields::of_query(page.query());
    match Begun::of(&session).await? {
        Some(_) => Ok(form(page, &query, None)),
        None => Ok(see_other("/login")),
    }
}

pub async fn enter(page: Page, session: Session, fields: Fields) -> PageResult {
    let Some(begun) = Begun::of(&session).await? else { return Ok(see_other("/login?over=1")) };
    match factor::enter_code(page.clinic(), &begun.token, fields.get("code"), page.known_browser())
        .await
    {
        Ok(who) => {
            Begun::forget(&session).await?;
            welcome(&page, &session, who, &begun.next).await
        }
        Err(Error::Refused(CHALLENGE_OVER)) => {
            Begun::forget(&session).await?;
            Ok(see_other(&format!("/login?over=1&next={}", encode(&begun.next))))
        }
        Err(error) => Ok(form(page, &fields, Some(code_problem(error)?))),
    }
}

/// What a form with a code says: a wrong one at its field.
pub fn code_problem(error: Error) -> PageResult<Problem> {
    match error {
        Error::Refused(WRONG_CODE) => {
            Ok(Problem::invalid(vec![FieldProblem::new("code", WRONG_CODE.message)]))
        }
        other => form_problem(other),
    }
}

/// The field for a code of the app or, `with_recovery`, for one of those on paper.
pub fn code_field(with_recovery: bool, problem: Option<&Problem>) -> AnyView {
    let error = forms::at(problem, "code");
    match with_recovery {
        false => view! {
            <TextField
                label="Code from your app" name="code" inputmode="numeric" autocomplete="one-time-code"
                required=true short=true maxlength=40 hint="Six digits, new every 30 seconds." error=error
            />
        }
        .into_any(),
        true => view! {
            <TextField
                label="Recovery code" name="code" autocomplete="off" required=true maxlength=40
                hint="Sixteen letters and digits, such as ABCD-EFGH-IJKL-MNOP. Each works once." error=error
            />
        }
        .into_any(),
    }
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let recovery = fields.get("with") == "recovery";
    page.answering(problem).show(forms::title(problem, "Enter your code"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Enter your code"</h1>
                <p class="lede">{match recovery {
                    false => "Your password was right. Now we need the code that your app shows.",
                    true => "Your password was right. Now we need one of the recovery codes that you have kept.",
                }}</p>
                <form method="post" novalidate=true action="/login/code" class="stack">
                    <input type="hidden" name="with" value=if recovery { "recovery" } else { "" } />
                    {code_field(recovery, problem)}
                    <Button>"Sign in"</Button>
                </form>
                {match recovery {
                    false => view! { <p>"No phone at hand? "<a href="/login/code?with=recovery">"Use a recovery code"</a></p> },
                    true => view! { <p>"Found your phone? "<a href="/login/code?with=app">"Use the code from your app"</a></p> },
                }}
                <p><a href="/login">"Sign in as somebody else"</a></p>
            </article>
        }
    })
}
