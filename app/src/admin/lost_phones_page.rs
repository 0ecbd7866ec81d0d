//! People who have lost their phone and their recovery codes.
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof, page::see_other, times::Moment,
};
use axum::response::Response;
use domain::{
    Problem,
    identity::factor::{REMOVAL_OVER, RemovalId},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::{
        Caller, RoleManager,
        factor::removal::{self, Removal},
    },
};
use tower_sessions::Session;
use ui::{Button, ButtonKind, EmptyState, FormMessage, IconName, PageHeader, TextArea, TextField};

/// `/admin/lost-phones`
pub async fn show(page: Page, session: Session) -> PageResult {
    let admin = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    let done = Fields::of_query(page.query());
    form(page, &admin, &Fields::default(), done.get("done"), None).await
}

pub async fn change(page: Page, session: Session, fields: Fields) -> PageResult {
    let admin = page.caller::<RoleManager>()?;
    require_recent_proof(&page, &session).await?;
    let clinic = page.clinic();
    let named = fields.parse::<RemovalId>("id").ok_or(Error::NotFound);
    let (done, result) = match fields.get("action") {
        "approve" => ("approved", removal::approve(clinic, &admin, named?).await),
        "refuse" => ("refused", removal::refuse(clinic, &admin, named?).await),
        _ => {
            let (email, grounds) = (fields.get("email"), fields.get("grounds"));
            ("asked", removal::ask(clinic, &admin, email, grounds).await)
        }
    };
    match result {
        Ok(()) => Ok(see_other(&format!("/admin/lost-phones?done={done}"))),
        // Pressed twice, or done in another tab.
        Err(Error::Refused(REMOVAL_OVER)) => Ok(see_other("/admin/lost-phones?done=over")),
        Err(error) => {
            let problem = form_problem(error)?;
            form(page, &admin, &fields, "", Some(problem)).await
        }
    }
}

/// What was done just now.
fn said(done: &str) -> Option<&'static str> {
    Some(match done {
        "asked" => "Asked. Another admin has a day to agree, and the person hears of it by mail.",
        "approved" => {
            "Done. The person signs in with their password alone, and sets up codes anew."
        }
        "refused" => "Refused. Everything stays as it was.",
        "over" => "Somebody else was faster: this no longer waits.",
        _ => return None,
    })
}

async fn form(
    page: Page,
    admin: &Caller<RoleManager>,
    fields: &Fields,
    done: &str,
    problem: Option<Problem>,
) -> PageResult<Response> {
    let waiting = removal::waiting(page.clinic(), admin).await?;
    let waiting: Vec<_> = waiting.iter().map(|removal| card(&page, admin, removal)).collect();
    let problem = problem.as_ref();
    let said = said(done);
    Ok(page.answering(problem).show(forms::title(problem, "Lost phones"), || {
        view! {
            <PageHeader
                title="Lost phones"
                lede="For people who have neither their phone nor a recovery code. One admin asks, another one agrees."
            />
            <div class="narrow stack">
                {forms::summary(problem)}
                {said.map(|said| view! { <FormMessage>{said}</FormMessage> })}
                <section class="stack" aria-labelledby="waiting">
                    <h2 id="waiting">"Waiting for a second admin"</h2>
                    {match waiting.is_empty() {
                        true => view! {
                            <EmptyState icon=IconName::Phone title="Nobody waits" text="What an admin asks for is shown here for a day." />
                        }.into_any(),
                        false => waiting.into_any(),
                    }}
                </section>
                <section class="stack" aria-labelledby="ask">
                    <h2 id="ask">"Ask for somebody"</h2>
                    <p>"First make sure who they are: in person with a document, or by a call to the number that we know. Never by a call or mail that came to you."</p>
                    <form method="post" novalidate=true action="/admin/lost-phones" class="stack">
                        <TextField
                            label="Email of their account" name="email" kind="email" required=true
                            value=fields.text("email") error=forms::at(problem, "email")
                        />
                        <TextArea
                            label="How do you know who they are?" name="grounds" rows=3 maxlength=500 required=true
                            value=fields.text("grounds") error=forms::at(problem, "grounds")
                        />
                        <Button name="action" value="ask">"Ask to switch their codes off"</Button>
                    </form>
                </section>
            </div>
        }
    }))
}

fn card(page: &Page, admin: &Caller<RoleManager>, removal: &Removal) -> AnyView {
    let zone = page.zone_name().map_or_else(|| "UTC".to_owned(), ToString::to_string);
    let until = Moment::new(removal.expires_at, page.zone().as_ref(), &zone).short();
    let Removal { id, name, email, asked_by_name, grounds, .. } = removal.clone();
    let may_approve = removal.may_be_approved_by(admin);
    view! {
        <section class="card stack-small">
            <h3>{name}</h3>
            <p class="muted">{email}</p>
            <p>{format!("{asked_by_name} asks, until {until}:")}</p>
            <p class="typed">{grounds}</p>
            <form method="post" action="/admin/lost-phones" class="cluster">
                <input type="hidden" name="id" value=id.to_string() />
                {may_approve.then(|| view! {
                    <Button kind=ButtonKind::Danger name="action" value="approve">"Switch their codes off"</Button>
                })}
                <Button kind=ButtonKind::Secondary name="action" value="refuse">{match may_approve {
                    true => "Refuse",
                    false => "Take back",
                }}</Button>
            </form>
            {(!may_approve).then(|| view! { <p class="muted">"Another admin has to agree: not you, and not the person."</p> })}
        </section>
    }
    .into_any()
}
