//! Paying for a visit.
use super::{
    Routes,
    booking::{key_of, mark_replayed},
    input::{As, Json, parsed},
    problem::ApiResult,
};
use app::Site;
use axum::{
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::post,
};
use domain::booking::AppointmentId;
use serde::{Deserialize, Serialize};
use services::{booking::IdempotencyKey, identity::Patient, payments};

pub fn routes() -> Routes {
    vec![("/payments", post(create_payment))]
}

/// What is to be paid for.
#[derive(Debug, Default, Deserialize, utoipa::ToSchema)]
#[serde(default)]
pub struct CreatePaymentBody {
    /// The visit's id.
    appointment_id: String,
}

/// A payment that has begun.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct PaymentBody {
    #[schema(value_type = String, format = Uuid)]
    appointment_id: AppointmentId,
    /// Where the person pays. Absent where this very command was sent before and is settled: the visit
    /// says what became of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    checkout_url: Option<String>,
}

async fn create_payment(
    State(site): State<Site>,
    As(patient): As<Patient>,
    headers: HeaderMap,
    Json(body): Json<CreatePaymentBody>,
) -> ApiResult<Response> {
    let key = key_of(&headers).unwrap_or_else(|| IdempotencyKey::checked(""));
    let key = key.map_err(services::Error::from)?;
    let id: AppointmentId =
        parsed("appointment_id", &body.appointment_id, "Send the id of a visit.")
            .map_err(services::Error::from)?;
    let back_to = format!("/visits/{id}/paid");
    let begun = payments::begin(site.clinic(), &patient, id, back_to, Some(&key)).await?;
    let page = begun.page.map(|page| match page.starts_with('/') {
        true => format!("{}{page}", site.public_url()),
        false => page,
    });
    let body = axum::Json(PaymentBody { appointment_id: id, checkout_url: page });
    Ok(mark_replayed((StatusCode::CREATED, body).into_response(), begun.replayed))
}
