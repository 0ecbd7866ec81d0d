//! Visits booked, moved and cancelled by patients.
use crate::support::{NINE, TestApp};
use domain::directory::ProviderId;

/// The page on which a visit at `start` is booked.
fn book_path(provider: ProviderId, start: &str) -> String {
    format!("/doctors/{provider}/book?start={start}&visit=video")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_finds_registers_and_books_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.anyone();

    let doctors = browser.get("/doctors?q=munoz").await;
    assert!(doctors.body.contains("Dr José Muñoz"));
    let doctor = browser.get(&format!("/doctors/{provider}?week=2026-03-03")).await;
    assert!(doctor.body.contains(&format!("/doctors/{provider}/book?start={NINE}")));
    let chosen = browser.get(&book_path(provider, NINE)).await;
    assert!(chosen.body.contains("Tuesday 3 March 2026, 09:00"));
    let next = chosen.body.split("/register?next=").nth(1).unwrap().split('"').next().unwrap();
    let register = browser.get(&format!("/register?next={next}")).await;

    let form = [
        ("next", register.hidden("next").replace("&amp;", "&")),
        ("first_name", "Ana".into()),
        ("last_name", "Silva".into()),
        ("email", "ana@example.org".into()),
        ("password", "seven green lamps dancing".into()),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let registered = browser.post_form("/register", &form).await;
    assert_eq!((registered.status, registered.header("location")), (303, "/verify"));
    assert!(browser.get("/verify").await.body.contains("a…@example.org"));
    let code = app.code_for("ana@example.org").await;
    let before = browser.request(axum::http::Method::GET, "/patient");
    let registered = browser.post_form("/verify", &[("code", &code)]).await;
    assert_eq!(registered.status, 303, "{}", registered.body);
    let back = registered.header("location");
    assert!(back.starts_with(&format!("/doctors/{provider}/book?start=2026-03-03T09")), "{back}");

    let page = browser.get(back).await;
    let key = page.hidden("key");
    let form = [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Fièvre 🤒")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let visit = browser.get(booked.header("location")).await;
    assert!(visit.body.contains("Your visit is booked"));
    assert!(visit.body.contains("Fièvre 🤒"));
    assert!(browser.get("/patient").await.body.contains("Dr José Muñoz"));
    let before = browser.send(before.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(before.status, 303, "the session of before opens nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_twice_going_back_and_a_second_tab_book_once() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let path = format!("/doctors/{provider}/book");
    let key = browser.get(&book_path(provider, NINE)).await.hidden("key");
    let form = [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Cough")];

    let first = browser.post_form(&path, &form).await;
    let second = browser.post_form(&path, &form).await;
    let other_tab = [("start", NINE), ("kind", "video"), ("key", "another"), ("reason", "Cough")];
    let third = browser.post_form(&path, &other_tab).await;

    assert_eq!((first.status, second.status, third.status), (303, 303, 303));
    assert_eq!(first.header("location"), second.header("location"));
    let visit = first.header("location").split('?').next().unwrap();
    assert_eq!(third.header("location"), format!("{visit}?already=1"));
    assert_eq!(app.db.count("appointments").await, 1);
    let back = browser.get(&book_path(provider, NINE)).await;
    assert_eq!(back.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_somebody_else_took_ends_in_the_nearest_free_ones() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let (ana, ben) = (app.browser(&ana).await, app.browser(&ben).await);
    let path = format!("/doctors/{provider}/book");
    let form = |key| [("start", NINE), ("kind", "video"), ("key", key), ("reason", "Cough")];
    assert_eq!(ana.post_form(&path, &form("a")).await.status, 303);

    let refused = ben.post_form(&path, &form("b")).await;

    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("has just been taken"));
    assert!(refused.body.contains("start=2026-03-03T09:30:00Z"));
    assert!(refused.body.contains("Nothing was booked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_still_there_beside_what_was_wrong() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let long = "é".repeat(501);
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", long.as_str())];

    let refused = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;

    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("<title>Error: "));
    assert!(refused.body.contains("There is a problem"));
    assert!(refused.body.contains("must have 500 characters or fewer"));
    assert!(refused.body.contains(&long));
    let login =
        app.anyone().post_form("/login", &[("email", "ana@x.org"), ("password", "p")]).await;
    assert_eq!(login.status, 409);
    assert!(login.body.contains("ana@x.org") && login.body.contains("do not match"));
    assert!(!login.body.contains("value=\"p\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_moved_and_cancelled_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();

    let picker = browser.get(&format!("{visit}/reschedule?week=2026-03-04")).await;
    let later = "2026-03-04T10:00:00Z";
    assert!(picker.body.contains(&format!("{visit}/reschedule?start={later}")));
    let confirm = browser.get(&format!("{visit}/reschedule?start={later}")).await;
    assert!(confirm.body.contains("Wednesday 4 March 2026, 10:00"));
    let key = confirm.hidden("key");
    let form = [("start", later), ("key", key.as_str())];
    let moved = browser.post_form(&format!("{visit}/reschedule"), &form).await;
    assert_eq!(moved.header("location"), format!("{visit}?moved=1"));

    // Moved on in another tab; then back, and the same button again.
    let eleven = [("start", "2026-03-04T11:00:00Z"), ("key", "another")];
    browser.post_form(&format!("{visit}/reschedule"), &eleven).await;
    let again = browser.post_form(&format!("{visit}/reschedule"), &form).await;
    assert_eq!(again.header("location"), format!("{visit}?moved=1"));

    let calendar = browser.get(&format!("{visit}/calendar.ics")).await;
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    assert!(calendar.body.contains("DTSTART;TZID=Europe/Lisbon:20260304T110000"));
    assert!(calendar.body.contains("SEQUENCE:2"));
    assert!(!calendar.body.contains("Cough"));

    let confirm = browser.get(&format!("{visit}/cancel")).await;
    assert!(confirm.body.contains("costs nothing"));
    let (cost, currency) = (confirm.hidden("cost_minor"), confirm.hidden("currency"));
    let form = [("cost_minor", cost.as_str()), ("currency", &currency)];
    let cancelled = browser.post_form(&format!("{visit}/cancel"), &form).await;
    assert_eq!(cancelled.header("location"), format!("{visit}?cancelled=1"));
    let again = browser.post_form(&format!("{visit}/cancel"), &form).await;
    assert_eq!(again.header("location"), format!("{visit}?cancelled=1"));
    assert!(browser.get("/patient?show=past").await.body.contains("Cancelled"));
}
