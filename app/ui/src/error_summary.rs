use crate::{Icon, IconName, id_of};
use leptos::prelude::*;

/// Something that was wrong with a form, and the field to blame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ErrorLink {
    field: Option<String>,
    message: String,
}

impl ErrorLink {
    /// A problem of the form as a whole.
    pub fn plain(message: impl Into<String>) -> Self {
        Self { field: None, message: message.into() }
    }

    /// A problem of the field `name`; pass the field's own id where it has one.
    pub fn to(name: impl AsRef<str>, message: impl Into<String>) -> Self {
        Self { field: Some(id_of(name.as_ref())), message: message.into() }
    }
}

/// Every problem of a form on top of it, with links to the fields. Nothing when there is none.
#[component]
pub fn ErrorSummary(errors: Vec<ErrorLink>) -> impl IntoView {
    (!errors.is_empty()).then(|| {
        let lines = errors.into_iter().map(error_line).collect_view();
        view! {
            <div class="error-summary" role="alert" tabindex="-1" id="error-summary">
                <h2 class="h3"><Icon name=IconName::Stop />"There is a problem"</h2>
                <ul>{lines}</ul>
            </div>
        }
    })
}

fn error_line(error: ErrorLink) -> AnyView {
    match error.field {
        Some(id) => view! { <li><a href=format!("#{id}")>{error.message}</a></li> }.into_any(),
        None => view! { <li>{error.message}</li> }.into_any(),
    }
}
