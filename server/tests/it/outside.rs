//! What other sites may do, and where they write to.
use crate::support::{TestApp, router_with};
use app::Site;
use axum::{
    Router,
    body::Body,
    http::{Method, Request},
};
use diesel_async::SimpleAsyncConnection;
use server::{Outside, router::Load};
use std::{path::Path, time::Duration};
use tower::ServiceExt;

async fn preflight(app: &TestApp, path: &str, origin: &str) -> String {
    let client = app.anyone();
    let request = client
        .request(Method::OPTIONS, path)
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "authorization,content-type,idempotency-key");
    let answer = client.send(request.body(Body::empty()).unwrap()).await;
    answer.headers.get("access-control-allow-origin").map_or("", |v| v.to_str().unwrap()).to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_scripts_of_named_sites_and_of_no_others() {
    let ours = "https://app.example.org";
    let outside = Outside {
        origins: format!("{ours},http://localhost:8080").parse().unwrap(),
        ..Outside::default()
    };
    let app = TestApp::with(&outside).await;
    assert_eq!(preflight(&app, "/api/auth/login", ours).await, ours);
    for other in [
        "https://app.example.org.evil.test",
        "https://example.org",
        "http://app.example.org",
        "https://app.example.org:444",
        "null",
    ] {
        assert_eq!(preflight(&app, "/api/auth/login", other).await, "", "{other}");
    }
    assert_eq!(preflight(&app, "/login", ours).await, "", "a page");

    let client = app.anyone();
    let get = client.request(Method::GET, "/api/providers").header("origin", ours);
    let answer = client.send(get.body(Body::empty()).unwrap()).await;
    assert_eq!((answer.status, answer.header("access-control-allow-origin")), (200, ours));
    assert!(answer.headers.get("access-control-allow-credentials").is_none());
    assert!(
        answer.headers.get_all("vary").iter().any(|vary| vary.to_str().unwrap().contains("origin"))
    );
    assert_eq!(preflight(&TestApp::new().await, "/api/auth/login", ours).await, "");
}

/// What `router` answers a script of `origin` that asks for `path`, and the origin whose scripts may read that.
async fn answered(router: &Router, method: Method, path: &str, origin: &str) -> (u16, String) {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header("origin", origin)
        .header("access-control-request-method", "GET");
    let request = request.body(Body::empty()).unwrap();
    let answer = router.clone().oneshot(request).await.unwrap();
    let allowed = answer.headers().get("access-control-allow-origin");
    (answer.status().as_u16(), allowed.map_or("", |v| v.to_str().unwrap()).to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn scripts_of_named_sites_read_that_they_have_come_at_a_bad_moment() {
    let ours = "https://app.example.org";
    let outside = Outside { origins: ours.parse().unwrap(), ..Outside::default() };
    let app = TestApp::new().await;
    let mut owner = app.db.owner().await;
    owner.batch_execute("BEGIN; LOCK TABLE providers").await.unwrap();
    let slow = Load { at_once: 8, within: Duration::from_millis(100) };
    let away = Site::new(app.clinic.clone(), "https://medconnect.test".into(), true);
    away.set_ready(false);
    for (why, router) in [
        ("busy", router_with(&app.clinic, Load::of(0), &outside)),
        ("slow", router_with(&app.clinic, slow, &outside)),
        (
            "away",
            server::router::router(
                &away,
                Path::new("/nonexistent"),
                true,
                Load::of(8),
                &outside,
                None,
            ),
        ),
    ] {
        let get =
            async |path: &str, origin: &str| answered(&router, Method::GET, path, origin).await;
        assert_eq!(get("/api/providers", ours).await, (503, ours.to_owned()), "{why}");
        assert_eq!(get("/api/providers", "https://evil.test").await, (503, String::new()), "{why}");
        assert_eq!(get("/doctors", ours).await, (503, String::new()), "{why}");
        assert_eq!(get("/nowhere", ours).await, (404, String::new()), "{why}");
        let asked = answered(&router, Method::OPTIONS, "/api/providers", ours).await;
        assert_eq!(asked, (200, ours.to_owned()), "{why}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hole_is_reported_where_the_clinic_says() {
    let outside = Outside {
        security_contact: Some("security@example.org".parse().unwrap()),
        ..Outside::default()
    };
    let app = TestApp::with(&outside).await;
    let file = app.anyone().get("/.well-known/security.txt").await;
    assert_eq!((file.status, file.header("content-type")), (200, "text/plain; charset=utf-8"));
    let lines: Vec<_> = file.body.lines().collect();
    assert_eq!(
        lines,
        [
            "Contact: mailto:security@example.org",
            "Expires: 2026-08-29T00:00:00Z",
            "Preferred-Languages: en",
            "Canonical: https://medconnect.test/.well-known/security.txt",
        ]
    );
    let none = TestApp::new().await.anyone().get("/.well-known/security.txt").await.status;
    assert_eq!(none, 404);
}
