//! The whole server, asked over HTTP.
#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test may panic")]

mod api_account;
mod api_booking;
mod api_directory;
mod api_family;
mod api_group;
mod api_hours;
mod api_identity;
mod api_providers;
mod audit;
mod calendar_files;
mod calendars;
mod crashes;
mod fleet;
mod mail;
mod outages;
mod outside;
mod pages;
mod pages_account;
mod pages_family;
mod pages_hours;
mod pages_identity;
mod pages_rules;
mod pages_staff;
mod pages_times;
mod pages_urgent;
mod posted;
mod processes;
mod running;
mod safety;
mod support;
mod survivors;
mod throttle;
mod waitlist;
