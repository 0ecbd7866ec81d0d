//! The portals: which pages there are, and the frame around them.
mod account;
mod admin;
mod doctor;
mod patient;
mod public;

use crate::{Failure, PageResult, Site, booking::live, readings};
use axum::{Router, routing::get};
use domain::identity::permission::Permission;
use leptos::prelude::*;
use services::identity::Actor;
use ui::{
    BottomNav, Button, ButtonKind, IconName, LinkButton, Menu, NavItem, SideNav, SiteFooter,
    SiteHeader, SkipLink,
};

/// Every page.
pub fn router() -> Router<Site> {
    Router::new()
        .merge(public::router())
        .merge(patient::router())
        .merge(doctor::router())
        .merge(admin::router())
}

/// The streams that open pages listen to.
pub fn live_router() -> Router<Site> {
    Router::new()
        .route("/live/alerts", get(readings::live::events))
        .route("/live/attention", get(readings::live::attention))
        .route("/live/doctors", get(live::of_several))
        .route("/live/doctors/{id}", get(live::events))
}

/// Whatever has no page.
pub async fn not_found() -> PageResult {
    Err(Failure::from(services::Error::NotFound))
}

/// For whom a page is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Portal {
    Public,
    Account,
    Doctor,
    Admin,
}

impl Portal {
    /// The portal that the page at `path` belongs to.
    pub fn of(path: &str) -> Self {
        match path.split('/').nth(1) {
            Some("account") => Self::Account,
            Some("doctor") => Self::Doctor,
            Some("admin") => Self::Admin,
            _ => Self::Public,
        }
    }
}

/// What stands around the page: the way to everything else.
pub fn frame(
    portal: Portal,
    path: &str,
    actor: Option<&Actor>,
    demo: bool,
    page: AnyView,
) -> AnyView {
    let here = |prefix: &str| path == prefix || path.starts_with(&format!("{prefix}/"));
    let item =
        |href: &'static str, label, icon| NavItem::new(href, label).icon(icon).current(here(href));
    let may = |permission| actor.is_some_and(|actor| actor.may(permission));
    // What is wrong with the days of a file is said at its own address.
    let measured = here("/patient/readings")
        || here("/patient/devices")
        || here("/patient/alerts")
        || path == "/patient/readings.csv";
    let visits =
        item("/patient", "My visits", IconName::Calendar).current(here("/patient") && !measured);
    let readings = item("/patient/readings", "Readings", IconName::Chart).current(measured);
    let mut items = vec![
        item("/doctors", "Find a doctor", IconName::Search),
        item("/hospitals", "Hospitals", IconName::Hospital),
    ];
    if may(Permission::BookVisits) {
        items.extend([visits.clone(), readings.clone()]);
    }
    if may(Permission::RunVisits) {
        items.push(item("/doctor", "My day", IconName::Stethoscope));
    }
    if actor.is_some_and(|actor| crate::admin::home(actor).is_some()) {
        items.push(item("/admin", "Admin", IconName::Settings));
    }
    let rail = rail(portal, path, actor);
    let bottom = (matches!(portal, Portal::Public | Portal::Account)
        && may(Permission::BookVisits))
    .then(|| {
        vec![
            item("/doctors", "Find", IconName::Search),
            visits,
            readings,
            item("/account/profile", "Profile", IconName::Person),
        ]
    });
    let name = actor.map(Actor::full_name);
    let mut footer = vec![NavItem::new("/api/docs", "For developers")];
    if demo {
        footer.push(NavItem::new("/dev/ui", "Design system"));
    }
    view! {
        <SkipLink />
        <SiteHeader items account=move || account(name) />
        {may(Permission::BookVisits).then(readings::live::region)}
        {match rail {
            Some(items) => view! {
                <div class="portal">
                    <SideNav label="This portal" items />
                    <main id="main" class="page" tabindex="-1">{page}</main>
                </div>
            }.into_any(),
            None => view! { <main id="main" class="page" tabindex="-1">{page}</main> }.into_any(),
        }}
        <SiteFooter items=footer>"MedConnect. In an emergency, call your local emergency number."</SiteFooter>
        {bottom.map(|items| view! { <BottomNav label="My clinic" items /> })}
    }
    .into_any()
}

/// The pages of one portal, beside the page.
fn rail(portal: Portal, path: &str, actor: Option<&Actor>) -> Option<Vec<NavItem>> {
    let item = |href: &'static str, label, icon, current: bool| {
        NavItem::new(href, label).icon(icon).current(current)
    };
    match portal {
        Portal::Public => None,
        // An error page has nobody to lead.
        Portal::Account => actor.map(|actor| account::rail(path, actor)),
        Portal::Doctor => Some(vec![
            item("/doctor", "Day", IconName::List, path == "/doctor"),
            item("/doctor/week", "Week", IconName::Calendar, path == "/doctor/week"),
            item("/doctor/readings", "Readings", IconName::Chart, path == "/doctor/readings"),
            item("/doctor/waitlist", "Waitlist", IconName::Bell, path == "/doctor/waitlist"),
            item("/doctor/hours", "Weekly hours", IconName::Clock, path == "/doctor/hours"),
            item("/doctor/rules", "Booking rules", IconName::Settings, path == "/doctor/rules"),
            item("/doctor/terms", "Terms", IconName::Money, path == "/doctor/terms"),
            item("/doctor/days", "Single days", IconName::Edit, path.starts_with("/doctor/days")),
            item(
                "/doctor/calendar",
                "Busy elsewhere",
                IconName::Refresh,
                path == "/doctor/calendar",
            ),
            item(
                "/doctor/emergency",
                "Emergency access",
                IconName::Warning,
                path == "/doctor/emergency",
            ),
            item("/doctor/profile", "Your profile", IconName::Person, path == "/doctor/profile"),
        ]),
        Portal::Admin => Some(crate::admin::parts(actor, path)),
    }
}

/// Who is signed in, or the way to be.
fn account(name: Option<String>) -> AnyView {
    match name {
        Some(name) => view! {
            <Menu label=name icon=IconName::Person>
                <a href="/account/profile">"Your profile"</a>
                <a href="/account/calendar">"Your calendar"</a>
                <a href="/account/sessions">"Where you are signed in"</a>
                <a href="/account/security">"Sign-in and security"</a>
                <form method="post" action="/logout">
                    <Button kind=ButtonKind::Quiet>"Sign out"</Button>
                </form>
            </Menu>
        }
        .into_any(),
        None => view! {
            <LinkButton kind=ButtonKind::Secondary href="/login">"Sign in"</LinkButton>
        }
        .into_any(),
    }
}
