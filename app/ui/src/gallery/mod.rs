//! Every component in every state, for `/dev/ui`.
mod controls;
mod data;
mod messages;
mod navigation;
mod times;
mod words;

use controls::Controls;
use data::Data;
use leptos::prelude::*;
use messages::Messages;
use navigation::Navigation;
use times::Times;
use words::Words;

/// Every component in every state, under one `<h1>`.
///
/// `toast` shows one that is alive; islands for the other parts may stand anywhere on the page.
#[component]
pub fn Gallery(#[prop(optional)] toast: Option<Children>) -> impl IntoView {
    view! {
        <div class="gallery stack-large">
            <crate::PageHeader
                title="Design system"
                lede="Every part that our pages are made of, in every state it can have."
            />
            <Words />
            <Controls />
            <Messages toast />
            <Times />
            <Data />
            <Navigation />
        </div>
    }
}

/// A component with its name above it.
#[component]
fn Specimen(#[prop(into)] name: String, children: Children) -> impl IntoView {
    view! {
        <div class="specimen">
            <h3 class="specimen-name">{name}</h3>
            {children()}
        </div>
    }
}
