//! Adults who act for others, as both see it.
pub mod grant_page;
pub mod health_page;
pub mod invitation_page;
pub mod list_page;

use crate::{Page, times::Moment};
use domain::{proxies::Scopes, zone::Zone};
use jiff::Timestamp;
use leptos::prelude::*;

/// `22 November 2027`, on the reader's clock.
fn day(page: &Page, at: Timestamp) -> String {
    let moment = Moment::new(at, page.zone().as_ref(), Zone::UTC);
    moment.date().strftime("%-d %B %Y").to_string()
}

/// What may be done, one a line.
fn allowed(scopes: Scopes) -> AnyView {
    let lines: Vec<_> = scopes.iter().map(|scope| view! { <li>{scope.act()}</li> }).collect();
    view! { <ul>{lines}</ul> }.into_any()
}
