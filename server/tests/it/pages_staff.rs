//! What doctors and admins do on their pages.
use crate::support::{NINE, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_keeps_hours_and_sees_visits() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    patient.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;

    let day = doctor.get("/doctor?day=2026-03-03").await;
    assert!(day.body.contains("Ana Silva") && day.body.contains("Cough"));
    assert!(doctor.get("/doctor/week?from=2026-03-03").await.body.contains("Ana Silva"));
    assert!(doctor.get("/doctor/hours").await.body.contains("Minutes a visit"));

    let close = [("day", "2026-03-03"), ("starts", ""), ("ends", ""), ("reason", "Away")];
    let warned = doctor.post_form("/doctor/days/close", &close).await;
    assert_eq!(warned.status, 409);
    assert!(warned.body.contains("Nothing is saved yet") && warned.body.contains("Ana Silva"));
    // Whoever was not shown a visit cannot decide about it.
    let blind: Vec<_> = close.into_iter().chain([("keep_stranded", "true")]).collect();
    assert_eq!(doctor.post_form("/doctor/days/close", &blind).await.status, 409);
    let choice = warned.body.split('"').find(|word| word.starts_with("keep/")).unwrap();
    let keep: Vec<_> = blind.into_iter().chain([("fate", choice)]).collect();
    let closed = doctor.post_form("/doctor/days/close", &keep).await;
    assert_eq!(closed.header("location"), "/doctor/days?saved=1");
    let shown = app.anyone().get(&format!("/doctors/{provider}?week=2026-03-03")).await;
    assert!(!shown.body.contains("start=2026-03-03T10:00:00Z"));

    let hours = [
        ("lines", "1"),
        ("weekday_0", "2"),
        ("starts_0", "14:00"),
        ("ends_0", "13:00"),
        ("slot_minutes_0", "20"),
        ("buffer_after_minutes_0", "0"),
        ("kinds_0", "video"),
    ];
    let refused = doctor.post_form("/doctor/hours", &hours).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("The end must be later than the start."));

    // The first line is removed: what is wrong with the second is said there.
    let line = |number: usize, starts: &'static str, extra: &[(&str, &'static str)]| {
        let mut fields = vec![("weekday", "2"), ("starts", starts), ("ends", "15:00")];
        fields.extend([("slot_minutes", "20"), ("buffer_after_minutes", "0"), ("kinds", "video")]);
        fields.extend(extra);
        fields.into_iter().map(|(name, value)| (format!("{name}_{number}"), value)).collect()
    };
    let two: [Vec<(String, &str)>; 2] =
        [line(0, "09:00", &[("remove", "true")]), line(1, "09:00", &[("every_weeks", "2")])];
    let two: Vec<_> = two.iter().flatten().map(|(name, value)| (name.as_str(), *value)).collect();
    let form: Vec<_> = two.into_iter().chain([("lines", "2")]).collect();
    let refused = doctor.post_form("/doctor/hours", &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("href=\"#valid_from_1\""), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_a_hospital_and_a_doctor() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    app.db.give_role(person.user, "admin").await;
    let admin = app.browser(&person).await;

    let hospital = [
        ("name", "Harbour"),
        ("hospital_type", "general"),
        ("address", "1 Quay"),
        ("city", "Dublin"),
        ("country", "Ireland"),
        ("time_zone", "Europe/Dublin"),
        ("is_active", "true"),
    ];
    let made = admin.post_form("/admin/hospitals/new", &hospital).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.header("location").rsplit('/').next().unwrap().split('?').next().unwrap();
    let doctor = [
        ("first_name", "Zoë"),
        ("last_name", "Nguyễn"),
        ("email", "zoe@example.org"),
        ("specialization", "urology"),
        ("license_number", "LIC-1"),
        ("gender", "female"),
        ("years_of_experience", "7"),
        ("consultation_fee", "45,50"),
        ("currency", "EUR"),
        ("languages", "en"),
        ("languages", "fr"),
        ("visit_kinds", "video"),
        ("time_zone", "Europe/Dublin"),
        ("lead_minutes", "60"),
        ("horizon_days", "30"),
        ("free_until_minutes", "1440"),
        ("late_percent", "50"),
        ("accepting_new_patients", "true"),
        ("is_active", "true"),
        ("primary_hospital", place),
    ];
    let made = admin.post_form("/admin/providers/new", &doctor).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let shown = app.anyone().get("/doctors?city=dublin").await;
    assert!(shown.body.contains("Dr Zoë Nguyễn") && shown.body.contains("45.50 EUR"));
    let again = admin.post_form("/admin/providers/new", &doctor).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("already has that"));
    assert!(admin.get("/admin/providers?q=nguyen").await.body.contains("Nguyễn, Zoë"));
}
