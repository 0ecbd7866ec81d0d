//! Which readings somebody is told of, and when that is over.
//!
//! A series of a kind has one alert at a time, however noisy it is. Only readings of now count: what comes late belongs
//! into the charts. Silence ends nothing.
mod baseline;
mod bounds;
mod pace;
mod rule;
#[cfg(test)]
mod tests;
mod thresholds;
mod watch;
mod words;

use crate::Id;
use jiff::SignedDuration;

pub use baseline::{BASELINE_DAYS, Baseline};
pub use bounds::{Beyond, Bounds, Concern};
pub use pace::Pace;
pub use rule::Rule;
pub use thresholds::{Limits, Severity, Side, Thresholds};
pub use watch::{Change as WatchChange, Ground, OpenAlert, Streak, Watch};
pub use words::{advice, alert_text, headline};

/// A row of `reading_alerts`.
#[derive(Debug)]
pub enum ReadingAlert {}
pub type ReadingAlertId = Id<ReadingAlert>;

/// How long somebody has to look at what cannot wait before the person is told whom they have named for an emergency.
pub const SEEN_WITHIN: SignedDuration = SignedDuration::from_mins(15);

/// So long after somebody has seen what cannot wait they are told again, if it still goes on.
pub const TOLD_AGAIN_AFTER: SignedDuration = SignedDuration::from_hours(1);
