use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// One line of text, with label, hint and message tied to it. Its id is `id_of(name)`.
#[component]
pub fn TextField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(into, optional)] value: MaybeText,
    /// The `type` of the input.
    #[prop(default = "text")]
    kind: &'static str,
    #[prop(into, optional)] autocomplete: MaybeText,
    #[prop(into, optional)] inputmode: MaybeText,
    /// A unit or sign after the input: "kg".
    #[prop(into, optional)]
    unit: MaybeText,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    /// Adds "(optional)" to the label.
    #[prop(optional)]
    optional: bool,
    #[prop(optional)] readonly: bool,
    #[prop(optional)] short: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let exact = matches!(kind, "email" | "url" | "tel");
    let input = view! {
        <input
            class=if short { "input input-short" } else { "input" }
            id=field.id.clone()
            name=name
            type=kind
            value=value.value()
            autocomplete=autocomplete.words()
            inputmode=inputmode.words()
            spellcheck=exact.then_some("false")
            autocapitalize=exact.then_some("none")
            maxlength=maxlength.map(|length| length.to_string())
            required=required
            readonly=readonly
            aria-invalid=field.invalid()
            aria-describedby=field.described_by()
        />
    };
    let control = match unit.words() {
        None => input.into_any(),
        Some(unit) => view! {
            <div class="input-unit">{input}<span class="unit">{unit}</span></div>
        }
        .into_any(),
    };
    field.around(label, optional, control)
}
