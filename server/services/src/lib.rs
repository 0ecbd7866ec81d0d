//! What the clinic does: use cases over PostgreSQL, one folder a feature.
//!
//! Nothing here knows about HTTP, cookies or HTML.
pub mod admin;
pub mod audit;
pub mod booking;
pub mod calendar;
pub mod database;
pub mod directory;
pub mod gateways;
pub mod identity;
pub mod live;
pub mod outbox;
pub mod schedule;

mod context;
mod error;
mod kept;

pub use context::{Clinic, Clock, Conn, Pool};
pub use error::{Error, OnConstraint, Result};
