use crate::support::{NINE, TestApp};
use axum::{body::Body, http::Method};
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

/// A reminder of each visit, as it is once its mail is on its way.
const REMINDED: &str = "\
    INSERT INTO appointment_reminders (appointment_id, starts_at, kind, due_at, decided_at, sent_at) \
    SELECT id, starts_at, 'day_before', starts_at, now(), '2026-03-02T09:00:00Z' FROM appointments";

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_says_when_its_patient_was_reminded_of_the_time_that_it_has() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (person, doctor) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    app.db.make_doctor(doctor.user, provider).await;
    let patient = app.with_token(&person);
    let booked = patient.book("k1", booking(provider, "2026-03-05T09:00:00Z")).await;
    assert_eq!(booked.json()["reminder_sent"], false, "{}", booked.body);
    assert_eq!(booked.json()["reminder_sent_at"], Value::Null);
    app.db.execute(REMINDED).await;

    let path = booked.header("location").to_owned();
    let seen = patient.get(&path).await.json();
    assert_eq!(
        (&seen["reminder_sent"], &seen["reminder_sent_at"]),
        (&json!(true), &json!("2026-03-02T09:00:00Z"))
    );
    let listed = patient.get("/api/appointments").await.json();
    assert_eq!(listed["results"][0]["reminder_sent"], true, "{listed}");
    let page = path.replace("/api/appointments", "/visits");
    for (reader, said) in [(&person, "We reminded you on "), (&doctor, "We reminded them on ")] {
        let shown = app.browser(reader).await.get(&page).await.body;
        assert!(shown.contains("<dt>Reminder</dt>") && shown.contains(said), "{shown}");
    }

    let moved = patient.put(&path, json!({ "appointment_date": "2026-03-06T10:00:00Z" })).await;
    assert_eq!(moved.json()["reminder_sent"], false, "{}", moved.body);
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
async fn a_time_is_kept_for_one_until_they_let_go() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.patient().await, app.patient().await);
    let path = format!("/api/providers/{provider}/hold");

    let kept = ana.put(&path, json!({ "start": NINE, "visit": "video" })).await;
    assert_eq!(kept.status, 200, "{}", kept.body);
    let seconds = kept.json()["remaining_seconds"].as_i64().unwrap();
    assert!((1..=600).contains(&seconds), "{seconds}");
    let taken = ben.put(&path, json!({ "start": NINE })).await;
    assert_eq!((taken.status, taken.code()), (409, "booking.slot_taken".into()));
    assert_eq!(taken.json()["alternatives"][0]["start"], "2026-03-03T09:30:00Z");
    let wrong = ben.put(&path, json!({ "start": "nine", "visit": "video" })).await;
    assert_eq!((wrong.status, wrong.fields()), (400, vec!["start".to_owned()]));

    assert_eq!(ana.delete(&path).await.status, 204);
    assert_eq!(ben.book("b", booking(provider, NINE)).await.status, 201);
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
async fn the_doctor_of_a_visit_says_what_becomes_of_it() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let booked = app.patient().await.book("k", booking(provider, NINE)).await;
    let id = booked.json()["id"].as_str().unwrap().to_owned();
    let says = async |path: &str, status: &str| {
        let doctor = app.with_token(&person);
        doctor.put(&format!("/api/{path}/{id}"), json!({ "status": status })).await
    };
    let refused = async |status: &str| {
        let reply = says("appointments", status).await;
        (reply.status, reply.code())
    };

    let confirmed = says("appointments", "confirmed").await;
    assert_eq!((confirmed.status, &confirmed.json()["status"]), (200, &json!("confirmed")));
    assert_eq!(confirmed.json()["id"], json!(id));
    assert_eq!(refused("in_progress").await, (409, "booking.too_early".into()));
    assert_eq!(refused("no_show").await, (409, "booking.not_started".into()));
    assert_eq!(refused("cancelled").await, (409, "booking.not_a_step".into()));

    app.db.set_now(NINE);
    for status in ["in_progress", "completed", "completed"] {
        let done = says("consultations", status).await;
        assert_eq!((done.status, &done.json()["status"]), (200, &json!(status)));
    }
    assert_eq!(refused("in_progress").await, (409, "booking.not_a_step".into()));
    let audited = "audit_events WHERE action IN ('appointment.confirm', 'appointment.start', 'appointment.complete')";
    assert_eq!(app.db.count(audited).await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_its_doctor_says_what_becomes_of_a_visit() {
    let app = TestApp::new().await;
    let (provider, other) = (app.db.provider().await, app.db.provider().await);
    let (patient, doctor) = (app.patient().await, app.doctor(provider).await);
    let booked = patient.book("k", booking(provider, NINE)).await;
    let path = booked.header("location");
    let confirm = json!({ "status": "confirmed" });

    for (nosy, status) in
        [(app.anyone(), 401), (app.patient().await, 403), (app.doctor(other).await, 404)]
    {
        assert_eq!(nosy.put(path, confirm.clone()).await.status, status);
    }
    assert_eq!(patient.put(path, confirm).await.status, 403);
    for wrong in [
        json!({ "status": "" }),
        json!({ "status": "done" }),
        json!({ "status": "confirmed", "chief_complaint": "Cough" }),
        json!({ "status": "confirmed", "appointment_date": "2026-03-04T10:00:00Z" }),
    ] {
        let refused = doctor.put(path, wrong.clone()).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["status".to_owned()]), "{wrong}");
    }
    assert_eq!(patient.get(path).await.json()["status"], "scheduled");
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

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_cannot_be_had_is_refused_with_the_reason() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let refused = async |start: &str| {
        let reply = patient.book("k", booking(provider, start)).await;
        let problem = reply.json();
        let first = problem["errors"][0]["message"].as_str().map(str::to_owned);
        (reply.status, first.unwrap_or_else(|| reply.code()))
    };
    let field = |message: &str| (400, message.to_owned());
    let not_offered = (409, "booking.not_offered".to_owned());
    let past = field("That time is in the past.");
    let far = field("That time is too far ahead: it cannot be booked yet.");
    let unreadable = field("Send a time with its offset, such as 2026-03-02T09:00:00Z.");

    assert_eq!(refused("2026-03-01T09:00:00Z").await, past);
    assert_eq!(refused("0001-01-01T00:00:00Z").await, past);
    assert_eq!(refused("2026-05-30T08:00:00Z").await, far);
    // Nine hours on no clock of the doctor's, and one minute beside every time.
    assert_eq!(refused("2026-03-03T13:00:00Z").await, not_offered);
    assert_eq!(refused("2026-03-03T09:01:00Z").await, not_offered);
    assert_eq!(refused("2026-03-03T09:00:00.000001Z").await, not_offered);
    assert_eq!(refused("9999-12-30T21:59:59Z").await, not_offered);
    for nonsense in [
        "2026-03-03T09:00:00",
        "2026-03-03",
        "2026-02-30T09:00:00Z",
        "+292277026596-12-04T15:30:07Z",
        "1772528400",
        "",
        "٢٠٢٦-٠٣-٠٣T٠٩:٠٠:٠٠Z",
    ] {
        assert_eq!(refused(nonsense).await, unreadable, "{nonsense:?}");
    }
    assert_eq!(app.db.count("appointments").await, 0);
    // The same instant on another clock is the same time.
    let elsewhere = patient.book("k", booking(provider, "2026-03-03T10:00:00+01:00")).await;
    assert_eq!((elsewhere.status, &elsewhere.json()["appointment_date"]), (201, &json!(NINE)));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_hour_that_the_clocks_skip_is_not_offered() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    // On 29 March 2026 it is never between one and two o'clock in Lisbon.
    app.db.execute("UPDATE availability_rules SET starts = '01:00', ends = '02:00'").await;
    let day = async |day: &str| {
        let path = format!("/api/providers/{provider}/availability?from={day}&to={day}");
        app.anyone().get(&path).await.json()["slots"].as_array().unwrap().len()
    };

    let skipped = patient.book("k", booking(provider, "2026-03-29T01:00:00Z")).await;
    let before = patient.book("k", booking(provider, "2026-03-28T01:00:00Z")).await;

    assert_eq!((day("2026-03-29").await, day("2026-03-30").await), (0, 2));
    assert_eq!((skipped.status, skipped.code()), (409, "booking.not_offered".into()));
    assert_eq!(before.status, 201);
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_cannot_book_themselves() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let doctor = app.doctor(provider).await;

    let refused = doctor.book("k", booking(provider, NINE)).await;

    assert_eq!((refused.status, refused.code()), (409, "booking.own_slot".into()));
    assert_eq!(app.db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_script_is_kept_as_it_was_written_and_tricks_are_not() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let with = |reason: &str, start: &str| {
        let mut body = booking(provider, start);
        body["chief_complaint"] = json!(reason);
        body
    };
    let half_hours = ["09:00", "09:30", "10:00", "10:30", "11:00"];
    for (reason, time) in [
        "صداع وحمّى منذ ٣ أيام",
        "כאב ראש",
        "👩‍⚕️🤒 e\u{301}",
        "'; DROP TABLE appointments; --",
        "a\nb\tc",
    ]
    .iter()
    .zip(half_hours)
    {
        let booked = patient.book(time, with(reason, &format!("2026-03-03T{time}:00Z"))).await;
        assert_eq!((booked.status, &booked.json()["chief_complaint"]), (201, &json!(reason)));
    }
    for reason in
        ["a\u{0}b", "\u{202E}gpj.exe", "\u{2066}x", "\u{1B}[31m", " \n\t ", &"🤒".repeat(501)]
    {
        let refused = patient.book("k", with(reason, "2026-03-04T09:00:00Z")).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["chief_complaint".to_owned()]));
    }
    assert_eq!(app.db.count("appointments").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_booking_at_all_is_refused_before_it_is_looked_at() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let send = async |kind: &str, body: Vec<u8>| {
        let request = patient
            .request(Method::POST, "/api/appointments")
            .header("content-type", kind)
            .header("idempotency-key", "k")
            .body(Body::from(body));
        let reply = patient.send(request.unwrap()).await;
        (reply.status, reply.code())
    };
    let json = "application/json";
    let whole = booking(provider, NINE).to_string();
    let twice = whole.replacen('{', "{\"appointment_type\":\"phone\",", 1);
    let malformed = (400, "malformed".to_owned());

    let cut_off = whole.as_bytes()[..whole.len() - 1].to_vec();
    for body in [b"".to_vec(), b"{".to_vec(), cut_off, b"[1,2]".to_vec(), b"null".to_vec()] {
        assert_eq!(send(json, body.clone()).await, malformed, "{}", String::from_utf8_lossy(&body));
    }
    assert_eq!(send(json, b"\xff\xfe{}".to_vec()).await, malformed);
    assert_eq!(send(json, twice.into_bytes()).await, malformed);
    assert_eq!(send(json, br#"{"appointment_date": 1772528400}"#.to_vec()).await, malformed);
    assert_eq!(send(json, "[".repeat(60_000).into_bytes()).await, malformed);
    assert_eq!(send(json, vec![b' '; 70_000]).await, (413, "too_large".into()));
    for kind in ["text/plain", "application/x-www-form-urlencoded", "application/jsonp", ""] {
        let refused = send(kind, whole.clone().into_bytes()).await;
        assert_eq!(refused, (415, "unsupported_media_type".into()), "{kind}");
    }
    assert_eq!(app.db.count("appointments").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_id_of_nothing_names_nothing() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let unknown = uuid::Uuid::now_v7().to_string();
    for id in [unknown.as_str(), "x", "%00", "%F0%9F%A4%92", "..%2F..%2Fetc", &"9".repeat(5_000)] {
        let path = format!("/api/appointments/{id}");
        for reply in [
            patient.get(&path).await,
            patient.put(&path, json!({ "chief_complaint": "x" })).await,
            patient.delete(&path).await,
            patient.get(&format!("/api/providers/{id}")).await,
            patient.get(&format!("/api/providers/{id}/availability")).await,
        ] {
            assert_eq!((reply.status, reply.code()), (404, "not_found".into()), "{id:.40}");
        }
    }
    // An id of a doctor is none of a visit.
    assert_eq!(patient.get(&format!("/api/appointments/{provider}")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn times_before_all_calendars_are_refused_as_others_are() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.patient().await;
    let long_ago = "-009999-01-03T00:00:00Z";

    let booked = patient.book("k", booking(provider, long_ago)).await;
    assert_eq!((booked.status, booked.fields()), (400, vec!["appointment_date".to_owned()]));
    let doctor = format!("/api/providers/{provider}");
    for (path, status) in [
        (format!("{doctor}/availability/together?start={long_ago}&visit=video&people=2"), 200),
        (format!("{doctor}/availability?from={long_ago}&to=-009999-01-05T00:00:00Z"), 200),
    ] {
        let answer = patient.get(&path).await;
        assert_eq!(answer.status, status, "{}", answer.body);
    }
    let hold = json!({ "start": long_ago, "visit": "video" });
    assert_eq!(patient.put(&format!("{doctor}/hold"), hold).await.status, 400);
}
