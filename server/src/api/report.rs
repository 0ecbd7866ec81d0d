//! The report of a period, for programs.
use super::{
    Routes,
    input::{As, Query},
    problem::{ApiError, ApiResult},
    summaries::{PeriodQuery, PointBody, RecommendationBody, SummaryBody},
};
use app::Site;
use axum::{extract::State, routing::get};
use domain::readings::{MetricKind, Period, Unit, improvements};
use jiff::civil::Date;
use serde::Serialize;
use services::{
    identity::Patient,
    readings::{self, Report, ReportPart},
};

pub fn routes() -> Routes {
    vec![("/health-metrics/report", get(report))]
}

/// What is drawn of one kind, in the unit that all of its kind are kept in.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ChartDataBody {
    metric_type: MetricKind,
    /// UCUM.
    unit: Unit,
    points: Vec<PointBody>,
}

/// What has become better since the period before.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ImprovementBody {
    metric_type: MetricKind,
    /// In the unit that the newest reading of the kind was sent in.
    text: String,
}

/// What readings come to in a period, kind by kind.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ReportBody {
    period: Period,
    #[schema(value_type = String, format = Date)]
    from: Date,
    #[schema(value_type = String, format = Date)]
    to: Date,
    summary: Vec<SummaryBody>,
    metrics_chart_data: Vec<ChartDataBody>,
    improvements: Vec<ImprovementBody>,
    recommendations: Vec<RecommendationBody>,
    /// Kinds of which there are readings, but none in the period.
    not_measured: Vec<MetricKind>,
}

impl From<Report> for ReportBody {
    fn from(report: Report) -> Self {
        let improved = |part: &ReportPart| {
            let (summary, scale) = (&part.course.summary, part.course.scale);
            let metric_type = summary.kind;
            improvements(summary, &part.before, scale)
                .into_iter()
                .map(move |text| ImprovementBody { metric_type, text })
        };
        let drawn = |part: &ReportPart| {
            let kind = part.course.summary.kind;
            let points = PointBody::all(kind, &part.course.series);
            ChartDataBody { metric_type: kind, unit: kind.unit(), points }
        };
        let parts = &report.parts;
        Self {
            period: report.span.period,
            from: report.span.first(),
            to: report.span.last,
            summary: parts.iter().map(|part| SummaryBody::without_points(&part.course)).collect(),
            metrics_chart_data: parts.iter().map(drawn).collect(),
            improvements: parts.iter().flat_map(improved).collect(),
            recommendations: parts
                .iter()
                .map(|part| RecommendationBody::at_the_end(&part.course))
                .collect(),
            not_measured: report.not_measured,
        }
    }
}

async fn report(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Query(query): Query<PeriodQuery>,
) -> ApiResult<axum::Json<ReportBody>> {
    let unknown = || ApiError::field("period", "Send a period: weekly, monthly or quarterly.");
    let period = query.of_report().ok_or_else(unknown)?;
    let report = readings::report(site.clinic(), &patient, period, query.last()?).await?;
    Ok(axum::Json(report.into()))
}
