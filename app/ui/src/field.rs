//! What every field has around its control: label, hint, message, and the ids that tie them.
use crate::{Icon, IconName, MaybeText, id_of};
use leptos::prelude::*;

pub(crate) struct Wiring {
    pub id: String,
    hint: Option<String>,
    error: Option<String>,
}

impl Wiring {
    pub fn new(name: &str, id: MaybeText, hint: MaybeText, error: MaybeText) -> Self {
        Self {
            id: id.words().unwrap_or_else(|| id_of(name)),
            hint: hint.words(),
            error: error.words(),
        }
    }

    /// The ids of hint and message, for `aria-describedby`.
    pub fn described_by(&self) -> Option<String> {
        let hint = self.hint.as_ref().map(|_| format!("{}-hint", self.id));
        let error = self.error.as_ref().map(|_| format!("{}-error", self.id));
        let ids: Vec<_> = [hint, error].into_iter().flatten().collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }

    pub fn invalid(&self) -> Option<&'static str> {
        self.error.as_ref().map(|_| "true")
    }

    pub fn class(&self) -> &'static str {
        if self.error.is_some() { "field field-wrong" } else { "field" }
    }

    pub fn hint(&self) -> Option<AnyView> {
        let text = self.hint.clone()?;
        let id = format!("{}-hint", self.id);
        Some(view! { <p class="field-hint" id=id>{text}</p> }.into_any())
    }

    pub fn error(&self) -> Option<AnyView> {
        let message = self.error.clone()?;
        let id = format!("{}-error", self.id);
        Some(view! { <FieldError id message /> }.into_any())
    }

    /// The control with its label above, and hint and message between them.
    pub fn around(&self, label: String, optional: bool, control: AnyView) -> AnyView {
        view! {
            <div class=self.class()>
                <label class="field-label" for=self.id.clone()>
                    {label}
                    {optional.then(|| view! { <span class="field-optional">" (optional)"</span> })}
                </label>
                {self.hint()}
                {self.error()}
                {control}
            </div>
        }
        .into_any()
    }
}

/// What is wrong with a field, beside it.
#[component]
pub fn FieldError(
    #[prop(into, optional)] id: MaybeText,
    #[prop(into)] message: String,
) -> impl IntoView {
    view! {
        <p class="field-error" id=id.words()>
            <Icon name=IconName::Stop />
            <span><span class="visually-hidden">"Error: "</span>{message}</span>
        </p>
    }
}
