use crate::support::{NOW, TestApp};
use serde_json::json;

/// Today: a Monday.
const NINE_TODAY: &str = "2026-03-02T09:00:00Z";
const TEN_TODAY: &str = "2026-03-02T10:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn who_cannot_wait_books_a_time_of_today_and_the_doctor_sees_it() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    app.db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = 120").await;
    let person = app.db.person(&app.clinic).await;
    let patient = app.browser(&person).await;
    let doctor = app.db.person(&app.clinic).await;
    app.db.make_doctor(doctor.user, provider).await;
    let doctor = app.browser(&doctor).await;

    let page = patient.get(&format!("/doctors/{provider}")).await.body;
    assert!(page.contains("?urgent=1#urgent"));
    let later = patient.get(&format!("/doctors/{provider}?week=2026-03-09")).await.body;
    assert!(!later.contains("It can\u{2019}t wait?"));
    let page = patient.get(&format!("/doctors/{provider}?urgent=1")).await.body;
    assert!(page.contains("It can\u{2019}t wait?") && page.contains("call your emergency number"));
    let link = format!("/doctors/{provider}/book?start={NINE_TODAY}&amp;urgent=1");
    assert!(page.contains(&link) && page.contains("urgent only"), "{page}");
    assert!(!page.contains(&format!("id=\"time-{NINE_TODAY}\"")));
    let path = format!("/doctors/{provider}/book");
    assert_eq!(patient.get(&format!("{path}?start={NINE_TODAY}")).await.status, 409);

    let chosen = patient.get(&format!("{path}?start={NINE_TODAY}&urgent=1")).await;
    assert_eq!(chosen.status, 200);
    assert!(
        chosen.body.contains("Book this urgent visit") && chosen.body.contains("is kept for you")
    );
    assert_eq!(chosen.hidden("urgent"), "1");
    let form = |start, reason| {
        [("start", start), ("kind", "video"), ("key", start), ("urgent", "1"), ("reason", reason)]
    };
    let nothing = patient.post_form(&path, &form(NINE_TODAY, "")).await;
    assert_eq!(nothing.status, 422);
    assert_eq!(nothing.hidden("urgent"), "1");
    let booked = patient.post_form(&path, &form(NINE_TODAY, "Fever")).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let visit = booked.header("location").split('?').next().unwrap().to_owned();
    assert!(patient.get(&visit).await.body.contains("Urgent"));

    let second = patient.post_form(&path, &form(TEN_TODAY, "Fever")).await;
    assert_eq!(second.status, 409);
    assert!(second.body.contains("There is an urgent visit already"));
    // To the visit that is in the way, and the ordinary way.
    assert!(second.body.contains(&format!("href=\"{visit}\"")), "{}", second.body);
    assert!(second.body.contains(&format!("href=\"/doctors/{provider}#times\"")));

    assert!(doctor.get("/doctor?day=2026-03-02").await.body.contains("Urgent"));
    let times = doctor.get("/doctor/times?day=2026-03-02").await.body;
    assert!(times.contains("Kept for urgent visits until 08:30"), "{times}");
    let calm = doctor.post_form(&format!("{visit}/priority"), &[("to", "routine")]).await;
    assert_eq!(calm.header("location"), visit);
    assert!(!doctor.get("/doctor?day=2026-03-02").await.body.contains(">Urgent<"));
    assert_eq!(
        patient.post_form(&format!("{visit}/priority"), &[("to", "urgent")]).await.status,
        403
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_kept_for_urgent_visits_on_the_page_of_hours() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;
    let form = |kept| {
        [
            ("lines", "1"),
            ("weekday_0", "1"),
            ("starts_0", "09:00"),
            ("ends_0", "12:00"),
            ("slot_minutes_0", "30"),
            ("buffer_after_minutes_0", "0"),
            ("kinds_0", "video"),
            ("kept_for_urgent_minutes_0", kept),
        ]
    };
    let refused = doctor.post_form("/doctor/hours", &form("1441")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("until 1440 minutes before"));
    let saved = doctor.post_form("/doctor/hours", &form("120")).await;
    assert_eq!(saved.header("location"), "/doctor/hours?saved=1", "{}", saved.body);
    let kept = "availability_rules WHERE kept_for_urgent_minutes = 120";
    assert_eq!(app.db.count(kept).await, 1);
    assert!(doctor.get("/doctor/hours").await.body.contains("Urgent until 2 hours before"));
}

#[tokio::test(flavor = "multi_thread")]
async fn urgent_times_and_visits_over_json() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    app.db.execute("UPDATE availability_rules SET kept_for_urgent_minutes = 120").await;
    let patient = app.patient().await;
    let times = async |priority: &str| {
        let path =
            format!("/api/providers/{provider}/availability?from={NOW}&to=2026-03-02{priority}");
        patient.get(&path).await.json()
    };
    assert_eq!(times("").await["slots"].as_array().unwrap().len(), 0);
    let urgent = times("&priority=urgent").await;
    assert_eq!(urgent["slots"].as_array().unwrap().len(), 6);
    assert_eq!(urgent["slots"][0]["priority"], "urgent");

    let body = |priority: &str| {
        json!({
            "healthcare_provider_id": provider, "appointment_date": NINE_TODAY,
            "appointment_type": "video", "chief_complaint": "Fever", "priority": priority,
        })
    };
    assert_eq!(patient.book("a", body("soon")).await.fields(), ["priority"]);
    assert_eq!(patient.book("b", body("routine")).await.fields(), ["appointment_date"]);
    // The same of several doctors at once.
    let many = async |priority: &str| {
        let path = format!(
            "/api/availability?providers={provider}&from={NOW}&to=2026-03-02&priority={priority}"
        );
        patient.get(&path).await
    };
    assert_eq!(many("urgent").await.json()["results"], json!([urgent]));
    assert_eq!(many("routine").await.json()["results"][0]["slots"], json!([]));
    assert_eq!(many("soon").await.fields(), ["priority"]);

    let booked = patient.book("c", body("urgent")).await;
    assert_eq!(
        (booked.status, &booked.json()["priority"]),
        (201, &json!("urgent")),
        "{}",
        booked.body
    );
    assert_eq!(patient.book("c", body("urgent")).await.header("idempotency-replayed"), "true");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_keeps_a_time_that_becomes_urgent_is_told_before_they_book() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let path = format!("/doctors/{provider}/book?start={NINE_TODAY}&visit=video");
    assert!(patient.get(&path).await.body.contains("is kept for you"));
    let hold = format!("/doctors/{provider}/hold");
    let form = [("start", NINE_TODAY)];
    let seconds = |body: String| body.parse::<i64>().unwrap();
    assert!(seconds(patient.post_form(&hold, &form).await.body) > 590);

    app.db
        .execute("UPDATE availability_rules SET kept_for_urgent_minutes = 120 WHERE weekday = 1")
        .await;

    // As soon as it is asked for again, by the page or by its script.
    let shown = patient.get(&path).await;
    assert_eq!(shown.status, 409);
    assert!(shown.body.contains("still kept for urgent visits"), "{}", shown.body);
    assert!(shown.body.contains("start=2026-03-03T09:00:00Z"));
    assert!(shown.body.contains("Book this time as an urgent visit"));
    let renewed = patient.post_form(&hold, &form).await;
    let lines: Vec<_> = renewed.body.lines().collect();
    assert_eq!(
        lines,
        [
            "That time is still kept for urgent visits.",
            &format!("/doctors/{provider}/book?start=2026-03-03T09:00:00Z"),
            "The nearest free time: Tue 3 Mar, 09:00",
        ]
    );

    // The form of an urgent visit keeps it on, and only that.
    let urgent = patient.get(&format!("{path}&urgent=1")).await;
    assert!(urgent.body.contains(&format!("{hold}/urgent")), "{}", urgent.body);
    assert!(seconds(patient.post_form(&format!("{hold}/urgent"), &form).await.body) > 590);
    assert_eq!(patient.post_form(&format!("{hold}/urgent/release"), &[]).await.status, 204);
    app.db.execute("DELETE FROM availability_rules").await;
    let gone = patient.post_form(&hold, &form).await;
    assert!(gone.body.contains("All times of the doctor"), "{}", gone.body);
}
