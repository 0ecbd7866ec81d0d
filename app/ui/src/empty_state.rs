use crate::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// What to say, and to do next, where there is nothing yet.
#[component]
pub fn EmptyState(
    icon: IconName,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(into, optional)] action_href: MaybeText,
    #[prop(into, optional)] action_label: MaybeText,
) -> impl IntoView {
    let action = action_href.words().zip(action_label.words());
    view! {
        <div class="empty">
            <span class="empty-drawing"><Icon name=icon /></span>
            <h2 class="h3">{title}</h2>
            <p class="muted">{text}</p>
            {action.map(|(href, label)| view! {
                <p><a class="button button-secondary" href=href>{label}</a></p>
            })}
        </div>
    }
}
