//! The HTML document around every page.
use crate::{
    identity::staying::still_there,
    marks::without_marks,
    portals::{self, Portal},
    site::PACKAGE,
};
use axum::{
    http::{HeaderValue, header},
    response::{Html, IntoResponse, Response},
};
use hydration_context::SsrSharedContext;
use jiff::SignedDuration;
use leptos::{
    nonce::{Nonce, provide_nonce, use_nonce},
    prelude::*,
    reactive::owner::Owner,
};
use services::identity::Actor;
use std::sync::Arc;

/// When the islands of a page wake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Waking {
    /// As soon as the page is there: they show what happens.
    AtOnce,
    /// At the first sign of somebody: they only help with typing and pressing. Whoever just looks
    /// at the page does not load them.
    OnUse,
}

impl Waking {
    /// The word for it in /page.js.
    fn as_str(self) -> &'static str {
        match self {
            Self::AtOnce => "at-once",
            Self::OnUse => "on-use",
        }
    }
}

/// What the document needs to know besides the page in it.
#[derive(Default)]
pub struct Document {
    pub title: String,
    pub path: String,
    /// The zone in which the page shows times.
    pub zone: Option<String>,
    /// Set when the page has islands.
    pub islands: Option<Waking>,
    pub demo: bool,
    pub actor: Option<Actor>,
    /// For how long they stay signed in without doing anything.
    pub signed_in_for: Option<SignedDuration>,
}

/// The whole answer: the page in its portal, with the policy that lets only our own code run.
pub fn document(head: Document, page: impl FnOnce() -> AnyView) -> Response {
    // The context of islands mode: only what is inside an island is sent twice.
    let owner = Owner::new_root(Some(Arc::new(SsrSharedContext::new_islands())));
    let (html, nonce) = owner.with(|| {
        provide_nonce();
        let html = without_marks(&html(head, page()).to_html());
        (html, use_nonce())
    });
    owner.unset_with_forced_cleanup();
    let mut response = Html(html).into_response();
    if let Some(policy) = nonce.and_then(|nonce| policy(&nonce)) {
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    }
    response
}

fn policy(nonce: &Nonce) -> Option<HeaderValue> {
    HeaderValue::from_str(&format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; \
         style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; \
         manifest-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
         form-action 'self'"
    ))
    .ok()
}

fn html(head: Document, page: AnyView) -> AnyView {
    let title = match head.title.as_str() {
        "" => "MedConnect".to_owned(),
        title => format!("{title} · MedConnect"),
    };
    let portal = Portal::of(&head.path);
    view! {
        <!DOCTYPE html>
        <html lang="en" data-zone=head.zone>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1" />
                <title>{title}</title>
                <meta name="description" content="Find a doctor, see real free times, and book a visit." />
                <meta name="color-scheme" content="light dark" />
                <link rel="icon" href="/favicon.svg" type="image/svg+xml" />
                <link rel="preload" href="/fonts/medconnect-sans.woff2" r#as="font" r#type="font/woff2" crossorigin="" />
                <link rel="stylesheet" href=PACKAGE.styles.as_str() />
                <script
                    src="/page.js"
                    defer=true
                    data-waking=head.islands.map(Waking::as_str)
                    data-js=head.islands.map(|_| PACKAGE.script.as_str())
                    data-wasm=head.islands.map(|_| PACKAGE.wasm.as_str())
                ></script>
            </head>
            <body>
                {portals::frame(portal, &head.path, head.actor.as_ref(), head.demo, page)}
                {head.signed_in_for.map(still_there)}
            </body>
        </html>
    }
    .into_any()
}
