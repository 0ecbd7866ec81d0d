//! Tokens over HTTP, and what OAuth 2.0 asks of them.
use crate::support::{Client, Form, Reply, TestApp};
use axum::{
    body::Body,
    http::{Method, header},
};
use serde_json::{Value, json};
use testkit::Person;

async fn login(app: &TestApp, person: &Person) -> Value {
    let body = json!({ "email": person.email, "password": person.password });
    let opened = app.anyone().post("/api/auth/login", body).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    opened.json()
}

async fn refresh(app: &TestApp, token: &Value) -> Reply {
    app.anyone().post("/api/auth/token/refresh", json!({ "refresh": token })).await
}

async fn grant(client: &Client<'_>, form: &Form<'_>) -> Reply {
    client.post_form("/api/auth/token", form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_stays_signed_in_by_tokens_of_use_once() {
    let app = TestApp::new().await;
    let account = json!({
        "email": "ana@example.org", "password": "seven green lamps dancing",
        "first_name": "Ana", "last_name": "Silva",
    });
    let made = app.anyone().post("/api/auth/register", account).await.json();
    assert_eq!(made["refresh_expires_at"], "2026-04-01T06:00:00Z");

    let next = refresh(&app, &made["refresh"]).await;
    assert_eq!(next.status, 200, "{}", next.body);
    assert_eq!(next.json()["expires_at"], "2026-03-02T06:15:00Z");
    let client = app.with_bearer(next.json()["access"].as_str().unwrap());
    assert_eq!(client.get("/api/auth/profile").await.status, 200);

    // Used again, and not by who did not get the answer: both have it.
    app.db.set_now("2026-03-02T06:01:00Z");
    let reused = refresh(&app, &made["refresh"]).await;
    assert_eq!((reused.status, reused.code()), (401, "identity.refresh_over".into()));
    assert_eq!(client.get("/api/auth/profile").await.status, 401);
    assert_eq!(refresh(&app, &next.json()["refresh"]).await.status, 401);
    assert!(app.mail_to("ana@example.org").await.contains("signed the app out"));

    assert_eq!(refresh(&app, &json!("nonsense")).await.status, 401);
    assert_eq!(refresh(&app, &json!("")).await.fields(), ["refresh"]);
    assert_eq!(refresh(&app, &json!(7)).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_out_is_out_at_once() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (one, other) = (login(&app, &person).await, login(&app, &person).await);
    let client = app.with_bearer(one["access"].as_str().unwrap());

    let by_refresh = json!({ "refresh": one["refresh"] });
    for _ in 0..2 {
        let out = app.anyone().post("/api/auth/logout/", by_refresh.clone()).await;
        assert_eq!(out.status, 204, "{}", out.body);
    }
    assert_eq!(client.get("/api/auth/profile").await.status, 401);
    assert_eq!(refresh(&app, &one["refresh"]).await.status, 401);

    let client = app.with_bearer(other["access"].as_str().unwrap());
    let bare = || client.request(Method::POST, "/api/auth/logout").body(Body::empty()).unwrap();
    assert_eq!(client.send(bare()).await.status, 204);
    assert_eq!(client.send(bare()).await.status, 401);
    assert_eq!(refresh(&app, &other["refresh"]).await.status, 401);
    assert_eq!(app.anyone().post("/api/auth/logout", json!({})).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_grant_speaks_oauth() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let anyone = app.anyone();
    let form = |password| {
        [("grant_type", "password"), ("username", person.email.as_str()), ("password", password)]
    };

    let granted = grant(&anyone, &form(person.password)).await;
    assert_eq!(granted.status, 200, "{}", granted.body);
    assert_eq!(
        (granted.header("cache-control"), granted.header("pragma")),
        ("no-store", "no-cache")
    );
    let body = granted.json();
    assert_eq!((&body["token_type"], &body["expires_in"]), (&json!("Bearer"), &json!(900)));
    let client = app.with_bearer(body["access_token"].as_str().unwrap());
    assert_eq!(client.get("/api/auth/profile").await.status, 200);
    let token = body["refresh_token"].as_str().unwrap();
    let next = [("grant_type", "refresh_token"), ("refresh_token", token)];
    assert_eq!(grant(&anyone, &next).await.status, 200);

    app.db.set_now("2026-03-02T06:01:00Z");
    for (form, error) in [
        (&form("eight green lamps dancing")[..], "invalid_grant"),
        (&next, "invalid_grant"),
        (&form("")[..], "invalid_request"),
        (&[("grant_type", "refresh_token")], "invalid_request"),
        (&[("username", "a")], "invalid_request"),
        (&[("grant_type", "client_credentials")], "unsupported_grant_type"),
        (&[("grant_type", "password"), ("grant_type", "password")], "invalid_request"),
    ] {
        let refused = grant(&anyone, form).await;
        assert_eq!((refused.status, &refused.json()["error"]), (400, &json!(error)), "{form:?}");
        assert_eq!(refused.header("content-type"), "application/json");
    }
    let as_json = anyone.post("/api/auth/token", json!({ "grant_type": "password" })).await;
    assert_eq!(as_json.json()["error"], "invalid_request");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_by_the_password_grant_waits_as_elsewhere() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let anyone = app.anyone();
    let form = [("grant_type", "password"), ("username", &person.email), ("password", "wrong")];
    let mut last = grant(&anyone, &form).await;
    for _ in 0..5 {
        last = grant(&anyone, &form).await;
    }
    assert_eq!(
        (last.status, last.json()["error"].as_str()),
        (429, Some("temporarily_unavailable"))
    );
    assert!(!last.header("retry-after").is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn others_check_our_tokens_with_the_public_keys() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let token = login(&app, &person).await["access"].as_str().unwrap().to_owned();

    let shown = app.anyone().get("/.well-known/jwks.json").await;
    assert_eq!(
        (shown.status, shown.header(header::CACHE_CONTROL.as_str())),
        (200, "public, max-age=300")
    );
    let key = &shown.json()["keys"][0];
    assert_eq!(
        (&key["kty"], &key["crv"], &key["alg"]),
        (&json!("OKP"), &json!("Ed25519"), &json!("EdDSA"))
    );
    assert!(key.get("d").is_none());
    let head = jsonwebtoken::decode_header(&token).unwrap();
    assert_eq!(head.kid.as_deref(), key["kid"].as_str());
    let verifying = jsonwebtoken::DecodingKey::from_ed_components(key["x"].as_str().unwrap());
    let mut rules = jsonwebtoken::Validation::new(jsonwebtoken::Algorithm::EdDSA);
    rules.set_audience(&["medconnect-api"]);
    rules.set_issuer(&["medconnect"]);
    rules.validate_exp = false;
    let claims = jsonwebtoken::decode::<Value>(&token, &verifying.unwrap(), &rules).unwrap().claims;
    assert_eq!(claims["sub"], json!(person.user));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_says_how_tokens_are_had() {
    let app = TestApp::new().await;
    let document = app.anyone().get("/api/openapi.json").await.json();
    let grants = &document["paths"]["/api/auth/token"]["post"];
    assert_eq!(grants["deprecated"], true);
    let content = &grants["requestBody"]["content"];
    assert!(content["application/x-www-form-urlencoded"]["schema"].is_object(), "{content}");
    for path in ["/api/auth/token/refresh", "/api/auth/logout"] {
        assert!(document["paths"][path]["post"]["responses"]["401"].is_object(), "{path}");
    }
    assert!(document["components"]["schemas"]["Session"]["properties"]["refresh"].is_object());
    assert!(document["paths"]["/.well-known/jwks.json"]["get"].is_object());
}
