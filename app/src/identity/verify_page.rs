//! The proof that an address is its owner's: with the code from the mail where the account was asked for,
//! with the link from it anywhere.
use super::{code_page::proceed, demo_mailbox};
use crate::{
    Page, PageResult,
    failure::{Failure, form_problem},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::response::Response;
use domain::{Problem, identity::proof::RegistrationId};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use services::{
    Error,
    identity::{
        SignedIn, factor,
        registration::{self, Follower, Link, Waiting},
    },
};
use tower_sessions::Session;
use ui::{Button, ButtonKind, LinkButton, Notice, PasswordField, TextField, Tone};

/// The name under which a session keeps the registration that was begun in it.
const REGISTRATION: &str = "registration";

/// A registration that waits for its proof, and where its person was going.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Begun {
    pub id: RegistrationId,
    pub next: String,
}

impl Begun {
    /// The registration of this browser, if one was begun here.
    pub async fn of(session: &Session) -> PageResult<Option<Self>> {
        session.get(REGISTRATION).await.map_err(|_| unavailable())
    }

    pub async fn keep(&self, session: &Session) -> PageResult<()> {
        session.insert(REGISTRATION, self).await.map_err(|_| unavailable())
    }
}

fn unavailable() -> Failure {
    Error::Unavailable(anyhow::anyhow!("the session cannot be kept")).into()
}

/// `/verify`, and `/verify?token=` from the mail.
pub async fn show(page: Page, session: Session) -> PageResult {
    let query = Fields::of_query(page.query());
    if let Some(token) = query.some("token") {
        return show_link(page, &session, token, None).await;
    }
    show_code(page, &session, &query, None).await
}

pub async fn confirm(page: Page, session: Session, fields: Fields) -> PageResult {
    let begun = Begun::of(&session).await?;
    if let Some(token) = fields.some("token") {
        let follower = follower(&page, begun.as_ref());
        let password = fields.text("password");
        return match registration::follow(page.clinic(), token, follower, password).await {
            Ok(who) => {
                let next = begun.filter(|begun| follower.registration == Some(begun.id));
                done(&page, &session, who, next).await
            }
            Err(error) => show_link(page, &session, token, Some(form_problem(error)?)).await,
        };
    }
    let Some(begun) = begun else { return Ok(nothing_open(page)) };
    let failed = match fields.get("action") {
        "resend" => match registration::resend(page.clinic(), begun.id).await {
            Ok(()) => return Ok(see_other("/verify?sent=1")),
            Err(error) => error,
        },
        _ => match registration::enter_code(page.clinic(), begun.id, fields.get("code")).await {
            Ok(who) => return done(&page, &session, who, Some(begun)).await,
            Err(error) => error,
        },
    };
    show_code(page, &session, &fields, Some(form_problem(failed)?)).await
}

/// Signs in whoever has proven their address, once they have shown their second factor if they have one, and leads them to where they were going.
async fn done(page: &Page, session: &Session, who: SignedIn, begun: Option<Begun>) -> PageResult {
    session.remove::<Begun>(REGISTRATION).await.map_err(|_| unavailable())?;
    let next = begun.map(|begun| begun.next).unwrap_or_default();
    let step = factor::next_step(page.clinic(), who, page.known_browser()).await?;
    proceed(page, session, step, &next).await
}

fn follower(page: &Page, begun: Option<&Begun>) -> Follower {
    Follower { registration: begun.map(|begun| begun.id), user: page.viewer() }
}

async fn show_code(
    page: Page,
    session: &Session,
    fields: &Fields,
    problem: Option<Problem>,
) -> PageResult {
    let Some(begun) = Begun::of(session).await? else { return Ok(nothing_open(page)) };
    match registration::waiting(page.clinic(), begun.id).await? {
        Some(waiting) => Ok(code_form(page, waiting, &begun.next, fields, problem)),
        None => Ok(nothing_open(page)),
    }
}

fn code_form(
    page: Page,
    waiting: Waiting,
    next: &str,
    fields: &Fields,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let register = format!("/register?next={}", crate::page::encode(next));
    let sent = problem.is_none() && fields.is_on("sent");
    let code = fields.text("code");
    let Waiting { address, takes_code } = waiting;
    let mailbox = demo_mailbox(&page);
    page.answering(problem).show(forms::title(problem, "Check your mail"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Check your mail"</h1>
                {sent.then(|| view! {
                    <Notice tone=Tone::Positive announce=true>
                        <p>"A new code is on its way. Only the newest one works."</p>
                    </Notice>
                })}
                <p class="lede">"We sent a code to "<strong>{address}</strong>"."</p>
                {match takes_code {
                    true => view! {
                        <form method="post" novalidate=true action="/verify" class="stack">
                            <TextField
                                label="Code" name="code" inputmode="numeric" autocomplete="one-time-code"
                                required=true short=true maxlength=12 hint="Six digits. They work for 30 minutes."
                                value=code error=forms::at(problem, "code")
                            />
                            <Button>"Confirm"</Button>
                        </form>
                    }.into_any(),
                    false => view! {
                        <Notice tone=Tone::Caution title="This code works no longer">
                            <p id="code">"It was tried too often, or is older than 30 minutes. Please ask for a new one."</p>
                        </Notice>
                    }.into_any(),
                }}
                <form method="post" action="/verify" class="stack">
                    <input type="hidden" name="action" value="resend" />
                    <p class="muted">"No mail after a minute? Look among spam, or have it sent once more."</p>
                    <p><Button kind=ButtonKind::Secondary>"Send a new code"</Button></p>
                </form>
                <p>"Was the address wrong? "<a href=register>"Register again"</a></p>
                {mailbox}
            </article>
        }
    })
}

/// For who comes here without a registration, or after its end.
fn nothing_open(page: Page) -> Response {
    let home = page.actor().map(crate::page::home_of);
    page.show("Confirm your address", || {
        view! {
            <article class="narrow stack">
                <h1>"Confirm your address"</h1>
                {match home {
                    Some(home) => view! {
                        <p class="lede">"There is nothing to confirm: you are signed in."</p>
                        <p><LinkButton href=home>"Go on"</LinkButton></p>
                    }.into_any(),
                    None => view! {
                        <p class="lede">"No registration waits in this browser."</p>
                        <p>"If you have a mail from us, use the link in it. If you have finished already, sign in."</p>
                        <p class="cluster">
                            <LinkButton href="/login">"Sign in"</LinkButton>
                            <LinkButton kind=ButtonKind::Secondary href="/register">"Create an account"</LinkButton>
                        </p>
                    }.into_any(),
                }}
            </article>
        }
    })
}

async fn show_link(
    page: Page,
    session: &Session,
    token: &str,
    problem: Option<Problem>,
) -> PageResult {
    let begun = Begun::of(session).await?;
    let follower = follower(&page, begun.as_ref());
    match registration::link(page.clinic(), token, follower).await? {
        Link::Open { address, needs_password } => {
            Ok(link_form(page, token.to_owned(), &address, needs_password, problem))
        }
        Link::Done => Ok(link_over(
            page,
            "Your address is confirmed",
            "This link was used before, and all is done. Sign in with the password you chose.",
        )),
        Link::Over => Ok(link_over(
            page,
            "This link works no longer",
            "It is older than 30 minutes, or we have sent you a newer one. If you have finished already, sign in; else register again.",
        )),
    }
}

fn link_form(
    page: Page,
    token: String,
    address: &str,
    needs_password: bool,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let address = address.to_owned();
    page.answering(problem).show(forms::title(problem, "Confirm your address"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Confirm your address"</h1>
                <p class="lede">"With this you confirm that "<strong>{address}</strong>" is yours."</p>
                <form method="post" novalidate=true action="/verify" class="stack">
                    <input type="hidden" name="token" value=token />
                    {needs_password.then(|| view! {
                        <PasswordField
                            label="Password" name="password" autocomplete="current-password"
                            hint="The one you chose for your new account. Did you not ask for one? Then leave this page."
                            error=forms::at(problem, "password")
                        />
                    })}
                    <Button>"Confirm"</Button>
                </form>
            </article>
        }
    })
}

fn link_over(page: Page, title: &'static str, said: &'static str) -> Response {
    page.show(title, move || {
        view! {
            <article class="narrow stack">
                <h1>{title}</h1>
                <p class="lede">{said}</p>
                <p class="cluster">
                    <LinkButton href="/login">"Sign in"</LinkButton>
                    <LinkButton kind=ButtonKind::Secondary href="/register">"Create an account"</LinkButton>
                </p>
            </article>
        }
    })
}
