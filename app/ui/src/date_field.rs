use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// A day, in the platform's own date picker. `value`, `min` and `max` are `2026-03-02`.
#[component]
pub fn DateField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(into, optional)] value: MaybeText,
    #[prop(into, optional)] min: MaybeText,
    #[prop(into, optional)] max: MaybeText,
    #[prop(into, optional)] autocomplete: MaybeText,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let control = view! {
        <input
            class="input input-short tabular"
            id=field.id.clone()
            name=name
            type="date"
            value=value.value()
            min=min.words()
            max=max.words()
            autocomplete=autocomplete.words()
            required=required
            aria-invalid=field.invalid()
            aria-describedby=field.described_by()
        />
    };
    field.around(label, optional, control.into_any())
}
