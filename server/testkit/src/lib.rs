//! Databases, people and forced races for tests.
mod db;
mod people;
mod race;

pub use db::TestDb;
pub use people::{FEE, HOURS, Person, at};
pub use race::Gate;
