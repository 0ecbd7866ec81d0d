//! What people see: the pages of MedConnect.
//!
//! A page is a handler that loads what it needs from `services`, and a view.
//! Forms post to the address of their own page, so that what somebody typed is
//! shown again beside what was wrong with it, with scripts and without.
mod account;
mod admin;
mod audit;
mod booking;
mod calendar;
mod dev;
mod devices;
mod directory;
mod document;
mod emergency;
mod failure;
mod family;
mod fields;
mod forms;
mod fragments;
mod identity;
mod marks;
mod page;
mod payments;
mod portals;
mod proxies;
mod readings;
mod record;
pub mod reference;
mod schedule;
mod site;
mod times;
mod waitlist;

pub use account::picture_of;
pub use directory::doctors_page::reasons;
pub use failure::{Failure, PageResult};
pub use fragments::{FragmentKey, Fragments};
pub use page::{Page, SESSION_SINCE, SESSION_USER, SESSION_VERSION};
pub use portals::{live_router, not_found, router};
pub use site::{Site, use_plain_names};
