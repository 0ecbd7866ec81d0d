use crate::support::{NINE, TestApp};
use serde_json::{Value, json};

const TEN: &str = "2026-03-03T10:00:00Z";
const LATER: &str = "2026-03-10T09:00:00Z";

#[tokio::test(flavor = "multi_thread")]
async fn a_family_is_booked_one_after_another_once() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.patient().await, app.patient().await);
    let mia = json!({ "first_name": "Mia", "last_name": "Silva", "date_of_birth": "2018-05-31", "relationship": "child" });
    let mia = ana.post("/api/family", mia).await.json()["id"].clone();

    let plan = ana
        .get(&format!(
            "/api/providers/{provider}/availability/together?start={NINE}&visit=video&people=2"
        ))
        .await;
    assert_eq!(plan.status, 200, "{}", plan.body);
    let starts: Vec<Value> = plan.json()["results"]
        .as_array()
        .unwrap()
        .iter()
        .map(|slot| slot["start"].clone())
        .collect();
    assert_eq!(starts, [NINE, "2026-03-03T09:30:00Z"]);

    let booking = json!({
        "healthcare_provider_id": provider, "appointment_type": "video", "chief_complaint": "Vaccination",
        "visits": [{ "appointment_date": starts[0] }, { "patient_id": mia, "appointment_date": starts[1] }],
    });
    let stranger = ben.command("/api/appointments/group", "k", booking.clone()).await;
    assert_eq!((stranger.status, stranger.code()), (404, "not_found".into()));
    let booked = ana.command("/api/appointments/group", "k", booking.clone()).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let again = ana.command("/api/appointments/group", "k", booking).await;
    assert_eq!((again.status, again.header("idempotency-replayed")), (201, "true"));
    assert_eq!(again.json(), booked.json());
    let second = &booked.json()["results"][1];
    assert_eq!((&second["patient_id"], &second["appointment_date"]), (&mia, &starts[1]));
    assert_eq!(app.db.count("appointments").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_planned_and_booked_whole_or_not_at_all() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.patient().await, app.patient().await);
    let series = format!(
        "/api/providers/{provider}/availability/series?start={NINE}&visit=video&every_weeks=1&times=2"
    );
    let plan = ana.get(&series).await.json();
    assert_eq!(plan["results"][1]["slot"]["start"], LATER);

    let booking = |first: &str, second: &str| {
        json!({
            "healthcare_provider_id": provider, "appointment_type": "video", "chief_complaint": "Therapy",
            "visits": [{ "appointment_date": first }, { "appointment_date": second }], "every_weeks": 1,
        })
    };
    let booked = ana.command("/api/appointments/group", "a", booking(NINE, LATER)).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let lost = ben.command("/api/appointments/group", "b", booking(TEN, LATER)).await;
    assert_eq!((lost.status, lost.code()), (409, "booking.not_all_free".into()));
    assert_eq!(app.db.count("appointments").await, 2);
    // The week that is taken is planned around.
    let plan = ben.get(&series).await.json();
    assert_eq!(plan["results"][1]["wanted"], LATER);
    assert_ne!(plan["results"][1]["slot"]["start"], LATER);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_booked_together_is_refused_at_its_field() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let ana = app.patient().await;
    let twice = json!([{ "appointment_date": NINE }, { "appointment_date": TEN }]);
    let body = |visits: Value, every_weeks: Value| {
        json!({
            "healthcare_provider_id": provider, "appointment_type": "video",
            "chief_complaint": "Cough", "visits": visits, "every_weeks": every_weeks,
        })
    };
    for (body, fields) in [
        (body(json!([]), Value::Null), vec!["visits"]),
        (body(twice.clone(), Value::Null), vec!["visits"]),
        (body(twice, json!(3)), vec!["every_weeks"]),
        (body(json!([{ "appointment_date": "tomorrow" }]), Value::Null), vec!["visits"]),
        (
            json!({}),
            vec!["healthcare_provider_id", "appointment_type", "chief_complaint", "visits"],
        ),
    ] {
        let refused = ana.command("/api/appointments/group", "k", body).await;
        assert_eq!(refused.status, 400, "{}", refused.body);
        assert_eq!(refused.fields(), fields);
    }
    for (query, field) in [
        ("start=soon&visit=video&people=2", "start"),
        ("start=2026-03-03T09:00:00Z&visit=video&people=9", "people"),
    ] {
        let path = format!("/api/providers/{provider}/availability/together?{query}");
        let refused = ana.get(&path).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field.to_owned()]));
    }
    let anyone = app.anyone().post("/api/appointments/group", json!({})).await;
    assert_eq!(anyone.status, 401);
}
