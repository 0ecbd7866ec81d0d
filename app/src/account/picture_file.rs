use crate::{Page, PageResult};
use axum::{
    extract::Path,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::IntoResponse,
};
use domain::identity::UserId;
use services::{Error, account::pictures, identity::Person};

/// `/pictures/{user}/{name}.jpg`: asked for again each time, so that nobody sees it longer than they may.
pub async fn show(
    page: Page,
    Path((user, file)): Path<(String, String)>,
    headers: HeaderMap,
) -> PageResult {
    let viewer = page.caller::<Person>()?;
    let user: UserId = user.parse().map_err(|_| Error::NotFound)?;
    let name = file.strip_suffix(".jpg").ok_or(Error::NotFound)?;
    let content = pictures::picture(page.clinic(), &viewer, user, name).await?;
    let tag = HeaderValue::from_str(&format!("\"{name}\"")).map_err(|_| Error::NotFound)?;
    let known = headers.get(header::IF_NONE_MATCH) == Some(&tag);
    let kept = HeaderValue::from_static("private, no-cache");
    let about = [(header::ETAG, tag), (header::CACHE_CONTROL, kept)];
    if known {
        return Ok((StatusCode::NOT_MODIFIED, about).into_response());
    }
    let kind = [(header::CONTENT_TYPE, HeaderValue::from_static("image/jpeg"))];
    Ok((about, kind, content).into_response())
}
