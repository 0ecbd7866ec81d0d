use super::portrait::portrait;
use crate::{PageResult, Site};
use axum::{
    extract::{Path, State},
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
};
use domain::directory::ProviderId;
use services::directory;

/// `/portraits/{id}.svg`: a doctor, drawn by us.
pub async fn show(State(site): State<Site>, Path(file): Path<String>) -> PageResult<Response> {
    let id: ProviderId = file
        .strip_suffix(".svg")
        .and_then(|id| id.parse().ok())
        .ok_or(services::Error::NotFound)?;
    let found = directory::provider(site.clinic(), id).await?;
    let mut response = portrait(id.as_uuid().as_u128(), found.provider.gender).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("image/svg+xml"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("public, max-age=604800"));
    Ok(response)
}
