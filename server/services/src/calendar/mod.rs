//! Calendars: visits in other programs, and other programs' busy times here.
pub mod busy;
mod entry;
mod feed;
mod queries;

pub use entry::{Reader, file};
pub(crate) use entry::{entry as entry_of, initials};
pub use feed::{Feed, close_feed, feed, issue_feed, read_feed, tag};
pub(crate) use queries::FeedVisit;
