use crate::MaybeText;
use leptos::prelude::*;

/// Fields that belong together, under one legend. `inline` puts short ones side by side.
#[component]
pub fn Fieldset(
    #[prop(into)] legend: String,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(optional)] inline: bool,
    children: Children,
) -> impl IntoView {
    view! {
        <fieldset class="fieldset">
            <legend class="h3">{legend}</legend>
            {hint.words().map(|hint| view! { <p class="field-hint">{hint}</p> })}
            <div class=if inline { "field-row" } else { "stack" }>{children()}</div>
        </fieldset>
    }
}
