//! Readings: what was measured of a person, by a device or by themselves.
//!
//! What FHIR calls an Observation: coded with LOINC, in a unit of UCUM. Nothing becomes a [`Reading`]
//! that no living person can have; what is late, repeated or of an impossible time is marked and
//! kept, never blended.
mod alert;
mod attention;
mod correction;
mod course;
mod kind;
mod manual;
mod milestone;
mod outcome;
mod personal;
mod raw;
mod reading;
mod refusal;
mod reminder;
mod retention;
mod scale;
#[cfg(test)]
mod tests;
mod timing;
mod unit;
mod units;

use crate::Id;

pub use alert::{
    BASELINE_DAYS, Baseline, Beyond, Bounds, Concern, Ground, Limits, OpenAlert, Pace,
    ReadingAlertId, Rule, SEEN_WITHIN, Severity, Side, Streak, TOLD_AGAIN_AFTER, Thresholds, Watch,
    WatchChange, advice, alert_text, headline,
};
pub use attention::{Attention, Followed, OUTSIDE_AT_LEAST, QUIET_AT_MOST, Reason};
pub use correction::{
    ALREADY_THERE, CHANGED_MEANWHILE, CORRECTED_SINCE, Correction, MEASURED_BY_DEVICE,
    REMOVED_MEANWHILE,
};
pub use course::{
    Band, Bucket, Certainty, Change, Course, Coverage, DAYS_AT_LEAST, Difference, Direction,
    Figures, Insight, Level, LowerFigures, Mood, Part, Period, Place, READINGS_AT_LEAST, Share,
    Span, Step, Summary, Target, Trend, day_of, hour_of, improvements, insights, next_step, norm,
    utc_offset,
};
pub use kind::{DIASTOLIC_POSSIBLE, MetricKind};
pub use manual::{CheckedManual, ManualReading, NOTES_LENGTH};
pub use milestone::{Milestone, NEWS_DAYS, Reached, days_in_row, reached};
pub use outcome::{Outcome, Tally};
pub use personal::{
    LIMIT_FIELDS, LIMITS_CHANGED, LimitNumbers, PersonalLimits, THEIR_DOCTOR, TypedLimits,
    numbers_of_most,
};
pub use raw::{
    BATCH_AT_MOST, Checked, CheckedReading, RawReading, Sent, SourceId, check_size, checked,
    checked_batch,
};
pub use reading::Reading;
pub use refusal::{Number, ReadingRefusal};
pub use reminder::{is_time_to_remind, remind_on, reminded_at};
pub use retention::{QUARANTINED_FOR, Retention, YEARS_AT_LEAST};
pub use scale::Scale;
pub use timing::{
    CLOCK_AHEAD, LATE_AFTER, OLDEST, Quarantine, Timing, is_near_duplicate, near_window,
};
pub use unit::Unit;
pub use units::{UNIT_CHOICES, Units};

/// A row of `readings`.
pub type ReadingId = Id<Reading>;
