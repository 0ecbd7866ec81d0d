//! Emergency access: opening a record that is none of one's patients', and looking at it afterwards.
pub mod notice;
pub mod open_page;
pub mod queue_page;
pub mod review_page;
