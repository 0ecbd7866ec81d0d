use crate::{Icon, IconName};
use leptos::prelude::*;

/// A part of a form that most people do not need, folded away.
#[component]
pub fn Fold(
    #[prop(into)] title: String,
    #[prop(optional)] open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="fold card" open=open>
            <summary>
                <span>{title}</span>
                <Icon name=IconName::ChevronDown />
            </summary>
            <div class="stack">{children()}</div>
        </details>
    }
}
