//! The real things behind the clinic's doors: the private PostgreSQL and what it tells us, the
//! calendars of others, registers of licences, the systems of hospitals, mail and text messages, and Redis.

pub mod calendars;
pub mod counts;
pub mod hospitals;
pub mod licenses;
pub mod listen;
pub mod mail;
pub mod postgres;
pub mod sms;

mod json;
