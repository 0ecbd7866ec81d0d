//! Use cases against PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod admin;
mod booking;
mod busy;
mod calendar;
mod directory;
mod family;
mod follow_up;
mod group;
mod holds;
mod identity;
mod kinds;
mod licenses;
mod life;
mod limits;
mod mail;
mod model;
mod payments;
mod plans;
mod registration;
mod reset;
mod rules;
mod schedule;
mod schema;
mod stranded;
mod syncs;
mod urgent;
mod waitlist;
