//! The readings of a patient and the limits for them, as their doctor sees and sets them: over JSON and in pages.
use crate::support::{Client, NOW, TestApp};
use axum::body::BodyDataStream;
use domain::identity::UserId;
use futures_util::StreamExt;
use jiff::SignedDuration;
use serde_json::json;
use services::live::ALERTS;
use testkit::at;

/// A patient who measured a week of blood pressures, and their doctor.
struct World {
    app: TestApp,
    patient: testkit::Person,
    doctor: testkit::Person,
}

impl World {
    async fn new() -> Self {
        let app = TestApp::new().await;
        let patient = app.db.person(&app.clinic).await;
        let doctor = app.db.person(&app.clinic).await;
        let provider = app.db.provider().await;
        app.db.make_doctor(doctor.user, provider).await;
        let id = patient.user;
        app.db
            .execute(&format!(
                "INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
                     appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
                 VALUES (gen_random_uuid(), '{id}', '{provider}', '{id}', '2026-04-01T09:00:00Z', '2026-04-01T09:30:00Z', \
                     'Europe/Lisbon', 'video', 'scheduled', 'x', 4500, 'EUR', 1440, 50)"
            ))
            .await;
        let client = app.with_token(&patient);
        for day in 0..7 {
            let at = at(NOW) - SignedDuration::from_hours(24 * day + 1);
            let body = json!({ "metric_type": "blood_pressure", "systolic_value": 132, "diastolic_value": 82, "unit": "mm[Hg]", "recorded_at": at });
            let made = client.post("/api/health-metrics", body).await;
            assert_eq!(made.status, 201, "{}", made.body);
        }
        Self { app, patient, doctor }
    }

    fn id(&self) -> UserId {
        self.patient.user
    }

    fn path(&self, rest: &str) -> String {
        format!("/api/patients/{}/health-metrics/{rest}", self.id())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sets_limits_over_json_and_figures_go_by_them() {
    let world = World::new().await;
    let (doctor, patient) =
        (world.app.with_token(&world.doctor), world.app.with_token(&world.patient));
    let limits = world.path("blood_pressure/limits");
    let before = doctor.get(&limits).await.json();
    assert_eq!((&before["version"], &before["set_by"]), (&json!(0), &json!(null)));
    assert_eq!(before["effective"]["target_high"], 134.0);
    assert_eq!(before["set"]["target_high"], json!(null));

    for (body, field) in [
        (json!({"target_high": 1e308}), "target_high"),
        (json!({"target_high": -5}), "target_high"),
        (json!({"target_low": 134}), "target_low"),
        (json!({"critical_high": 150}), "critical_high"),
    ] {
        let wrong = doctor.put(&limits, body).await;
        assert_eq!((wrong.status, wrong.fields()), (400, vec![field.to_owned()]));
    }
    assert_eq!(doctor.put(&limits, json!({"target_high": "124"})).await.status, 400);
    let set = doctor.put(&limits, json!({"target_high": 124, "version": 0})).await;
    assert_eq!((set.status, &set.json()["version"]), (200, &json!(1)), "{}", set.body);
    assert!(set.json()["set_by"].as_str().unwrap().starts_with("Dr "));
    assert_eq!(doctor.put(&limits, json!({"target_high": 120})).await.status, 409);
    assert_eq!(doctor.get(&world.path("height/limits")).await.status, 200);
    assert_eq!(doctor.put(&world.path("height/limits"), json!({})).await.status, 404);
    assert_eq!(doctor.get(&world.path("x/limits")).await.status, 404);

    let own = patient.get("/api/health-metrics/blood_pressure/summary?period=week").await.json();
    let seen = doctor.get(&world.path("blood_pressure/summary?period=week")).await.json();
    assert_eq!(own, seen);
    let range = &own["target_range"];
    assert_eq!(
        (&range["high"], &range["is_personal"], &range["source"]),
        (&json!(124.0), &json!(true), &json!("Set by a doctor"))
    );
    assert_eq!(own["time_in_range"]["within"], 7, "counted by what held when they came");
    let all = doctor.get(&world.path("dashboard")).await.json();
    assert_eq!(all["summaries"][0]["metric_type"], "blood_pressure");
    assert_eq!(doctor.get(&world.path("dashboard?period=day")).await.status, 400);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_reads_over_json_who_needs_attention_and_the_patient_that_they_did() {
    let world = World::new().await;
    let doctor = world.app.with_token(&world.doctor);
    let list = async |query: &str| {
        let list = doctor.get(&format!("/api/health-metrics/patients{query}")).await;
        assert_eq!(list.status, 200, "{}", list.body);
        list.json()
    };

    let calm = list("").await;
    assert_eq!(
        (&calm["count"], &calm["next"], &calm["previous"]),
        (&json!(1), &json!(null), &json!(null))
    );
    let patient = &calm["results"][0];
    assert_eq!((&patient["patient_id"], &patient["reasons"]), (&json!(world.id()), &json!([])));
    assert_eq!(patient["last_measured"], "2026-03-02");
    let limits = world.path("blood_pressure/limits");
    doctor.put(&limits, json!({"target_high": 124, "version": 0})).await;
    let alert = "INSERT INTO reading_alerts (id, patient_id, kind, severity, side, concern, reading_id, value, unit, recorded_at, \
        opened_at, raised_at) SELECT gen_random_uuid(), patient_id, 'weight', 'critical', 'high', 'change', id, 80, 'kg', now(), now(), now() \
        FROM readings LIMIT 1";
    world.app.db.execute(alert).await;
    let reasons = &list("?page=1&page_size=1").await["results"][0]["reasons"];
    let expected = json!([
        {"code": "alert", "metric_type": null, "severity": "critical", "detail": "An urgent alert is open"},
        {
            "code": "out_of_target", "metric_type": "blood_pressure", "severity": null,
            "detail": "Blood pressure above target on 7 of the last 7 days",
        },
    ]);
    assert_eq!(reasons, &expected);

    let seen = "audit_events WHERE action = 'reading.list'";
    assert_eq!(world.app.db.count(seen).await, 2);
    let beyond = list("?page=2&page_size=1").await;
    assert_eq!((&beyond["count"], &beyond["results"]), (&json!(1), &json!([])));
    assert_eq!(beyond["previous"], "/api/health-metrics/patients?page_size=1&page=1");
    assert_eq!(world.app.db.count(seen).await, 2, "who is on another page was not seen");
    let wrong = doctor.get("/api/health-metrics/patients?page=0").await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["page".to_owned()]));
}

async fn event(events: &mut BodyDataStream) -> String {
    let event = events.next().await.unwrap().unwrap();
    let event = String::from_utf8(event.to_vec()).unwrap();
    event.trim().trim_start_matches("data: ").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_list_hears_of_alerts_of_the_doctors_patients_and_of_nobody_elses() {
    let world = World::new().await;
    let (app, seen) = (&world.app, "audit_events WHERE action = 'reading.list'");
    let doctor = app.browser(&world.doctor).await;
    let shown = async || {
        let list = doctor.get("/doctor/readings").await.body;
        let (_, told) = list.split_once("data-told=\"").unwrap();
        told.split_once('"').unwrap().0.to_owned()
    };
    let measure = async |person: &testkit::Person| {
        for minutes in [1, 0] {
            let at = at(NOW) - SignedDuration::from_mins(minutes);
            let body = json!({ "metric_type": "blood_pressure", "systolic_value": 192, "diastolic_value": 122, "recorded_at": at });
            assert_eq!(app.with_token(person).post("/api/health-metrics", body).await.status, 201);
        }
        app.clinic.live().publish(ALERTS, &person.user.to_string());
    };
    let calm = shown().await;
    let mut events = doctor.listen("/live/attention").await;
    assert_eq!(event(&mut events).await, calm, "the page says so itself");

    measure(&app.db.person(&app.clinic).await).await;
    measure(&world.patient).await;

    let changed = event(&mut events).await;
    assert!(changed != calm && changed.starts_with("changed "), "{changed}");
    assert_eq!(app.db.count(seen).await, 1, "who listens has seen nothing");
    assert_eq!(shown().await, changed);
    let patient = app.browser(&world.patient).await;
    assert_eq!(patient.get("/live/attention").await.status, 204);
}

async fn contains(client: &Client<'_>, path: &str, words: &[&str]) {
    let page = client.get(path).await;
    assert_eq!(page.status, 200, "{path}: {}", page.body);
    for words in words {
        assert!(page.body.contains(words), "{path}: {words}\n{}", page.body);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_sets_limits_in_a_form_without_scripts_and_the_patient_reads_of_it() {
    let world = World::new().await;
    let (doctor, patient) =
        (world.app.browser(&world.doctor).await, world.app.browser(&world.patient).await);
    let all = format!("/doctor/patients/{}/readings", world.id());
    let kind = format!("{all}/blood_pressure");
    let form = format!("{kind}/limits");
    contains(&doctor, &format!("/doctor/patients/{}", world.id()), &[&format!("\"{all}\"")]).await;
    contains(&doctor, &format!("{all}?period=week"), &[&kind, "In the usual range"]).await;
    contains(&doctor, &kind, &[&format!("\"{form}\""), "What the patient reads here"]).await;
    contains(&doctor, &form, &["Most adults: 134 mmHg", "name=\"critical_lower_high\""]).await;
    let height = doctor.get(&format!("{all}/height/limits")).await;
    assert_eq!(height.status, 404);
    assert!(!doctor.get(&format!("{all}/height")).await.body.contains("/limits"));
    let steps = doctor.get(&format!("{all}/steps/limits")).await.body;
    assert!(steps.contains("name=\"target_low\"") && !steps.contains("name=\"warning_low\""));
    let oxygen = doctor.get(&format!("{all}/oxygen_saturation/limits")).await.body;
    assert!(oxygen.contains("name=\"warning_low\"") && !oxygen.contains("name=\"warning_high\""));

    let wrong = doctor.post_form(&form, &[("target_high", "<b>"), ("version", "0")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("id=\"target_high-error\"") && wrong.body.contains("&lt;b&gt;"));
    let set = doctor.post_form(&form, &[("target_high", "124"), ("version", "0")]).await;
    assert_eq!((set.status, set.header("location")), (303, &*format!("{kind}?limits=set")));
    contains(
        &doctor,
        &format!("{kind}?limits=set"),
        &["These limits are set.", "Set for this patient by Dr"],
    )
    .await;
    contains(
        &patient,
        "/patient/readings/blood_pressure?period=week",
        &[
            "Set for you by Dr",
            "90 to 124 over 60 to 84 mmHg",
            "In the target range",
            "stays counted by the range that held then",
        ],
    )
    .await;
    contains(&patient, "/patient/readings?period=week", &["In the target range"]).await;
    contains(
        &patient,
        "/patient/readings/report?period=week",
        &["100 % of 7 readings in the target range", "where a doctor has set a target"],
    )
    .await;
    let stale = doctor.post_form(&form, &[("target_high", "120"), ("version", "0")]).await;
    assert_eq!(stale.status, 409);
    assert!(stale.body.contains("changed in the meantime"));
    let reset = doctor.post_form(&form, &[("reset", "1"), ("version", "1")]).await;
    assert_eq!(reset.status, 303);
    let after = patient.get("/patient/readings/blood_pressure").await.body;
    assert!(!after.contains("Set for you by") && after.contains("Usual range in adults"));

    contains(&doctor, "/doctor/readings", &[&format!("\"{all}\""), "Nothing stands out"]).await;
    contains(
        &patient,
        "/account/access-log",
        &["Set limits for readings", "Looked at readings", "Saw in a list how readings go"],
    )
    .await;
}
