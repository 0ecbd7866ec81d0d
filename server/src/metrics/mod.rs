//! What operators measure us by, as OpenMetrics 1.0, which Prometheus reads: at an address of its own, and never who asked
//! or for what.
mod moment;
mod requests;

pub use requests::Requests;

use app::Site;
use axum::{
    Router,
    extract::State,
    http::{StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use prometheus_client::encoding::text::{encode_eof, encode_registry};
use std::sync::Arc;

const OPEN_METRICS: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

#[derive(Clone)]
struct Measured {
    site: Site,
    requests: Arc<Requests>,
}

/// Answers `/metrics`, and nothing else.
pub fn router(site: &Site, requests: Arc<Requests>) -> Router {
    let measured = Measured { site: site.clone(), requests };
    Router::new().route("/metrics", get(show)).with_state(measured)
}

async fn show(State(measured): State<Measured>) -> Response {
    let moment = moment::look(&measured.site).await;
    let mut text = String::new();
    let written = encode_registry(&mut text, measured.requests.registry())
        .and_then(|()| encode_registry(&mut text, &moment))
        .and_then(|()| encode_eof(&mut text));
    match written {
        Ok(()) => ([(header::CONTENT_TYPE, OPEN_METRICS)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
