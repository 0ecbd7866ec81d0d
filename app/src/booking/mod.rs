//! Booking, as people see it.
pub mod book_page;
pub mod cancel_page;
pub mod day_page;
pub mod history;
pub mod hold;
pub mod live;
pub mod reschedule_page;
pub mod staff_page;
pub mod terms_page;
pub mod visit_page;
pub mod visits_page;
pub mod week_page;
pub mod week_times;
