//! The second step of signing in, after the password was right.
use super::{
    login_page::welcome,
    passkey_form::{self, PasskeyForm, Wanted},
};
use crate::{
    Page, PageResult,
    failure::{Failure, form_problem},
    fields::Fields,
    forms,
    page::{encode, home_of, safe_next, see_other},
};
use domain::{
    FieldProblem, Problem,
    identity::factor::{CHALLENGE_OVER, WRONG_CODE},
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::{
        SignIn,
        factor::{self, Means},
        passkeys,
    },
};
use tower_sessions::Session;
use ui::{Button, ButtonKind, TextField};

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
    let Some(begun) = Begun::of(&session).await? else { return Ok(see_other("/login")) };
    form(page, &session, begun, &query, None).await
}

/// Tells the script what to ask the device.
pub async fn ask_passkey(page: Page, session: Session) -> PageResult {
    let Some(begun) = Begun::of(&session).await? else { return Ok(see_other("/login?over=1")) };
    let asked = passkeys::begin_second_step(page.clinic(), &begun.token).await;
    passkey_form::ask(&session, asked).await
}

pub async fn enter(page: Page, session: Session, fields: Fields) -> PageResult {
    let Some(begun) = Begun::of(&session).await? else { return Ok(see_other("/login?over=1")) };
    let (clinic, token, browser) = (page.clinic(), &begun.token, page.known_browser());
    let entered = match fields.get("with") {
        "passkey" => {
            let ceremony = passkey_form::asked(&session).await?;
            passkeys::enter(clinic, token, ceremony, fields.get("credential"), browser).await
        }
        _ => factor::enter_code(clinic, token, fields.get("code"), browser).await,
    };
    match entered {
        Ok(who) => {
            Begun::forget(&session).await?;
            welcome(&page, &session, who, &begun.next).await
        }
        Err(Error::Refused(CHALLENGE_OVER)) => over(&session, &begun).await,
        Err(error) => {
            let problem = code_problem(error)?;
            form(page, &session, begun, &fields, Some(problem)).await
        }
    }
}

/// Leads whoever has taken too long back to where they began.
async fn over(session: &Session, begun: &Begun) -> PageResult {
    Begun::forget(session).await?;
    Ok(see_other(&format!("/login?over=1&next={}", encode(&begun.next))))
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

/// What is asked for on this page.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Step {
    App,
    Passkey,
    Recovery,
}

impl Step {
    fn heading(self) -> &'static str {
        match self {
            Self::Passkey => "Use your passkey",
            Self::App | Self::Recovery => "Enter your code",
        }
    }

    fn lede(self) -> &'static str {
        match self {
            Self::App => "Your password was right. Now we need the code that your app shows.",
            Self::Passkey => {
                "Your password was right. Now unlock the device that has your passkey."
            }
            Self::Recovery => {
                "Your password was right. Now we need one of the recovery codes that you have kept."
            }
        }
    }

    /// The way to the other one.
    fn other(self, means: Means) -> AnyView {
        match self {
            Self::App => view! { <p>"No phone at hand? "<a href="/login/code?with=recovery">"Use a recovery code"</a></p> }.into_any(),
            Self::Passkey => view! { <p>"No passkey at hand? "<a href="/login/code?with=recovery">"Use a recovery code"</a></p> }.into_any(),
            Self::Recovery if means.app => view! { <p>"Found your phone? "<a href="/login/code?with=app">"Use the code from your app"</a></p> }.into_any(),
            Self::Recovery => view! { <p>"Found your device? "<a href="/login/code?with=app">"Use your passkey"</a></p> }.into_any(),
        }
    }
}

async fn form(
    page: Page,
    session: &Session,
    begun: Begun,
    fields: &Fields,
    problem: Option<Problem>,
) -> PageResult {
    let means = match factor::means_of(page.clinic(), &begun.token).await {
        Err(Error::Refused(CHALLENGE_OVER)) => return over(session, &begun).await,
        means => means?,
    };
    let step = match (fields.get("with"), means.app) {
        ("recovery", _) => Step::Recovery,
        (_, true) => Step::App,
        (_, false) => Step::Passkey,
    };
    let problem = problem.as_ref();
    let passkey = (means.passkeys && step != Step::Recovery).then(|| passkey_part(&page, step));
    Ok(page.answering(problem).show(forms::title(problem, step.heading()), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>{step.heading()}</h1>
                <p class="lede">{step.lede()}</p>
                {(step != Step::Passkey).then(|| view! {
                    <form method="post" novalidate=true action="/login/code" class="stack">
                        <input type="hidden" name="with" value=if step == Step::Recovery { "recovery" } else { "" } />
                        {code_field(step == Step::Recovery, problem)}
                        <Button>"Sign in"</Button>
                    </form>
                })}
                {passkey}
                {step.other(means)}
                <p><a href="/login">"Sign in as somebody else"</a></p>
            </article>
        }
    }))
}

fn passkey_part(page: &Page, step: Step) -> AnyView {
    let is_alone = step == Step::Passkey;
    let form = PasskeyForm {
        wanted: Wanted::Known,
        action: "/login/code",
        asks: "/login/code/passkey",
        label: if is_alone { "Sign in with your passkey" } else { "Use a passkey" },
        kind: if is_alone { ButtonKind::Primary } else { ButtonKind::Secondary },
    };
    view! {
        {form.view(page, ().into_any())}
        {is_alone.then(|| passkey_form::note(page, "To use your passkey"))}
    }
    .into_any()
}
