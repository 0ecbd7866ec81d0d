//! One id for each request: in the log, in the answer, in the audit, on the error page.
use super::peer::Proxies;
use crate::metrics::Requests;
use axum::{
    extract::{ConnectInfo, MatchedPath, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use services::audit::request;
use std::{net::SocketAddr, sync::Arc, time::Instant};
use tracing::Instrument;

const HEADER: HeaderName = HeaderName::from_static("x-request-id");

/// What requests are traced with.
#[derive(Debug)]
pub struct Trace {
    pub proxies: Proxies,
    /// Where they are counted, if anybody measures.
    pub requests: Option<Arc<Requests>>,
}

/// Names the request, and logs and counts how it ended: method, route (never the address,
/// which may hold what a person typed), status and time.
pub async fn trace(State(trace): State<Arc<Trace>>, request: Request, next: Next) -> Response {
    let id = uuid::Uuid::now_v7().simple().to_string();
    let span = tracing::info_span!("request", id = %id);
    let method = request.method().clone();
    let started = Instant::now();
    let value = HeaderValue::from_str(&id).ok();
    let connected = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
    let peer = connected.map(|connected| trace.proxies.peer(connected, request.headers()));
    let agent = agent(request.headers());
    request::scope(request::Request { id, peer, agent }, async move {
        let route = request
            .extensions()
            .get::<MatchedPath>()
            .map_or_else(|| "unmatched".to_owned(), |path| path.as_str().to_owned());
        let mut response = next.run(request).await;
        let took = started.elapsed();
        if let Some(requests) = &trace.requests {
            requests.count(&method, &route, response.status(), took);
        }
        let (status, duration_ms) = (response.status().as_u16(), took.as_secs_f64() * 1_000.0);
        match status {
            500.. => tracing::warn!(%method, route, status, duration_ms, "answered"),
            _ => tracing::debug!(%method, route, status, duration_ms, "answered"),
        }
        if let Some(value) = value {
            response.headers_mut().insert(HEADER, value);
        }
        response
    })
    .instrument(span)
    .await
}

/// What the program says it is, as far as that is of use.
fn agent(headers: &HeaderMap) -> Option<String> {
    let agent = headers.get(header::USER_AGENT)?.to_str().ok()?;
    Some(agent.chars().take(400).collect())
}
