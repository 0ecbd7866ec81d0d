//! What every form does with a problem: a summary on top, a message at the field.
use domain::Problem;
use leptos::prelude::*;
use ui::{ErrorLink, ErrorSummary};

/// The summary above a form: every message, with a link to its field.
pub fn summary(problem: Option<&Problem>) -> Option<AnyView> {
    let problem = problem?;
    let errors = match problem.fields.as_slice() {
        [] => vec![ErrorLink::plain(problem.message.to_string())],
        fields => fields
            .iter()
            .map(|field| ErrorLink::to(&field.field, field.message.to_string()))
            .collect(),
    };
    Some(view! { <ErrorSummary errors /> }.into_any())
}

/// The message at the field `name`, if it is to blame.
pub fn at(problem: Option<&Problem>, name: &str) -> Option<String> {
    problem?.field(name).map(str::to_owned)
}

/// The title of a page whose form was not right, as screen readers announce it.
pub fn title(problem: Option<&Problem>, title: &str) -> String {
    if problem.is_some() { format!("Error: {title}") } else { title.to_owned() }
}
