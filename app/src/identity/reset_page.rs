//! A new password for who has forgotten theirs.
use super::{demo_mailbox, login_page::remember_browser};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::response::Response;
use domain::Problem;
use leptos::prelude::*;
use services::identity::reset;
use ui::{Button, ButtonKind, LinkButton, PasswordField, TextField};

/// `/reset`, and `/reset?token=` from the mail.
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    match query.some("token") {
        Some(token) => show_link(page, token, None).await,
        None if query.is_on("sent") => Ok(sent(page)),
        None => Ok(ask_form(page, &query, None)),
    }
}

pub async fn change(page: Page, fields: Fields) -> PageResult {
    if let Some(token) = fields.some("token") {
        return match reset::choose(page.clinic(), token, fields.text("password")).await {
            Ok(who) => {
                let mut response = see_other("/login?changed=1");
                // They read the mail of the account: nobody who guesses at it elsewhere keeps them out.
                remember_browser(&page, who, &mut response);
                Ok(response)
            }
            Err(error) => show_link(page, token, Some(form_problem(error)?)).await,
        };
    }
    match reset::ask(page.clinic(), fields.get("email")).await {
        Ok(()) => Ok(see_other("/reset?sent=1")),
        Err(error) => Ok(ask_form(page, &fields, Some(form_problem(error)?))),
    }
}

fn ask_form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    page.answering(problem).show(forms::title(problem, "Forgot your password?"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Forgot your password?"</h1>
                <p class="lede">"We send you a link with which you choose a new one."</p>
                <form method="post" novalidate=true action="/reset" class="stack">
                    <TextField
                        label="Email" name="email" kind="email" autocomplete="username" required=true
                        hint="The address that you sign in with."
                        value=fields.text("email") error=forms::at(problem, "email")
                    />
                    <Button>"Send the link"</Button>
                </form>
                <p><a href="/login">"Back to signing in"</a></p>
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
                <p class="lede">"If the address you gave has an account, a link is on its way to it."</p>
                <p>"It works once and for 30 minutes. Only the newest one works."</p>
                <p class="muted">"No mail after a minute? Look among spam, and whether it was the address that you registered with."</p>
                <p class="cluster">
                    <LinkButton href="/login">"Sign in"</LinkButton>
                    <LinkButton kind=ButtonKind::Secondary href="/reset">"Ask again"</LinkButton>
                </p>
                {mailbox}
            </article>
        }
    })
}

async fn show_link(page: Page, token: &str, problem: Option<Problem>) -> PageResult {
    match reset::is_open(page.clinic(), token).await? {
        true => Ok(choose_form(page, token.to_owned(), problem)),
        false => Ok(link_over(page)),
    }
}

fn choose_form(page: Page, token: String, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    page.answering(problem).show(forms::title(problem, "Choose a new password"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Choose a new password"</h1>
                <p class="lede">"Afterwards you are signed out everywhere, and sign in with it."</p>
                <form method="post" novalidate=true action="/reset" class="stack">
                    <input type="hidden" name="token" value=token />
                    <PasswordField
                        label="New password" name="password" autocomplete="new-password"
                        hint="12 characters or more. Three or four words that do not belong together work well."
                        error=forms::at(problem, "password")
                    />
                    <Button>"Change password"</Button>
                </form>
            </article>
        }
    })
}

fn link_over(page: Page) -> Response {
    page.show("This link works no longer", || {
        view! {
            <article class="narrow stack">
                <h1>"This link works no longer"</h1>
                <p class="lede">"It was used, is older than 30 minutes, or we have sent you a newer one."</p>
                <p class="cluster">
                    <LinkButton href="/reset">"Ask for a new link"</LinkButton>
                    <LinkButton kind=ButtonKind::Secondary href="/login">"Sign in"</LinkButton>
                </p>
            </article>
        }
    })
}
