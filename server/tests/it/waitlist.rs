use crate::support::TestApp;
use serde_json::{Value, json};

/// Noon is beyond the doctor's hours, so that nothing is free for it.
fn wish(provider: &str) -> Value {
    json!({
        "healthcare_provider_id": provider, "appointment_types": ["video"], "weekdays": [1, 2],
        "starts": "12:00", "from": "2026-03-02", "until": "2026-03-20", "chief_complaint": "Cough",
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn programs_join_see_and_leave_the_waitlist() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await.to_string();
    let patient = app.patient().await;

    let joined = patient.post("/api/waitlist", wish(&provider)).await;
    assert_eq!(joined.status, 201, "{}", joined.body);
    let entry = joined.json();
    assert_eq!((&entry["status"], &entry["offer"]), (&json!("waiting"), &Value::Null));
    assert_eq!((&entry["starts"], &entry["weekdays"]), (&json!("12:00"), &json!([1, 2])));
    let again = patient.post("/api/waitlist", wish(&provider)).await;
    assert_eq!((again.status, again.code()), (409, "waitlist.waiting_already".into()));
    let list = patient.get("/api/waitlist").await.json();
    assert_eq!(list["count"], 1);

    let path = format!("/api/waitlist/{}", entry["id"].as_str().unwrap());
    assert_eq!(app.patient().await.delete(&path).await.status, 404);
    let left = patient.delete(&path).await;
    assert_eq!((left.status, &left.json()["status"]), (200, &json!("left")));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_a_wish_is_said_at_its_field_and_offers_are_ones_own() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await.to_string();
    let patient = app.patient().await;
    let mut both = wish(&provider);
    both["specialization"] = json!("urology");
    both["until"] = json!("soon");
    let refused = patient.post("/api/waitlist", both).await;
    assert_eq!(
        (refused.status, refused.fields()),
        (400, vec!["healthcare_provider_id".to_owned(), "until".to_owned()])
    );
    let mut empty = wish(&provider);
    empty["appointment_types"] = json!([]);
    empty["chief_complaint"] = json!("");
    let refused = patient.post("/api/waitlist", empty).await;
    assert_eq!(refused.fields(), ["appointment_types", "chief_complaint"]);
    assert_eq!(app.anyone().get("/api/waitlist").await.status, 401);
    let none = format!("/api/waitlist/offers/{}/accept", uuid::Uuid::now_v7());
    assert_eq!(patient.post(&none, json!({})).await.status, 404);
    assert_eq!(app.anyone().get("/offers/unknown").await.status, 404);
}
