use crate::support::{NINE, TestApp};

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

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_says_how_long_a_kind_of_visit_is_and_patients_see_it() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;
    let rules = async |length: &'static str| {
        let form = [
            ("lead_minutes", "60"),
            ("horizon_days", "30"),
            ("buffer_before_minutes", "0"),
            ("buffer_after_minutes", "0"),
            ("travel_minutes", "0"),
            ("slot_minutes_phone", length),
            ("buffer_after_minutes_phone", "10"),
        ];
        doctor.post_form("/doctor/rules", &form).await
    };

    let refused = rules("an hour").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Enter a number, or leave it empty."));
    let refused = rules("240").await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("your longest hours for it are 3 h."));
    assert_eq!(rules("60").await.header("location"), "/doctor/rules?saved=1");
    assert_eq!(doctor.get("/doctor/rules").await.hidden("slot_minutes_phone"), "60");

    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let page = patient.get(&format!("/doctors/{provider}?week=2026-03-03")).await.body;
    assert!(page.contains("Phone, 60 min"));
    // One start, though two lengths.
    assert_eq!(page.matches(&format!("id=\"time-{NINE}\"")).count(), 1);
    let calls = patient.get(&format!("/doctors/{provider}?week=2026-03-03&visit=phone")).await.body;
    assert!(!calls.contains("start=2026-03-03T09:30:00Z"));

    let book = format!("/doctors/{provider}/book");
    let chosen = patient.get(&format!("{book}?start={NINE}")).await;
    assert!(chosen.body.contains("30 minutes") && chosen.body.contains("60 minutes"));
    let half_past = "2026-03-03T09:30:00Z";
    let other = patient.get(&format!("{book}?start={half_past}")).await.body;
    assert!(other.contains("At other times:") && other.contains("?visit=phone#times"));
    let wrong = patient.get(&format!("{book}?start={half_past}&visit=phone")).await;
    assert_eq!(wrong.status, 409);
    assert!(wrong.body.contains("Visits of this kind begin at other times."));
    assert!(wrong.body.contains("start=2026-03-03T10:00:00Z&amp;visit=phone"));

    // Kept for half an hour, and booked for a whole one.
    patient.get(&format!("{book}?start={NINE}&visit=video")).await;
    let form = [("start", NINE), ("kind", "phone"), ("key", "k"), ("reason", "Cough")];
    let booked = patient.post_form(&book, &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let times = doctor.get("/doctor/times?day=2026-03-03").await.body;
    assert!(times.contains("Too close to a visit") && times.contains("09:30 to 10:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_says_what_patients_read_about_them() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;
    assert!(doctor.get("/doctor").await.body.contains("href=\"/doctor/profile\""));

    let wrong = [("bio", "x"), ("years_of_experience", "90"), ("phone_number", "+351 21 000 0000")];
    let refused = doctor.post_form("/doctor/profile", &wrong).await;
    assert_eq!(refused.status, 422, "{}", refused.body);
    for words in
        ["Enter a whole number from 0 to 80.", "Choose at least one language.", "+351 21 000 0000"]
    {
        assert!(refused.body.contains(words), "{words}");
    }

    let right = [
        ("bio", "I take time for first visits."),
        ("years_of_experience", "12"),
        ("languages", "pt"),
        ("languages", "en"),
    ];
    let saved = doctor.post_form("/doctor/profile", &right).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/doctor/profile?saved=1"));
    let page = app.anyone().get(&format!("/doctors/{provider}")).await.body;
    for words in ["I take time for first visits.", "Portuguese", "12 years"] {
        assert!(page.contains(words), "{words}");
    }
    let shown = app.anyone().get(&format!("/api/providers/{provider}")).await.json();
    assert_eq!(shown["accepting_new_patients"], false);
    assert_eq!(app.db.count("audit_events WHERE action = 'provider.change_profile'").await, 1);
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(patient.get("/doctor/profile").await.status, 403);
}
