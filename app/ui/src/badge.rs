use crate::{Icon, IconName, Tone};
use leptos::prelude::*;

/// A state in a word or two. The shape of its dot differs by tone, besides the hue.
#[component]
pub fn Badge(#[prop(optional)] tone: Tone, children: Children) -> impl IntoView {
    let icon = match tone {
        Tone::Neutral => None,
        Tone::Positive => Some(IconName::Check),
        tone => Some(tone.icon()),
    };
    view! {
        <span class=format!("badge badge-{}", tone.as_str())>
            {icon.map(|name| view! { <Icon name /> })}
            {children()}
        </span>
    }
}

/// A plain label: a language, a specialty, a filter that is on.
///
/// With `remove`, it ends in a link that takes it away.
#[component]
pub fn Tag(
    #[prop(into)] label: String,
    #[prop(into, optional)] remove: crate::MaybeText,
) -> impl IntoView {
    let remove = remove.words().map(|href| {
        view! {
            <a class="tag-remove" href=href>
                <Icon name=IconName::Cross title=format!("Remove {label}") />
            </a>
        }
    });
    view! { <span class="tag">{label}{remove}</span> }
}
