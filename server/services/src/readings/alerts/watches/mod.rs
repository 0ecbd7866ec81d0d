//! How series of readings stand between batches: what is beyond its limits at the moment, and what is usual.
pub mod queries;

use domain::readings::{
    Baseline, MetricKind, OpenAlert, ReadingAlertId, Severity, Side, Streak, Watch,
};
use jiff::{Timestamp, civil::Date};
use serde::Deserialize;

/// How a series stands, as it is kept.
#[derive(Debug, Clone, Deserialize)]
pub struct Followed {
    pub kind: MetricKind,
    pub alert_id: Option<ReadingAlertId>,
    pub(super) alert_severity: Option<Severity>,
    pub(super) alert_side: Option<Side>,
    pub(super) streak_side: Option<Side>,
    pub(super) streak_since: Option<Timestamp>,
    pub(super) streak_count: Option<u32>,
    pub(super) streak_last_at: Option<Timestamp>,
    pub(super) critical_since: Option<Timestamp>,
    pub(super) critical_count: u32,
    pub(super) calm_count: u32,
    pub(super) seen_at: Option<Timestamp>,
    pub(super) baseline_median: Option<f64>,
    pub(super) baseline_spread: Option<f64>,
    pub(super) baseline_lower_median: Option<f64>,
    pub(super) baseline_lower_spread: Option<f64>,
    pub baseline_on: Option<Date>,
}

impl Followed {
    pub fn watch(&self) -> Watch {
        let streak = self.streak_side.zip(self.streak_since).zip(self.streak_last_at);
        let streak = streak.map(|((side, since), last)| Streak {
            side,
            since,
            count: self.streak_count.unwrap_or_default(),
            critical_since: self.critical_since,
            critical_count: self.critical_count,
            last,
        });
        Watch { streak, open: self.open(), calm: self.calm_count, seen: self.seen_at }
    }

    fn open(&self) -> Option<OpenAlert> {
        // A server of before there were sides keeps none: then it is that of the readings.
        let side = self.alert_side.or(self.streak_side).unwrap_or(Side::High);
        self.alert_severity.map(|severity| OpenAlert { severity, side })
    }

    pub fn set(&mut self, watch: Watch, alert: Option<ReadingAlertId>) {
        let streak = watch.streak;
        self.alert_id = alert;
        self.alert_severity = watch.open.map(|open| open.severity);
        self.alert_side = watch.open.map(|open| open.side);
        self.streak_side = streak.map(|streak| streak.side);
        self.streak_since = streak.map(|streak| streak.since);
        self.streak_count = streak.map(|streak| streak.count);
        self.streak_last_at = streak.map(|streak| streak.last);
        self.critical_since = streak.and_then(|streak| streak.critical_since);
        self.critical_count = streak.map_or(0, |streak| streak.critical_count);
        self.calm_count = watch.calm;
        self.seen_at = watch.seen;
    }

    pub fn baseline(&self) -> Option<Baseline> {
        let (median, spread) = self.baseline_median.zip(self.baseline_spread)?;
        let lower = self.baseline_lower_median.zip(self.baseline_lower_spread);
        Some(Baseline { median, spread, lower })
    }

    pub fn set_baseline(&mut self, baseline: Option<Baseline>, on: Date) {
        let lower = baseline.and_then(|baseline| baseline.lower);
        self.baseline_median = baseline.map(|baseline| baseline.median);
        self.baseline_spread = baseline.map(|baseline| baseline.spread);
        (self.baseline_lower_median, self.baseline_lower_spread) = lower.unzip();
        self.baseline_on = Some(on);
    }
}
