//! Use cases against PostgreSQL.
#![expect(clippy::unwrap_used, reason = "a test may panic")]

mod account;
mod address;
mod admin;
mod audit;
mod booking;
mod busy;
mod calendar;
mod closing;
mod directory;
mod family;
mod follow_up;
mod group;
mod holds;
mod identity;
mod kinds;
mod lengths;
mod licenses;
mod life;
mod limits;
mod mail;
mod mail_of_several;
mod model;
mod pauses;
mod payments;
mod plans;
mod registration;
mod reset;
mod rules;
mod schedule;
mod schema;
mod stranded;
mod syncs;
mod throttle;
mod urgent;
mod waitlist;
