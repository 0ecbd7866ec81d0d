//! Recovery codes, as they are shown once.
use crate::Page;
use axum::response::Response;
use domain::identity::factor::RecoveryCode;
use leptos::prelude::*;
use ui::{FormMessage, LinkButton, Notice, PageHeader, Tone};

/// The codes, and what they came with.
pub fn codes_page(page: Page, codes: &[RecoveryCode], news: &'static str) -> Response {
    let codes: Vec<_> =
        codes.iter().map(|code| view! { <li><code>{code.to_string()}</code></li> }).collect();
    page.show("Your recovery codes", || {
        view! {
            <PageHeader title="Your recovery codes" lede="Each opens your account once, with your password, when your phone or passkey is not there." />
            <article class="narrow stack">
                <FormMessage>{news}</FormMessage>
                <div class="card"><ul class="plain-list cluster" role="list">{codes}</ul></div>
                <Notice tone=Tone::Caution title="We show them only now">
                    <p>"Print them, or keep them in a password manager. Not on the phone that has the app."</p>
                </Notice>
                <p><LinkButton href="/account/security">"I have kept them"</LinkButton></p>
                <p class="muted">"What was signed in before stays so. "<a href="/account/sessions">"See where you are signed in"</a></p>
            </article>
        }
    })
}
