use crate::{Icon, IconName};
use leptos::prelude::*;

/// A native `<dialog>`, closed until something opens it.
///
/// Without scripts a link to `#id` shows it and its closing link hides it; an
/// island that finds `data-dialog` may call `showModal` instead.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    view! {
        <dialog class="dialog" id=id aria-labelledby=heading data-dialog="">
            <div class="dialog-head">
                <h2 class="h3" id=heading.clone()>{title}</h2>
                <a class="dialog-close" href="#" data-dialog-close="">
                    <Icon name=IconName::Cross title="Close" />
                </a>
            </div>
            <div class="stack">{children()}</div>
        </dialog>
    }
}

/// A button that opens a few links or forms below it: the account, more actions.
#[component]
pub fn Menu(
    #[prop(into)] label: String,
    #[prop(optional)] icon: Option<IconName>,
    children: Children,
) -> impl IntoView {
    view! {
        <details class="menu">
            <summary>
                {icon.map(|name| view! { <Icon name /> })}
                <span>{label}</span>
                <Icon name=IconName::ChevronDown />
            </summary>
            <div class="menu-sheet">{children()}</div>
        </details>
    }
}
