use crate::support::{NINE, TestApp};
use serde_json::{Value, json};

fn mia() -> Value {
    json!({ "first_name": "Mia", "last_name": "Silva", "date_of_birth": "2018-05-31", "relationship": "child" })
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_added_booked_for_changed_and_removed() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.patient().await, app.patient().await);

    let added = ana.post("/api/family", mia()).await;
    assert_eq!(added.status, 201, "{}", added.body);
    let id = added.json()["id"].as_str().unwrap().to_owned();
    assert_eq!(added.json()["full_name"], "Mia Silva");
    assert_eq!(ana.post("/api/family", mia()).await.json()["id"], id);
    assert_eq!(ana.get("/api/family").await.json().as_array().unwrap().len(), 1);
    assert_eq!(ben.get("/api/family").await.json(), json!([]));

    let booking = json!({
        "healthcare_provider_id": provider, "appointment_date": NINE, "patient_id": id,
        "appointment_type": "video", "chief_complaint": "Sore throat",
    });
    let stranger = ben.book("b", booking.clone()).await;
    assert_eq!((stranger.status, stranger.code()), (404, "not_found".into()));
    let booked = ana.book("a", booking).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let visit = booked.json();
    assert_eq!((&visit["patient_id"], &visit["patient_name"]), (&json!(id), &json!("Mia Silva")));
    assert_ne!(visit["created_by"], visit["patient_id"]);
    let path = booked.header("location").to_owned();
    assert_eq!(ben.get(&path).await.status, 404);
    assert_eq!(ben.delete(&path).await.status, 404);

    let family = format!("/api/family/{id}");
    let kept = ana.delete(&family).await;
    assert_eq!((kept.status, kept.code()), (409, "family.has_coming_visits".into()));
    assert_eq!(ana.delete(&path).await.status, 200);
    let mut max = mia();
    max["first_name"] = json!("Max");
    assert_eq!(ben.put(&family, max.clone()).await.status, 404);
    assert_eq!(ana.put(&family, max).await.json()["first_name"], "Max");
    assert_eq!(ana.delete(&family).await.status, 200);
    assert_eq!(ana.delete(&family).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_details_are_refused_at_their_fields() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let ana = app.patient().await;

    let refused = ana.post("/api/family", json!({})).await;
    let fields = ["first_name", "last_name", "date_of_birth", "relationship"].map(str::to_owned);
    assert_eq!((refused.status, refused.fields()), (400, fields.to_vec()));
    let refused = ana
        .book(
            "k",
            json!({ "healthcare_provider_id": provider, "appointment_date": NINE,
            "appointment_type": "video", "chief_complaint": "x", "patient_id": "nobody" }),
        )
        .await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["patient_id".to_owned()]));
    assert_eq!(app.anyone().get("/api/family").await.status, 401);
}
