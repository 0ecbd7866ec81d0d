use crate::{Choice, MaybeText, field::Wiring};
use leptos::prelude::*;

/// One of a few, all in sight: radio buttons with a legend.
#[component]
pub fn ChoiceGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    #[prop(into)] options: Vec<Choice>,
    #[prop(into, optional)] selected: MaybeText,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    /// Side by side, for two or three short ones.
    #[prop(optional)]
    inline: bool,
    #[prop(optional)] required: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let selected = Vec::from_iter(selected.value());
    let options = rows(&field, "radio", name, options, selected, required);
    group(&field, legend, inline, options)
}

/// Any of a few, all in sight: checkboxes with a legend.
#[component]
pub fn CheckboxGroup(
    #[prop(into)] legend: String,
    #[prop(into)] name: String,
    #[prop(into)] options: Vec<Choice>,
    #[prop(optional)] selected: Vec<String>,
    #[prop(into, optional)] id: MaybeText,
    #[prop(into, optional)] hint: MaybeText,
    #[prop(into, optional)] error: MaybeText,
    #[prop(optional)] inline: bool,
) -> impl IntoView {
    let field = Wiring::new(&name, id, hint, error);
    let options = rows(&field, "checkbox", name, options, selected, false);
    group(&field, legend, inline, options)
}

fn group(field: &Wiring, legend: String, inline: bool, options: Vec<AnyView>) -> AnyView {
    view! {
        <fieldset class=field.class() aria-describedby=field.described_by()>
            <legend class="field-label">{legend}</legend>
            {field.hint()}
            {field.error()}
            <div class=if inline { "choices choices-inline" } else { "choices" }>{options}</div>
        </fieldset>
    }
    .into_any()
}

/// The first option has the id of the field, so that an error's link leads to it.
fn rows(
    field: &Wiring,
    kind: &'static str,
    name: String,
    options: Vec<Choice>,
    selected: Vec<String>,
    required: bool,
) -> Vec<AnyView> {
    let row = move |(index, choice): (usize, Choice)| {
        let id = match index {
            0 => field.id.clone(),
            _ => format!("{}-{index}", field.id),
        };
        let checked = selected.contains(&choice.value);
        choice_row(kind, id, name.clone(), choice, checked, required)
    };
    options.into_iter().enumerate().map(row).collect()
}

/// A box or a dot with its label, as large as a thumb.
pub(crate) fn choice_row(
    kind: &'static str,
    id: String,
    name: String,
    choice: Choice,
    checked: bool,
    required: bool,
) -> AnyView {
    let hint_id = choice.hint.as_ref().map(|_| format!("{id}-about"));
    view! {
        <div class="choice">
            <input
                type=kind
                id=id.clone()
                name=name
                value=choice.value
                checked=checked
                required=required
                disabled=choice.disabled
                aria-describedby=hint_id.clone()
            />
            <label for=id>{choice.label}</label>
            {choice.hint.map(|hint| view! { <span class="choice-hint" id=hint_id>{hint}</span> })}
        </div>
    }
    .into_any()
}
