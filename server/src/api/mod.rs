//! The JSON API: decode, one call, encode.
mod account;
mod alerts;
mod appointment;
mod availability;
mod batch;
mod booking;
mod devices;
mod directory;
mod explain;
mod family;
mod figures;
mod followed;
mod group;
mod holds;
mod hours;
mod identity;
mod ingest;
mod input;
pub mod mqtt;
mod openapi;
mod output;
mod pace;
mod payments;
pub mod problem;
mod providers;
mod proxies;
mod reading;
mod readings;
mod report;
mod roles;
mod summaries;
mod times;
mod tokens;
mod waitlist;

use app::Site;
use axum::{
    Router,
    http::{HeaderValue, header::CONTENT_TYPE},
    response::{IntoResponse, Response},
    routing::MethodRouter,
};
use problem::{ApiError, ApiResult};
use serde::{Deserialize, Serialize};
use services::directory::{Found, Page};
use std::sync::Arc;

/// Every path below /api, with and without a slash at its end.
pub fn router(_: &Site) -> Router<Site> {
    let routes = identity::routes()
        .into_iter()
        .chain(tokens::routes())
        .chain(account::routes())
        .chain(directory::routes())
        .chain(availability::routes())
        .chain(hours::routes())
        .chain(explain::routes())
        .chain(holds::routes())
        .chain(providers::routes())
        .chain(booking::routes())
        .chain(payments::routes())
        .chain(waitlist::routes())
        .chain(family::routes())
        .chain(proxies::routes())
        .chain(group::routes())
        .chain(roles::routes())
        .chain(devices::routes())
        .chain(ingest::routes())
        .chain(reading::routes())
        .chain(readings::routes())
        .chain(report::routes())
        .chain(summaries::routes())
        .chain(alerts::routes())
        .chain(followed::routes())
        .chain(openapi::routes());
    routes
        .fold(Router::new(), |router, (path, methods): (&str, MethodRouter<Site>)| {
            router.route(path, methods.clone()).route(&format!("{path}/"), methods)
        })
        .fallback(async || ApiError::from(services::Error::NotFound))
        .method_not_allowed_fallback(async || ApiError::method_not_allowed())
}

/// What programs look for at fixed addresses outside of /api (RFC 8615).
pub fn well_known() -> Router<Site> {
    Router::new().route("/.well-known/jwks.json", axum::routing::get(tokens::list_keys))
}

type Routes = Vec<(&'static str, MethodRouter<Site>)>;

/// One page of a list.
#[derive(Serialize, utoipa::ToSchema)]
pub struct List<T> {
    /// How many there are in all.
    count: i64,
    /// The path of the next page, if there is one.
    next: Option<String>,
    previous: Option<String>,
    results: Vec<T>,
}

/// Which page of a list.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct PageQuery {
    page: Option<String>,
    page_size: Option<String>,
}

impl PageQuery {
    fn page(&self) -> ApiResult<Page> {
        let number =
            input::optional("page", self.page.as_deref(), "Send a page number from 1 on.")?;
        let size = input::optional(
            "page_size",
            self.page_size.as_deref(),
            "Send a page size from 1 to 100.",
        )?;
        let page = Page::new(number.unwrap_or(1), size.unwrap_or(services::directory::PAGE_SIZE));
        if number.is_some_and(|number: i64| number < 1) {
            return Err(ApiError::field("page", "Send a page number from 1 on."));
        }
        if size.is_some_and(|size| size != page.size) {
            return Err(ApiError::field("page_size", "Send a page size from 1 to 100."));
        }
        Ok(page)
    }
}

impl<T> List<T> {
    /// The page `found` of the list at `uri`.
    fn new<S>(found: Found<S>, page: Page, uri: &http::Uri, item: impl FnMut(S) -> T) -> Self {
        let other = |number: i64| {
            let kept = uri
                .query()
                .unwrap_or_default()
                .split('&')
                .filter(|pair| !pair.is_empty() && !pair.starts_with("page="));
            let query: Vec<_> = kept.map(str::to_owned).chain([format!("page={number}")]).collect();
            format!("{}?{}", uri.path(), query.join("&"))
        };
        Self {
            count: found.count,
            next: (page.number < page.pages(found.count)).then(|| other(page.number + 1)),
            previous: (page.number > 1).then(|| other(page.number - 1)),
            results: found.items.into_iter().map(item).collect(),
        }
    }
}

/// JSON that is written already.
struct JsonText(Vec<u8>);

impl IntoResponse for JsonText {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, HeaderValue::from_static("application/json"))], self.0).into_response()
    }
}

impl List<serde_json::Result<Arc<str>>> {
    /// The same list, of items that are JSON already.
    fn into_text(self) -> ApiResult<JsonText> {
        let internal = |error: serde_json::Error| services::Error::Internal(error.into());
        let results: Vec<Arc<str>> =
            self.results.into_iter().collect::<serde_json::Result<_>>().map_err(internal)?;
        let path = |path: &Option<String>| serde_json::to_string(path).map_err(internal);
        let (next, previous) = (path(&self.next)?, path(&self.previous)?);
        let head =
            format!(r#"{{"count":{},"next":{next},"previous":{previous},"results":["#, self.count);
        let length = results.iter().map(|item| item.len() + 1).sum::<usize>();
        let mut text = String::with_capacity(head.len() + length + 2);
        text.push_str(&head);
        for (index, item) in results.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            text.push_str(item);
        }
        text.push_str("]}");
        Ok(JsonText(text.into_bytes()))
    }
}
