use crate::support::{Reply, TestApp};
use serde_json::{Value, json};

/// A Tuesday, in Lisbon at the hour of UTC.
fn hours(start: &str, end: &str, recurring: bool) -> Value {
    json!({ "start_time": start, "end_time": end, "recurring": recurring, "slot_minutes": 20 })
}

const PATH: &str = "/api/doctors/availability";

/// The fields that a problem names.
fn fields(reply: &Reply) -> Vec<String> {
    let errors = reply.json()["errors"].as_array().cloned().unwrap_or_default();
    errors.iter().map(|error| error["field"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_time_of_a_day_is_free_or_has_its_cause() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (doctor, patient) = (app.doctor(provider).await, app.patient().await);
    let nine = json!({
        "healthcare_provider_id": provider, "appointment_date": "2026-03-03T09:00:00Z",
        "appointment_type": "video", "chief_complaint": "Cough",
    });
    assert_eq!(patient.book("k", nine).await.status, 201);
    app.db.execute("DELETE FROM availability_rules WHERE weekday = 6").await;
    let path = |date: &str| format!("/api/providers/{provider}/availability/explain?date={date}");

    let day = doctor.get(&path("2026-03-03")).await.json();
    let causes: Vec<_> = day["hours"][0]["times"]
        .as_array()
        .unwrap()
        .iter()
        .map(|time| time["cause"].as_str().unwrap_or("free").to_owned())
        .collect();
    assert_eq!(causes, ["booked", "free", "free", "free", "free", "free"]);
    assert_eq!(day["hours"][0]["times"][0]["explanation"], "There is a visit");
    // Yesterday and far ahead have a cause of their own.
    let far = doctor.get(&path("2027-03-02")).await.json();
    assert_eq!(far["hours"][0]["times"][5]["cause"], "horizon");
    assert_eq!(doctor.get(&path("2026-03-07")).await.json()["hours"], json!([]));

    assert_eq!(patient.get(&path("2026-03-03")).await.status, 403);
    assert_eq!(app.anyone().get(&path("2026-03-03")).await.status, 401);
    let wrong = doctor.get(&path("someday")).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["date".to_owned()]));
    for extreme in ["-009999-01-01", "9999-12-31"] {
        assert!([200, 404].contains(&doctor.get(&path(extreme)).await.status), "{extreme}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_adds_weekly_hours_and_hours_on_one_day() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let doctor = app.doctor(provider).await;

    // With summer time from 29 March on; 19:00 in Madrid is 18:00 in Lisbon.
    let weekly =
        doctor.post(PATH, hours("2026-03-03T19:00:00+01:00", "2026-03-03T19:00:00Z", true)).await;
    assert_eq!(weekly.status, 201, "{}", weekly.body);
    let made = weekly.json();
    assert_eq!(made["start_time"], "2026-03-03T18:00:00Z");
    assert_eq!((&made["day"], &made["time_zone"]), (&json!("2026-03-03"), &json!("Europe/Lisbon")));
    assert_eq!((&made["recurring"], &made["kinds"]), (&json!(true), &json!(["video", "phone"])));
    let once =
        doctor.post(PATH, hours("2026-03-05T20:00:00Z", "2026-03-06T00:00:00Z", false)).await;
    assert_eq!(once.status, 201, "{}", once.body);

    let slots = app
        .anyone()
        .get(&format!("/api/providers/{provider}/availability?from=2026-03-02&to=2026-03-31"))
        .await
        .json();
    let starts: Vec<_> = slots["slots"].as_array().unwrap().iter().map(|s| &s["start"]).collect();
    for start in ["2026-03-03T18:40:00Z", "2026-03-31T17:00:00Z", "2026-03-05T23:40:00Z"] {
        assert!(starts.contains(&&json!(start)), "{start}");
    }
    assert!(!starts.contains(&&json!("2026-03-12T20:00:00Z")));
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_that_cannot_be_read_or_kept_are_refused_at_their_field() {
    let app = TestApp::new().await;
    let doctor = app.doctor(app.db.provider().await).await;
    let (nine, ten) = ("2026-03-03T09:00:00Z", "2026-03-03T10:00:00Z");
    let unread = doctor.post(PATH, hours("2026-03-03T09:00", "tomorrow", true)).await;
    assert_eq!(
        (unread.status, fields(&unread)),
        (400, vec!["start_time".into(), "end_time".into()])
    );
    for (body, status, field) in [
        (hours(ten, nine, true), 400, "end_time"),
        (hours(nine, "2026-03-04T10:00:00Z", true), 400, "end_time"),
        (hours("2026-03-03T09:00:30Z", ten, true), 400, "start_time"),
        // Within the hours that the doctor keeps each day.
        (hours(nine, ten, true), 422, "start_time"),
        (hours("2026-03-03T18:00:00Z", "2026-03-03T18:10:00Z", false), 422, "slot_minutes"),
        (hours("2026-02-03T18:00:00Z", "2026-02-03T19:00:00Z", false), 422, "start_time"),
    ] {
        let reply = doctor.post(PATH, body.clone()).await;
        assert_eq!((reply.status, fields(&reply)), (status, vec![field.to_owned()]), "{body}");
        assert_eq!(reply.header("content-type"), "application/problem+json");
    }
    let mut there = hours("2026-03-03T18:00:00Z", "2026-03-03T19:00:00Z", true);
    there["hospital_id"] = json!(app.db.hospital().await);
    let elsewhere = doctor.post(PATH, there.clone()).await;
    assert_eq!((elsewhere.status, fields(&elsewhere)), (422, vec!["hospital_id".into()]));
    there["hospital_id"] = Value::Null;
    there["kinds"] = json!(["in_person"]);
    assert_eq!(fields(&doctor.post(PATH, there.clone()).await), ["hospital_id"]);
    there["kinds"] = json!(["letter"]);
    assert_eq!(fields(&doctor.post(PATH, there).await), ["kinds"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn hours_are_kept_for_urgent_visits_from_the_start() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let doctor = app.doctor(provider).await;
    let kept = |recurring: bool, minutes: Value| {
        let mut body = hours("2026-03-02T20:00:00Z", "2026-03-03T00:00:00Z", recurring);
        body["kept_for_urgent_minutes"] = minutes;
        body
    };
    for (minutes, status) in [(json!(1_441), 422), (json!(-1), 422), (json!("soon"), 400)] {
        let refused = doctor.post(PATH, kept(true, minutes.clone())).await;
        assert_eq!(refused.status, status, "{minutes}");
        if status == 422 {
            assert_eq!(fields(&refused), ["kept_for_urgent_minutes"]);
        }
    }
    let made = doctor.post(PATH, kept(true, json!(120))).await;
    assert_eq!((made.status, &made.json()["kept_for_urgent_minutes"]), (201, &json!(120)));
    let plain = doctor.post(PATH, hours("2026-03-04T18:00:00Z", "2026-03-04T19:00:00Z", false));
    assert_eq!(plain.await.json()["kept_for_urgent_minutes"], Value::Null);

    let day = json!({
        "date": "2026-03-02", "start_time": "18:00", "end_time": "20:00", "kept_for_urgent_minutes": 0,
    });
    let path = format!("/api/providers/{provider}/availability");
    let made = doctor.post(&path, day).await;
    assert_eq!((made.status, &made.json()["kept_for_urgent_minutes"]), (201, &json!(0)));
    let midnight = json!({ "date": "2026-03-05", "start_time": "22:00", "end_time": "24:00" });
    let made = doctor.post(&path, midnight).await;
    assert_eq!((made.status, &made.json()["end_time"]), (201, &json!("00:00:00")));
    let late = json!({
        "date": "2026-03-06", "start_time": "22:00", "end_time": "23:00", "kept_for_urgent_minutes": 1_441,
    });
    let late = doctor.post(&path, late).await;
    assert_eq!((late.status, fields(&late)), (422, vec!["kept_for_urgent_minutes".into()]));

    // The evening is for urgent visits, and for nobody else.
    let evening = async |priority: &str| {
        let window = "from=2026-03-02T18:00:00Z&to=2026-03-03T00:00:00Z";
        let slots = app.anyone().get(&format!("{path}?{window}&priority={priority}")).await.json();
        slots["slots"].as_array().unwrap().len()
    };
    assert_eq!((evening("routine").await, evening("urgent").await), (0, 16));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_doctors_add_hours() {
    let app = TestApp::new().await;
    let body = || hours("2026-03-03T18:00:00Z", "2026-03-03T19:00:00Z", true);
    assert_eq!(app.anyone().post(PATH, body()).await.status, 401);
    assert_eq!(app.patient().await.post(PATH, body()).await.status, 403);
}
