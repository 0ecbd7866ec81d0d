use crate::support::TestApp;

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sets_booking_rules() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;
    let form = |daily: &'static str, lead: &'static str| {
        [
            ("lead_minutes", lead),
            ("horizon_days", "30"),
            ("buffer_before_minutes", "0"),
            ("buffer_after_minutes", "10"),
            ("travel_minutes", "0"),
            ("daily_limit", daily),
            ("weekly_limit", ""),
            ("holiday_country", "PT"),
        ]
    };

    let refused = doctor.post_form("/doctor/rules", &form("many", "60")).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Enter a number, or leave it empty."));
    let saved = doctor.post_form("/doctor/rules", &form("8", "90")).await;
    assert_eq!(saved.header("location"), "/doctor/rules?saved=1", "{}", saved.body);
    let shown = doctor.get("/doctor/rules").await.body;
    assert!(shown.contains("90 minutes") && shown.contains("Closed on those of Portugal"));
    assert!(doctor.get("/doctor/days").await.body.contains("Good Friday"));
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(patient.get("/doctor/rules").await.status, 403);

    let closed = doctor.get("/doctor/times?day=2026-04-03").await.body;
    assert!(
        closed.contains("Good Friday is a public holiday")
            && closed.contains("Closed on this day: 6")
    );
    app.db.execute("DELETE FROM availability_rules WHERE weekday = 6").await;
    assert!(doctor.get("/doctor/times?day=2026-03-07").await.body.contains("No hours on this day"));
    assert_eq!(patient.get("/doctor/times").await.status, 403);
    let admin = app.db.person(&app.clinic).await;
    app.db.give_role(admin.user, "admin").await;
    let admin = app.browser(&admin).await;
    let about = format!("/admin/providers/{provider}");
    let links = admin.get(&about).await.body;
    for page in ["times", "waitlist"].map(|page| format!("{about}/{page}")) {
        assert!(links.contains(&format!("href=\"{page}\"")), "{page}");
        assert_eq!(admin.get(&page).await.status, 200);
        assert_eq!(patient.get(&page).await.status, 403);
        assert_eq!(doctor.get(&page).await.status, 403);
    }
}
