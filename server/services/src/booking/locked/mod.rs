//! A visit that nobody else changes until the transaction ends.
mod queries;

pub(crate) use queries::lock_visit;
pub(super) use queries::{LockedVisit, lock_series, lock_visit_of};
