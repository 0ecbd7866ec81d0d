//! Everything that answers, and the layers around it: those of one builder outermost first. A router boxes what is
//! inside of each of its own layers, for each request, so that there are few of these.
use crate::{
    api,
    metrics::Requests,
    web::{self, outside::Outside, request_id::Trace},
};
use app::Site;
use axum::{
    Router,
    body::Body,
    error_handling::HandleErrorLayer,
    extract::{DefaultBodyLimit, State},
    http::{HeaderValue, header},
    middleware::{from_fn, from_fn_with_state, map_response},
    response::Response,
};
use std::{path::Path, sync::Arc, time::Duration};
use tower::{
    ServiceBuilder, limit::GlobalConcurrencyLimitLayer, load_shed::LoadShedLayer,
    timeout::TimeoutLayer,
};
use tower_http::{
    catch_panic::CatchPanicLayer,
    compression::{
        CompressionLayer, CompressionLevel,
        predicate::{DefaultPredicate, NotForContentType, Predicate},
    },
    csrf::CsrfLayer,
    map_request_body::MapRequestBodyLayer,
    services::{ServeDir, ServeFile},
    timeout::RequestBodyTimeoutLayer,
};

/// The largest body of a request.
const BODY_LIMIT: usize = 64 * 1024;

/// How long the body of a request may pause.
const BODY_TIMEOUT: Duration = Duration::from_secs(10);

/// How many requests are worked on at once, and how long each of them.
#[derive(Debug, Clone, Copy)]
pub struct Load {
    pub at_once: usize,
    pub within: Duration,
}

impl Load {
    /// So many, each for as long as people wait.
    #[must_use]
    pub fn of(at_once: usize) -> Self {
        Self { at_once, within: Duration::from_secs(20) }
    }
}

/// The whole server. `outside` says who is believed and who may call; `requests` counts them, if anybody measures.
pub fn router(
    site: &Site,
    files: &Path,
    files_are_hashed: bool,
    load: Load,
    outside: &Outside,
    requests: Option<Arc<Requests>>,
) -> Router {
    let trace = Trace { proxies: outside.proxies.clone(), requests };
    // Outside of the limits: it must answer while everything else is busy.
    let health = Router::new()
        .route("/livez", axum::routing::get(web::health::livez))
        .route("/readyz", axum::routing::get(web::health::readyz));

    // Open as long as the page is, so neither counted nor timed.
    let live = app::live_router().layer(web::sessions::layer(site));

    let pages = app::router()
        .layer(web::sessions::layer(site))
        .layer(CsrfLayer::new())
        .layer(from_fn(web::problems::explain_bare_errors));
    // One limit for both, however often the layers are put around something.
    let limits = ServiceBuilder::new()
        .layer(HandleErrorLayer::new(web::problems::overloaded))
        .layer(LoadShedLayer::new())
        .layer(GlobalConcurrencyLimitLayer::new(load.at_once))
        .layer(TimeoutLayer::new(load.within))
        .layer(RequestBodyTimeoutLayer::new(BODY_TIMEOUT))
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(compression())
        .layer(MapRequestBodyLayer::new(Body::new))
        .layer(from_fn_with_state(site.clone(), web::health::wait_for_database));
    let api = Router::new().nest("/api", api::router(site)).layer(limits.clone());
    // Outside of the limits: who is turned away by them reads why.
    let api = match outside.origins.layer() {
        Some(origins) => api.layer(origins),
        None => api,
    };
    let pages = Router::new().merge(api::well_known()).merge(pages).layer(limits);

    Router::new()
        .merge(api)
        .merge(pages)
        .merge(live)
        .merge(health)
        .nest_service("/pkg", package_files(&files.join("pkg"), files_are_hashed))
        .nest_service("/fonts", hashed_files(&files.join("fonts")))
        .merge(named_files(files))
        .merge(security_txt(outside))
        .fallback(app::not_found)
        .layer(
            ServiceBuilder::new()
                .layer(from_fn_with_state(Arc::new(trace), web::request_id::trace))
                .layer(from_fn_with_state(site.clone(), web::headers::secure))
                .layer(CatchPanicLayer::custom(web::problems::panicked)),
        )
        .with_state(site.clone())
}

/// Files whose name says their content: they may be kept for ever.
fn hashed_files(folder: &Path) -> Router {
    let files = ServeDir::new(folder).precompressed_br().precompressed_gzip();
    Router::new().fallback_service(files).layer(map_response(keep_for_ever))
}

/// The same, unless `cargo leptos watch` makes them, whose names stay when they change.
fn package_files(folder: &Path, hashed: bool) -> Router {
    if hashed {
        return hashed_files(folder);
    }
    Router::new().fallback_service(ServeDir::new(folder)).layer(map_response(ask_again))
}

/// Files that keep their name when they change: a browser asks each time whether they did.
fn named_files(folder: &Path) -> Router<Site> {
    let file = |name: &str| ServeFile::new(folder.join(name)).precompressed_br();
    Router::new()
        .route_service("/favicon.svg", file("favicon.svg"))
        .route_service("/page.js", file("page.js"))
        .route_service("/passkeys.js", file("passkeys.js"))
        .route_service("/alerts.js", file("alerts.js"))
        .route_service("/staying.js", file("staying.js"))
        .layer(map_response(ask_again))
}

/// Whom to tell what is wrong with us, where somebody wants to be told.
fn security_txt(outside: &Outside) -> Router<Site> {
    let Some(contact) = outside.security_contact.clone() else { return Router::new() };
    let show = async move |State(site): State<Site>| web::outside::security_txt(site, contact);
    Router::new().route("/.well-known/security.txt", axum::routing::get(show))
}

async fn ask_again(mut response: Response) -> Response {
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    response
}

async fn keep_for_ever(mut response: Response) -> Response {
    if response.status().is_success() {
        let forever = HeaderValue::from_static("public, max-age=31536000, immutable");
        response.headers_mut().insert(header::CACHE_CONTROL, forever);
    }
    response
}

/// Quick compression of what is made anew each time.
fn compression() -> CompressionLayer<impl Predicate> {
    CompressionLayer::new()
        .quality(CompressionLevel::Precise(4))
        .compress_when(DefaultPredicate::new().and(NotForContentType::SSE))
}
