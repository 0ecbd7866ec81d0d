//! A doctor's hours.
pub mod days_page;
mod hours_form;
pub mod hours_page;
pub mod rules_page;
mod stranded;
pub mod times_page;
