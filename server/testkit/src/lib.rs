//! Databases, people and forced races for tests, and a checker of what must always hold.
mod db;
mod people;
mod race;
mod rules;

pub use db::TestDb;
pub use people::{FEE, HOURS, Person, at};
pub use race::Gate;
pub use rules::{broken_rules, rules};
