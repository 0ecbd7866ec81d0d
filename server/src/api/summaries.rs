//! What the readings of the calling patient come to.
use super::{
    Routes,
    figures::{AchievementBody, LevelBody},
    input::{As, Path, Query},
    problem::{ApiError, ApiResult},
    readings::ReadingBody,
};
use app::Site;
use axum::{extract::State, routing::get};
use domain::readings::{
    Band, Bucket, Certainty, Change, Course, Coverage, Direction, Figures, Level, MetricKind, Mood,
    Period, Reached, Scale, Share, Step, Summary, Target, Trend, Unit, Units, insights, next_step,
};
use jiff::{Timestamp, civil::Date};
use serde::{Deserialize, Serialize};
use services::{
    identity::Patient,
    readings::{self, KindCourse, Series},
};

pub fn routes() -> Routes {
    vec![
        ("/health-metrics/dashboard", get(dashboard)),
        ("/health-metrics/{kind}/summary", get(summary)),
    ]
}

/// How much there is behind the figures; with too little of it they are `null`.
#[derive(Serialize, utoipa::ToSchema)]
pub struct CoverageBody {
    readings: u32,
    /// On how many days, or in how many hours of one day, was measured.
    covered: u32,
    of: u32,
    /// How many there must be; `null`: no figures are made of this kind.
    needed: Option<u32>,
    is_enough: bool,
    /// E.g. `18 of 30 days`.
    text: String,
}

impl From<Coverage> for CoverageBody {
    fn from(coverage: Coverage) -> Self {
        Self {
            readings: coverage.readings,
            covered: coverage.with,
            of: coverage.of,
            needed: coverage.needed,
            is_enough: coverage.is_enough(),
            text: coverage.words(),
        }
    }
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct TimeInRangeBody {
    percent: u32,
    within: u32,
    of: u32,
    /// Whether days are counted, not readings.
    is_of_days: bool,
}

impl From<Share> for TimeInRangeBody {
    fn from(share: Share) -> Self {
        let Share { within, of, is_of_days } = share;
        Self { percent: share.percent(), within, of, is_of_days }
    }
}

/// What a doctor has set for the patient or, else, what is usual in adults; and who says so.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TargetRangeBody {
    low: Option<f64>,
    high: Option<f64>,
    diastolic_low: Option<f64>,
    diastolic_high: Option<f64>,
    /// As whoever asks reads it, e.g. `3.9 to 10.0 mmol/L`.
    display: String,
    source: &'static str,
    /// It is set for this patient.
    is_personal: bool,
}

impl TargetRangeBody {
    fn new(target: Target, scale: &Scale) -> Self {
        let lower = target.lower.unwrap_or(Band { low: None, high: None });
        Self {
            low: target.band.low,
            high: target.band.high,
            diastolic_low: lower.low,
            diastolic_high: lower.high,
            display: target.words(scale),
            source: target.source,
            is_personal: target.is_personal,
        }
    }
}

/// Where daily values are going, by the slope of Theil and Sen and the test of Mann and Kendall.
#[derive(Serialize, utoipa::ToSchema)]
pub struct TrendBody {
    metric_type: MetricKind,
    direction: Direction,
    /// `null`: values without a trend often look like this.
    certainty: Option<Certainty>,
    /// Of a blood pressure the upper number.
    change_per_week: f64,
    /// The same of the lower number of a blood pressure; `null` of everything else.
    diastolic_direction: Option<Direction>,
    diastolic_certainty: Option<Certainty>,
    diastolic_change_per_week: Option<f64>,
}

impl TrendBody {
    fn of(summary: &Summary) -> Option<Self> {
        let course = summary.trend.course()?;
        let lower = summary.lower_trend.and_then(Trend::course);
        let week = |course: Course| summary.kind.rounded(course.slope * 7.0);
        Some(Self {
            metric_type: summary.kind,
            direction: course.direction,
            certainty: course.certainty,
            change_per_week: week(course),
            diastolic_direction: lower.map(|lower| lower.direction),
            diastolic_certainty: lower.and_then(|lower| lower.certainty),
            diastolic_change_per_week: lower.map(week),
        })
    }
}

/// The average beside that of the period before.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ComparisonBody {
    before: LevelBody,
    difference: f64,
    diastolic_difference: Option<f64>,
    /// It is more than days differ among each other anyway; of a blood pressure that of one number is, at least.
    is_clear: bool,
}

impl ComparisonBody {
    fn new(kind: MetricKind, change: Change, scale: &Scale) -> Self {
        Self {
            before: LevelBody::shown(kind, change.before, scale),
            difference: kind.rounded(change.value.by),
            diastolic_difference: change.lower.map(|lower| kind.rounded(lower.by)),
            is_clear: change.is_clear(),
        }
    }
}

/// A day, or an hour of one.
#[derive(Serialize, utoipa::ToSchema)]
pub struct PointBody {
    /// `null` of an hour.
    #[schema(value_type = Option<String>, format = Date)]
    day: Option<Date>,
    /// When the hour begins; `null` of a day.
    #[schema(value_type = Option<String>, format = DateTime)]
    hour: Option<Timestamp>,
    readings: u32,
    /// The mean of its readings; of steps and sleep what they add up to.
    average: Option<LevelBody>,
    lowest: LevelBody,
    highest: LevelBody,
}

impl PointBody {
    fn new(kind: MetricKind, figures: Figures) -> Self {
        let lower = figures.lower;
        let of = |value, lower| LevelBody::new(kind, Level { value, lower });
        Self {
            day: None,
            hour: None,
            readings: figures.count,
            average: figures.level(kind.is_total()).map(|level| LevelBody::new(kind, level)),
            lowest: of(figures.lowest, lower.map(|lower| lower.lowest)),
            highest: of(figures.highest, lower.map(|lower| lower.highest)),
        }
    }

    pub(super) fn all(kind: MetricKind, series: &Series) -> Vec<Self> {
        match series {
            Series::Days(days) => {
                let day = |bucket: &Bucket<Date>| Self {
                    day: Some(bucket.at),
                    ..Self::new(kind, bucket.figures)
                };
                days.iter().map(day).collect()
            }
            Series::Hours(hours) => {
                let hour = |bucket: &Bucket<Timestamp>| Self {
                    hour: Some(bucket.at),
                    ..Self::new(kind, bucket.figures)
                };
                hours.iter().map(hour).collect()
            }
        }
    }
}

/// What the readings of a kind come to in a period.
#[derive(Serialize, utoipa::ToSchema)]
pub struct SummaryBody {
    metric_type: MetricKind,
    /// UCUM, of all figures but those called `display`.
    unit: Unit,
    period: Period,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    to: Date,
    coverage: CoverageBody,
    /// Each day counts the same, however often was measured on it; of steps and sleep what a day adds up to.
    average: Option<LevelBody>,
    /// What today has come to so far, of steps and sleep alone: no other figure has it before the day is over.
    so_far: Option<LevelBody>,
    lowest: Option<LevelBody>,
    highest: Option<LevelBody>,
    time_in_range: Option<TimeInRangeBody>,
    target_range: Option<TargetRangeBody>,
    /// `null` of fewer than ten days, and where there is no average.
    trend: Option<TrendBody>,
    comparison: Option<ComparisonBody>,
    /// Left out of a report, which has them beside.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<PointBody>>,
}

impl From<&KindCourse> for SummaryBody {
    fn from(course: &KindCourse) -> Self {
        let points = PointBody::all(course.summary.kind, &course.series);
        Self { points: Some(points), ..Self::without_points(course) }
    }
}

impl SummaryBody {
    pub(super) fn without_points(course: &KindCourse) -> Self {
        let summary = &course.summary;
        let kind = summary.kind;
        let level = |level| LevelBody::shown(kind, level, course.scale);
        Self {
            metric_type: kind,
            unit: kind.unit(),
            period: summary.span.period,
            from: summary.span.first(),
            to: summary.span.last,
            coverage: summary.coverage.into(),
            average: summary.average.map(level),
            so_far: summary.so_far.map(level),
            lowest: summary.extremes.map(|(lowest, _)| level(lowest)),
            highest: summary.extremes.map(|(_, highest)| level(highest)),
            time_in_range: summary.in_range.map(TimeInRangeBody::from),
            target_range: summary.target.map(|target| TargetRangeBody::new(target, course.scale)),
            trend: TrendBody::of(summary),
            comparison: summary
                .change
                .map(|change| ComparisonBody::new(kind, change, course.scale)),
            points: None,
        }
    }
}

/// A sentence about the readings of a kind, in the unit that whoever asks has chosen, or else that the newest of them was sent in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct InsightBody {
    metric_type: MetricKind,
    mood: Mood,
    text: String,
}

#[derive(Serialize, utoipa::ToSchema)]
pub struct RecommendationBody {
    metric_type: MetricKind,
    step: Step,
    text: String,
}

impl RecommendationBody {
    /// What to do after the period of `course`; of one that is over the newest reading says nothing.
    pub(super) fn at_the_end(course: &KindCourse) -> Self {
        let is_now = course.summary.span.last == course.today;
        let newest = course.newest.as_ref().filter(|_| is_now);
        Self::new(&course.summary, newest.map(|newest| newest.reading.into()))
    }

    fn new(summary: &Summary, newest: Option<Level>) -> Self {
        let step = next_step(summary, newest);
        Self { metric_type: summary.kind, step, text: step.text(summary.kind) }
    }
}

/// All kinds of which there are readings, what was measured last first.
#[derive(Serialize, utoipa::ToSchema)]
pub struct DashboardBody {
    period: Period,
    /// The newest reading of each kind.
    recent_metrics: Vec<ReadingBody>,
    summaries: Vec<SummaryBody>,
    trends: Vec<TrendBody>,
    insights: Vec<InsightBody>,
    recommendations: Vec<RecommendationBody>,
    /// What was reached, whenever, the last first; told to the patient alone.
    #[serde(skip_serializing_if = "Option::is_none")]
    achievements: Option<Vec<AchievementBody>>,
}

impl DashboardBody {
    pub(super) fn new(
        period: Period,
        courses: Vec<KindCourse>,
        reached: Option<Vec<Reached>>,
        units: &Units,
    ) -> Self {
        let insight = |course: &KindCourse| {
            let metric_type = course.summary.kind;
            insights(&course.summary, course.scale)
                .into_iter()
                .map(move |said| InsightBody { metric_type, mood: said.mood, text: said.text })
                .collect::<Vec<_>>()
        };
        let advice = |course: &KindCourse| {
            let newest = course.newest.as_ref().map(|newest| newest.reading.into());
            RecommendationBody::new(&course.summary, newest)
        };
        Self {
            period,
            summaries: courses.iter().map(SummaryBody::from).collect(),
            trends: courses.iter().filter_map(|course| TrendBody::of(&course.summary)).collect(),
            insights: courses.iter().flat_map(insight).collect(),
            recommendations: courses.iter().map(advice).collect(),
            achievements: reached.map(|all| all.into_iter().map(Into::into).collect()),
            recent_metrics: courses
                .into_iter()
                .filter_map(|course| Some(ReadingBody::new(course.newest?, units)))
                .collect(),
        }
    }
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct PeriodQuery {
    period: Option<String>,
    #[serde(alias = "last")]
    on: Option<String>,
}

impl PeriodQuery {
    /// A month, if none is asked for.
    pub(super) fn period(&self, known: &[Period]) -> ApiResult<Period> {
        let Some(word) = self.period.as_deref().filter(|word| !word.is_empty()) else {
            return Ok(Period::Month);
        };
        let unknown = || ApiError::field("period", "Send a period such as week, month or quarter.");
        word.parse().ok().filter(|period| known.contains(period)).ok_or_else(unknown)
    }

    /// How long a time a report is about: a month, if none is asked for. `None`: there is none for that.
    pub(super) fn of_report(&self) -> Option<Period> {
        let word = self.period.as_deref().filter(|word| !word.is_empty()).unwrap_or("monthly");
        Period::read(word).filter(|period| *period != Period::Day)
    }

    pub(super) fn last(&self) -> ApiResult<Option<Date>> {
        let Some(day) = self.on.as_deref().filter(|day| !day.is_empty()) else {
            return Ok(None);
        };
        let unreadable = |_| ApiError::field("on", "Send a day such as 2026-03-02.");
        day.parse().map(Some).map_err(unreadable)
    }
}

async fn dashboard(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<DashboardBody>> {
    let period = query.period(&[Period::Week, Period::Month, Period::Quarter])?;
    let all = readings::dashboard(site.clinic(), &patient, period).await?;
    Ok(axum::Json(DashboardBody::new(period, all.courses, Some(all.reached), &patient.units)))
}

async fn summary(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(kind): Path<MetricKind>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<SummaryBody>> {
    let (period, last) = (query.period(Period::ALL)?, query.last()?);
    let course = readings::course_of(site.clinic(), &patient, kind, period, last).await?;
    Ok(axum::Json(SummaryBody::from(&course)))
}
