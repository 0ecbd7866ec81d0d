//! How requests ended.
use axum::http::{Method, StatusCode};
use prometheus_client::{
    encoding::EncodeLabelSet,
    metrics::{counter::Counter, family::Family, histogram::Histogram},
    registry::{Registry, Unit},
};
use std::time::Duration;

/// From what is quick to when the server gives up: in seconds.
const BUCKETS: [f64; 13] =
    [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 20.0];

/// What was asked for: by the route, never by the address, which may hold what a person typed.
#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Asked {
    method: &'static str,
    route: String,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: &'static str,
    route: String,
    status: u16,
}

/// All requests since the start.
#[derive(Debug)]
pub struct Requests {
    answered: Family<Answered, Counter>,
    lasted: Family<Asked, Histogram, fn() -> Histogram>,
    registry: Registry,
}

impl Default for Requests {
    fn default() -> Self {
        let answered = Family::default();
        let lasted = Family::new_with_constructor(lasted as fn() -> Histogram);
        let mut registry = Registry::with_prefix("medconnect");
        registry.register("http_requests", "Requests, by how they were answered", answered.clone());
        registry.register_with_unit(
            "http_request_duration",
            "How long an answer took to begin",
            Unit::Seconds,
            lasted.clone(),
        );
        Self { answered, lasted, registry }
    }
}

fn lasted() -> Histogram {
    Histogram::new(BUCKETS)
}

impl Requests {
    /// One more that was answered.
    pub fn count(&self, method: &Method, route: &str, status: StatusCode, took: Duration) {
        let (method, route) = (name(method), route.to_owned());
        let asked = Asked { method, route: route.clone() };
        self.lasted.get_or_create(&asked).observe(took.as_secs_f64());
        self.answered.get_or_create(&Answered { method, route, status: status.as_u16() }).inc();
    }

    pub(super) fn registry(&self) -> &Registry {
        &self.registry
    }
}

/// Anybody may send methods that nobody knows, a new one each time.
fn name(method: &Method) -> &'static str {
    match *method {
        Method::GET => "GET",
        Method::HEAD => "HEAD",
        Method::POST => "POST",
        Method::PUT => "PUT",
        Method::PATCH => "PATCH",
        Method::DELETE => "DELETE",
        Method::OPTIONS => "OPTIONS",
        _ => "other",
    }
}
