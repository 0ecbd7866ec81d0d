//! Calendars of other programs, as people set them up.
pub mod busy_page;
pub mod feed_file;
pub mod feed_page;
