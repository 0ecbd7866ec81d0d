//! The people somebody books for, as they see them.
pub mod family_page;
pub mod person_page;
pub mod who;
