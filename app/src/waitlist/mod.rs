//! The waitlist, as people see it.
pub mod doctor_page;
mod form;
pub mod join_page;
pub mod list_page;
pub mod offer_page;
mod offered;

pub use offered::offers_notice;
