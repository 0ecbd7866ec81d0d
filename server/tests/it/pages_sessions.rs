//! Where somebody is signed in, as they see it, and the mail about a sign-in that is new.
use crate::support::{Client, NOW, TestApp};
use axum::{
    body::{Body, BodyDataStream},
    http::Method,
};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::json;
use services::live::ALERTS;
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::at;

/// The form fields that a page's buttons would send.
fn endings(page: &str) -> Vec<String> {
    let found = page.split("name=\"end\" value=\"").skip(1);
    found.map(|rest| rest.split('"').next().unwrap().to_owned()).collect()
}

async fn open(client: &Client<'_>, path: &str) -> u16 {
    client.get(path).await.status
}

#[tokio::test(flavor = "multi_thread")]
async fn a_person_ends_what_they_do_not_know() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (here, there) = (app.browser(&person).await, app.browser(&person).await);
    let program = app.with_token(&person);

    let page = here.get("/account/sessions").await.body;
    for words in ["This browser", "Unknown device", "Internet address 203.0.113.7", "App"] {
        assert!(page.contains(words), "{words}");
    }
    let ids = endings(&page);
    assert_eq!(ids.len(), 3, "two others, and all at once");
    for end in ids.iter().filter(|end| *end != "others") {
        let done = here.post_form("/account/sessions", &[("end", end)]).await;
        assert_eq!((done.status, done.header("location")), (303, "/account/sessions?ended=one"));
    }
    assert_eq!(open(&program, "/api/auth/profile").await, 401);
    assert_eq!(open(&there, "/account/sessions").await, 303);
    let page = here.get("/account/sessions?ended=one").await.body;
    assert!(page.contains("Signed out there.") && endings(&page).is_empty());

    let again = app.browser(&person).await;
    let done = here.post_form("/account/sessions", &[("end", "others")]).await;
    assert_eq!(done.header("location"), "/account/sessions?ended=others");
    assert_eq!((open(&again, "/patient").await, open(&here, "/patient").await), (303, 200));
    for end in ["", "nonsense", "00000000-0000-0000-0000-000000000000"] {
        assert_eq!(here.post_form("/account/sessions", &[("end", end)]).await.status, 303);
    }
    assert_eq!(app.anyone().post_form("/account/sessions", &[("end", "others")]).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_was_signed_out_while_they_wrote_is_told_and_led_back() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    app.db.execute("DELETE FROM sessions").await;

    let sent = browser
        .request(Method::POST, "/account/profile")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin")
        .header("referer", "https://medconnect.test/account/profile?saved=1")
        .body(Body::from("first_name=Ann"))
        .unwrap();
    let refused = browser.send(sent).await;
    assert_eq!(refused.status, 303);
    let login = refused.header("location").to_owned();
    assert_eq!(login, "/login?next=/account/profile%3Fsaved%3D1&ended=1");
    assert!(browser.get(&login).await.body.contains("Please sign in to go on."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sign_in_from_a_browser_that_nobody_knows_is_told_to_the_owner() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let told = "outbox WHERE topic = 'account.new_sign_in'";
    let form = [("email", person.email.as_str()), ("password", person.password)];

    let browser = app.browser(&person).await;
    assert_eq!(app.db.count(told).await, 0, "not of the very first one");
    browser.post_form("/logout", &[]).await;
    browser.post_form("/login", &form).await;
    assert_eq!(app.db.count(told).await, 0, "nor where they have signed in before");
    app.browser(&person).await;
    assert_eq!(app.db.count(told).await, 1);
    let mail = app.mail_to(&person.email).await;
    for words in [
        "Dear Ana Silva,",
        "Device: Unknown device",
        "When: Monday 2 March 2026, 06:00, Lisbon time",
        "Internet address: 203.0.113.7",
        "https://medconnect.test/account/sessions",
        "https://medconnect.test/reset",
    ] {
        assert!(mail.contains(words), "{words} in {mail}");
    }

    // A program has no cookie: it is known once it has signed in.
    let login = json!({ "email": person.email, "password": person.password });
    for expected in [2, 2] {
        assert_eq!(app.anyone().post("/api/auth/login", login.clone()).await.status, 200);
        assert_eq!(app.db.count(told).await, expected);
    }
    assert_eq!(
        app.anyone().post_form("/login", &[form[0], ("password", "wrong")]).await.status,
        409
    );
    assert_eq!(app.db.count(told).await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn to_prove_once_more_who_one_is_makes_no_session_longer() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let after = |minutes: i64| {
        app.db.set_now(&(at(NOW) + SignedDuration::from_mins(minutes)).to_string());
    };
    for minutes in (0..12 * 60).step_by(20) {
        after(minutes);
        assert_eq!(open(&browser, "/patient").await, 200, "{minutes}");
    }

    let form = [("password", person.password)];
    let proven = browser.post_form("/account/confirm", &form).await;

    assert!(proven.status == 303 && !proven.session_cookie().is_empty(), "{}", proven.body);
    after(12 * 60 - 1);
    assert_eq!(open(&browser, "/patient").await, 200);
    after(12 * 60);
    assert_eq!(open(&browser, "/patient").await, 303);
    let form = [("email", person.email.as_str()), ("password", person.password)];
    assert_eq!(browser.post_form("/login", &form).await.status, 303);
    after(12 * 60 + 29);
    assert_eq!(open(&browser, "/patient").await, 200, "to sign in does");
}

/// What a stream says next; `None`: it is over.
async fn heard(stream: &mut BodyDataStream) -> Option<String> {
    let said = stream.next().await?.unwrap();
    Some(String::from_utf8(said.to_vec()).unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_that_was_left_open_hears_nothing_more_once_its_session_is_over() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (left, other) = (app.browser(&person).await, app.browser(&person).await);
    let (mut old, mut open) =
        (left.listen("/live/alerts").await, other.listen("/live/alerts").await);
    for stream in [&mut old, &mut open] {
        assert_eq!(heard(stream).await.unwrap(), "data: none\n\n");
    }

    assert_eq!(left.post_form("/logout", &[]).await.status, 303);
    let alert = format!(
        "INSERT INTO reading_alerts (id, patient_id, kind, severity, side, concern, reading_id, value, unit, recorded_at, opened_at) \
         VALUES (gen_random_uuid(), '{}', 'weight', 'warning', 'high', 'change', gen_random_uuid(), 80, 'kg', now(), now())",
        person.user
    );
    app.db.execute(&alert).await;
    app.clinic.live().publish(ALERTS, &person.user.to_string());

    assert_eq!(heard(&mut open).await.unwrap(), "data: warning 1\n\n");
    assert_eq!(heard(&mut old).await, None);
}

/// Statements sent by this process; each test runs in one of its own.
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

fn counting() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
        }
    }))
}

#[tokio::test(flavor = "multi_thread")]
async fn to_know_who_asks_takes_one_statement() {
    set_default_instrumentation(counting).unwrap();
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, program) = (app.browser(&person).await, app.with_token(&person));
    let statements = async |client: &Client<'_>, path: &str, status: u16| {
        // Connections that are made meanwhile count, too: everything is open the second time.
        let mut taken = 0;
        for _ in 0..2 {
            let before = STATEMENTS.load(Ordering::SeqCst);
            assert_eq!(client.get(path).await.status, status, "{path}");
            taken = STATEMENTS.load(Ordering::SeqCst) - before;
        }
        taken
    };

    // Nothing else is asked for by these.
    assert_eq!(statements(&browser, "/login", 303).await, 1);
    assert_eq!(statements(&browser, "/admin/providers", 403).await, 1);
    // And the account by these; programs are told what it says of health and of wishes, too, in a transaction that says who
    // reads.
    assert_eq!(statements(&browser, "/account/profile", 200).await, 2);
    assert_eq!(statements(&program, "/api/auth/profile", 200).await, 7);
    // Nobody is asked about who shows nothing, or what nobody has signed.
    assert_eq!(statements(&app.anyone(), "/login", 200).await, 0);
    assert_eq!(statements(&app.with_bearer("a.b.c"), "/api/auth/profile", 401).await, 0);
}
