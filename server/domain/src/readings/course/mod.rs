//! How the readings of a kind go over time: what they come to in an hour and a day, how much there is
//! behind a figure, where they are going, and what to say of it in plain words.
//!
//! Every figure is one of days, or of the hours of one day, each of which counts the same however often
//! was measured in it. None is given for too few of them.
mod clock;
mod coverage;
mod figures;
mod improvement;
mod insight;
mod level;
mod period;
#[cfg(test)]
mod period_tests;
mod summary;
mod target;
#[cfg(test)]
mod tests;
mod trend;

pub use clock::{day_of, hour_of, utc_offset};
pub use coverage::{Coverage, READINGS_AT_LEAST, norm};
pub use figures::{Figures, LowerFigures};
pub use improvement::improvements;
pub(super) use insight::difference;
pub use insight::{Insight, Mood, Place, Step, insights, next_step};
pub use level::{Level, Part};
pub use period::{Period, Span};
pub use summary::{Bucket, Change, Difference, Share, Summary};
pub use target::{Band, Target};
pub use trend::{Certainty, Course, DAYS_AT_LEAST, Direction, Trend};
