use crate::{Icon, MaybeText, Tone};
use leptos::prelude::*;

/// A message that stays on the page: icon, title, text.
///
/// `announce` reads it out as it appears: at once when critical, politely otherwise.
#[component]
pub fn Notice(
    #[prop(optional)] tone: Tone,
    #[prop(into, optional)] title: MaybeText,
    #[prop(optional)] announce: bool,
    children: Children,
) -> impl IntoView {
    let role = announce.then_some(if tone == Tone::Critical { "alert" } else { "status" });
    view! {
        <div class=format!("notice notice-{}", tone.as_str()) role=role>
            <Icon name=tone.icon() />
            <div class="notice-body">
                {title.words().map(|title| view! { <p class="notice-title">{title}</p> })}
                {children()}
            </div>
        </div>
    }
}

/// What became of a form, in a line above it: "Saved."
#[component]
pub fn FormMessage(
    #[prop(default = Tone::Positive)] tone: Tone,
    children: Children,
) -> impl IntoView {
    view! { <Notice tone announce=true><p>{children()}</p></Notice> }
}

/// The corner where toasts appear, read out politely. Keep one on the page.
#[component]
pub fn ToastRegion(#[prop(optional)] children: Option<Children>) -> impl IntoView {
    view! {
        <div class="toasts" id="toasts" role="status" aria-live="polite">
            {children.map(|children| children())}
        </div>
    }
}

/// A short word about what just happened. Never the only copy of a message.
#[component]
pub fn Toast(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    view! {
        <div class=format!("toast toast-{}", tone.as_str())>
            <Icon name=tone.icon() />
            <p>{children()}</p>
        </div>
    }
}
