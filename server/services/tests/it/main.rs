//! Use cases against PostgreSQL.
mod admin;
mod booking;
mod directory;
mod identity;
mod schedule;
mod schema;
