use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// A file from the device. Its form needs `enctype="multipart/form-data"`.
#[component]
pub fn FileField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    /// The kinds that are offered: `image/png,image/jpeg`.
    #[prop(into, optional)]
    accept: MaybeText,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let control = view! {
        <input
            class="input"
            id=field.id.clone()
            name=name
            type="file"
            accept=accept.words()
            required=required
            aria-invalid=field.invalid()
            aria-describedby=field.described_by()
        />
    };
    field.around(label, false, control.into_any())
}
