//! Use cases against PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod booking;
mod directory;
mod identity;
mod limits;
mod plans;
mod schedule;
mod schema;
