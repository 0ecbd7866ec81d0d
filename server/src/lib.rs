//! How the outside reaches MedConnect: pages, the JSON API, commands.
pub mod audit_heads;
pub mod config;
pub mod demo;
pub mod router;
pub mod serve;
pub mod workers;

mod api;
mod web;

pub use web::outside::Outside;
