//! The pages on which doctors keep their hours.
use crate::support::{Client, TestApp};
use domain::directory::ProviderId;

/// A doctor who is signed in.
async fn doctor(app: &TestApp) -> (ProviderId, Client<'_>) {
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    (provider, app.browser(&person).await)
}

/// The fields of the line `number`, on Tuesdays by video, and `more`.
fn line<'a>(
    number: usize,
    (starts, ends): (&'a str, &'a str),
    more: &[(&str, &'a str)],
) -> Vec<(String, &'a str)> {
    let usual = [
        ("weekday", "2"),
        ("starts", starts),
        ("ends", ends),
        ("slot_minutes", "20"),
        ("buffer_after_minutes", "0"),
        ("kinds", "video"),
    ];
    let all = usual.iter().chain(more).map(|(name, value)| (format!("{name}_{number}"), *value));
    all.collect()
}

/// Everything that is said of the block in which `field` is.
fn block<'a>(page: &'a str, field: &str) -> &'a str {
    let (before, _) = page.split_once(&format!("name=\"{field}\"")).unwrap();
    let (outer, _) = before.rsplit_once("class=\"hours-block").unwrap();
    &before[outer.rfind("<details").unwrap()..]
}

fn is_open(page: &str, field: &str) -> bool {
    block(page, field).split('>').next().unwrap().contains(" open")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_week_is_seen_at_a_glance_and_what_is_wrong_is_open() {
    let app = TestApp::new().await;
    let (_, doctor) = doctor(&app).await;

    let page = doctor.get("/doctor/hours").await.body;
    assert!(page.contains("video, phone") && page.contains("Monday 09:00 to 12:00"), "{page}");
    assert!(!is_open(&page, "starts_0") && is_open(&page, "starts_7"));
    assert!(!page.contains("No hours<"));

    let lines = [
        line(0, ("09:00", "12:00"), &[]),
        line(1, ("13:00", "12:00"), &[]),
        line(2, ("09:00", "10:00"), &[("remove", "true")]),
    ];
    let lines = lines.concat();
    let form: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let refused = doctor.post_form("/doctor/hours", &[&form[..], &[("lines", "6")]].concat()).await;
    assert_eq!(refused.status, 422);
    let page = refused.body;
    assert!(!is_open(&page, "starts_0") && is_open(&page, "starts_1"), "{page}");
    assert!(block(&page, "starts_2").contains("To be removed") && page.contains("No hours<"));

    let kept: Vec<_> = form.iter().copied().filter(|(name, _)| !name.ends_with("_1")).collect();
    let saved = doctor.post_form("/doctor/hours", &[&kept[..], &[("lines", "6")]].concat()).await;
    assert_eq!(saved.header("location"), "/doctor/hours?saved=1", "{}", saved.body);
    assert_eq!(app.db.count("availability_rules").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_end_at_midnight_and_read_so() {
    let app = TestApp::new().await;
    let (provider, doctor) = doctor(&app).await;
    for ends in ["24:00", "00:00"] {
        let fields = line(0, ("19:00", ends), &[]);
        let form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
        let form = [&form[..], &[("lines", "1")]].concat();
        let saved = doctor.post_form("/doctor/hours", &form).await;
        assert_eq!(saved.header("location"), "/doctor/hours?saved=1", "{}", saved.body);
        let page = doctor.get("/doctor/hours").await.body;
        assert!(page.contains("Tuesday 19:00 to 24:00"), "{page}");
        assert!(page.contains("value=\"00:00\"") && page.contains("Midnight, as the day ends"));
    }
    // No day begins at its end.
    let fields = line(0, ("24:00", "24:00"), &[]);
    let form: Vec<_> = fields.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let refused = doctor.post_form("/doctor/hours", &[&form[..], &[("lines", "1")]].concat()).await;
    assert!(refused.status == 422 && refused.body.contains("href=\"#starts_0\""));

    let times = doctor.get("/doctor/times?day=2026-03-03").await.body;
    assert!(times.contains("Weekly hours, 19:00 to 24:00"), "{times}");
    assert!(times.contains("23:40 to 24:00") && !times.contains("to 00:00"));
    let close = [("day", "2026-03-10"), ("starts", "20:00"), ("ends", "24:00"), ("reason", "")];
    let closed = doctor.post_form("/doctor/days/close", &close).await;
    assert_eq!(closed.header("location"), "/doctor/days?saved=1", "{}", closed.body);
    let days = doctor.get("/doctor/days").await.body;
    assert!(days.contains("Closed from 20:00 to 24:00"), "{days}");

    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let last = "2026-03-03T23:40:00Z";
    let form = [("start", last), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = patient.post_form(&format!("/doctors/{provider}/book"), &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let day = doctor.get("/doctor?day=2026-03-03").await.body;
    assert!(day.contains("24:00"), "{day}");
    // Hours beside them are told of as they read.
    let overlapping = [line(0, ("19:00", "24:00"), &[]), line(1, ("22:00", "23:00"), &[])].concat();
    let form: Vec<_> = overlapping.iter().map(|(name, value)| (name.as_str(), *value)).collect();
    let refused = doctor.post_form("/doctor/hours", &[&form[..], &[("lines", "5")]].concat()).await;
    assert!(refused.body.contains("on Tuesday from 19:00 to 24:00"), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_too_short_for_a_visit_are_refused_at_their_end() {
    let app = TestApp::new().await;
    let (provider, doctor) = doctor(&app).await;
    app.db
        .execute(&format!(
            "INSERT INTO booking_kind_rules (provider_id, kind, slot_minutes) VALUES ('{provider}', 'video', 60)"
        ))
        .await;
    // The first line is removed: what is wrong with the second is said there.
    let lines =
        [line(0, ("09:00", "12:00"), &[("remove", "true")]), line(1, ("13:00", "13:45"), &[])];
    let lines = lines.concat();
    let form: Vec<_> = lines.iter().map(|(name, value)| (name.as_str(), *value)).collect();

    let refused = doctor.post_form("/doctor/hours", &[&form[..], &[("lines", "5")]].concat()).await;

    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("href=\"#ends_1\""), "{}", refused.body);
    assert!(refused.body.contains("your video visits take 1 h, and these hours are 45 min"));
    assert!(is_open(&refused.body, "ends_1"));
}
