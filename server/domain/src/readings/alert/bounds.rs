use super::{Baseline, Limits, Severity, Side, Thresholds};
use crate::{
    readings::{Band, Level, MetricKind},
    text_enum,
};

text_enum! {
    /// What is wrong with a reading.
    pub enum Concern {
        /// It is beyond what is safe for most.
        Threshold = "threshold",
        /// It is far from what is usual for the person.
        Unusual = "unusual",
        /// It has changed too fast.
        Change = "change",
    }
}

/// What a reading asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Beyond {
    pub severity: Severity,
    pub side: Side,
    pub concern: Concern,
}

/// All that a reading of a kind is held against.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bounds {
    kind: MetricKind,
    thresholds: Option<Thresholds>,
    usual: Option<Limits>,
}

/// Action plans for asthma have a yellow zone below 80 % of the best value and a red one below half of it
/// (Global Initiative for Asthma, 2024). What is usual stands for the best.
const YELLOW: f64 = 0.8;
const RED: f64 = 0.5;

impl Bounds {
    /// `thresholds`: those of the person, or of the kind.
    #[must_use]
    pub fn new(
        kind: MetricKind,
        thresholds: Option<Thresholds>,
        baseline: Option<Baseline>,
    ) -> Self {
        match (kind, baseline) {
            (MetricKind::PeakFlow, Some(baseline)) => {
                Self { kind, thresholds: thresholds.or_else(|| Some(zones(baseline))), usual: None }
            }
            _ => Self { kind, thresholds, usual: baseline.map(|baseline| baseline.limits(kind)) },
        }
    }

    /// What `level` asks for; what is beyond what is safe is so however usual it is.
    #[must_use]
    pub fn judge(&self, level: Level) -> Option<Beyond> {
        let unsafe_ = self.thresholds.and_then(|thresholds| thresholds.judge(self.kind, level));
        match unsafe_ {
            Some((severity, side)) => Some(Beyond { severity, side, concern: Concern::Threshold }),
            None => self.usual.and_then(|usual| usual.side(self.kind, level, 0.0)).map(|side| {
                Beyond { severity: Severity::Warning, side, concern: Concern::Unusual }
            }),
        }
    }

    /// Whether `level` is inside all of them by `margin`.
    #[must_use]
    pub fn is_calm(&self, level: Level, margin: f64) -> bool {
        let is_inside = |limits: &Limits| limits.side(self.kind, level, margin).is_none();
        self.thresholds.is_none_or(|thresholds| is_inside(&thresholds.warning))
            && self.usual.is_none_or(|usual| is_inside(&usual))
    }
}

fn zones(baseline: Baseline) -> Thresholds {
    let from = |share: f64| Limits {
        upper: Band { low: Some(baseline.median * share), high: None },
        lower: None,
    };
    Thresholds {
        warning: from(YELLOW),
        critical: from(RED),
        source: "Global Initiative for Asthma, 2024",
    }
}
