use crate::{Brand, Icon, IconName, NavItem, nav::nav_list};
use leptos::{children::ViewFnOnce, prelude::*};

/// The first thing the tab key meets: a way past the navigation to `#main`.
#[component]
pub fn SkipLink() -> impl IntoView {
    view! { <a class="skip-link" href="#main">"Skip to the content"</a> }
}

/// The head of every page: our mark, where to go, and who is signed in.
///
/// On a phone the items fold into a menu that opens without scripts.
#[component]
pub fn SiteHeader(
    items: Vec<NavItem>,
    /// Who is signed in and what they can do, or the way to sign in.
    #[prop(into, optional)]
    account: Option<ViewFnOnce>,
    #[prop(into, default = String::from("/"))] home: String,
) -> impl IntoView {
    let menu = (!items.is_empty()).then(|| {
        view! {
            <nav class="site-nav" aria-label="Main">{nav_list(items.clone())}</nav>
            <details class="site-menu">
                <summary><Icon name=IconName::Menu /><span>"Menu"</span></summary>
                <nav aria-label="Main">{nav_list(items)}</nav>
            </details>
        }
    });
    view! {
        <header class="site-header">
            <div class="site-header-line">
                <Brand href=home />
                {menu}
                {account.map(|account| view! { <div class="site-account">{account.run()}</div> })}
            </div>
        </header>
    }
}

/// The foot of every page.
#[component]
pub fn SiteFooter(
    items: Vec<NavItem>,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    view! {
        <footer class="site-footer">
            <div class="site-footer-line">
                {children.map(|children| view! { <div>{children()}</div> })}
                {(!items.is_empty()).then(|| view! { <nav aria-label="More">{nav_list(items)}</nav> })}
            </div>
        </footer>
    }
}
