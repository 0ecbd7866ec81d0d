//! A time that is kept while somebody decides.
use super::{
    Routes,
    booking::A_TIME,
    input::{As, Json, Path, optional, parsed},
    problem::{ApiError, ApiResult},
    times::SlotBody,
};
use app::Site;
use axum::{extract::State, http::StatusCode, routing::put};
use domain::{
    booking::{SLOT_TAKEN, VisitKind},
    directory::ProviderId,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use services::{booking, identity::Patient};

pub fn routes() -> Routes {
    vec![("/providers/{id}/hold", put(keep_time).delete(release_time))]
}

/// Which time is to be kept.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CreateHoldBody {
    /// When the visit would start; RFC 3339 with an offset.
    start: String,
    /// `video`, `phone` or `in_person`.
    visit: Option<String>,
}

/// A time that is kept for the caller.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct HoldBody {
    #[schema(value_type = String, format = Uuid)]
    provider_id: ProviderId,
    #[schema(value_type = String, format = DateTime)]
    start: Timestamp,
    /// From now on.
    remaining_seconds: i64,
}

async fn keep_time(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(provider): Path<ProviderId>,
    Json(body): Json<CreateHoldBody>,
) -> ApiResult<axum::Json<HoldBody>> {
    let start: Timestamp = parsed("start", &body.start, A_TIME).map_err(services::Error::from)?;
    let kind: Option<VisitKind> =
        optional("visit", body.visit.as_deref(), "Send video, phone or in_person.")?;
    match booking::hold(site.clinic(), &patient, provider, start, kind).await {
        Ok(hold) => Ok(axum::Json(HoldBody {
            provider_id: provider,
            start,
            remaining_seconds: hold.remaining.as_secs(),
        })),
        Err(services::Error::Refused(refusal)) if refusal == SLOT_TAKEN => {
            let nearest = booking::alternatives(site.clinic(), provider, start, kind).await?;
            Err(ApiError::from(services::Error::from(refusal))
                .with_alternatives(nearest.iter().map(SlotBody::from).collect()))
        }
        Err(error) => Err(error.into()),
    }
}

async fn release_time(
    State(site): State<Site>,
    As(patient): As<Patient>,
    Path(provider): Path<ProviderId>,
) -> ApiResult<StatusCode> {
    booking::release_hold(site.clinic(), &patient, provider).await?;
    Ok(StatusCode::NO_CONTENT)
}
