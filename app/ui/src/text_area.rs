use crate::{MaybeText, field::Wiring};
use leptos::prelude::*;

/// Several lines of text. With a `maxlength`, the hint says how much fits.
#[component]
pub fn TextArea(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(into, optional)] value: MaybeText,
    #[prop(default = 4)] rows: u8,
    #[prop(optional)] maxlength: Option<u32>,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let length = maxlength.map(|length| format!("Up to {length} characters."));
    let hint: Vec<_> = [hint.words(), length].into_iter().flatten().collect();
    let field = Wiring::new(&name, id, hint.join(" ").into(), error);
    // A parser drops the first line break of a text area.
    let text = value.value().unwrap_or_default();
    let text = if text.starts_with('\n') { format!("\n{text}") } else { text };
    let control = view! {
        <textarea
            class="input"
            id=field.id.clone()
            name=name
            rows=rows.to_string()
            maxlength=maxlength.map(|length| length.to_string())
            required=required
            aria-invalid=field.invalid()
            aria-describedby=field.described_by()
        >
            {text}
        </textarea>
    };
    field.around(label, optional, control.into_any())
}
