use crate::{PageResult, Site};
use axum::{
    extract::{Path, State},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use services::calendar;

/// `/calendar/{token}.ics`: asked for by calendar programs, without a session.
pub async fn show(
    State(site): State<Site>,
    Path(file): Path<String>,
    headers: HeaderMap,
) -> PageResult {
    let token = file.strip_suffix(".ics").ok_or(services::Error::NotFound)?;
    let feed = calendar::read_feed(site.clinic(), token, site.public_url()).await?;
    let tag = calendar::tag(&feed);
    let known = headers
        .get_all(header::IF_NONE_MATCH)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|line| line.split(','))
        .any(|known| [tag.as_str(), "*"].contains(&known.trim()));
    let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { file_of(feed) };
    let headers = response.headers_mut();
    // Asked again each time, with the tag; kept by nobody on the way.
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("private, no-cache"));
    if let Ok(tag) = HeaderValue::from_str(&tag) {
        headers.insert(header::ETAG, tag);
    }
    Ok(response)
}

/// An answer that is a calendar.
pub fn file_of(calendar: String) -> Response {
    let kind = HeaderValue::from_static("text/calendar; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], calendar).into_response()
}
