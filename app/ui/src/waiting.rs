use crate::MaybeText;
use leptos::prelude::*;

/// The shape of what is coming: `lines` of text, under a portrait if `portrait`.
#[component]
pub fn Skeleton(
    #[prop(default = 3)] lines: usize,
    #[prop(optional)] portrait: bool,
    #[prop(into, optional)] label: MaybeText,
) -> impl IntoView {
    let label = label.words().unwrap_or_else(|| "Loading…".to_owned());
    let lines = (0..lines).map(|_| view! { <span class="skeleton-line"></span> }).collect_view();
    view! {
        <div class="skeleton" aria-busy="true">
            <span class="visually-hidden" role="status">{label}</span>
            {portrait.then(|| view! { <span class="skeleton-portrait"></span> })}
            <span class="skeleton-lines">{lines}</span>
        </div>
    }
}

/// Where the reader is in a flow of several steps; `current` counts from 1.
#[component]
pub fn ProgressSteps(
    steps: Vec<String>,
    current: usize,
    #[prop(into, optional)] label: MaybeText,
) -> impl IntoView {
    let label = label.words().unwrap_or_else(|| "Steps".to_owned());
    let steps =
        (1..).zip(steps).map(|(number, step)| progress_step(number, step, current)).collect_view();
    view! { <nav class="progress" aria-label=label><ol>{steps}</ol></nav> }
}

fn progress_step(number: usize, step: String, current: usize) -> AnyView {
    let (state, word) = match number.cmp(&current) {
        std::cmp::Ordering::Less => ("done", Some(", done")),
        std::cmp::Ordering::Equal => ("now", None),
        std::cmp::Ordering::Greater => ("next", None),
    };
    view! {
        <li data-state=state aria-current=(state == "now").then_some("step")>
            <span class="progress-mark" aria-hidden="true">
                {if state == "done" {
                    view! { <crate::Icon name=crate::IconName::Check /> }.into_any()
                } else {
                    number.to_string().into_any()
                }}
            </span>
            <span>
                {step}
                {word.map(|word| view! { <span class="visually-hidden">{word}</span> })}
            </span>
        </li>
    }
    .into_any()
}
