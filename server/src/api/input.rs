//! What callers send, read with a problem for whatever cannot be read.
use super::problem::{ApiError, ApiResult};
use app::Site;
use axum::{
    extract::{
        FromRequest, FromRequestParts, Request,
        rejection::{JsonRejection, PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header::AUTHORIZATION, request::Parts},
};
use domain::{FieldProblem, Problem, ProblemKind};
use serde::de::DeserializeOwned;
use services::identity::{self, ActsAs, Caller, tokens};
use std::str::FromStr;

/// The caller in the role a handler needs: `As(patient): As<Patient>`.
pub struct As<R>(pub Caller<R>);

impl<R: ActsAs> FromRequestParts<Site> for As<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> ApiResult<Self> {
        let actor = match bearer(&parts.headers) {
            Some(token) => tokens::actor(site.clinic(), token).await?,
            None => None,
        };
        Ok(Self(identity::require(actor)?))
    }
}

/// The same of who has signed in within the last ten minutes, for what a token that was left lying about must not
/// do (RFC 9470).
pub struct JustSignedIn<R>(pub Caller<R>);

impl<R: ActsAs> FromRequestParts<Site> for JustSignedIn<R> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, site: &Site) -> ApiResult<Self> {
        let As(caller) = As::from_request_parts(parts, site).await?;
        let token = bearer(&parts.headers).unwrap_or_default();
        match tokens::is_recent(site.clinic(), token).await? {
            true => Ok(Self(caller)),
            false => Err(ApiError::sign_in_again()),
        }
    }
}

/// The access token that a request shows (RFC 6750).
pub fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

/// A JSON body.
pub struct Json<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequest<S> for Json<T>
where
    axum::Json<T>: FromRequest<S, Rejection = JsonRejection>,
{
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> ApiResult<Self> {
        match axum::Json::from_request(request, state).await {
            Ok(axum::Json(body)) => Ok(Self(body)),
            Err(rejection) => Err(unreadable(&rejection)),
        }
    }
}

fn unreadable(rejection: &JsonRejection) -> ApiError {
    let (status, code, message) = match rejection {
        JsonRejection::MissingJsonContentType(_) => (
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_media_type",
            "Send JSON, with the content type application/json.",
        ),
        JsonRejection::JsonDataError(_) => (
            StatusCode::BAD_REQUEST,
            "malformed",
            "A field of the JSON has the wrong type. The reference is at /api/docs.",
        ),
        JsonRejection::BytesRejection(_) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            (StatusCode::PAYLOAD_TOO_LARGE, "too_large", "The body is larger than 64 KiB.")
        }
        JsonRejection::BytesRejection(_) => (
            StatusCode::REQUEST_TIMEOUT,
            "too_slow",
            "The body did not come to its end in time, so nothing was done.",
        ),
        _ => (StatusCode::BAD_REQUEST, "malformed", "The body is not JSON that we can read."),
    };
    ApiError::with_status(status, Problem::new(ProblemKind::Invalid, code, message))
}

/// A path segment; one that cannot name anything names nothing.
pub struct Path<T>(pub T);

impl<T: DeserializeOwned + Send, S: Sync> FromRequestParts<S> for Path<T>
where
    axum::extract::Path<T>: FromRequestParts<S, Rejection = PathRejection>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        match axum::extract::Path::from_request_parts(parts, state).await {
            Ok(axum::extract::Path(value)) => Ok(Self(value)),
            Err(_) => Err(services::Error::NotFound.into()),
        }
    }
}

/// The query string.
pub struct Query<T>(pub T);

impl<T: DeserializeOwned, S: Sync> FromRequestParts<S> for Query<T>
where
    axum::extract::Query<T>: FromRequestParts<S, Rejection = QueryRejection>,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> ApiResult<Self> {
        match axum::extract::Query::from_request_parts(parts, state).await {
            Ok(axum::extract::Query(value)) => Ok(Self(value)),
            Err(_) => Err(Problem::new(
                ProblemKind::Invalid,
                "malformed",
                "The query of the address cannot be read; does a parameter stand in it twice?",
            )
            .into()),
        }
    }
}

/// An optional parameter of the query; an empty one counts as not sent.
pub fn optional<T: FromStr>(
    field: &'static str,
    raw: Option<&str>,
    message: &'static str,
) -> ApiResult<Option<T>> {
    match raw.filter(|raw| !raw.is_empty()) {
        None => Ok(None),
        Some(raw) => raw.parse().map(Some).map_err(|_| ApiError::field(field, message)),
    }
}

/// A field of a body, or what to say about it.
pub fn parsed<T: FromStr>(
    field: &'static str,
    raw: &str,
    message: &'static str,
) -> Result<T, FieldProblem> {
    raw.parse().map_err(|_| FieldProblem::new(field, message))
}
