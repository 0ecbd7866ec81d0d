//! Errors that no handler made: they too end in a calm page or a problem document.
use crate::api::problem::ApiError;
use app::Failure;
use axum::{
    BoxError,
    extract::Request,
    http::{StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use std::any::Any;

/// What axum's extractors and the layers say in bare words, said as a page.
pub async fn explain_bare_errors(request: Request, next: Next) -> Response {
    let response = next.run(request).await;
    let status = response.status();
    let bare = response
        .headers()
        .get(header::CONTENT_TYPE)
        .is_none_or(|kind| kind.as_bytes().starts_with(b"text/plain"));
    if !bare || !(status.is_client_error() || status.is_server_error()) {
        return response;
    }
    let problem = match status {
        StatusCode::METHOD_NOT_ALLOWED | StatusCode::NOT_FOUND => not_found(),
        StatusCode::FORBIDDEN => cross_origin(),
        StatusCode::SERVICE_UNAVAILABLE => busy(),
        // The sessions cannot be written; no handler of ours ends in a bare 500.
        StatusCode::INTERNAL_SERVER_ERROR => {
            let kept = anyhow::anyhow!("the session cannot be kept");
            return Failure::from(services::Error::Unavailable(kept)).into_response();
        }
        StatusCode::PAYLOAD_TOO_LARGE => Problem::new(
            ProblemKind::Invalid,
            "too_large",
            "That was more than we can take at once. Please make it shorter.",
        ),
        StatusCode::REQUEST_TIMEOUT => Problem::new(
            ProblemKind::Invalid,
            "too_slow",
            "The end of that did not reach us in time, so we did nothing. Please go back and try again.",
        ),
        _ => Problem::new(
            ProblemKind::Invalid,
            "malformed",
            "We could not read that. Please go back, reload the page and try again.",
        ),
    };
    (status, Failure::from(problem)).into_response()
}

fn cross_origin() -> Problem {
    tracing::warn!("a form of another site was refused");
    Problem::new(
        ProblemKind::Forbidden,
        "cross_origin",
        "That was sent from another site, so we did nothing. Please use the form on our own page.",
    )
}

fn not_found() -> Problem {
    services::Error::NotFound.to_problem()
}

fn busy() -> Problem {
    Problem::new(
        ProblemKind::Unavailable,
        "busy",
        "Many people are here at the moment. Nothing was changed. Please try again in a few seconds.",
    )
}

/// More requests at once than the server takes on.
pub async fn overloaded(_: BoxError) -> Response {
    let mut response = ApiError::from(busy()).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, http::HeaderValue::from_static("2"));
    response
}

/// A bug: the person learns that it is not their fault, the log learns the rest.
pub fn panicked(_: Box<dyn Any + Send + 'static>) -> Response {
    tracing::error!("a handler panicked");
    Failure::from(Problem::new(
        ProblemKind::Internal,
        "internal",
        "Something went wrong on our side. Nothing was lost. Please try again.",
    ))
    .into_response()
}
