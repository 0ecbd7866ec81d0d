use crate::{Choice, MaybeText, choice_group::choice_row, field::Wiring};
use leptos::prelude::*;

/// A single box to tick.
#[component]
pub fn CheckboxField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    /// What is sent when it is ticked; "true" unless told otherwise.
    #[prop(into, optional)]
    value: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(optional)] checked: bool,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, MaybeText::default(), error);
    let value = value.value().unwrap_or_else(|| "true".to_owned());
    let choice = Choice { value, label, hint: hint.words(), disabled: false };
    let row = choice_row("checkbox", field.id.clone(), name, choice, checked, required);
    view! {
        <div class=field.class()>
            {field.error()}
            {row}
        </div>
    }
}
