//! Paying for visits, as people see it.
pub mod demo_page;
pub mod pay;
