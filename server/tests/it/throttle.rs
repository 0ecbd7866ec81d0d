//! Guessing over HTTP, and who is believed about where it comes from.
use crate::support::TestApp;
use serde_json::json;

const WRONG: [(&str, &str); 2] = [("email", "ana@example.org"), ("password", "not the password")];

#[tokio::test(flavor = "multi_thread")]
async fn who_guesses_too_often_is_told_when_to_come_back() {
    let app = TestApp::new().await;
    let browser = app.anyone();
    for _ in 0..5 {
        assert_eq!(browser.post_form("/login", &WRONG).await.status, 409);
    }
    let page = browser.post_form("/login", &WRONG).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "5"));
    assert!(page.body.contains("Please wait 5 seconds and try again."), "{}", page.body);
    assert!(page.body.contains("value=\"ana@example.org\""));
    let body = json!({ "email": "Ana@Example.org", "password": "not the password" });
    let answer = app.anyone().post("/api/auth/login", body).await;
    assert_eq!((answer.status, answer.header("retry-after")), (429, "5"));
    assert_eq!(answer.code(), "too_many");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_header_does_not_make_somebody_another() {
    let app = TestApp::new().await;
    let client = app.anyone();
    let guess = async |index: usize| {
        let body = json!({ "email": format!("{index}@example.org"), "password": "wrong" });
        let request = client
            .request(axum::http::Method::POST, "/api/auth/login")
            .header("content-type", "application/json")
            .header("x-forwarded-for", format!("198.51.100.{index}"))
            .header("x-real-ip", format!("198.51.100.{index}"))
            .header("forwarded", format!("for=198.51.100.{index}"));
        client.send(request.body(axum::body::Body::from(body.to_string())).unwrap()).await.status
    };
    for index in 0..30 {
        assert_eq!(guess(index).await, 401);
    }
    assert_eq!(guess(31).await, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_that_has_signed_in_before_is_not_kept_out() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let home = app.browser(&person).await;
    let wrong = [("email", person.email.as_str()), ("password", "not the password")];
    for _ in 0..6 {
        app.anyone().post_form("/login", &wrong).await;
    }
    let right = [("email", person.email.as_str()), ("password", person.password)];
    assert_eq!(app.anyone().post_form("/login", &right).await.status, 429);
    home.post_form("/logout", &[]).await;
    let again = home.post_form("/login", &right).await;
    assert_eq!(again.status, 303, "{}", again.body);
    for part in ["HttpOnly", "Secure", "SameSite=Lax", "Path=/"] {
        let cookies: Vec<_> = again.headers.get_all("set-cookie").iter().collect();
        assert!(
            cookies.iter().all(|cookie| cookie.to_str().unwrap().contains(part)),
            "{cookies:?}"
        );
    }
}
