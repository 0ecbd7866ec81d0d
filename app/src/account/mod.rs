//! What belongs to somebody's account.
pub mod address_page;
pub mod close_page;
pub mod data_page;
pub mod health_page;
pub mod notifications_page;
pub mod phone_page;
pub mod picture_file;
pub mod picture_page;
pub mod profile_page;
pub mod units_page;

use domain::identity::UserId;

/// The address of the picture called `name` of `user`, if there is one.
pub fn picture_of(user: UserId, name: Option<&str>) -> Option<String> {
    name.map(|name| format!("/pictures/{user}/{name}.jpg"))
}
