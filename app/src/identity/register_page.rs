use super::verify_page::Begun;
use crate::{
    Page, PageResult,
    failure::form_problem,
    fields::Fields,
    forms,
    page::{next_of, safe_next, see_other},
};
use axum::response::Response;
use domain::{Problem, identity::Registration};
use leptos::prelude::*;
use services::identity::registration;
use tower_sessions::Session;
use ui::{Button, PasswordField, TextField};

/// `/register?next=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    if let Some(actor) = page.actor() {
        return Ok(see_other(next_of(query.get("next"), actor)));
    }
    Ok(form(page, &query, None))
}

pub async fn register(page: Page, session: Session, fields: Fields) -> PageResult {
    let registration = Registration {
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        email: fields.text("email"),
        password: fields.text("password"),
        time_zone: page.zone_name().map(ToString::to_string).unwrap_or_default(),
    };
    let previous = Begun::of(&session).await?.map(|begun| begun.id);
    match registration::begin(page.clinic(), registration, previous).await {
        Ok(id) => {
            let next = Some(safe_next(fields.get("next"), "")).filter(|next| next.len() <= 2_000);
            let next = next.unwrap_or_default().to_owned();
            Begun { id, next }.keep(&session).await?;
            Ok(see_other("/verify"))
        }
        Err(error) => Ok(form(page, &fields, Some(form_problem(error)?))),
    }
}

fn form(page: Page, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let next = fields.text("next");
    let login = format!("/login?next={}", crate::page::encode(&next));
    page.answering(problem).show(forms::title(problem, "Create an account"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <h1>"Create an account"</h1>
                <p class="lede">"You need one to book a visit, and to find it again."</p>
                <form method="post" novalidate=true action="/register" class="stack">
                    <input type="hidden" name="next" value=next />
                    <TextField
                        label="First name" name="first_name" autocomplete="given-name" required=true maxlength=80
                        value=fields.text("first_name") error=forms::at(problem, "first_name")
                    />
                    <TextField
                        label="Last name" name="last_name" autocomplete="family-name" required=true maxlength=80
                        value=fields.text("last_name") error=forms::at(problem, "last_name")
                    />
                    <TextField
                        label="Email" name="email" kind="email" autocomplete="username" required=true
                        hint="We send a code there. Later we write about your visits, and about nothing else."
                        value=fields.text("email") error=forms::at(problem, "email")
                    />
                    <PasswordField
                        label="Password" name="password" autocomplete="new-password"
                        hint="12 characters or more. Three or four words that do not belong together work well."
                        error=forms::at(problem, "password")
                    />
                    <Button>"Create account"</Button>
                </form>
                <p>"Already have one? "<a href=login>"Sign in"</a></p>
            </article>
        }
    })
}
