use crate::{
    Page, PageResult,
    failure::form_problem,
    fields::Fields,
    forms,
    identity::{confirm_page::require_recent_proof, demo_mailbox},
    page::see_other,
};
use axum::response::Response;
use domain::{
    Problem,
    proxies::{GrantForm, Lifetime, Scope},
};
use leptos::prelude::*;
use services::{identity::Patient, proxies};
use tower_sessions::Session;
use ui::{Button, CheckboxGroup, Choice, ChoiceGroup, PageHeader, TextField};

const PATH: &str = "/account/proxies/new";

/// `/account/proxies/new`
pub async fn show(page: Page, session: Session) -> PageResult {
    page.caller::<Patient>()?;
    require_recent_proof(&page, &session).await?;
    let fields = Fields::from_pairs([("lifetime", Lifetime::HalfYear.as_str())]);
    Ok(form(page, &fields, None))
}

/// The answer is the same for every address, whether or not it has an account.
pub async fn grant(page: Page, session: Session, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    require_recent_proof(&page, &session).await?;
    let grant = GrantForm {
        email: fields.text("email"),
        scopes: fields.all("scopes").map(str::to_owned).collect(),
        lifetime: fields.text("lifetime"),
    };
    match proxies::grant(page.clinic(), &patient, &grant).await {
        Ok(_) => Ok(see_other("/account/proxies?invited=1")),
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let scopes: Vec<_> = Scope::ALL
        .iter()
        .map(|scope| Choice::new(scope.as_str(), scope.label()).hint(scope.explanation()))
        .collect();
    let chosen: Vec<_> = fields.all("scopes").map(str::to_owned).collect();
    let lifetimes: Vec<_> = Lifetime::ALL
        .iter()
        .map(|lifetime| Choice::new(lifetime.as_str(), lifetime.label()))
        .collect();
    let mailbox = demo_mailbox(&page);
    page.answering(problem).show(forms::title(problem, "Let somebody act for you"), || {
        view! {
            <PageHeader title="Let somebody act for you" back_href="/account/proxies" back_label="Who acts for you" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p class="lede">"We send them an invitation by mail. They sign in with an account that has this address, or make one, and see your name and what you chose."</p>
                <form method="post" novalidate=true action=PATH class="stack">
                    <TextField
                        label="Their email address" name="email" kind="email" autocomplete="off" required=true
                        value=fields.text("email") error=forms::at(problem, "email")
                    />
                    <CheckboxGroup
                        legend="What may they do?" name="scopes" options=scopes selected=chosen
                        error=forms::at(problem, "scopes")
                    />
                    <ChoiceGroup
                        legend="For how long?" name="lifetime" options=lifetimes selected=fields.text("lifetime")
                        hint="You can stop it at any time, at once." error=forms::at(problem, "lifetime") inline=true
                    />
                    <Button>"Send the invitation"</Button>
                </form>
                {mailbox}
            </article>
        }
    })
}
