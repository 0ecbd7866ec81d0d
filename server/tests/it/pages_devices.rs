//! Devices and readings, without scripts.
use crate::{
    api_devices::{Device, weight},
    api_readings::steps,
    support::{Client, Reply, TestApp},
};
use serde_json::json;

const NEW: &str = "/patient/devices/new";

/// The key that a page shows.
fn key_in(page: &Reply) -> String {
    let (_, rest) = page.body.split_once("value=\"mcd_").unwrap_or_else(|| panic!("{}", page.body));
    format!("mcd_{}", &rest[..40])
}

async fn add(browser: &Client<'_>, name: &str) -> Reply {
    browser.post_form(NEW, &[("name", name), ("device_type", "scale")]).await
}

/// The address of the newest device.
async fn newest(browser: &Client<'_>) -> String {
    let list = browser.get("/patient/devices").await.body;
    let id = list
        .split("href=\"/patient/devices/")
        .find_map(|rest| rest.split('"').next().filter(|id| id.len() == 36));
    format!("/patient/devices/{}", id.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_in_one_answer_that_no_browser_keeps() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let wrong = add(&browser, "").await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("There is a problem") && wrong.body.contains("id=\"name-error\""));

    let made = add(&browser, "<b>Bath</b>").await;

    assert_eq!((made.status, made.header("cache-control")), (200, "no-store"));
    let key = key_in(&made);
    let path = newest(&browser).await;
    let rotated = browser.post_form(&format!("{path}/key"), &[]).await;
    assert_eq!(rotated.header("cache-control"), "no-store");
    assert_ne!(key_in(&rotated), key);
    for page in [
        "/patient/devices",
        &path,
        &format!("{path}/change"),
        "/patient/readings",
        "/patient/readings/all",
    ] {
        let seen = browser.get(page).await;
        assert_eq!(seen.status, 200, "{page}");
        assert!(!seen.body.contains(&key) && !seen.body.contains(&key_in(&rotated)), "{page}");
        assert!(!seen.body.contains("<b>"), "{page}");
    }
    let shown = browser.get(&path).await.body;
    assert!(shown.contains(&key_in(&rotated)[..12]) && !shown.contains(&key[..12]), "never used");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_done_with_a_device_is_said_on_its_page() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    add(&browser, "Bath").await;
    let path = newest(&browser).await;

    let early = browser.post_form(&format!("{path}/status"), &[("to", "active")]).await;
    assert_eq!(early.status, 409);
    assert!(early.body.contains("as it is now") && early.body.contains("Bath"));

    let revoke = format!("{path}/revoke");
    assert!(browser.get(&revoke).await.body.contains("This cannot be taken back"));
    for _ in 0..2 {
        let done = browser.post_form(&revoke, &[]).await;
        assert_eq!(done.header("location"), "/patient/devices?removed=1");
    }
    assert_eq!(browser.get(&revoke).await.header("location"), path);
    let gone = browser.get(&path).await.body;
    assert!(gone.contains("Revoked") && !gone.contains("What you can do"));
    assert_eq!(owner.get("/api/iot/devices").await.json()["results"][0]["status"], "revoked");
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_device_has_sent_is_removed_once_its_owner_has_confirmed_it() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let scale = Device::new(&app, &owner).await;
    let path = format!("/patient/devices/{}", scale.id);
    let clear = format!("{path}/clear");
    assert!(!browser.get(&path).await.body.contains(&clear), "it has sent nothing yet");
    scale.weigh(&app, &[(71.25, "2026-03-02T04:00:00Z")]).await;

    assert!(browser.get(&path).await.body.contains(&format!("href=\"{clear}\"")));
    let asked = browser.get(&clear).await.body;
    assert!(asked.contains("This cannot be taken back.") && asked.contains("Acme S1"));
    assert!(browser.get("/patient/readings/all").await.body.contains("71.3 kg"));
    let done = browser.post_form(&clear, &[]).await;
    let location = format!("{path}?cleared=1");
    assert_eq!((done.status, done.header("location")), (303, &*location));
    let going = browser.get(&location).await.body;
    assert!(going.contains("are being removed") && !going.contains(&clear));

    while services::readings::clear_some(&app.clinic).await.unwrap() {}
    assert!(
        browser.get(&location).await.body.contains("All readings that it had sent are removed.")
    );
    assert!(!browser.get("/patient/readings/all").await.body.contains("71.3 kg"));
    let log = browser.get("/account/access-log").await.body;
    assert!(log.contains("Took away all readings of a device"), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_typed_on_the_clock_of_whoever_types_and_stands_beside_those_that_were_sent() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    app.db
        .execute(&format!(
            "UPDATE users SET time_zone = 'Asia/Kolkata' WHERE id = '{}'",
            person.user
        ))
        .await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let scale = Device::new(&app, &owner).await;
    let body = json!({ "metrics": [weight(71.25, "2026-03-02T04:00:00Z"), weight(70.0, "1999-01-01T00:00:00Z")] });
    assert_eq!(scale.post(&app, "/api/iot/data/stream", body).await.status, 200);
    let form = |value, time| {
        [
            ("kind", "weight"),
            ("value", value),
            ("unit", "[lb_av]"),
            ("date", "2026-03-02"),
            ("time", time),
        ]
    };

    let asked = browser.get("/patient/readings/new?kind=weight").await.body;
    assert!(asked.contains("value=\"11:30\""), "it is 06:00 in UTC");
    let late = browser.post_form("/patient/readings/new", &form("150", "12:00")).await;
    assert_eq!(late.status, 422);
    assert!(
        late.body.contains("Enter a time that is not in the future.")
            && late.body.contains("id=\"date-error\"")
    );
    for _ in 0..2 {
        let kept = browser.post_form("/patient/readings/new", &form("150", "10:30")).await;
        assert_eq!(kept.header("location"), "/patient/readings/all?added=weight", "{}", kept.body);
    }

    let listed = owner.get("/api/health-metrics").await.json();
    assert_eq!(
        (&listed["count"], &listed["results"][0]["recorded_at"]),
        (&json!(2), &json!("2026-03-02T05:00:00Z"))
    );
    let page = browser.get("/patient/readings/all").await.body;
    for shown in ["150.0 lb", "Mon 2 Mar 2026, 10:30", "71.3 kg", "Came late", "Acme S1"] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("70.0 kg"));
    let apart = browser.get("/patient/readings/all?show=apart").await.body;
    assert!(apart.contains("70.0 kg") && apart.contains("more than two years ago"));
    assert!(
        browser.get("/patient/readings/all?kind=steps").await.body.contains("None of this kind")
    );

    let id = listed["results"][0]["id"].as_str().unwrap();
    for _ in 0..2 {
        let removed = browser.post_form(&format!("/patient/readings/{id}/remove"), &[]).await;
        assert_eq!(removed.header("location"), "/patient/readings/all?removed=1");
    }
    assert!(!browser.get("/patient/readings/all").await.body.contains("150.0 lb"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_types_too_many_readings_is_told_to_wait_and_loses_nothing() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    for minute in 0..60 {
        assert_eq!(owner.post("/api/health-metrics", steps(minute)).await.status, 201);
    }
    let form = [
        ("kind", "weight"),
        ("value", "150.5"),
        ("unit", "[lb_av]"),
        ("date", "2026-03-02"),
        ("time", "05:30"),
        ("notes", "Before breakfast"),
    ];

    let told = browser.post_form("/patient/readings/new", &form).await;

    assert_eq!((told.status, told.header("retry-after")), (429, "1"));
    for kept in [
        "Please wait a second and try again.",
        "value=\"150.5\"",
        "value=\"2026-03-02\"",
        "value=\"05:30\"",
        "Before breakfast</textarea>",
    ] {
        assert!(told.body.contains(kept), "{kept}: {}", told.body);
    }
    app.db.set_now("2026-03-02T06:00:01Z");
    assert_eq!(browser.post_form("/patient/readings/new", &form).await.status, 303);
}
