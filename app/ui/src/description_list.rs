use leptos::prelude::*;

/// Terms and what they are, beside each other where there is room. Holds `Detail`s.
#[component]
pub fn DescriptionList(#[prop(optional)] framed: bool, children: Children) -> impl IntoView {
    view! { <dl class=if framed { "facts card" } else { "facts" }>{children()}</dl> }
}

/// A term and what it is.
#[component]
pub fn Detail(#[prop(into)] term: String, children: Children) -> impl IntoView {
    view! {
        <dt>{term}</dt>
        <dd>{children()}</dd>
    }
}
