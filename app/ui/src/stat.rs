use crate::{MaybeText, Tone};
use leptos::prelude::*;

/// A figure with its name, and a note on how it is meant: "from 38 readings".
#[component]
pub fn Stat(
    #[prop(into)] label: String,
    #[prop(into)] value: String,
    #[prop(into, optional)] unit: MaybeText,
    #[prop(into, optional)] note: MaybeText,
    #[prop(optional)] tone: Tone,
) -> impl IntoView {
    let icon = (tone != Tone::Neutral).then(|| view! { <crate::Icon name=tone.icon() /> });
    view! {
        <div class=format!("stat stat-{}", tone.as_str())>
            <p class="stat-label">{label}</p>
            <p class="stat-value tabular">
                {value}
                {unit.words().map(|unit| view! { " "<span class="stat-unit">{unit}</span> })}
            </p>
            {note.words().map(|note| view! { <p class="stat-note">{icon}{note}</p> })}
        </div>
    }
}
