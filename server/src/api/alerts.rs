//! What in the readings of the calling patient needs attention.
use super::{
    List, PageQuery, Routes,
    input::{As, Path, Query},
    problem::ApiResult,
    readings::ValuesBody,
};
use app::Site;
use axum::{
    extract::{OriginalUri, State},
    http::StatusCode,
    routing::{get, post},
};
use domain::readings::{Concern, ReadingAlertId, Severity, Side, Units, advice, headline};
use jiff::Timestamp;
use serde::Serialize;
use services::{
    identity::Patient,
    readings::alerts::{self, Alert},
};

pub fn routes() -> Routes {
    vec![
        ("/health-alerts", get(list_alerts)),
        ("/health-alerts/past", get(list_past_alerts)),
        ("/health-alerts/{id}/acknowledge", post(acknowledge_alert)),
    ]
}

/// Something about the readings of a kind.
#[derive(Serialize, utoipa::ToSchema)]
pub struct AlertBody {
    #[schema(value_type = String, format = Uuid)]
    id: ReadingAlertId,
    severity: Severity,
    /// How much its last reading asks for by itself: one that cannot wait is to be confirmed by another.
    reading_severity: Severity,
    /// On which side of its limits.
    side: Side,
    concern: Concern,
    /// One sentence that says what it is.
    title: String,
    /// What to do, the most important first.
    advice: Vec<&'static str>,
    /// The last reading beyond the limits.
    reading: ValuesBody,
    #[schema(value_type = String, format = DateTime)]
    recorded_at: Timestamp,
    /// How many were beyond the limits so far.
    readings: i32,
    #[schema(value_type = String, format = DateTime)]
    opened_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime)]
    acknowledged_at: Option<Timestamp>,
    /// When the person was told whom the patient has named for an emergency.
    #[schema(value_type = Option<String>, format = DateTime)]
    escalated_at: Option<Timestamp>,
    /// `null`: it goes on.
    #[schema(value_type = Option<String>, format = DateTime)]
    ended_at: Option<Timestamp>,
}

impl AlertBody {
    fn new(alert: Alert, units: &Units) -> Self {
        let Alert { kind, concern, severity, side, reading_severity, .. } = alert;
        Self {
            id: alert.id,
            severity,
            reading_severity,
            side,
            concern,
            title: headline(kind, concern, severity, side, reading_severity),
            advice: advice(kind, concern, severity, side, reading_severity),
            reading: ValuesBody::new(alert.reading, alert.unit, units),
            recorded_at: alert.recorded_at,
            readings: alert.readings,
            opened_at: alert.opened_at,
            acknowledged_at: alert.acknowledged_at,
            escalated_at: alert.escalated_at,
            ended_at: alert.ended_at,
        }
    }
}

/// The alerts that go on.
#[derive(Serialize, utoipa::ToSchema)]
pub struct OpenAlertsBody {
    /// What nobody has seen first, and of that the worst; of each kind of reading one at most.
    results: Vec<AlertBody>,
}

async fn list_alerts(
    State(site): State<Site>,
    As(patient): As<Patient>,
) -> ApiResult<axum::Json<OpenAlertsBody>> {
    let open = alerts::open(site.clinic(), &patient).await?;
    let results = open.into_iter().map(|alert| AlertBody::new(alert, &patient.units)).collect();
    Ok(axum::Json(OpenAlertsBody { results }))
}

async fn list_past_alerts(
    State(site): State<Site>,
    As(patient): As<Patient>,
    OriginalUri(uri): OriginalUri,
    Query(query): Query<PageQuery>,
) -> ApiResult<axum::Json<List<AlertBody>>> {
    let page = query.page()?;
    let found = alerts::over(site.clinic(), &patient, page).await?;
    Ok(axum::Json(List::new(found, page, &uri, |alert| AlertBody::new(alert, &patient.units))))
}

async fn acknowledge_alert(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(id): Path<ReadingAlertId>,
) -> ApiResult<StatusCode> {
    alerts::acknowledge(site.clinic(), &patient, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
