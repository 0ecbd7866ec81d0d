use crate::support::TestApp;
use diesel_async::RunQueryDsl;
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

#[derive(diesel::QueryableByName)]
struct Sent {
    #[diesel(sql_type = diesel::sql_types::Text)]
    token: String,
}

#[tokio::test(flavor = "multi_thread")]
async fn the_link_that_was_sent_is_enough_to_accept() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await.to_string();
    let patient = app.patient().await;
    let mut wish = wish(&provider);
    wish["starts"] = Value::Null;
    assert_eq!(patient.post("/api/waitlist", wish).await.status, 201);
    services::waitlist::offer_openings(&app.clinic).await.unwrap();
    let sent = "SELECT payload ->> 'token' AS token FROM outbox WHERE topic = 'waitlist.offered'";
    let sent: Sent = diesel::sql_query(sent).get_result(&mut app.db.owner().await).await.unwrap();

    let link = format!("/offers/{}", sent.token);
    let page = app.anyone().get(&link).await;
    assert_eq!(page.status, 200);
    assert!(!page.body.contains("Cough"), "{}", page.body);
    let minor = page.hidden("fee_minor");
    let dearer = [("answer", "accept"), ("fee_minor", "1"), ("currency", "EUR")];
    let refused = app.anyone().post_form(&link, &dearer).await;
    assert_eq!(refused.status, 409);
    let form = [("answer", "accept"), ("fee_minor", minor.as_str()), ("currency", "EUR")];
    for _ in 0..2 {
        assert_eq!(app.anyone().post_form(&link, &form).await.status, 303);
    }
    assert!(app.anyone().get(&link).await.body.contains("You have accepted"));
    let late = app.anyone().post_form(&link, &[("answer", "decline")]).await;
    assert_eq!(late.status, 409);
    assert_eq!(patient.get("/api/appointments").await.json()["count"], 1);
}
