//! What the clinic does: use cases over PostgreSQL, one folder a feature.
//!
//! Nothing here knows about HTTP, cookies or HTML.
pub mod account;
pub mod admin;
pub mod audit;
pub mod booking;
pub mod calendar;
pub mod database;
pub mod devices;
pub mod directory;
pub mod emergency;
pub mod family;
pub mod gateways;
pub mod identity;
pub mod live;
pub mod mail;
pub mod monitoring;
pub mod outbox;
pub mod payments;
pub mod proxies;
pub mod readings;
pub mod record;
pub mod schedule;
pub mod sms;
pub mod waitlist;

mod context;
mod error;
mod kept;
mod together;
mod token;

pub use context::{Clinic, Clock, Conn, Pool};
pub use error::{Error, OnConstraint, Result};
