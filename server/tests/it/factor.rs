//! The second factor over HTTP: nothing that is left out, sent twice or guessed opens an account.
use crate::support::{Client, NOW, Reply, TestApp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Person, Phone, at};

/// Somebody with a second factor; their code of now is used up.
async fn owner(app: &TestApp) -> (Person, Phone) {
    let person = app.db.person(&app.clinic).await;
    let phone = app.db.phone(&app.clinic, person.user).await;
    (person, phone)
}

/// Sets the clock some steps on, and returns the code that is shown then.
fn later(app: &TestApp, phone: &Phone, steps: i64) -> String {
    let now = at(NOW) + SignedDuration::from_secs(steps * 30);
    app.db.set_now(&now.to_string());
    phone.code(now)
}

async fn login(app: &TestApp, body: Value) -> Reply {
    app.anyone().post("/api/auth/login", body).await
}

fn credentials(person: &Person) -> Value {
    json!({ "email": person.email, "password": person.password })
}

async fn enter_password(browser: &Client<'_>, person: &Person, next: &str) -> Reply {
    let form = [("email", person.email.as_str()), ("password", person.password), ("next", next)];
    browser.post_form("/login", &form).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_answers_the_password_with_a_token_and_the_code_with_the_account() {
    let app = TestApp::new().await;
    let (person, phone) = owner(&app).await;

    let asked = login(&app, credentials(&person)).await;
    assert_eq!((asked.status, &asked.json()["mfa_required"]), (200, &json!(true)));
    assert!(asked.json().get("access").is_none() && asked.json().get("user").is_none());
    let token = asked.json()["mfa_token"].as_str().unwrap().to_owned();
    assert_eq!(app.with_bearer(&token).get("/api/auth/profile").await.status, 401);

    let code = later(&app, &phone, 2);
    let opened = login(&app, json!({ "mfa_token": token, "code": code })).await;
    assert_eq!(opened.status, 200, "{}", opened.body);
    assert_eq!(opened.json()["user"]["email"], person.email);
    let access = opened.json()["access"].as_str().unwrap().to_owned();
    assert_eq!(app.with_bearer(&access).get("/api/auth/profile").await.status, 200);

    let again = login(&app, json!({ "mfa_token": token, "code": code })).await;
    assert_eq!((again.status, again.code()), (401, "identity.challenge_over".into()));
    let recovery = json!({ "mfa_token": token, "code": phone.recovery_codes[0] });
    assert_eq!(login(&app, recovery).await.status, 401, "a token works once");
}

#[tokio::test(flavor = "multi_thread")]
async fn leaving_fields_out_skips_nothing() {
    let app = TestApp::new().await;
    let (person, phone) = owner(&app).await;
    let code = later(&app, &phone, 2);
    let token = login(&app, credentials(&person)).await.json()["mfa_token"].clone();
    let (email, password) = (&person.email, person.password);
    for (body, status) in [
        (json!({ "email": email, "password": password, "mfa_required": false }), 200),
        (json!({ "email": email, "password": password, "code": "" }), 200),
        (json!({ "email": email, "password": password, "code": code, "mfa_token": "" }), 200),
        (json!({ "email": email, "password": password, "code": code, "mfa_token": "x" }), 401),
        (json!({ "email": email, "password": password, "mfa_token": token }), 400),
        (json!({ "email": email, "code": code }), 400),
        (json!({ "mfa_token": token }), 400),
        (json!({ "mfa_token": token, "code": "000000" }), 401),
        (json!({ "mfa_token": token, "code": null }), 400),
        (json!({ "mfa_token": token, "code": ["000000", code] }), 400),
        (json!({ "mfa_token": "", "code": code }), 400),
        (json!({ "code": code }), 400),
    ] {
        let answer = login(&app, body.clone()).await;
        assert_eq!(answer.status, status, "{body} {}", answer.body);
        assert!(answer.json().get("access").is_none(), "{body}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn guessing_over_both_doors_is_one_tally() {
    let app = TestApp::new().await;
    let (person, phone) = owner(&app).await;
    let browser = app.anyone();
    assert_eq!(enter_password(&browser, &person, "").await.status, 303);
    for _ in 0..3 {
        let wrong = browser.post_form("/login/code", &[("code", "000000")]).await;
        assert_eq!(wrong.status, 422, "{}", wrong.body);
        assert!(wrong.body.contains("That code does not fit"));
    }
    let token = login(&app, credentials(&person)).await.json()["mfa_token"].clone();
    for _ in 0..2 {
        let wrong = login(&app, json!({ "mfa_token": token, "code": "000000" })).await;
        assert_eq!((wrong.status, wrong.code()), (401, "identity.wrong_code".into()));
    }
    let code = phone.code(at(NOW) + SignedDuration::from_secs(30));
    let right = login(&app, json!({ "mfa_token": token, "code": code })).await;
    assert_eq!((right.status, right.header("retry-after")), (429, "15"));
    let page = browser.post_form("/login/code", &[("code", &code)]).await;
    assert_eq!((page.status, page.header("retry-after")), (429, "15"));
    assert!(page.body.contains("Please wait 15 seconds"), "{}", page.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_in_only_after_the_code_and_where_it_was_going() {
    let app = TestApp::new().await;
    let (person, phone) = owner(&app).await;
    let browser = app.anyone();
    assert_eq!(browser.get("/login/code").await.header("location"), "/login");
    let posted = browser.post_form("/login/code", &[("code", "123456")]).await;
    assert_eq!(posted.header("location"), "/login?over=1");

    let asked = enter_password(&browser, &person, "/account/family").await;
    assert_eq!((asked.status, asked.header("location")), (303, "/login/code"));
    assert!(!asked.headers.iter().any(|(_, value)| value.as_bytes().starts_with(b"__Host-known")));
    for path in ["/patient", "/account/profile", "/account/security", "/account/confirm"] {
        let closed = browser.get(path).await;
        assert_eq!(closed.status, 303, "{path}");
        assert!(closed.header("location").starts_with("/login?next="), "{path}");
    }
    assert_eq!(browser.get("/login/code").await.status, 200);
    assert!(browser.get("/login/code?with=recovery").await.body.contains("Recovery code"));
    assert_eq!(app.db.count("sessions WHERE user_id IS NOT NULL").await, 0);
    let before = asked.session_cookie().to_owned();

    let code = later(&app, &phone, 2);
    let entered = browser.post_form("/login/code", &[("code", &code)]).await;
    assert_eq!((entered.status, entered.header("location")), (303, "/account/family"));
    assert!(!entered.session_cookie().is_empty() && entered.session_cookie() != before);
    assert_eq!(browser.get("/patient").await.status, 200);
    assert_eq!(browser.get("/login/code").await.header("location"), "/patient");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_that_took_too_long_begins_again_and_keeps_its_way() {
    let app = TestApp::new().await;
    let (person, phone) = owner(&app).await;
    let browser = app.anyone();
    enter_password(&browser, &person, "/doctors?q=a&page=2").await;
    let code = later(&app, &phone, 10);
    let over = browser.post_form("/login/code", &[("code", &code)]).await;
    assert_eq!(over.header("location"), "/login?over=1&next=/doctors%3Fq%3Da%26page%3D2");
    let page = browser.get(over.header("location")).await;
    assert!(page.body.contains("That sign-in has ended"), "{}", page.body);
    assert_eq!(page.hidden("next"), "/doctors?q=a&amp;page=2");
    assert_eq!(browser.get("/login/code").await.header("location"), "/login");
    // And never to another site.
    enter_password(&browser, &person, "https://evil.test/").await;
    let entered = browser.post_form("/login/code", &[("code", &code)]).await;
    assert_eq!(entered.header("location"), "/patient");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_switched_on_shown_once_and_off_again_by_forms() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    assert_eq!(
        browser.get("/account/security/set-up").await.header("location"),
        "/account/security"
    );
    assert_eq!(browser.get("/account/security/off").await.header("location"), "/account/security");
    let begun = browser.post_form("/account/security", &[]).await;
    assert_eq!(begun.header("location"), "/account/security/set-up");
    let page = browser.get("/account/security/set-up").await;
    assert!(page.body.contains("<svg") && page.body.contains("otpauth://totp/MedConnect:"));
    let key = page.hidden("key").replace(' ', "");
    let phone = Phone { key, recovery_codes: Vec::new() };
    let wrong = browser.post_form("/account/security/set-up", &[("code", "000000")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.hidden("key").replace(' ', ""), phone.key, "the same key");

    let code = phone.code(at(NOW));
    let on = browser.post_form("/account/security/set-up", &[("code", &code)]).await;
    assert_eq!((on.status, on.body.matches("<li><code>").count()), (200, 10), "{}", on.body);
    let page = browser.get("/account/security").await;
    assert!(page.body.contains("10 are left") && !page.body.contains("<code>"));
    let again = browser.post_form("/account/security", &[]).await;
    assert_eq!(again.header("location"), "/account/security", "nobody replaces a key that is on");

    let code = later(&app, &phone, 2);
    let renewed = browser.post_form("/account/security/codes", &[("code", &code)]).await;
    assert_eq!((renewed.status, renewed.body.matches("<li><code>").count()), (200, 10));
    let form = [("code", code.as_str()), ("password", person.password)];
    assert_eq!(browser.post_form("/account/security/off", &form).await.status, 422, "used up");
    let code = later(&app, &phone, 4);
    let form = [("code", code.as_str()), ("password", person.password)];
    let off = browser.post_form("/account/security/off", &form).await;
    assert_eq!((off.status, off.header("location")), (303, "/account/security?off=1"));
    assert_eq!(app.browser(&person).await.get("/patient").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_finds_an_open_browser_sets_up_nothing() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    app.db.set_now("2026-03-02T06:10:00Z");
    for reply in [
        browser.post_form("/account/security", &[]).await,
        browser.get("/account/security/set-up").await,
        browser.post_form("/account/security/set-up", &[("code", "123456")]).await,
    ] {
        assert!(reply.header("location").starts_with("/account/confirm?next=/account/security"));
    }
    assert_eq!(app.db.count("second_factors").await, 0);
    let next = ("next", "/account/security/set-up");
    let wrong = browser.post_form("/account/confirm", &[("password", "wrong"), next]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("That is not your password"));
    assert_eq!(wrong.hidden("next"), next.1);
    let before = wrong.session_cookie().to_owned();
    let right = browser.post_form("/account/confirm", &[("password", person.password), next]).await;
    assert_eq!((right.status, right.header("location")), (303, next.1));
    assert!(!right.session_cookie().is_empty() && right.session_cookie() != before);
    let begun = browser.post_form("/account/security", &[]).await;
    assert_eq!(begun.header("location"), "/account/security/set-up");
    let evil = [("password", person.password), ("next", "//evil.test")];
    let kept = browser.post_form("/account/confirm", &evil).await;
    assert_eq!(kept.header("location"), "/account/security");
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_factor_is_required_staff_reach_only_the_page_that_sets_it_up() {
    let app = TestApp::requiring_factor().await;
    let person = app.db.person(&app.clinic).await;
    app.db.give_role(person.user, "admin").await;
    let browser = app.browser(&person).await;
    for path in ["/admin/providers", "/patient", "/doctors", "/account/profile", "/"] {
        let closed = browser.get(path).await;
        assert_eq!(
            (closed.status, closed.header("location")),
            (303, "/account/security"),
            "{path}"
        );
    }
    let written = browser.post_form("/admin/hospitals/new", &[("name", "Mine")]).await;
    assert_eq!((written.status, app.db.count("hospitals").await), (303, 0));
    let refused = app.with_token(&person).get("/api/auth/profile").await;
    assert_eq!((refused.status, refused.code()), (403, "identity.factor_required".into()));
    let opened = login(&app, credentials(&person)).await;
    assert_eq!((opened.status, opened.code()), (403, "identity.factor_required".into()));
    assert!(browser.get("/account/security").await.body.contains("Please add a second step first"));

    browser.post_form("/account/security", &[]).await;
    let key = browser.get("/account/security/set-up").await.hidden("key").replace(' ', "");
    let code = testkit::app_code(&key, at(NOW));
    let on = browser.post_form("/account/security/set-up", &[("code", &code)]).await;
    assert_eq!(on.status, 200, "{}", on.body);
    assert_eq!(browser.get("/admin/providers").await.status, 200);
    assert_eq!(browser.post_form("/logout", &[]).await.header("location"), "/");

    let patient = app.db.person(&app.clinic).await;
    assert_eq!(app.browser(&patient).await.get("/patient").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_phone_takes_two_admins_who_are_there() {
    let app = TestApp::new().await;
    let (person, _) = owner(&app).await;
    let admin = async || {
        let admin = app.db.person(&app.clinic).await;
        app.db.give_role(admin.user, "admin").await;
        app.browser(&admin).await
    };
    let (one, other) = (admin().await, admin().await);
    let page = "/admin/lost-phones";
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(patient.get(page).await.status, 403);

    let wrong = one.post_form(page, &[("action", "ask"), ("email", "x"), ("grounds", "ok")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("href=\"#email\"") && wrong.body.contains("href=\"#grounds\""));
    let grounds = ("grounds", "Came to the desk <with> her passport.");
    let ask = [("action", "ask"), ("email", person.email.as_str()), grounds];
    assert_eq!(one.post_form(page, &ask).await.header("location"), "/admin/lost-phones?done=asked");
    let shown = one.get(page).await;
    assert!(
        shown.body.contains("desk &lt;with&gt; her") && !shown.body.contains("value=\"approve\"")
    );
    let id = shown.hidden("id");
    let approve = [("action", "approve"), ("id", id.as_str())];
    assert_eq!(one.post_form(page, &approve).await.status, 409);
    assert!(other.get(page).await.body.contains("value=\"approve\""));

    app.db.set_now("2026-03-02T06:10:00Z");
    let left_open = other.post_form(page, &approve).await;
    assert_eq!(left_open.header("location"), "/account/confirm?next=/admin/lost-phones");
    app.db.set_now(NOW);
    let approved = other.post_form(page, &approve).await;
    assert_eq!(approved.header("location"), "/admin/lost-phones?done=approved");
    let twice = other.post_form(page, &approve).await;
    assert_eq!(twice.header("location"), "/admin/lost-phones?done=over");
    assert_eq!(app.browser(&person).await.get("/patient").await.status, 200);
}
