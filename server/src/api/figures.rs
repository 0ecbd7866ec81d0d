//! Figures of readings: in the unit they are kept in, and as whoever asks reads them.
use domain::readings::{Level, MetricKind, Milestone, Reached, Scale, Unit};
use jiff::civil::Date;
use serde::Serialize;

/// A value in the unit that whoever asks has chosen for its kind; without a choice, in the one it was sent in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DisplayBody {
    /// `null` of a blood pressure, which has two numbers.
    value: Option<f64>,
    systolic_value: Option<f64>,
    diastolic_value: Option<f64>,
    /// UCUM.
    unit: Unit,
    /// E.g. `5.5 mmol/L`.
    text: String,
}

impl DisplayBody {
    pub fn new(kind: MetricKind, level: Level, scale: &Scale) -> Self {
        let value = scale.rounded(level.value);
        Self {
            value: (!kind.is_pair()).then_some(value),
            systolic_value: kind.is_pair().then_some(value),
            diastolic_value: level.lower.map(|lower| scale.rounded(lower)),
            unit: scale.unit,
            text: level.shown(scale),
        }
    }
}

/// A figure in the unit that all of its kind are kept in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct LevelBody {
    /// `null` of a blood pressure, which has two numbers.
    value: Option<f64>,
    systolic_value: Option<f64>,
    diastolic_value: Option<f64>,
    /// The same as whoever asks reads it; left out of `points`, of which there are many.
    #[serde(skip_serializing_if = "Option::is_none")]
    display: Option<DisplayBody>,
}

impl LevelBody {
    pub fn new(kind: MetricKind, level: Level) -> Self {
        let value = kind.rounded(level.value);
        Self {
            value: (!kind.is_pair()).then_some(value),
            systolic_value: kind.is_pair().then_some(value),
            diastolic_value: level.lower.map(|lower| kind.rounded(lower)),
            display: None,
        }
    }

    pub fn shown(kind: MetricKind, level: Level, scale: &Scale) -> Self {
        let display = Some(DisplayBody::new(kind, level, scale));
        Self { display, ..Self::new(kind, level) }
    }
}

/// Something that was reached, and a kind word about it.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AchievementBody {
    metric_type: MetricKind,
    achievement: Milestone,
    title: &'static str,
    text: &'static str,
    #[schema(value_type = String, format = Date)]
    reached_on: Date,
}

impl From<Reached> for AchievementBody {
    fn from(reached: Reached) -> Self {
        Self {
            metric_type: reached.kind,
            achievement: reached.what,
            title: reached.title(),
            text: reached.text(),
            reached_on: reached.on,
        }
    }
}
