use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_code, page::see_other, times::Moment,
};
use domain::Problem;
use leptos::prelude::*;
use services::{
    account::closing,
    booking::{self, Visit, When},
    directory,
    identity::{Caller, Patient, Person},
};
use tower_sessions::Session;
use ui::{BackLink, Button, ButtonKind, LinkButton, Notice, PasswordField, Tone};

/// `/account/close`
pub async fn show(page: Page, session: Session) -> PageResult {
    require_code(&page, &session).await?;
    render(page, None).await
}

pub async fn close(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.caller::<Person>()?;
    require_code(&page, &session).await?;
    let password = fields.text("password");
    match closing::close(page.clinic(), &caller, password, page.known_browser()).await {
        Ok(()) => Ok(see_other("/closed")),
        Err(error) => render(page, Some(form_problem(error)?)).await,
    }
}

/// `/closed`: what somebody reads who has no account any more.
pub async fn closed(page: Page) -> PageResult {
    Ok(page.show("Your account is closed", || {
        view! {
            <article class="narrow stack">
                <h1>"Your account is closed"</h1>
                <p class="lede">"You are signed out everywhere, and we have sent you a last mail. Take care of yourself."</p>
                <p>"Should you come back, you can make a new account with the same address."</p>
                <p><LinkButton kind=ButtonKind::Secondary href="/">"To the start page"</LinkButton></p>
            </article>
        }
    }))
}

async fn render(page: Page, problem: Option<Problem>) -> PageResult {
    let caller = page.caller::<Person>()?;
    let coming = coming(&page).await?;
    let form = match (closing::refusal(&caller), coming.is_empty()) {
        (Some(refusal), _) => {
            view! { <Notice tone=Tone::Caution>{refusal.message}</Notice> }.into_any()
        }
        (None, false) => visits(&page, &coming),
        (None, true) => password_form(problem.as_ref(), &caller),
    };
    let problem = problem.as_ref();
    Ok(page.answering(problem).show(forms::title(problem, "Close your account"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/account/data" label="Your data" />
                <h1>"Close your account"</h1>
                <section class="card stack-small">
                    <h2 class="h3">"What happens"</h2>
                    <ul>
                        <li>"You are signed out on every device, and nobody can sign in any more."</li>
                        <li>"Your health profile, your picture, your phone numbers and your list of family are deleted at once."</li>
                        <li>"You leave the waitlist, and your calendar address stops working."</li>
                        <li>"Your address is free: you can make a new account with it, which starts empty."</li>
                    </ul>
                    <p class="muted">
                        "Past visits, payments and the record of who looked at them stay with the clinic, because the law asks for it. "
                        <a href="/account/data">"Take a copy with you first."</a>
                    </p>
                </section>
                {form}
            </article>
        }
    }))
}

/// The visits that stand in the way, of the caller and those they book for.
async fn coming(page: &Page) -> PageResult<Vec<Visit>> {
    let Ok(patient) = page.caller::<Patient>() else { return Ok(Vec::new()) };
    let first = directory::Page::new(1, 100);
    Ok(booking::visits_of_family(page.clinic(), &patient, When::Coming, first).await?.items)
}

fn visits(page: &Page, coming: &[Visit]) -> AnyView {
    let now = page.clinic().now();
    let lines: Vec<_> = coming
        .iter()
        .map(|visit| {
            let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
            let cost = visit.quote(now).cost;
            let cost = match cost.is_zero() {
                true => "free to cancel now".to_owned(),
                false => format!("costs {cost} to cancel now"),
            };
            view! {
                <li>
                    <a href=format!("/visits/{}", visit.id)>{format!("{}, {}", visit.provider_name, moment.sentence())}</a>
                    {format!(" ({cost})")}
                </li>
            }
        })
        .collect();
    view! {
        <Notice tone=Tone::Caution title="You have coming visits">
            <p>"Cancel them first, or wait until they are over. We do not do it for you, so that nothing is cancelled or charged that you did not see."</p>
            <ul>{lines}</ul>
        </Notice>
    }
    .into_any()
}

fn password_form(problem: Option<&Problem>, caller: &Caller<Person>) -> AnyView {
    let email = caller.email.clone();
    view! {
        <form method="post" novalidate=true action="/account/close" class="stack">
            <input type="hidden" name="username" autocomplete="username" value=email />
            <PasswordField
                label="Your password" name="password" autocomplete="current-password"
                hint="So that nobody closes it who has only found your device open."
                error=forms::at(problem, "password")
            />
            <Button kind=ButtonKind::Danger>"Close my account"</Button>
        </form>
    }
    .into_any()
}
