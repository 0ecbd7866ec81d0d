//! Who may see a page, and for how long.
use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_role_is_closed_to_the_others() {
    let app = TestApp::new().await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let stranger = app.anyone();
    for path in ["/patient", "/doctor", "/doctor/hours", "/admin/providers", "/account/profile"] {
        let sent = stranger.get(path).await;
        assert_eq!(
            (sent.status, sent.header("location")),
            (303, format!("/login?next={path}").as_str())
        );
    }
    for path in [
        "/doctor",
        "/doctor/week",
        "/doctor/hours",
        "/doctor/days",
        "/admin/providers",
        "/admin/hospitals/new",
    ] {
        let refused = patient.get(path).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("not for your account"));
    }
    let refused = patient.post_form("/admin/hospitals/new", &[("name", "Mine")]).await;
    assert_eq!((refused.status, app.db.count("hospitals").await), (403, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(browser.get("/patient").await.status, 200);
    let kept = browser.request(axum::http::Method::GET, "/patient");

    browser.post_form("/logout", &[]).await;

    let replayed = browser.send(kept.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(replayed.status, 303);
    assert_eq!(app.db.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_never_leads_to_another_site_nor_to_a_portal_for_others() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let elsewhere =
        ["https://evil.test", "//evil.test", "/\\evil.test", "/doctor", "/admin/people?q=a"];
    for next in elsewhere {
        let form =
            [("email", person.email.as_str()), ("password", person.password), ("next", next)];
        let signed_in = app.anyone().post_form("/login", &form).await;
        assert_eq!((signed_in.status, signed_in.header("location")), (303, "/patient"), "{next}");
    }
    let form =
        [("email", person.email.as_str()), ("password", person.password), ("next", "/doctors?q=a")];
    assert_eq!(app.anyone().post_form("/login", &form).await.header("location"), "/doctors?q=a");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_is_changed_by_who_knows_it_and_has_the_code() {
    const PATH: &str = "/account/security/password";
    const NEW: &str = "eight tall ladders resting";
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, elsewhere) = (app.browser(&person).await, app.browser(&person).await);
    let wrong = browser.post_form(PATH, &[("password", "wrong"), ("new_password", NEW)]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("That is not your password") && !wrong.body.contains(NEW));

    let form = [("password", person.password), ("new_password", NEW)];
    let changed = browser.post_form(PATH, &form).await;
    assert_eq!(changed.header("location"), "/account/security?password=changed");
    assert!(!changed.session_cookie().is_empty());
    assert_eq!(browser.get("/patient").await.status, 200);
    assert!(elsewhere.get("/patient").await.header("location").starts_with("/login?next="));

    // Whoever has a second factor is asked for it first, or nothing is changed.
    let sealed = "INSERT INTO second_factors (user_id, sealed_secret, confirmed_at, last_step)";
    let owned =
        format!("{sealed} VALUES ('{}', decode(repeat('00', 49), 'hex'), now(), 0)", person.user);
    app.db.execute(&owned).await;
    app.db.set_now("2026-03-02T06:10:00Z");
    let form = [("password", NEW), ("new_password", "nine old clocks ticking")];
    for asked in [browser.get(PATH).await, browser.post_form(PATH, &form).await] {
        assert_eq!(asked.header("location"), format!("/account/confirm?next={PATH}"));
    }
    let changes = "audit_events WHERE action = 'account.change_password'";
    assert_eq!(app.db.count(changes).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_script_that_asks_for_passkeys_too_often_is_told_so_in_words() {
    let app = TestApp::set_up(|clinic| clinic.reached_at("https://clinic.test")).await;
    let browser = app.anyone();
    let asked = browser.post_form("/login/passkey", &[]).await;
    assert!(asked.status == 200 && asked.json()["publicKey"].is_object(), "{}", asked.body);
    app.db.execute("UPDATE throttles SET count = 600 WHERE lane = 'passkeys'").await;

    let told = browser.post_form("/login/passkey", &[]).await;

    assert_eq!((told.status, told.header("retry-after")), (429, "1"));
    let words = "That was tried too often. Please wait a second and try again.";
    assert_eq!(told.json(), serde_json::json!({ "problem": words }));
}
