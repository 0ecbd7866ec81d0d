//! The real things behind the clinic's doors: the private PostgreSQL and what it tells us, the
//! calendars of others, registers of licences, the systems of hospitals, mail and text messages, Redis, and the broker of devices.

pub mod calendars;
pub mod counts;
pub mod hospitals;
pub mod http_device;
pub mod licenses;
pub mod listen;
pub mod mail;
pub mod mqtt;
pub mod postgres;
pub mod sms;

mod json;
