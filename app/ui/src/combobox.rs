use crate::{Icon, IconName, MaybeText, field::Wiring};
use leptos::prelude::*;

/// Free text with suggestions: an input and a `<datalist>`.
///
/// Where an island is at work it becomes the ARIA combobox pattern; `data-combobox` tells it where,
/// and what the list is called.
#[component]
pub fn Combobox(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into)] options: Vec<String>,
    #[prop(into, optional)] value: MaybeText,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(into, optional)] autocomplete: MaybeText,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let list = format!("{}-list", field.id);
    let options = options.into_iter().map(|text| view! { <option value=text /> }).collect_view();
    let called = label.clone();
    let control = view! {
        <div class="combobox" data-combobox=called>
            <input
                class="input"
                id=field.id.clone()
                name=name
                type="text"
                list=list.clone()
                value=value.value()
                autocomplete=autocomplete.words().unwrap_or_else(|| "off".to_owned())
                required=required
                aria-invalid=field.invalid()
                aria-describedby=field.described_by()
            />
            <datalist id=list>{options}</datalist>
            <Icon name=IconName::ChevronDown />
        </div>
    };
    field.around(label, optional, control.into_any())
}
