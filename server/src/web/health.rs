//! For whoever decides whether this server gets requests.
use app::Site;
use axum::{extract::State, http::StatusCode};
use std::time::Duration;

/// The process answers.
pub async fn livez() -> &'static str {
    "ok"
}

/// The database answers too, within three seconds.
pub async fn readyz(State(site): State<Site>) -> (StatusCode, &'static str) {
    let asked = services::database::ping(site.clinic());
    match tokio::time::timeout(Duration::from_secs(3), asked).await {
        Ok(Ok(())) => (StatusCode::OK, "ok"),
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}
