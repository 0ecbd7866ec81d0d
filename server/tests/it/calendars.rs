use crate::support::{NINE, Reply, TestApp};
use axum::{
    body::Body,
    http::{Method, header},
};

/// The path of the feed whose address a page shows.
fn feed_path(page: &Reply) -> String {
    let start = page.body.find("https://medconnect.test/calendar/").unwrap();
    let address = page.body[start..].split('"').next().unwrap();
    address.strip_prefix("https://medconnect.test").unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_program_follows_the_visits_without_a_session() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    assert!(browser.get("/account/calendar").await.body.contains("Make an address"));

    let made = browser.post_form("/account/calendar", &[("action", "make")]).await;
    assert_eq!(made.status, 200, "{}", made.body);
    assert_eq!(made.header("cache-control"), "no-store");
    let path = feed_path(&made);
    // Never shown again.
    let later = browser.get("/account/calendar").await;
    assert!(later.body.contains("switched on") && !later.body.contains(&path));

    let program = app.anyone();
    let feed = program.get(&path).await;
    assert_eq!(feed.status, 200);
    assert_eq!(feed.header("content-type"), "text/calendar; charset=utf-8");
    assert_eq!(feed.header("cache-control"), "private, no-cache");
    assert!(feed.body.contains("SUMMARY:Visit with Dr José Muñoz"), "{}", feed.body);
    assert!(!feed.body.contains("Cough"));
    assert!(feed.headers.get(header::SET_COOKIE).is_none());
    let known = program
        .request(Method::GET, &path)
        .header(header::IF_NONE_MATCH, feed.header("etag"))
        .body(Body::empty())
        .unwrap();
    let known = program.send(known).await;
    assert_eq!((known.status, known.body.as_str()), (304, ""));
    assert_eq!(known.header("etag"), feed.header("etag"));

    let off = browser.post_form("/account/calendar", &[("action", "off")]).await;
    assert_eq!(off.header("location"), "/account/calendar?off=1");
    for gone in [&path, "/calendar/x.ics", "/calendar/x", "/calendar/.ics"] {
        assert_eq!(program.get(gone).await.status, 404, "{gone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_says_which_calendar_keeps_times_free() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(patient.get("/doctor/calendar").await.status, 403);

    let wrong = [("action", "follow"), ("address", "http://192.168.1.1/a.ics")];
    let refused = doctor.post_form("/doctor/calendar", &wrong).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("We cannot read calendars at that address."));
    assert!(refused.body.contains("http://192.168.1.1/a.ics"));

    let right = [("action", "follow"), ("address", "webcal://cal.example/a.ics")];
    let saved = doctor.post_form("/doctor/calendar", &right).await;
    assert_eq!(saved.header("location"), "/doctor/calendar?saved=1");
    let page = doctor.get("/doctor/calendar").await;
    assert!(page.body.contains("https://cal.example/a.ics") && page.body.contains("Not yet"));
    let off = doctor.post_form("/doctor/calendar", &[("action", "off")]).await;
    assert_eq!(off.header("location"), "/doctor/calendar?off=1");
    assert!(!doctor.get("/doctor/calendar").await.body.contains("cal.example"));
}
