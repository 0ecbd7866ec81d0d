//! Which readings somebody is told of.
mod thresholds;

pub use thresholds::{Limits, Severity, Side, Thresholds};
