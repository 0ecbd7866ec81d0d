//! The real things behind the clinic's doors: the private PostgreSQL and what it tells us, and the
//! calendars of others.

pub mod calendars;
pub mod listen;
pub mod postgres;
