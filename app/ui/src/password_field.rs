use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// A password. Never shown again after it was sent; password managers and pasting welcome.
#[component]
pub fn PasswordField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(default = "current-password")] autocomplete: &'static str,
    #[prop(default = true)] required: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let control = view! {
        <input
            class="input"
            id=field.id.clone()
            name=name
            type="password"
            autocomplete=autocomplete
            autocapitalize="none"
            spellcheck="false"
            required=required
            aria-invalid=field.invalid()
            aria-describedby=field.described_by()
        />
    };
    field.around(label, false, control.into_any())
}
