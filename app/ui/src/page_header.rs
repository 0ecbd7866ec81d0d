use crate::{BackLink, MaybeText};
use leptos::{children::ViewFnOnce, prelude::*};

/// The top of a page: a way back, its one `<h1>`, a line about it, and what can be done.
#[component]
pub fn PageHeader(
    #[prop(into)] title: String,
    #[prop(into, optional)] lede: MaybeText,
    #[prop(into, optional)] back_href: MaybeText,
    #[prop(into, optional)] back_label: MaybeText,
    #[prop(into, optional)] actions: Option<ViewFnOnce>,
) -> impl IntoView {
    let back = back_href.words().map(|href| {
        let label = back_label.words().unwrap_or_else(|| "Back".to_owned());
        view! { <BackLink href label /> }
    });
    view! {
        {back}
        <header class="page-head">
            <div>
                <h1>{title}</h1>
                {lede.words().map(|lede| view! { <p class="lede">{lede}</p> })}
            </div>
            {actions.map(|actions| view! { <div class="cluster">{actions.run()}</div> })}
        </header>
    }
}
