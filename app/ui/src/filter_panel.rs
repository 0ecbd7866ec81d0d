use crate::{Icon, IconName};
use leptos::prelude::*;

/// Filters: folded on a phone, open on a wide screen. `active` says how many are on.
#[component]
pub fn FilterPanel(
    #[prop(into)] title: String,
    #[prop(optional)] active: usize,
    #[prop(optional)] open: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="filters" open=open>
            <summary>
                <Icon name=IconName::Filter />
                <span>{title}</span>
                {(active > 0).then(|| view! { <span class="count">{format!("{active} on")}</span> })}
                <Icon name=IconName::ChevronDown />
            </summary>
            <div class="stack">{children()}</div>
        </details>
    }
}
