use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_made_opened_read_and_changed() {
    let app = TestApp::new().await;
    let anyone = app.anyone();
    let account = json!({
        "email": "Ana@Example.org", "password": "seven green lamps dancing",
        "first_name": "Ana", "last_name": "Silva", "time_zone": "Asia/Kathmandu",
    });

    let registered = anyone.post("/api/auth/register", account.clone()).await;
    assert_eq!(registered.status, 201, "{}", registered.body);
    assert_eq!(registered.json()["user"]["email"], "ana@example.org");
    assert_eq!(registered.json()["user"]["roles"], json!(["patient"]));
    let again = anyone.post("/api/auth/register/", account).await;
    assert_eq!((again.status, again.code()), (400, "identity.email_taken".into()));

    let login = json!({ "email": "ana@example.org", "password": "seven green lamps dancing" });
    let opened = anyone.post("/api/auth/login", login).await;
    assert_eq!((opened.status, &opened.json()["token_type"]), (200, &json!("Bearer")));
    let wrong = json!({ "email": "ana@example.org", "password": "eight green lamps dancing" });
    let refused = anyone.post("/api/auth/login", wrong).await;
    assert_eq!((refused.status, refused.code()), (401, "identity.wrong_credentials".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_proven_with_the_code_from_the_mail() {
    let app = TestApp::new().await;
    let account = json!({
        "email": "ana@example.org", "password": "seven green lamps dancing",
        "first_name": "Ana", "last_name": "Silva",
    });
    let made = app.anyone().post("/api/auth/register", account).await.json();
    assert_eq!(made["user"]["is_email_verified"], false);
    let client = app.with_bearer(made["access"].as_str().unwrap());
    let verify =
        async |code: &str| client.post("/api/auth/verify-email", json!({ "code": code })).await;

    assert_eq!(
        app.anyone().post("/api/auth/verify-email", json!({ "code": "123456" })).await.status,
        401
    );
    assert_eq!(app.anyone().post("/api/auth/verify-email/resend", json!({})).await.status, 401);
    let soon = client.post("/api/auth/verify-email/resend", json!({})).await;
    assert_eq!((soon.status, soon.code()), (409, "identity.resend_too_soon".into()));
    let wrong = verify("12 34").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["code".to_owned()]));
    let code = app.code_for("ana@example.org").await;
    let proven = verify(&code).await;
    assert_eq!((proven.status, &proven.json()["is_email_verified"]), (200, &json!(true)));
    assert_eq!(verify(&code).await.status, 200);
    assert_eq!(client.post("/api/auth/verify-email/resend/", json!({})).await.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_belongs_to_its_token() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let client = app.with_token(&person);

    assert_eq!(client.get("/api/auth/profile").await.json()["email"], person.email);
    assert_eq!(client.get("/api/patients/me/").await.json()["full_name"], "Ana Silva");
    let changed = json!({ "first_name": "Ann", "last_name": "Silva", "time_zone": "Asia/Tokyo" });
    assert_eq!(client.put("/api/auth/profile", changed).await.json()["first_name"], "Ann");
    let wrong = json!({ "first_name": "", "last_name": "S", "time_zone": "Mars" });
    assert_eq!(client.put("/api/auth/profile", wrong).await.fields(), ["first_name", "time_zone"]);
    assert_eq!(app.anyone().get("/api/auth/profile").await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn bodies_that_are_no_json_are_explained() {
    let app = TestApp::new().await;
    let client = app.anyone();
    let send = async |kind: &str, body: &str| {
        let request = client
            .request(axum::http::Method::POST, "/api/auth/login")
            .header("content-type", kind)
            .body(axum::body::Body::from(body.to_owned()))
            .unwrap();
        client.send(request).await
    };

    assert_eq!(send("text/plain", "{}").await.status, 415);
    assert_eq!(send("application/x-www-form-urlencoded", "email=a").await.status, 415);
    assert_eq!(send("application/json", "{").await.code(), "malformed");
    assert_eq!(send("application/json", "7").await.code(), "malformed");
    assert_eq!(send("application/json", r#"{"email":5}"#).await.code(), "malformed");
    assert_eq!(send("application/json", r#"{"email":"a","email":"b"}"#).await.code(), "malformed");
    let huge = format!(r#"{{"email":"{}"}}"#, "a".repeat(100_000));
    assert_eq!(send("application/json", &huge).await.status, 413);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registration_is_checked_field_by_field() {
    let app = TestApp::new().await;
    let refused = app.anyone().post("/api/auth/register", json!({})).await;
    assert_eq!(refused.fields(), ["first_name", "last_name", "email", "password"]);
    assert_eq!(refused.status, 400);
}
