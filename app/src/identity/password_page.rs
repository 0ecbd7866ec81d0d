//! Another password, for who knows the one they have.
use super::{confirm_page::require_code, login_page::welcome};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms};
use axum::response::Response;
use domain::Problem;
use leptos::prelude::*;
use services::identity::{Person, new_password};
use tower_sessions::Session;
use ui::{Button, PageHeader, PasswordField};

const PATH: &str = "/account/security/password";

/// `/account/security/password`
pub async fn show(page: Page, session: Session) -> PageResult {
    page.owner::<Person>()?;
    require_code(&page, &session).await?;
    Ok(form(page, None))
}

pub async fn change(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_code(&page, &session).await?;
    let passwords = (fields.text("password"), fields.text("new_password"));
    match new_password::change(page.clinic(), &caller, passwords, page.known_browser()).await {
        Ok(who) => welcome(&page, &session, who, "/account/security?password=changed").await,
        Err(error) => Ok(form(page, Some(form_problem(error)?))),
    }
}

fn form(page: Page, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    page.answering(problem).show(forms::title(problem, "Change your password"), || {
        view! {
            <PageHeader title="Change your password" back_href="/account/security" back_label="Sign-in and security" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <p>"You stay signed in here, and are signed out everywhere else. Passkeys, a calendar address and permissions to act for you that are newer than seven days end, too: somebody with your old password could have added them."</p>
                <form method="post" novalidate=true action=PATH class="stack">
                    <PasswordField
                        label="The password you have now" name="password" autocomplete="current-password"
                        error=forms::at(problem, "password")
                    />
                    <PasswordField
                        label="New password" name="new_password" autocomplete="new-password"
                        hint="12 characters or more. Three or four words that do not belong together work well."
                        error=forms::at(problem, "new_password")
                    />
                    <Button>"Change password"</Button>
                </form>
                <p>"Do you not know it any more? "<a href="/reset">"Choose a new one by mail"</a></p>
            </article>
        }
    })
}
