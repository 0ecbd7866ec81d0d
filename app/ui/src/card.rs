use crate::MaybeText;
use leptos::prelude::*;

/// A sheet of its own for one thing. With `href`, its title leads there and the whole card can be pressed.
#[component]
pub fn Card(
    #[prop(into, optional)] title: MaybeText,
    #[prop(into, optional)] href: MaybeText,
    children: Children,
) -> impl IntoView {
    let href = href.words();
    let class = if href.is_some() { "card card-pressable stack-small" } else { "card stack-small" };
    let title = title.words().map(|title| match href {
        Some(href) => view! { <h2 class="h3"><a href=href>{title}</a></h2> }.into_any(),
        None => view! { <h2 class="h3">{title}</h2> }.into_any(),
    });
    view! {
        <section class=class>
            {title}
            {children()}
        </section>
    }
}

/// A part of a page under a heading of its own, which names it for screen readers.
#[component]
pub fn Section(
    #[prop(into)] title: String,
    /// The id of the heading, for links into the page.
    #[prop(into)]
    id: String,
    #[prop(into, optional)] lede: MaybeText,
    children: Children,
) -> impl IntoView {
    view! {
        <section class="section stack" aria-labelledby=id>
            <h2 id=id.clone()>{title}</h2>
            {lede.words().map(|lede| view! { <p class="muted">{lede}</p> })}
            {children()}
        </section>
    }
}
