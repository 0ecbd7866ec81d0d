use crate::{Icon, IconName, MaybeText};
use leptos::{children::ViewFnOnce, prelude::*};

/// A doctor's day: a list of `AgendaItem`s, dense.
#[component]
pub fn Agenda(children: Children) -> impl IntoView {
    view! { <ol class="plain-list agenda">{children()}</ol> }
}

/// A line of the day: when, who, about what, how. `now` marks the one that is on.
#[component]
pub fn AgendaItem(
    #[prop(into)] starts: String,
    #[prop(into)] ends: String,
    #[prop(into)] title: String,
    #[prop(into)] href: String,
    #[prop(into, optional)] note: MaybeText,
    icon: IconName,
    #[prop(into)] kind: String,
    #[prop(optional)] now: bool,
    /// Its state, as a `Badge`.
    #[prop(into, optional)]
    state: Option<ViewFnOnce>,
) -> impl IntoView {
    view! {
        <li class="agenda-line" data-now=now.then_some("true")>
            <span class="agenda-time tabular">
                <time>{starts}</time>
                "–"
                {ends}
                {now.then(|| view! { <span class="visually-hidden">", now"</span> })}
            </span>
            <span class="agenda-about">
                <a href=href>{title}</a>
                {note.words().map(|note| view! { <span class="muted typed">{note}</span> })}
            </span>
            <span class="agenda-kind"><Icon name=icon />{kind}</span>
            {state.map(ViewFnOnce::run)}
        </li>
    }
}

/// What happened, in order: a list of `TimelineItem`s.
#[component]
pub fn Timeline(children: Children) -> impl IntoView {
    view! { <ol class="plain-list timeline">{children()}</ol> }
}

/// Something that happened, and when.
#[component]
pub fn TimelineItem(
    #[prop(into)] when: String,
    #[prop(into)] title: String,
    #[prop(optional)] icon: Option<IconName>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <li>
            <span class="timeline-mark">{icon.map(|name| view! { <Icon name /> })}</span>
            <p class="timeline-when tabular">{when}</p>
            <p class="timeline-title">{title}</p>
            {children.map(|children| children())}
        </li>
    }
}
