//! Who did what, as the people see it whom it concerns.
pub mod access_log_page;
