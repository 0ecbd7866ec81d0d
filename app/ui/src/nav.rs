use crate::{Icon, IconName};
use leptos::prelude::*;

/// A way to go: in the header, the rail, the bar at the bottom, or tabs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NavItem {
    href: String,
    label: String,
    icon: Option<IconName>,
    count: Option<String>,
    current: bool,
}

impl NavItem {
    pub fn new(href: impl Into<String>, label: impl Into<String>) -> Self {
        Self { href: href.into(), label: label.into(), ..Self::default() }
    }

    pub fn icon(self, icon: IconName) -> Self {
        Self { icon: Some(icon), ..self }
    }

    /// The same with something to count in words: "3 new".
    pub fn count(self, count: impl Into<String>) -> Self {
        Self { count: Some(count.into()), ..self }
    }

    /// The same, marked when the reader is there.
    pub fn current(self, current: bool) -> Self {
        Self { current, ..self }
    }
}

/// The items as a list of links; the current one says so.
pub(crate) fn nav_list(items: Vec<NavItem>) -> AnyView {
    let links = items.into_iter().map(nav_link).collect_view();
    view! { <ul>{links}</ul> }.into_any()
}

fn nav_link(item: NavItem) -> AnyView {
    view! {
        <li>
            <a href=item.href aria-current=item.current.then_some("page")>
                {item.icon.map(|name| view! { <Icon name /> })}
                <span>{item.label}</span>
                {item.count.map(|count| view! { <span class="count">{count}</span> })}
            </a>
        </li>
    }
    .into_any()
}

/// Views of one thing, as links; each is a page of its own.
#[component]
pub fn Tabs(#[prop(into)] label: String, items: Vec<NavItem>) -> impl IntoView {
    view! { <nav class="tabs" aria-label=label>{nav_list(items)}</nav> }
}

/// The bar at the bottom of a phone, in reach of the thumb: three to five items with icons.
#[component]
pub fn BottomNav(#[prop(into)] label: String, items: Vec<NavItem>) -> impl IntoView {
    view! { <nav class="bottom-nav" aria-label=label>{nav_list(items)}</nav> }
}

/// The rail at the start of a wide screen; on a narrow one, a line that opens.
#[component]
pub fn SideNav(#[prop(into)] label: String, items: Vec<NavItem>) -> impl IntoView {
    let here = items.iter().find(|item| item.current).map(|item| item.label.clone());
    let here = here.unwrap_or_else(|| label.clone());
    view! {
        <nav class="side-nav" aria-label=label>
            <div class="side-nav-wide">{nav_list(items.clone())}</div>
            <details class="side-nav-narrow">
                <summary>
                    <Icon name=IconName::Menu />
                    {here}
                    <Icon name=IconName::ChevronDown />
                </summary>
                {nav_list(items)}
            </details>
        </nav>
    }
}

/// One step up.
#[component]
pub fn BackLink(#[prop(into)] href: String, #[prop(into)] label: String) -> impl IntoView {
    view! { <a class="back-link" href=href><Icon name=IconName::ArrowBack />{label}</a> }
}

/// The way from the start page to here; the last item is here.
#[component]
pub fn Breadcrumbs(items: Vec<NavItem>) -> impl IntoView {
    view! { <nav class="breadcrumbs" aria-label="Where you are">{nav_list(items)}</nav> }
}
