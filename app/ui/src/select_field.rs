use crate::{Choice, Icon, IconName, MaybeText, field::Wiring};
use leptos::prelude::*;

/// One of many, in the platform's own list.
#[component]
pub fn SelectField(
    #[prop(into)] label: String,
    #[prop(into)] name: String,
    #[prop(into)] options: Vec<Choice>,
    #[prop(into, optional)] selected: MaybeText,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(into, optional)] autocomplete: MaybeText,
    #[prop(optional)] required: bool,
    #[prop(optional)] optional: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let selected = selected.value();
    let options = options
        .into_iter()
        .map(|choice| {
            let chosen = selected.as_ref() == Some(&choice.value);
            view! {
                <option value=choice.value selected=chosen disabled=choice.disabled>
                    {choice.label}
                </option>
            }
        })
        .collect_view();
    let control = view! {
        <div class="select">
            <select
                class="input"
                id=field.id.clone()
                name=name
                autocomplete=autocomplete.words()
                required=required
                aria-invalid=field.invalid()
                aria-describedby=field.described_by()
            >
                {options}
            </select>
            <Icon name=IconName::ChevronDown />
        </div>
    };
    field.around(label, optional, control.into_any())
}
