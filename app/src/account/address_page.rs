//! Another address for an account, and the way back.
use crate::{
    Page, PageResult,
    failure::form_problem,
    fields::Fields,
    forms,
    identity::{confirm_page::require_code, demo_mailbox},
    page::see_other,
};
use axum::response::Response;
use domain::Problem;
use leptos::prelude::*;
use services::{account::address, identity::Person};
use tower_sessions::Session;
use ui::{BackLink, Button, ButtonKind, LinkButton, PasswordField, TextField};

const PATH: &str = "/account/address";
const CONFIRM: &str = "/address";
const UNDO: &str = "/address/undo";

/// `/account/address`
pub async fn show(page: Page, session: Session) -> PageResult {
    let caller = page.caller::<Person>()?;
    require_code(&page, &session).await?;
    if Fields::of_query(page.query()).is_on("sent") {
        return Ok(sent(page));
    }
    Ok(ask_form(page, &caller.email, &Fields::default(), None))
}

pub async fn ask(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    require_code(&page, &session).await?;
    let password = fields.text("password");
    let email = fields.get("email");
    match address::ask(page.clinic(), &caller, email, password, page.known_browser()).await {
        Ok(()) => Ok(see_other("/account/address?sent=1")),
        Err(error) => Ok(ask_form(page, &caller.email, &fields, Some(form_problem(error)?))),
    }
}

fn ask_form(page: Page, email: &str, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let email = email.to_owned();
    page.answering(problem).show(forms::title(problem, "Change your address"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/account/profile" label="Your profile" />
                <h1>"Change your address"</h1>
                <p class="lede">"You sign in with "<strong>{email}</strong>", and we write to it."</p>
                <p>"We send a link to the new address. Nothing changes until you have opened it. The old address is told, and can take the change back for seven days."</p>
                <form method="post" novalidate=true action=PATH class="stack">
                    <TextField
                        label="New address" name="email" kind="email" autocomplete="email" required=true
                        value=fields.text("email") error=forms::at(problem, "email")
                    />
                    <PasswordField
                        label="Your password" name="password" autocomplete="current-password"
                        error=forms::at(problem, "password")
                    />
                    <Button>"Send the link"</Button>
                </form>
            </article>
        }
    })
}

/// The same for every address.
fn sent(page: Page) -> Response {
    let mailbox = demo_mailbox(&page);
    page.show("Check your mail", || {
        view! {
            <article class="narrow stack">
                <h1>"Check your mail"</h1>
                <p class="lede">"We have written to the new address. Open the link in that mail to make it yours."</p>
                <p>"It works once and for 30 minutes. Until then you sign in with the address that you have."</p>
                <p class="cluster">
                    <LinkButton href="/account/profile">"Your profile"</LinkButton>
                    <LinkButton kind=ButtonKind::Secondary href=PATH>"Try again"</LinkButton>
                </p>
                {mailbox}
            </article>
        }
    })
}

/// `/address?token=`, from the mail to the new address; no session is needed.
pub async fn show_link(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    if query.is_on("done") {
        return Ok(told(
            page,
            "Your address is changed",
            "Sign in with it from now on. The old address was told.",
        ));
    }
    match address::is_open(page.clinic(), query.get("token")).await? {
        Some(masked) => Ok(confirm_form(page, query.text("token"), masked)),
        None => Ok(over(page)),
    }
}

pub async fn confirm(page: Page, fields: Fields) -> PageResult {
    match address::confirm(page.clinic(), fields.get("token")).await {
        Ok(()) => Ok(see_other("/address?done=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(over(page.answering(Some(&problem))))
        }
    }
}

fn confirm_form(page: Page, token: String, masked: String) -> Response {
    page.show("Confirm your new address", || {
        view! {
            <article class="narrow stack">
                <h1>"Confirm your new address"</h1>
                <p class="lede">"From now on your account is that of "<strong>{masked}</strong>"."</p>
                <form method="post" action=CONFIRM>
                    <input type="hidden" name="token" value=token />
                    <Button>"Use this address"</Button>
                </form>
            </article>
        }
    })
}

/// `/address/undo?token=`, from the mail to the old address.
pub async fn show_undo(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    if query.is_on("done") {
        return Ok(taken_back(page));
    }
    let token = query.text("token");
    match address::can_undo(page.clinic(), &token).await? {
        true => Ok(undo_form(page, token)),
        false => Ok(over(page)),
    }
}

pub async fn undo(page: Page, fields: Fields) -> PageResult {
    match address::undo(page.clinic(), fields.get("token")).await {
        Ok(()) => Ok(see_other("/address/undo?done=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(over(page.answering(Some(&problem))))
        }
    }
}

fn undo_form(page: Page, token: String) -> Response {
    page.show("Take your address back", || {
        view! {
            <article class="narrow stack">
                <h1>"Take your address back"</h1>
                <p class="lede">"Your account gets its old address again, and is signed out on every device."</p>
                <form method="post" action=UNDO>
                    <input type="hidden" name="token" value=token />
                    <Button>"Take it back"</Button>
                </form>
            </article>
        }
    })
}

fn taken_back(page: Page) -> Response {
    page.show("Your account has its old address again", || {
        view! {
            <article class="narrow stack">
                <h1>"Your account has its old address again"</h1>
                <p class="lede">"Everybody is signed out. If it was not you who changed it, somebody knows your password: choose a new one now."</p>
                <p><LinkButton href="/reset">"Choose a new password"</LinkButton></p>
            </article>
        }
    })
}

fn over(page: Page) -> Response {
    told(
        page,
        "This link works no longer",
        "It was used, is too old, or we have sent you a newer one.",
    )
}

fn told(page: Page, title: &'static str, said: &'static str) -> Response {
    page.show(title, move || {
        view! {
            <article class="narrow stack">
                <h1>{title}</h1>
                <p class="lede">{said}</p>
                <p><LinkButton href="/account/profile">"Your profile"</LinkButton></p>
            </article>
        }
    })
}
