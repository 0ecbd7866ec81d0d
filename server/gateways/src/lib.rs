//! The real things behind the clinic's doors: the private PostgreSQL, and what it tells us.

pub mod listen;
pub mod postgres;
