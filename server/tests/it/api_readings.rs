//! Readings, over JSON: from devices, and entered by people.
use crate::{
    api_devices::{Device, post_raw, weight},
    support::{NOW, Reply, TestApp},
};
use domain::devices::REQUESTS_AT_ONCE;
use flate2::{Compression, write::GzEncoder};
use jiff::SignedDuration;
use serde_json::{Value, json};
use std::io::Write;
use testkit::at;

const PATH: &str = "/api/iot/data/stream";

fn packed(text: &[u8]) -> Vec<u8> {
    let mut packer = GzEncoder::new(Vec::new(), Compression::best());
    packer.write_all(text).unwrap();
    packer.finish().unwrap()
}

/// What became of each reading: its outcome or, of one that was not taken, why.
fn outcomes(reply: &Reply) -> Vec<String> {
    assert_eq!(reply.status, 200, "{}", reply.body);
    let results = reply.json()["results"].as_array().unwrap().clone();
    let said = |result: &Value| {
        let why = result["reason"]["code"].as_str();
        why.or(result["outcome"].as_str()).unwrap().to_owned()
    };
    results.iter().map(said).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_again_in_any_order_changes_nothing() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let scale = Device::new(&app, &owner).await;
    let earlier = |hours| (at(NOW) - SignedDuration::from_hours(hours)).to_string();
    let mut metrics: Vec<_> =
        (0..6_u8).map(|n| weight(70.0 + f64::from(n), &earlier(i64::from(n)))).collect();

    let first = scale.post(&app, PATH, json!({ "metrics": metrics })).await;
    assert_eq!(outcomes(&first), ["accepted"; 6]);
    let body = first.json();
    let counts = ["accepted", "duplicates", "quarantined", "refused", "anomalies"];
    assert_eq!(
        counts.map(|name| body[name].clone()),
        [json!(6), json!(0), json!(0), json!(0), json!(0)]
    );
    let late: Vec<_> =
        body["results"].as_array().unwrap().iter().map(|result| result["late"] == true).collect();
    assert_eq!(late, [false, false, true, true, true, true]);
    let listed = owner.get("/api/health-metrics").await.json();
    assert_eq!((&listed["count"], &listed["results"][0]["value"]), (&json!(6), &json!(70.0)));

    for turn in 0..4 {
        metrics.rotate_left(turn);
        metrics.reverse();
        let again = scale.post(&app, PATH, json!({ "metrics": metrics })).await;
        assert_eq!(outcomes(&again), ["duplicate"; 6]);
    }
    assert_eq!(owner.get("/api/health-metrics").await.json(), listed);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reading_comes_without_a_list_and_a_pair_has_two_numbers() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let device = Device::new(&app, &owner).await;
    let pressure = json!({
        "device_id": device.id, "metric_type": "blood_pressure", "systolic": 128, "diastolic": 82, "timestamp": NOW,
    });

    let sent = device.post(&app, "/api/iot/data/", pressure).await;

    assert_eq!(outcomes(&sent), ["accepted"]);
    let listed = owner.get("/api/health-metrics?type=blood_pressure").await.json();
    let reading = &listed["results"][0];
    let fields =
        ["value", "systolic_value", "diastolic_value", "unit", "loinc_code", "is_manual_entry"];
    let expected = json!([null, 128.0, 82.0, "mm[Hg]", "85354-9", false]);
    assert_eq!(Value::from(fields.map(|field| reading[field].clone()).to_vec()), expected);
    assert_eq!(
        (&reading["device_id"], &reading["device_name"]),
        (&json!(device.id), &json!("Acme S1"))
    );
    assert_eq!(owner.get("/api/health-metrics?type=weight").await.json()["count"], 0);
    assert_eq!(owner.get("/api/health-metrics?type=mood").await.fields(), ["type"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_tells_its_battery_alone_and_a_batch_never_forgets_its_list() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let device = Device::new(&app, &owner).await;

    let heartbeat = device.post(&app, "/api/iot/data", json!({ "battery_level": 80 })).await;
    assert_eq!(outcomes(&heartbeat), Vec::<String>::new());
    let path = format!("/api/iot/devices/{}", device.id);
    assert_eq!(owner.get(&path).await.json()["battery_level"], 80);

    let misspelt = json!({ "metric": [weight(70.0, NOW)] });
    let refused = device.post(&app, PATH, misspelt).await;
    assert_eq!((refused.status, refused.fields()), (400, vec!["metrics".to_owned()]));
    let empty = device.post(&app, PATH, json!({ "metrics": [] })).await;
    assert_eq!((empty.status, empty.fields()), (400, vec!["metrics".to_owned()]));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_one_reading_costs_no_other() {
    let app = TestApp::new().await;
    let device = Device::new(&app, &app.patient().await).await;
    let pulse =
        |value: &str| format!(r#"{{"type":"heart_rate","value":{value},"timestamp":"{NOW}"}}"#);
    let glucose = |unit: &str| {
        format!(r#"{{"type":"glucose","value":99,"unit":"{unit}","timestamp":"{NOW}"}}"#)
    };
    let timed = |time: &str| format!(r#"{{"type":"steps","value":7,"timestamp":"{time}"}}"#);
    let called = |id: &str, value: u8| {
        format!(r#"{{"type":"steps","value":{value},"timestamp":"{NOW}","id":{id}}}"#)
    };
    let table = [
        (pulse("72"), "accepted"),
        (pulse("NaN"), "readings.not_a_number"),
        (pulse("Infinity"), "readings.not_a_number"),
        (pulse("-Infinity"), "readings.not_a_number"),
        (pulse("1e400"), "readings.unreadable"),
        (pulse("1e308"), "readings.out_of_range"),
        (pulse("-72"), "readings.out_of_range"),
        (pulse("\"72\""), "readings.not_a_number"),
        (pulse("[72]"), "readings.not_a_number"),
        (pulse("null"), "readings.missing_value"),
        (glucose("mg/dL"), "accepted"),
        (glucose("mmHg"), "readings.unknown_unit"),
        (glucose("parsecs"), "readings.unknown_unit"),
        (timed("2027-01-01T00:00:00Z"), "readings.future"),
        (timed("1970-01-01T00:00:00Z"), "readings.ancient"),
        (timed("yesterday"), "readings.unreadable_timestamp"),
        (called("\"a\"", 1), "accepted"),
        (called("\"a\"", 2), "readings.repeated_id"),
        (called("7", 3), "readings.unreadable_id"),
        (called(&format!("\"{}\"", "i".repeat(10_000)), 4), "readings.unreadable_id"),
        (r#"{"type":"mood","value":7}"#.to_owned(), "readings.unknown_type"),
        ("7".to_owned(), "readings.unreadable"),
        (format!(r#"["heart_rate",72,null,null,null,"{NOW}"]"#), "readings.unreadable"),
        (format!(r#"{{"type":{}}}"#, "[".repeat(500) + &"]".repeat(500)), "readings.unknown_type"),
    ];
    let items: Vec<_> = table.iter().map(|(item, _)| item.as_str()).collect();

    let sent =
        post_raw(&app, &device, format!(r#"{{"metrics":[{}]}}"#, items.join(",")), &[]).await;

    let expected: Vec<_> = table.iter().map(|(_, outcome)| *outcome).collect();
    assert_eq!(outcomes(&sent), expected);
    let range = &sent.json()["results"][5]["reason"];
    assert_eq!(range["detail"], "Send a heart rate between 20 and 350 beats a minute.");
    assert_eq!(range["field"], "value");
    assert_eq!(sent.json()["quarantined"], 2);

    for wrong in [json!(150), json!("full"), json!(12.5), json!([])] {
        let body = json!({ "battery_level": wrong, "metrics": [weight(70.0, NOW)] });
        let sent = device.post(&app, PATH, body).await;
        assert_eq!(sent.json()["problems"][0]["field"], "battery_level", "{}", sent.body);
        assert_eq!(sent.json()["refused"], 0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_batch_is_told_why_and_kept_in_no_part() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let device = Device::new(&app, &owner).await;
    let many = |count: usize| json!({ "metrics": vec![weight(70.0, NOW); count] }).to_string();
    let half = many(2).trim_end_matches('}').to_owned();
    let named = |id: Value| json!({ "device_id": id, "metrics": [weight(70.0, NOW)] }).to_string();

    for (body, fields) in [
        (many(0), vec!["metrics"]),
        (many(501), vec!["metrics"]),
        (r#"{"metrics":{"type":"weight"}}"#.to_owned(), vec!["metrics"]),
        (named(json!("my-watch")), vec!["device_id"]),
        (named(json!(7)), vec!["device_id"]),
        (half, vec![]),
        (String::new(), vec![]),
        ("[]".to_owned(), vec![]),
        ("NaN".to_owned(), vec![]),
        (r#"{"metrics":[],"metrics":[]}"#.to_owned(), vec![]),
    ] {
        let refused = post_raw(&app, &device, body.clone(), &[]).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (400, fields.iter().map(ToString::to_string).collect()),
            "{body:.80}"
        );
    }
    let bytes = b"{\"metrics\":\"\xff\"}".to_vec();
    assert_eq!(post_raw(&app, &device, bytes, &[]).await.code(), "malformed");
    let form = [("content-type", "application/x-www-form-urlencoded")];
    assert_eq!(post_raw(&app, &device, many(1), &form).await.status, 415);
    let long = json!({ "metrics": [{ "type": "n".repeat(1_000_000) }] }).to_string();
    let refused = post_raw(&app, &device, long, &[]).await;
    assert_eq!((refused.status, refused.code().as_str()), (413, "too_large"));
    assert_eq!(owner.get("/api/health-metrics").await.json()["count"], 0);

    let most: Vec<_> = (0..500_u16).map(|n| json!({
        "type": "steps", "value": n, "timestamp": NOW, "id": format!("{n:0>100}"), "unit": "{steps}",
    })).collect();
    let sent = device.post(&app, PATH, json!({ "metrics": most })).await;
    assert_eq!(outcomes(&sent), vec!["accepted"; 500]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_packed_body_is_unpacked_and_a_bomb_is_not() {
    let app = TestApp::new().await;
    let device = Device::new(&app, &app.patient().await).await;
    let gzip = [("content-encoding", "gzip")];
    let body = json!({ "metrics": [weight(70.0, NOW)] }).to_string();

    let sent = post_raw(&app, &device, packed(body.as_bytes()), &gzip).await;
    assert_eq!(outcomes(&sent), ["accepted"]);
    let sent =
        post_raw(&app, &device, packed(body.as_bytes()), &[("content-encoding", "X-GZIP")]).await;
    assert_eq!(outcomes(&sent), ["duplicate"]);

    let bomb = packed(&vec![b' '; 64 * 1024 * 1024]);
    assert!(bomb.len() < 256 * 1024);
    let empty = packed(b"").repeat(20_000);
    let half = packed(body.as_bytes())[..30].to_vec();
    for (body, coding, status) in [
        (bomb, "gzip", 413),
        (empty, "gzip", 413),
        (half, "gzip", 400),
        (body.clone().into_bytes(), "gzip", 400),
        (packed(body.as_bytes()), "identity", 400),
        (packed(body.as_bytes()), "br", 415),
        (packed(&packed(body.as_bytes())), "gzip, gzip", 415),
    ] {
        let refused = post_raw(&app, &device, body, &[("content-encoding", coding)]).await;
        assert_eq!(refused.status, status, "{coding} {}", refused.body);
        assert!(!refused.code().is_empty());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_key_that_is_right_nothing_is_sent() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let device = Device::new(&app, &owner).await;
    let body = || json!({ "metrics": [weight(70.0, NOW)] });
    let other = format!("mcd_{}", "a".repeat(40));
    let said = async |key: &str| {
        let refused = app.with_key(key).post(PATH, body()).await;
        assert_eq!(refused.header("www-authenticate"), "X-API-Key");
        (refused.status, refused.code())
    };

    let unknown = (401, "devices.unknown_key".to_owned());
    let upper = device.key.to_uppercase();
    for key in [other.as_str(), "", "mcd_", "' OR 1=1", upper.as_str(), &device.key[..43]] {
        assert_eq!(said(key).await, unknown, "{key}");
    }
    let none = app.anyone().post(PATH, body()).await;
    assert_eq!((none.status, none.code().as_str()), (401, "devices.no_key"));
    assert_eq!(owner.post(PATH, body()).await.status, 401, "a token is no key");
    let in_body = json!({ "api_key": device.key, "metrics": [weight(70.0, NOW)] });
    assert_eq!(outcomes(&app.anyone().post(PATH, in_body).await), ["accepted"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_sends_too_often_waits_and_no_other_does() {
    let app = TestApp::new().await;
    let owner = app.patient().await;
    let (flood, calm) = (Device::new(&app, &owner).await, Device::new(&app, &owner).await);
    let send = async |device: &Device| device.weigh(&app, &[(70.0, NOW)]).await;

    let mut last = send(&flood).await;
    for _ in 0..REQUESTS_AT_ONCE {
        if last.status == 200 {
            last = send(&flood).await;
        }
    }

    assert_eq!((last.status, last.code().as_str()), (429, "too_many"));
    assert_eq!(last.header("retry-after"), "1");
    assert_eq!(send(&calm).await.status, 200);
    app.db.set_now(&(at(NOW) + SignedDuration::from_secs(1)).to_string());
    assert_eq!(send(&flood).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_entered_by_hand_once_and_removed() {
    let app = TestApp::new().await;
    let (patient, other) = (app.patient().await, app.patient().await);
    let body = json!({
        "metric_type": "glucose", "value": 5.5, "unit": "mmol/L", "recorded_at": NOW, "notes": "before breakfast",
    });

    let made = patient.post("/api/health-metrics", body.clone()).await;
    assert_eq!(made.status, 201, "{}", made.body);
    assert_eq!((&made.json()["value"], &made.json()["unit"]), (&json!(99.1), &json!("mg/dL")));
    assert_eq!(patient.post("/api/health-metrics", body).await.json()["id"], made.json()["id"]);
    let listed = patient.get("/api/health-metrics").await.json();
    let reading = &listed["results"][0];
    assert_eq!((&listed["count"], &reading["is_manual_entry"]), (&json!(1), &json!(true)));
    assert_eq!(
        (&reading["sent_unit"], &reading["notes"]),
        (&json!("mmol/L"), &json!("before breakfast"))
    );
    assert_eq!(other.get("/api/health-metrics").await.json()["count"], 0);

    let path = format!("/api/health-metrics/{}", made.json()["id"].as_str().unwrap());
    assert_eq!(other.delete(&path).await.status, 404);
    assert_eq!(patient.delete(&path).await.status, 204);
    assert_eq!(patient.get("/api/health-metrics").await.json()["count"], 0);
}

/// Steps of so many minutes ago.
pub fn steps(minutes_ago: i64) -> Value {
    let at = at(NOW) - SignedDuration::from_mins(minutes_ago);
    json!({ "metric_type": "steps", "value": 7, "recorded_at": at })
}

#[tokio::test(flavor = "multi_thread")]
async fn who_enters_too_many_readings_waits_and_nobody_else_does() {
    let app = TestApp::new().await;
    let (patient, other) = (app.patient().await, app.patient().await);
    let path = "/api/health-metrics";
    for minute in 0..60 {
        assert_eq!(patient.post(path, steps(minute)).await.status, 201);
        // What was wrong was never heard.
        assert_eq!(patient.post(path, json!({})).await.status, 400);
    }

    let refused = patient.post(path, steps(60)).await;

    assert_eq!((refused.status, refused.code().as_str()), (429, "too_many"));
    assert_eq!(refused.header("retry-after"), "1");
    assert_eq!(patient.get(path).await.json()["count"], 60);
    assert_eq!(other.post(path, steps(60)).await.status, 201);
    app.db.set_now(&(at(NOW) + SignedDuration::from_secs(1)).to_string());
    assert_eq!(patient.post(path, steps(60)).await.status, 201);
    assert_eq!(patient.post(path, steps(61)).await.status, 429);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_with_an_entry_is_said_under_the_names_that_were_sent() {
    let app = TestApp::new().await;
    let patient = app.patient().await;
    let pressure = |upper: f64, lower: f64| json!({ "metric_type": "blood_pressure", "systolic_value": upper, "diastolic_value": lower, "recorded_at": NOW });
    let tomorrow = (at(NOW) + SignedDuration::from_hours(24)).to_string();

    for (body, fields) in [
        (json!({}), vec!["metric_type", "recorded_at"]),
        (pressure(500.0, 80.0), vec!["systolic_value"]),
        (pressure(80.0, 120.0), vec!["systolic_value"]),
        (pressure(120.0, -5.0), vec!["diastolic_value"]),
        (json!({ "type": "weight", "value": 70, "recorded_at": NOW }), vec!["unit"]),
        (json!({ "type": "steps", "value": 70, "recorded_at": tomorrow }), vec!["recorded_at"]),
        (
            json!({ "type": "blood_pressure", "value": 120, "systolic": 130, "diastolic": 80, "recorded_at": NOW }),
            vec!["systolic_value"],
        ),
    ] {
        let refused = patient.post("/api/health-metrics", body.clone()).await;
        assert_eq!(
            (refused.status, refused.fields()),
            (400, fields.iter().map(ToString::to_string).collect()),
            "{body}"
        );
    }
    let text = json!({ "type": "steps", "value": "70", "recorded_at": NOW });
    assert_eq!(patient.post("/api/health-metrics", text).await.code(), "malformed");
}
