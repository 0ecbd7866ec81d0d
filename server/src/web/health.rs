//! For whoever decides whether this server gets requests.
use crate::api::problem::ApiError;
use app::{Failure, Site};
use axum::{
    extract::{Request, State},
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};
use services::{devices, identity::throttle};
use std::time::Duration;

/// What a server says that could not ask Redis a moment ago.
const WITHOUT_REDIS: &str =
    "ok, but Redis does not answer: the database counts who tries too often";

/// What one says that does not hear devices at the broker.
const WITHOUT_BROKER: &str =
    "ok, but the MQTT broker does not answer: devices are heard over HTTP alone";

/// What one says that lacks both.
const WITHOUT_BOTH: &str = "ok, but Redis does not answer: the database counts who tries too often; \
    nor does the MQTT broker: devices are heard over HTTP alone";

/// The process answers.
pub async fn livez() -> &'static str {
    "ok"
}

/// The database answers too, within three seconds. Without Redis all works, and without the broker all but MQTT: the
/// body says so, for people.
pub async fn readyz(State(site): State<Site>) -> (StatusCode, &'static str) {
    if !site.is_ready() {
        return (StatusCode::SERVICE_UNAVAILABLE, "the database is not there yet");
    }
    let asked = services::database::ping(site.clinic());
    match tokio::time::timeout(Duration::from_secs(3), asked).await {
        Ok(Ok(())) => {
            let counts = throttle::ping(site.clinic()).await.is_ok();
            let said = match (counts, devices::is_broker_there(site.clinic())) {
                (true, true) => "ok",
                (false, true) => WITHOUT_REDIS,
                (true, false) => WITHOUT_BROKER,
                (false, false) => WITHOUT_BOTH,
            };
            (StatusCode::OK, said)
        }
        _ => (StatusCode::SERVICE_UNAVAILABLE, "the database does not answer"),
    }
}

/// Until the database is there, every page and every call says that it will be right back.
pub async fn wait_for_database(State(site): State<Site>, request: Request, next: Next) -> Response {
    if site.is_ready() {
        return next.run(request).await;
    }
    let away = services::Error::Unavailable(anyhow::anyhow!("not migrated yet")).to_problem();
    if request.uri().path().starts_with("/api/") {
        ApiError::from(away).into_response()
    } else {
        Failure::from(away).into_response()
    }
}
