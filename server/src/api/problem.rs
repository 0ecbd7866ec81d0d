//! Failures as `application/problem+json` (RFC 9457).
use axum::{
    body::Body,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{FieldProblem, Problem, ProblemKind};
use serde::Serialize;
use services::audit::request;

/// The error code of RFC 9470.
const INSUFFICIENT: &str = "insufficient_user_authentication";

pub type ApiResult<T> = Result<T, ApiError>;

/// A failure on its way out of the API.
#[derive(Debug)]
pub struct ApiError {
    status: StatusCode,
    problem: Problem,
    /// Beside the problem: what one may do instead.
    alternatives: Option<Vec<super::times::SlotBody>>,
}

/// A problem document.
#[derive(Serialize, utoipa::ToSchema)]
pub struct ProblemBody {
    /// Always `about:blank`: `code` tells problems apart.
    #[serde(rename = "type")]
    kind: &'static str,
    title: &'static str,
    status: u16,
    /// One sentence for a person.
    detail: String,
    /// Stable and machine-readable, e.g. `booking.slot_taken`.
    code: String,
    /// To be named when asking for help.
    request_id: Option<String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<FieldProblem>,
    /// With `booking.slot_taken`: the nearest free times.
    #[serde(skip_serializing_if = "Option::is_none")]
    alternatives: Option<Vec<super::times::SlotBody>>,
}

impl ApiError {
    pub fn field(field: &'static str, message: &'static str) -> Self {
        services::Error::field(field, message).into()
    }

    pub fn method_not_allowed() -> Self {
        Self::with_status(
            StatusCode::METHOD_NOT_ALLOWED,
            Problem::new(
                ProblemKind::Invalid,
                "method_not_allowed",
                "This address does not take that method.",
            ),
        )
    }

    /// Signed in, but too long ago for this (RFC 9470).
    pub fn sign_in_again() -> Self {
        Problem::new(
            ProblemKind::SignedOut,
            INSUFFICIENT,
            "This asks for a sign-in of the last ten minutes. Please sign in again.",
        )
        .into()
    }

    pub fn with_status(status: StatusCode, problem: Problem) -> Self {
        Self { status, problem, alternatives: None }
    }

    pub fn with_alternatives(mut self, slots: Vec<super::times::SlotBody>) -> Self {
        self.alternatives = Some(slots);
        self
    }

    /// The same problem under another status, where the founding documents ask for one.
    pub fn answered_with(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    pub fn kind(&self) -> ProblemKind {
        self.problem.kind
    }

    /// In how many seconds to come again, if that is known.
    pub fn retry_after(&self) -> Option<u16> {
        self.problem.retry_after
    }

    pub fn code(&self) -> &str {
        &self.problem.code
    }

    pub fn into_problem(self) -> Problem {
        self.problem
    }

    /// Its status and the document, for who is answered in another way than over HTTP.
    pub fn into_document(self) -> (StatusCode, Vec<u8>) {
        let body = ProblemBody {
            kind: "about:blank",
            title: self.status.canonical_reason().unwrap_or("Error"),
            status: self.status.as_u16(),
            detail: self.problem.message.into_owned(),
            code: self.problem.code.into_owned(),
            request_id: request::id(),
            errors: self.problem.fields,
            alternatives: self.alternatives,
        };
        (self.status, serde_json::to_vec(&body).unwrap_or_default())
    }
}

pub fn status(kind: ProblemKind) -> StatusCode {
    match kind {
        ProblemKind::Invalid => StatusCode::BAD_REQUEST,
        ProblemKind::SignedOut => StatusCode::UNAUTHORIZED,
        ProblemKind::Forbidden => StatusCode::FORBIDDEN,
        ProblemKind::NotFound => StatusCode::NOT_FOUND,
        ProblemKind::Refused => StatusCode::CONFLICT,
        ProblemKind::KeyReused => StatusCode::UNPROCESSABLE_ENTITY,
        ProblemKind::TooMany => StatusCode::TOO_MANY_REQUESTS,
        ProblemKind::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
        ProblemKind::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

impl From<Problem> for ApiError {
    fn from(problem: Problem) -> Self {
        Self::with_status(status(problem.kind), problem)
    }
}

impl From<services::Error> for ApiError {
    fn from(error: services::Error) -> Self {
        error.report();
        error.to_problem().into()
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let challenge = match self.problem.code.as_ref() {
            INSUFFICIENT => "Bearer error=\"insufficient_user_authentication\", max_age=600",
            code if code.starts_with("devices.") => "X-API-Key",
            _ => "Bearer",
        };
        let retry_after = self.problem.retry_after;
        let (status, bytes) = self.into_document();
        let mut response = Response::new(Body::from(bytes));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"));
        if let Some(seconds) = retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        match status {
            StatusCode::UNAUTHORIZED => {
                headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
            }
            StatusCode::SERVICE_UNAVAILABLE => {
                headers.insert(header::RETRY_AFTER, HeaderValue::from_static("3"));
            }
            _ => {}
        }
        response
    }
}
