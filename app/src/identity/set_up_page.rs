//! Bringing the secret of an account into an app, and the code that shows it is there.
use super::{
    code_page::code_problem, confirm_page::require_recent_proof, qr::qr_code,
    recovery_codes::codes_page,
};
use crate::{Page, PageResult, fields::Fields, forms, page::see_other};
use axum::response::Response;
use domain::{
    Problem,
    identity::factor::{FACTOR_IS_OFF, FACTOR_IS_ON, grouped},
};
use leptos::prelude::*;
use services::{
    Error,
    identity::{
        Person,
        factor::{self, AppKey},
    },
};
use tower_sessions::Session;
use ui::{Button, ButtonKind, PageHeader, TextField};

/// `/account/security/set-up`
pub async fn show(page: Page, session: Session) -> PageResult {
    form(page, &session, None).await
}

pub async fn turn_on(page: Page, session: Session, fields: Fields) -> PageResult {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, &session).await?;
    match factor::turn_on(page.clinic(), &caller, fields.get("code")).await {
        // Part of this answer alone: nobody can look them up again, not even we.
        Ok(codes) if !codes.is_empty() => {
            Ok(codes_page(page, &codes, "Codes from your app are on."))
        }
        Ok(_) => Ok(see_other("/account/security")),
        Err(Error::Refused(FACTOR_IS_OFF | FACTOR_IS_ON)) => Ok(see_other("/account/security")),
        Err(error) => {
            let problem = code_problem(error)?;
            form(page, &session, Some(problem)).await
        }
    }
}

async fn form(page: Page, session: &Session, problem: Option<Problem>) -> PageResult<Response> {
    let caller = page.owner::<Person>()?;
    require_recent_proof(&page, session).await?;
    let Some(AppKey { secret, uri }) = factor::app_key(page.clinic(), &caller).await? else {
        return Ok(see_other("/account/security"));
    };
    let problem = problem.as_ref();
    let picture = qr_code(&uri, "QR code for your app");
    let key = grouped(&secret, ' ');
    Ok(page.answering(problem).show(forms::title(problem, "Set up codes"), || {
        view! {
            <PageHeader title="Set up codes" back_href="/account/security" back_label="Sign-in and security" />
            <article class="narrow stack">
                {forms::summary(problem)}
                <section class="stack" aria-labelledby="app">
                    <h2 id="app" class="h3">"1. Add MedConnect to your app"</h2>
                    <p>"Any app for such codes will do: the passwords of your phone, Aegis, FreeOTP, Google Authenticator, and others. Let it scan this."</p>
                    <p>{picture}</p>
                    <p>"Is the app on this device? Then "<a href=uri>"open it"</a>", or bring this key into it:"</p>
                    <p class="card"><code>{key.clone()}</code></p>
                    <input type="hidden" id="key" name="key" value=key />
                    <button type="button" class="button button-secondary" data-copies="key" aria-live="polite" hidden=true>
                        "Copy the key"
                    </button>
                </section>
                <section class="stack" aria-labelledby="code-heading">
                    <h2 id="code-heading" class="h3">"2. Enter the code it shows"</h2>
                    <form method="post" novalidate=true action="/account/security/set-up" class="stack">
                        <TextField
                            label="Code" name="code" inputmode="numeric" autocomplete="one-time-code"
                            required=true short=true maxlength=12 hint="Six digits, new every 30 seconds."
                            error=forms::at(problem, "code")
                        />
                        <Button>"Switch codes on"</Button>
                    </form>
                </section>
                <form method="post" action="/account/security">
                    <Button kind=ButtonKind::Quiet>"Begin with a new key"</Button>
                </form>
            </article>
        }
    }))
}
