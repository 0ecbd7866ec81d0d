//! What keeps the clinic from being used against its people.
use crate::support::{NINE, TestApp, router, router_with};
use axum::{
    body::Body,
    http::{HeaderValue, Request},
};
use diesel_async::SimpleAsyncConnection;
use server::{Outside, router::Load};
use std::time::Duration;
use tower::ServiceExt;

#[tokio::test(flavor = "multi_thread")]
async fn only_our_own_code_runs_on_a_page() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    for path in [
        "/",
        "/doctors",
        "/hospitals",
        "/login",
        "/register",
        "/dev/mail",
        "/dev/ui",
        "/api/docs",
        &format!("/doctors/{provider}"),
    ] {
        let page = app.anyone().get(path).await;
        let policy = page.header("content-security-policy");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() >= 20, "{path}");
        for part in [
            "default-src 'none'",
            "object-src 'none'",
            "base-uri 'none'",
            "frame-ancestors 'none'",
            "style-src 'self'",
        ] {
            assert!(policy.contains(part), "{path} {policy}");
        }
        assert!(!policy.contains("unsafe-inline") && !policy.contains("'unsafe-eval'"));
        for script in page.body.split("<script").skip(1) {
            let tag = script.split('>').next().unwrap();
            assert!(
                tag.contains("src=\"/") || tag.contains(&format!("nonce=\"{nonce}\"")),
                "{path} {tag}"
            );
        }
        assert!(!page.body.contains(" style=") && !page.body.contains(" onclick="), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_answer_carries_the_safe_headers() {
    let app = TestApp::new().await;
    for path in ["/", "/nowhere", "/api/providers", "/api/nowhere", "/livez", "/doctor"] {
        let reply = app.anyone().get(path).await;
        assert_eq!(reply.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(reply.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(reply.header("x-frame-options"), "DENY", "{path}");
        assert!(reply.header("strict-transport-security").contains("includeSubDomains"), "{path}");
        assert_eq!(reply.header("cache-control"), "no-store", "{path}");
        assert_eq!(reply.header("x-request-id").len(), 32, "{path}");
        assert!(
            reply.header("content-security-policy").contains("frame-ancestors 'none'"),
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_cookie_is_out_of_reach() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let form = [("email", person.email.as_str()), ("password", person.password)];
    let signed_in = app.anyone().post_form("/login", &form).await;
    let cookie = signed_in.session_cookie();
    assert!(cookie.starts_with("__Host-session="), "{cookie}");
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        assert!(cookie.contains(part), "{cookie}");
    }
    assert!(!cookie.contains("Domain"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_gives_a_new_session() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let first = browser.request(axum::http::Method::GET, "/patient");
    let form = [("email", person.email.as_str()), ("password", person.password)];

    let again = browser.post_form("/login", &form).await;

    assert!(again.session_cookie().starts_with("__Host-session="));
    let old = browser.send(first.body(Body::empty()).unwrap()).await;
    assert_eq!(old.status, 303, "the session of before still opens the door");
}

#[tokio::test(flavor = "multi_thread")]
async fn another_site_cannot_act_for_somebody() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "x")];
    for site in ["cross-site", "same-site"] {
        let path = format!("/doctors/{provider}/book");
        let refused = browser.post_form_from(&path, &form, site).await;
        assert_eq!(refused.status, 403, "{site}");
        assert!(refused.body.contains("another site"), "{}", refused.body);
    }
    assert_eq!(app.db.count("appointments").await, 0);
    // And nothing is booked by GET: the time is only kept for a while.
    let looked = browser
        .get(&format!("/doctors/{provider}/book?start={NINE}&kind=video&key=k&reason=x"))
        .await;
    assert_eq!((looked.status, app.db.count("payments").await), (200, 0));
    assert_eq!(app.db.count("appointments WHERE status <> 'held'").await, 0);
    assert_eq!(browser.get("/logout").await.status, 405);
    assert_eq!(browser.get("/patient").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_people_type_is_shown_and_never_run() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let nasty = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>";
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", nasty)];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;

    for path in [
        booked.header("location"),
        "/doctors?q=%3Cscript%3Ealert(1)%3C/script%3E%22",
        "/login?next=%22%3E%3Cscript%3E",
    ] {
        let page = browser.get(path).await;
        assert!(
            !page.body.contains("<script>alert") && !page.body.contains("<img src=x"),
            "{path}"
        );
        assert!(!page.body.contains("\"><script>"), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_is_not_there_says_so_calmly() {
    let app = TestApp::new().await;
    for path in [
        "/nowhere",
        "/doctors/x",
        "/visits/1",
        "/doctors/00000000-0000-0000-0000-000000000000",
        "/portraits/x.svg",
    ] {
        let browser = app.browser(&app.db.person(&app.clinic).await).await;
        let page = browser.get(path).await;
        assert_eq!(page.status, 404, "{path}");
        assert!(page.body.contains("We could not find that page"), "{path}");
        assert!(page.body.contains(page.header("x-request-id")), "{path}");
    }
}

/// A page and an answer of the API, each in its own way.
async fn is_turned_away(router: &axum::Router, code: &str, words: &str) {
    let ask = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());
    for (path, kind, said) in
        [("/doctors", "text/html", words), ("/api/providers", "application/problem+json", code)]
    {
        let reply = ask(path).await.unwrap();
        assert_eq!(
            (reply.status().as_u16(), &reply.headers()["retry-after"]),
            (503, &HeaderValue::from_static("2")),
            "{path}"
        );
        assert!(reply.headers()["content-type"].to_str().unwrap().starts_with(kind), "{path}");
        let body = axum::body::to_bytes(reply.into_body(), usize::MAX).await.unwrap();
        assert!(String::from_utf8_lossy(&body).contains(said), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_takes_longer_than_anybody_waits_is_ended_politely() {
    let app = TestApp::new().await;
    let mut owner = app.db.owner().await;
    owner.batch_execute("BEGIN; LOCK TABLE providers").await.unwrap();
    let load = Load { at_once: 8, within: Duration::from_millis(100) };
    let slow = router_with(&app.clinic, load, &Outside::default());
    is_turned_away(&slow, "too_long", "This took too long").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn more_than_can_be_served_is_turned_away_politely() {
    let app = TestApp::new().await;
    // No place at all: every request is one too many.
    let busy = router(&app.clinic, 0);
    is_turned_away(&busy, "busy", "Many people are here").await;
    let alive = busy.oneshot(Request::get("/livez").body(Body::empty()).unwrap()).await.unwrap();
    assert_eq!(alive.status(), 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_database_the_clinic_says_so_and_comes_back() {
    let app = TestApp::new().await;
    let name = {
        let url = app.db.owner_url();
        let url = secrecy::ExposeSecret::expose_secret(&url).to_owned();
        url.rsplit('/').next().unwrap().to_owned()
    };
    let gone = services::database::pool(&"postgres://nobody@%2Fnonexistent/x".to_owned().into(), 2)
        .unwrap();
    let keys = services::identity::Keys::derive(&"any".to_owned().into()).unwrap();
    let clinic = services::Clinic::new(
        gone,
        std::sync::Arc::new(|| "2026-03-02T06:00:00Z".parse().unwrap()),
        keys,
    );
    let dead = router(&clinic, 512);
    let ask = async |path: &str| {
        let reply =
            dead.clone().oneshot(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let status = reply.status().as_u16();
        let body = axum::body::to_bytes(reply.into_body(), usize::MAX).await.unwrap();
        (status, String::from_utf8_lossy(&body).into_owned())
    };
    let (status, body) = ask("/doctors").await;
    assert_eq!(status, 503);
    assert!(body.contains("We will be right back") && !body.contains("nonexistent"));
    let (status, body) = ask("/api/providers").await;
    assert_eq!(status, 503);
    assert!(body.contains("\"code\":\"unavailable\""));
    assert_eq!(ask("/readyz").await.0, 503);
    assert_eq!(ask("/livez").await.0, 200);

    // Connections that are cut in mid-flight are replaced.
    assert_eq!(app.anyone().get("/doctors").await.status, 200);
    app.db
        .execute(&format!(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}' AND pid <> pg_backend_pid()"
        ))
        .await;
    let mut answers = Vec::new();
    for _ in 0..20 {
        answers.push(app.anyone().get("/doctors").await.status);
    }
    assert!(answers.iter().all(|status| [200, 503].contains(status)), "{answers:?}");
    assert_eq!(answers.last(), Some(&200), "{answers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_audit_knows_the_request_and_where_it_came_from_whatever_a_header_claims() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();

    let cancel = app
        .with_token(&person)
        .request(axum::http::Method::DELETE, &visit.replace("/visits", "/api/appointments"))
        .header("x-forwarded-for", "198.51.100.1")
        .header("forwarded", "for=198.51.100.1")
        .header("x-real-ip", "198.51.100.1");
    let cancelled = app.anyone().send(cancel.body(Body::empty()).unwrap()).await;

    assert_eq!(cancelled.status, 200, "{}", cancelled.body);
    for (action, reply) in [("create", &booked), ("cancel", &cancelled)] {
        let event = format!(
            "audit_events WHERE action = 'appointment.{action}' AND ip = '203.0.113.7' \
             AND request_id = '{}'",
            reply.header("x-request-id")
        );
        assert_eq!(app.db.count(&event).await, 1, "{action}");
    }
    assert_eq!(app.db.count("audit_events WHERE ip = '203.0.113.7'").await, 3);
}
