//! What stands around every answer.
pub mod headers;
pub mod health;
pub mod outside;
pub mod peer;
pub mod problems;
pub mod request_id;
pub mod sessions;
