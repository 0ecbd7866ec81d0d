use crate::{Site, account};
use axum::{
    Router,
    extract::DefaultBodyLimit,
    routing::{get, post},
};
use domain::identity::permission::Permission;
use services::identity::Actor;
use ui::{IconName, NavItem};

pub fn router() -> Router<Site> {
    Router::new()
        .route(
            "/account/profile",
            get(account::profile_page::show).post(account::profile_page::change),
        )
        .route(
            "/account/picture",
            get(account::picture_page::show)
                .post(account::picture_page::change)
                .layer(DefaultBodyLimit::max(account::picture_page::MOST_SENT)),
        )
        .route(
            "/account/notifications",
            get(account::notifications_page::show).post(account::notifications_page::change),
        )
        .route("/account/units", get(account::units_page::show).post(account::units_page::change))
        .route(
            "/account/address",
            get(account::address_page::show).post(account::address_page::ask),
        )
        .route("/account/phone", get(account::phone_page::show).post(account::phone_page::change))
        .route(
            "/address",
            get(account::address_page::show_link).post(account::address_page::confirm),
        )
        .route(
            "/address/undo",
            get(account::address_page::show_undo).post(account::address_page::undo),
        )
        .route("/account/data", get(account::data_page::show))
        .route("/account/data.json", get(account::data_page::file))
        .route("/account/data/read", get(account::data_page::read))
        .route("/account/close", get(account::close_page::show).post(account::close_page::close))
        .route("/closed", get(account::close_page::closed))
        .route("/account/picture/remove", post(account::picture_page::remove))
        .route("/pictures/{user}/{file}", get(account::picture_file::show))
        .route(
            "/account/health",
            get(account::health_page::show).post(account::health_page::change),
        )
}

/// The pages of an account: one line each.
pub fn rail(path: &str, actor: &Actor) -> Vec<NavItem> {
    let item = |href: &'static str, label, icon| {
        NavItem::new(href, label).icon(icon).current(page_of(path).starts_with(href))
    };
    let patient = actor.may(Permission::BookVisits);
    let of_patients = |item: NavItem| Some(item).filter(|_| patient);
    [
        Some(item("/account/profile", "Profile", IconName::Person)),
        of_patients(item("/account/health", "Health", IconName::Heart)),
        of_patients(item("/account/family", "Family", IconName::People)),
        of_patients(item("/account/proxies", "Who acts for you", IconName::Shield)),
        Some(item("/account/security", "Sign-in and security", IconName::Lock)),
        Some(item("/account/sessions", "Where you are signed in", IconName::Device)),
        Some(item("/account/calendar", "Calendar", IconName::Calendar)),
        Some(item("/account/notifications", "Notifications", IconName::Bell)),
        Some(item("/account/units", "Units", IconName::Settings)),
        of_patients(item("/account/access-log", "Access log", IconName::Eye)),
        Some(item("/account/data", "Your data", IconName::Download)),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// The page in the rail to which the one at `path` belongs.
fn page_of(path: &str) -> &str {
    match path {
        "/account/address" | "/account/phone" | "/account/picture" | "/account/picture/remove" => {
            "/account/profile"
        }
        "/account/close" => "/account/data",
        _ => path,
    }
}
