//! Databases, people, a mail server, a Redis, a broker, a Prometheus and forced races for tests, and a checker of what must always hold.
mod authenticator;
mod db;
mod mosquitto;
mod passkey;
mod people;
pub mod prometheus;
mod race;
mod readings;
mod redis;
mod rules;
mod smtp;

pub use authenticator::{Phone, app_code};
pub use db::TestDb;
pub use mosquitto::Mosquitto;
pub use passkey::Device;
pub use people::{FEE, HOURS, Person, at};
pub use prometheus::Prometheus;
pub use race::Gate;
pub use redis::Redis;
pub use rules::{broken_rules, rules};
pub use smtp::{Received, Smtp};
