//! Who did what, as the people see it whom it concerns, and as those see it who look after it.
pub mod access_log_page;
pub mod csv;
pub mod trail_page;
