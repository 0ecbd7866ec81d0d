use crate::{Icon, IconName, MaybeText, id_of};
use leptos::prelude::*;

/// Words to look for. `hidden_label` when a heading beside it says the same.
#[component]
pub fn SearchField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] value: MaybeText,
    #[prop(optional)] hidden_label: bool,
) -> impl IntoView {
    let id = id.words().unwrap_or_else(|| id_of(&name));
    let class = if hidden_label { "visually-hidden" } else { "field-label" };
    view! {
        <div class="field">
            <label class=class for=id.clone()>{label}</label>
            <div class="input-icon">
                <Icon name=IconName::Search />
                <input
                    class="input"
                    id=id
                    name=name
                    type="search"
                    value=value.value()
                    autocomplete="off"
                    maxlength="100"
                />
            </div>
        </div>
    }
}
