use super::{allowed, day};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, page::see_other};
use axum::{http::StatusCode, response::Response};
use leptos::prelude::*;
use services::{
    identity::Patient,
    proxies::{self, ActingFor, Invitation},
};
use ui::{Button, ButtonKind, DescriptionList, Detail, LinkButton};

const PATH: &str = "/proxies/invitation";

/// `/proxies/invitation?token=`, from the mail to whoever is invited.
pub async fn show(page: Page) -> PageResult {
    let caller = page.caller::<Patient>()?;
    let token = Fields::of_query(page.query()).text("token");
    Ok(match proxies::invitation(page.clinic(), &caller, &token).await? {
        Invitation::Open(invitation) => question(page, &invitation, token),
        Invitation::NotYours => told(page, StatusCode::FORBIDDEN, NOT_YOURS),
        Invitation::Over => told(page, StatusCode::NOT_FOUND, OVER),
    })
}

/// `answer` is `accept` or `decline`.
pub async fn answer(page: Page, fields: Fields) -> PageResult {
    let caller = page.caller::<Patient>()?;
    let token = fields.get("token");
    let (done, news) = match fields.get("answer") {
        "accept" => (proxies::accept(page.clinic(), &caller, token).await, "accepted"),
        _ => (proxies::decline(page.clinic(), &caller, token).await, "declined"),
    };
    match done {
        Ok(()) => Ok(see_other(&format!("/account/proxies?{news}=1"))),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(match proxies::invitation(page.clinic(), &caller, token).await? {
                Invitation::NotYours => told(page, StatusCode::FORBIDDEN, NOT_YOURS),
                // Both tabs, or the patient was faster.
                Invitation::Over => told(page, StatusCode::NOT_FOUND, OVER),
                Invitation::Open(_) => return Err(problem.into()),
            })
        }
    }
}

fn question(page: Page, invitation: &ActingFor, token: String) -> Response {
    let ActingFor { name, scopes, ends_at, .. } = invitation.clone();
    let until = day(&page, ends_at);
    let title = format!("Act for {name}?");
    page.show(title.clone(), move || {
        view! {
            <article class="narrow stack">
                <h1>{title}</h1>
                <p class="lede"><strong>{name}</strong>" asks you to act for them."</p>
                <DescriptionList framed=true>
                    <Detail term="You may">{allowed(scopes)}</Detail>
                    <Detail term="Until">{until}</Detail>
                </DescriptionList>
                <p>"You do it with your own account. What you open and change is written down, and they can read it. Either of you can stop it at any time."</p>
                <form method="post" action=PATH class="cluster">
                    <input type="hidden" name="token" value=token />
                    <Button name="answer" value="accept">"Accept"</Button>
                    <Button name="answer" value="decline" kind=ButtonKind::Secondary>"Decline"</Button>
                </form>
            </article>
        }
    })
}

const NOT_YOURS: (&str, &str) = (
    "This invitation is for another account",
    "Please sign in with the account that has the address to which the invitation went, and open the link again.",
);
const OVER: (&str, &str) = (
    "This invitation works no longer",
    "It was answered, taken back, or is older than seven days. Whoever sent it can send another.",
);

fn told(page: Page, status: StatusCode, (title, said): (&'static str, &'static str)) -> Response {
    page.with_status(status).show(title, move || {
        view! {
            <article class="narrow stack">
                <h1>{title}</h1>
                <p class="lede">{said}</p>
                <p><LinkButton href="/account/proxies">"Who acts for you"</LinkButton></p>
            </article>
        }
    })
}
