use crate::support::{Client, TestApp};
use serde_json::{Value, json};

async fn admin(app: &TestApp) -> Client<'_> {
    let person = app.db.person(&app.clinic).await;
    app.db.give_role(person.user, "admin").await;
    app.with_token(&person)
}

fn doctor(license: &str, places: Value) -> Value {
    json!({
        "first_name": "Zoë", "last_name": "Nguyễn", "email": "zoe@example.org",
        "specialization": "Cardiology", "license_number": license, "hospital_ids": places,
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_a_doctor_whose_licence_is_valid() {
    let app = TestApp::new().await;
    let (admin, place) = (admin(&app).await, app.db.hospital().await);

    let made = admin.post("/api/providers/", doctor("PT-100003", json!([place]))).await;
    assert_eq!(made.status, 201, "{}", made.body);
    let made = made.json();
    assert_eq!(
        (&made["specialization"], &made["time_zone"]),
        (&json!("cardiology"), &json!("Europe/Lisbon"))
    );
    assert_eq!(made["hospitals"][0]["id"], json!(place));
    assert_eq!(made["license_check"]["standing"], "valid");
    let again = admin.post("/api/providers", doctor("PT-100004", json!([]))).await;
    assert_eq!((again.status, again.code()), (409, "admin.email_in_use".to_owned()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_licence_that_is_not_valid_is_400_and_one_that_nobody_can_check_503() {
    let app = TestApp::new().await;
    let admin = admin(&app).await;

    let refused = admin.post("/api/providers/", doctor("SUSPENDED-1", json!([]))).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["license_number".to_owned()]));
    assert!(refused.body.contains("Invalid licence"), "{}", refused.body);
    let silent = admin.post("/api/providers/", doctor("OFFLINE-1", json!([]))).await;
    assert_eq!((silent.status, silent.code()), (503, "admin.license_not_checked".to_owned()));
    for (body, field) in [
        (doctor("PT-1", json!(["x"])), "hospital_ids"),
        (doctor("PT-1", json!([uuid::Uuid::now_v7()])), "hospital_ids"),
        (json!({ "first_name": "Zoë" }), "last_name"),
    ] {
        let refused = admin.post("/api/providers", body).await;
        assert_eq!(refused.status, 400);
        assert!(refused.fields().contains(&field.to_owned()), "{}", refused.body);
    }
    assert_eq!(app.db.count("providers").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_admins_decide_who_works_where() {
    let app = TestApp::new().await;
    let (provider, place) = (app.db.provider().await, app.db.hospital().await);
    let path = format!("/api/providers/{provider}/hospitals/");
    let body = json!({ "hospital_ids": [place] });

    let (patient, doctor) = (app.patient().await, app.doctor(provider).await);
    assert_eq!(app.anyone().put(&path, body.clone()).await.status, 401);
    for client in [&patient, &doctor] {
        assert_eq!(client.put(&path, body.clone()).await.status, 403);
        assert_eq!(client.post("/api/providers", json!({})).await.status, 403);
    }
    let saved = admin(&app).await.put(&path, body).await;
    assert_eq!(saved.status, 200, "{}", saved.body);
    assert_eq!(saved.json()["hospitals"][0]["id"], json!(place));
    assert_eq!(app.db.count("outbox WHERE topic = 'hospital.sync'").await, 1);
    let missing = json!({ "hospital_ids": [uuid::Uuid::now_v7()] });
    let refused = admin(&app).await.put(&path, missing).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["hospital_ids".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_adds_hours_on_a_day_for_themselves_alone() {
    let app = TestApp::new().await;
    let (provider, other) =
        (app.db.provider().await, app.db.provider_named("Eva", "Dias", "urology").await);
    let doctor = app.doctor(provider).await;
    let path = format!("/api/providers/{provider}/availability/");
    let hours = |start: &str, end: &str| json!({ "date": "2026-03-05", "start_time": start, "end_time": end });

    let made = doctor.post(&path, hours("18:00", "19:00")).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!(made.json()["start_time"], "18:00:00");
    let slots = app.anyone().get(&format!("{path}?from=2026-03-05&to=2026-03-05")).await;
    assert!(slots.body.contains("2026-03-05T18:30:00Z"), "{}", slots.body);
    let refused = doctor.post(&path, hours("19:00", "18:00")).await;
    assert_eq!((refused.status, refused.fields()), (422, vec!["end_time".to_owned()]));
    let unread = doctor.post(&path, json!({ "date": "soon" })).await;
    assert_eq!((unread.status, unread.fields().len()), (400, 3));
    let theirs = format!("/api/providers/{other}/availability");
    assert_eq!(doctor.post(&theirs, hours("18:00", "19:00")).await.status, 403);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_practice_is_summed_up_for_the_doctor_and_for_admins() {
    let app = TestApp::new().await;
    let (provider, patient) = (app.db.provider().await, app.patient().await);
    let doctor = app.doctor(provider).await;
    for (key, start) in [("a", "2026-03-03T09:00:00Z"), ("b", "2026-04-01T09:00:00Z")] {
        let visit = json!({
            "healthcare_provider_id": provider, "appointment_date": start,
            "appointment_type": "video", "chief_complaint": "Cough",
        });
        assert_eq!(patient.book(key, visit).await.status, 201);
    }
    app.db
        .execute(
            "UPDATE payments SET status = 'paid' WHERE appointment_id IN \
         (SELECT id FROM appointments WHERE starts_at < '2026-03-31')",
        )
        .await;

    let path = format!("/api/providers/{provider}/analytics/");
    let seen = doctor.get(&path).await;
    assert_eq!(seen.status, 200, "{}", seen.body);
    let seen = seen.json();
    assert_eq!(
        (&seen["total_appointments"], &seen["revenue"]["minor"]),
        (&json!(2), &json!(4_500))
    );
    assert_eq!(
        (&seen["average_rating"], &seen["patient_satisfaction"]),
        (&Value::Null, &Value::Null)
    );
    assert_eq!(seen["monthly_trends"].as_array().unwrap().len(), 1);
    assert_eq!(seen["monthly_trends"][0]["month"], "2026-03");
    assert_eq!(admin(&app).await.get(&path).await.json(), seen);
    let other = app.doctor(app.db.provider_named("Eva", "Dias", "urology").await).await;
    for client in [&patient, &other] {
        assert_eq!(client.get(&path).await.status, 403);
    }
}
