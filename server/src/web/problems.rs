//! Errors that no handler made: they too end in a calm page or a problem document.
use crate::api::problem::ApiError;
use app::Failure;
use axum::{
    BoxError,
    extract::Request,
    http::{StatusCode, Uri, header},
    middleware::Next,
    response::{IntoResponse, Response},
};
use domain::{Problem, ProblemKind};
use std::any::Any;
use tower::timeout::error::Elapsed;

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

fn too_long() -> Problem {
    Problem::new(
        ProblemKind::Unavailable,
        "too_long",
        "This took too long, so we stopped waiting for it. Please try again: nothing is done twice.",
    )
}

/// More requests at once than the server takes on, or one that takes longer than anybody waits.
pub async fn overloaded(uri: Uri, error: BoxError) -> Response {
    let problem = if error.is::<Elapsed>() { too_long() } else { busy() };
    let mut response = match uri.path().starts_with("/api/") {
        true => ApiError::from(problem).into_response(),
        false => Failure::from(problem).into_response(),
    };
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
