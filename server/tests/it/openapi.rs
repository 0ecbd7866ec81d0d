//! The document of the API says all there is.
use crate::{access::TABLE, support::TestApp};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// The document itself, and the page that shows it.
const DOCUMENT: [&str; 2] = ["/api/openapi.json", "/api/docs"];

/// Every operation of the document, as the table of who may ask what names it.
async fn operations() -> Vec<(String, Value)> {
    let app = TestApp::new().await;
    let document = app.anyone().get("/api/openapi.json").await.json();
    let paths: &Map<String, Value> = document["paths"].as_object().unwrap();
    let of_path = |(path, methods): (&String, &Value)| {
        let methods = methods.as_object().unwrap().iter();
        let name = |method: &str| format!("{} {path}", method.to_uppercase());
        methods.map(|(method, about)| (name(method), about.clone())).collect::<Vec<_>>()
    };
    paths.iter().flat_map(of_path).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_of_the_api_is_described_and_no_other() {
    let described: BTreeSet<String> =
        operations().await.into_iter().map(|(name, _)| name).collect();
    let routes: BTreeSet<String> = TABLE
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| Some(line.split_once(' ')?.1))
        .filter(|route| route.contains(" /api/") || route.ends_with("/jwks.json"))
        .filter(|route| !DOCUMENT.iter().any(|path| route.ends_with(path)))
        // Another name of the same, as the document says at its head.
        .map(|route| route.replace("/api/consultations", "/api/appointments"))
        .collect();
    assert!(routes.len() > 70, "{routes:?}");
    assert_eq!(described, routes);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_asks_for_a_token_may_refuse_it_or_ask_for_a_second_factor_first() {
    for (name, about) in operations().await {
        if about["security"][0]["bearer"].is_array() {
            for status in ["401", "403"] {
                assert!(about["responses"][status].is_object(), "{name} {status}");
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_counted_may_tell_to_wait() {
    let operations = operations().await;
    for counted in [
        "POST /api/auth/register",
        "POST /api/auth/verify-email",
        "POST /api/auth/verify-email/resend",
        "POST /api/auth/login",
        "POST /api/auth/token",
        "POST /api/proxies",
        "POST /api/iot/devices",
        "POST /api/iot/data",
    ] {
        let (_, about) = operations.iter().find(|(name, _)| name == counted).unwrap();
        assert!(about["responses"]["429"].is_object(), "{counted}");
    }
}
