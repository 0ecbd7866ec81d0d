//! Words and rules of the clinic that need nothing but values.
//!
//! No I/O and no clock: whoever calls brings the time.
pub mod account;
pub mod audit;
pub mod booking;
pub mod calendar;
pub mod devices;
pub mod directory;
pub mod emergency;
pub mod family;
pub mod holidays;
pub mod identity;
pub mod mail;
pub mod money;
pub mod payments;
pub mod proxies;
pub mod readings;
pub mod retry;
pub mod text;
pub mod waitlist;
pub mod zone;

mod id;
mod problem;
mod text_enum;

pub use id::Id;
pub use problem::{FieldProblem, Problem, ProblemKind, Refusal};
pub use text_enum::UnknownWord;
