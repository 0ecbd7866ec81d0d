//! Databases, people, a mail server and forced races for tests.
mod db;
mod people;
mod race;
mod smtp;

pub use db::TestDb;
pub use people::{FEE, HOURS, Person, at};
pub use race::Gate;
pub use smtp::{Received, Smtp};
