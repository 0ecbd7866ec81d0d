//! Accounts, as people see them.
pub mod login_page;
pub mod profile_page;
pub mod register_page;
pub mod reset_page;
pub mod verify_page;
