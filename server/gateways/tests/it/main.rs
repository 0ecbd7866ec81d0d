//! The gateways against what they stand for.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on says where")]

mod calendars;
mod cluster;
mod registers;
mod sms;
mod support;
