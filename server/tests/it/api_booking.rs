use crate::support::{NINE, TestApp};
use domain::directory::ProviderId;
use serde_json::{Value, json};

fn booking(provider: ProviderId, start: &str) -> Value {
    json!({
        "healthcare_provider_id": provider, "appointment_date": start,
        "appointment_type": "video", "chief_complaint": "Sore throat",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_booked_read_moved_and_cancelled() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;

    let booked = patient.book("k1", booking(provider, NINE)).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let visit = booked.json();
    assert_eq!(visit["appointment_date"], NINE);
    assert_eq!(visit["end_time"], "2026-03-03T09:30:00Z");
    assert_eq!(visit["status"], "scheduled");
    assert_eq!(visit["can_be_cancelled"], true);
    assert_eq!(visit["free_until"], "2026-03-02T09:00:00Z");
    let path = booked.header("location").to_owned();

    assert_eq!(patient.get(&path).await.json()["id"], visit["id"]);
    let moved = patient.put(&path, json!({ "appointment_date": "2026-03-04T10:00:00Z" })).await;
    assert_eq!(
        (moved.status, &moved.json()["appointment_date"]),
        (200, &json!("2026-03-04T10:00:00Z"))
    );
    let listed = patient.get("/api/appointments").await.json();
    assert_eq!((&listed["count"], &listed["next"]), (&json!(1), &Value::Null));

    let cancelled = patient.delete(&path).await;
    assert_eq!((cancelled.status, &cancelled.json()["status"]), (200, &json!("cancelled")));
    let again = patient.delete(&path).await;
    assert_eq!((again.status, again.code()), (400, "booking.cannot_cancel".into()));
    let moved = patient.put(&path, json!({ "appointment_date": NINE })).await;
    assert_eq!(moved.status, 400, "{}", moved.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_key_gets_the_same_answer() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let first = patient.book("same", booking(provider, NINE)).await;

    let second = patient.book("same", booking(provider, NINE)).await;
    let other = patient.book("same", booking(provider, "2026-03-03T10:00:00Z")).await;

    assert_eq!((second.status, second.json()["id"].clone()), (201, first.json()["id"].clone()));
    assert_eq!(first.header("idempotency-replayed"), "");
    assert_eq!(second.header("idempotency-replayed"), "true");
    assert_eq!((other.status, other.code()), (422, "idempotency.key_reused".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_taken_time_answers_with_the_nearest_free_ones() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.patient().await, app.patient().await);
    ana.book("a", booking(provider, NINE)).await;

    let taken = ben.book("b", booking(provider, NINE)).await;

    assert_eq!((taken.status, taken.code()), (409, "booking.slot_taken".into()));
    assert_eq!(taken.json()["alternatives"][0]["start"], "2026-03-03T09:30:00Z");
}

#[tokio::test(flavor = "multi_thread")]
async fn bad_input_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let with = |field: &str, value: Value| {
        let mut body = booking(provider, NINE);
        body[field] = value;
        body
    };
    for (body, field) in [
        (with("healthcare_provider_id", json!("x")), "healthcare_provider_id"),
        (with("appointment_date", json!("2026-03-03T09:00:00")), "appointment_date"),
        (with("appointment_date", json!("tomorrow")), "appointment_date"),
        (with("appointment_date", json!("2026-03-01T09:00:00Z")), "appointment_date"),
        (with("appointment_date", json!("2027-03-03T09:00:00Z")), "appointment_date"),
        (with("appointment_type", json!("telepathy")), "appointment_type"),
        (with("appointment_type", json!("in_person")), "appointment_type"),
        (with("chief_complaint", json!("")), "chief_complaint"),
        (with("chief_complaint", json!("a\u{0}b")), "chief_complaint"),
        (with("chief_complaint", json!("x".repeat(501))), "chief_complaint"),
        (with("hospital_id", json!("nowhere")), "hospital_id"),
    ] {
        let refused = patient.book("k", body.clone()).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field.to_owned()]), "{body}");
    }
    let empty = patient.book("k", json!({})).await;
    assert_eq!(
        empty.fields(),
        ["healthcare_provider_id", "appointment_date", "appointment_type", "chief_complaint"]
    );
    let off_the_grid = patient.book("k", booking(provider, "2026-03-03T09:10:00Z")).await;
    assert_eq!((off_the_grid.status, off_the_grid.code()), (409, "booking.not_offered".into()));
    let unknown = patient.book("k", booking(ProviderId::generate(), NINE)).await;
    assert_eq!((unknown.status, unknown.code()), (404, "not_found".into()));
    assert_eq!(app.db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_needs_a_key_and_a_patient() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;

    let keyless = patient.post("/api/appointments", booking(provider, NINE)).await;
    assert_eq!((keyless.status, keyless.fields()), (400, vec!["Idempotency-Key".to_owned()]));
    for key in ["a b", "ü", &"k".repeat(256)] {
        let refused = patient.book(key, booking(provider, NINE)).await;
        assert_eq!(refused.status, 400, "{key}");
    }
    let stranger = app.anyone().book("k", booking(provider, NINE)).await;
    assert_eq!((stranger.status, stranger.header("www-authenticate")), (401, "Bearer"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_of_somebody_else_is_not_there() {
    let app = TestApp::new().await;
    let (provider, other) = (app.db.provider().await, app.db.provider().await);
    let patient = app.patient().await;
    let booked = patient.book("k", booking(provider, NINE)).await;
    let path = booked.header("location");

    for nosy in [app.patient().await, app.doctor(other).await] {
        assert_eq!(nosy.get(path).await.status, 404);
        assert_eq!(nosy.delete(path).await.status, 404);
        assert_eq!(nosy.put(path, json!({ "chief_complaint": "x" })).await.status, 404);
    }
    assert_eq!(app.doctor(provider).await.get(path).await.status, 200);
    assert_eq!(app.anyone().get(path).await.status, 401);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_founding_names_work_too() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let body = json!({
        "doctor_id": provider, "scheduled_time": NINE,
        "reason": "Annual checkup", "appointment_type": "phone",
    });

    let booked = patient.book("k", body).await;

    assert_eq!(booked.status, 201, "{}", booked.body);
    let id = booked.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(patient.get(&format!("/api/consultations/{id}/")).await.status, 200);
}
