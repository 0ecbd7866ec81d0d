//! How the outside reaches MedConnect: pages, the JSON API, commands.
pub mod audit_heads;
pub mod config;
pub mod demo;
pub mod metrics;
pub mod router;
pub mod serve;
pub mod simulate;
pub mod verify_audit;
pub mod workers;

mod api;
mod opened;
mod web;

pub use api::mqtt::MqttDesk;
pub use web::outside::Outside;
