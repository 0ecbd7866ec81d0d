use crate::{Icon, IconName, MaybeText};
use leptos::prelude::*;

/// A native `<dialog>`, closed until something opens it.
///
/// An island opens it for what has `data-opens`, which without scripts leads to a page that asks
/// the same, or to `#id`. What has `data-dialog-close` closes it. The focus begins at the first field
/// or button, or at what has `autofocus`: where an act cannot be undone, the way out of it.
#[component]
pub fn Dialog(
    #[prop(into)] id: String,
    #[prop(into)] title: String,
    /// What it is about, read out as it opens.
    #[prop(into, optional)]
    text: MaybeText,
    /// It has fields, and a press beside it does not close it: that would lose what was typed.
    #[prop(optional)]
    fields: bool,
    children: Children,
) -> impl IntoView {
    let heading = format!("{id}-title");
    let text = text.words().map(|text| (format!("{id}-text"), text));
    let described_by = text.as_ref().map(|(id, _)| id.clone());
    view! {
        <dialog
            class="dialog"
            id=id
            aria-labelledby=heading
            aria-describedby=described_by
            closedby=if fields { "closerequest" } else { "any" }
        >
            <h2 class="dialog-title h3" id=heading.clone()>{title}</h2>
            <div class="stack">
                {text.map(|(id, text)| view! { <p id=id>{text}</p> })}
                {children()}
            </div>
            // After everything else, which is what the focus begins with.
            <a class="dialog-close" href="#" data-dialog-close="">
                <Icon name=IconName::Cross title="Close" />
            </a>
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
