//! Corrections, reports and files of readings: over JSON, and as a browser without scripts has them.
use crate::{
    api_devices::{Device, weight},
    support::{Client, Reply, TestApp},
};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::{Person, at};

/// A patient whose clock is that of Kolkata, with a browser and a token.
async fn patient(app: &TestApp) -> Person {
    let person = app.db.person(&app.clinic).await;
    let zone = "UPDATE users SET time_zone = 'Asia/Kolkata' WHERE id =";
    app.db.execute(&format!("{zone} '{}'", person.user)).await;
    person
}

async fn enter(owner: &Client<'_>, body: Value) -> String {
    let made = owner.post("/api/health-metrics", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()["id"].as_str().unwrap().to_owned()
}

/// A pressure with seconds, of which a form shows none.
fn pressure() -> Value {
    json!({
        "metric_type": "blood_pressure", "systolic_value": 128.4, "diastolic_value": 82,
        "recorded_at": "2026-03-02T05:00:42.5Z", "notes": "At work",
    })
}

/// What the form sends back of itself, with the fields that somebody typed.
fn filled<'a>(form: &'a Reply, typed: &'a [(&'a str, &'a str)]) -> Vec<(&'a str, String)> {
    let mut fields: Vec<_> = ["value", "diastolic", "unit", "date", "time"]
        .into_iter()
        .map(|name| (name, form.hidden(&format!("shown_{name}"))))
        .collect();
    for name in
        ["shown_value", "shown_diastolic", "shown_unit", "shown_date", "shown_time", "version"]
    {
        fields.push((name, form.hidden(name)));
    }
    for (name, value) in typed {
        fields.retain(|(other, _)| other != name);
        fields.push((*name, (*value).to_owned()));
    }
    fields
}

async fn submit(browser: &Client<'_>, path: &str, fields: &[(&str, String)]) -> Reply {
    let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    browser.post_form(path, &fields).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_wrong_is_corrected_and_what_it_was_stands_below() {
    let app = TestApp::new().await;
    let person = patient(&app).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let id = enter(&owner, pressure()).await;
    let path = format!("/patient/readings/{id}/edit");
    for from in ["/patient/readings/all", "/patient/readings/blood_pressure"] {
        assert!(browser.get(from).await.body.contains(&path), "{from}");
    }
    let form = browser.get(&path).await;
    assert!(form.body.contains("value=\"10:30\"") && form.body.contains("At work"));
    assert!(!form.body.contains("What it was before"));

    // A note alone: the numbers and the seconds stay.
    let noted = submit(&browser, &path, &filled(&form, &[("notes", "At home")])).await;
    assert_eq!(noted.header("location"), "/patient/readings/all?changed=1", "{}", noted.body);
    let kept = owner.get(&format!("/api/health-metrics/{id}")).await.json();
    assert_eq!(
        (&kept["systolic_value"], &kept["recorded_at"], &kept["notes"]),
        (&json!(128.4), &json!("2026-03-02T05:00:42.5Z"), &json!("At home"))
    );

    // Two tabs: the second one is told, and what it typed is there.
    let (one, other) = (browser.get(&path).await, browser.get(&path).await);
    let typed = [("value", "138"), ("notes", "At home")];
    assert_eq!(submit(&browser, &path, &filled(&one, &typed)).await.status, 303);
    let typed = [("value", "148"), ("diastolic", "92"), ("notes", "In haste")];
    let late = submit(&browser, &path, &filled(&other, &typed)).await;
    assert_eq!(late.status, 409);
    for said in
        ["This reading was changed in the meantime", "value=\"148\"", "In haste", "138/82 mmHg"]
    {
        assert!(late.body.contains(said), "{said}");
    }
    let today = browser.get(&path).await;
    assert_eq!(today.status, 303, "the old address leads on");
    let path = today.header("location").to_owned();
    let again = submit(&browser, &path, &filled(&late, &typed)).await;
    assert_eq!(again.status, 303, "who saves once more means it");

    let list = owner.get("/api/health-metrics").await.json();
    assert_eq!((&list["count"], &list["results"][0]["systolic_value"]), (&json!(1), &json!(148.0)));
    let id = list["results"][0]["id"].as_str().unwrap();
    let path = format!("/patient/readings/{id}/edit");
    let form = browser.get(&path).await;
    for was in ["128/82 mmHg", "138/82 mmHg", "What it was before", "At work"] {
        assert!(form.body.contains(was), "{was}");
    }
    let wrong =
        submit(&browser, &path, &filled(&form, &[("value", "<b>"), ("date", "2031-01-01")])).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("id=\"value-error\"") && wrong.body.contains("id=\"date-error\""));
    assert!(!wrong.body.contains("<b>"));

    browser.post_form(&format!("/patient/readings/{id}/remove"), &[]).await;
    let gone = submit(&browser, &path, &filled(&form, &[("value", "151")])).await;
    assert_eq!(gone.status, 409);
    assert!(gone.body.contains("This reading was removed") && gone.body.contains("151/92"));
    assert_eq!(browser.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_corrects_what_it_has_read_and_nothing_else() {
    let app = TestApp::new().await;
    let person = patient(&app).await;
    let owner = app.with_token(&person);
    let id = enter(&owner, pressure()).await;
    let path = format!("/api/health-metrics/{id}");
    let version = owner.get(&path).await.json()["version"].clone();
    let fields = async |body| owner.patch(&path, body).await.fields();
    assert_eq!(fields(json!({})).await, ["version"]);
    let both = json!({ "version": version, "systolic_value": 7, "recorded_at": "soon" });
    assert_eq!(fields(both).await, ["systolic_value", "recorded_at"]);
    assert_eq!(fields(json!({ "version": version, "diastolic_value": 80 })).await, ["value"]);

    let wanted = json!({ "version": version, "systolic_value": 131, "diastolic_value": 80 });
    let changed = owner.patch(&path, wanted.clone()).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let body = changed.json();
    assert_eq!(
        [&body["systolic_value"], &body["recorded_at"], &body["notes"]],
        [&json!(131.0), &json!("2026-03-02T05:00:42.5Z"), &json!("At work")]
    );
    assert_eq!(body["history"][0]["systolic_value"], 128.4);
    assert_ne!(body["id"], json!(id));
    assert_eq!(owner.get(&path).await.json(), body, "asked for as it was");
    assert_eq!(owner.patch(&path, wanted).await.json(), body, "sent once more");
    let late = json!({ "version": version, "notes": "" });
    assert_eq!(owner.patch(&path, late).await.code(), "readings.changed_meanwhile");
    let again = owner.post("/api/health-metrics", pressure()).await;
    assert_eq!((again.status, &*again.code()), (409, "readings.corrected_since"));

    let scale = Device::new(&app, &owner).await;
    let batch = json!({ "metrics": [weight(71.25, "2026-03-02T05:50:00Z")] });
    scale.post(&app, "/api/iot/data/stream", batch.clone()).await;
    let list = owner.get("/api/health-metrics?type=weight").await.json();
    let sent = format!("/api/health-metrics/{}", list["results"][0]["id"].as_str().unwrap());
    let numbers = json!({ "version": 1, "value": 70, "unit": "kg" });
    assert_eq!(owner.patch(&sent, numbers).await.code(), "readings.measured_by_device");
    let noted = owner.patch(&sent, json!({ "version": 1, "notes": "Dressed" })).await.json();
    assert_eq!((&noted["notes"], &noted["value"]), (&json!("Dressed"), &json!(71.25)));
    scale.post(&app, "/api/iot/data/stream", batch).await;
    assert_eq!(owner.get(&sent).await.json(), noted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_says_what_was_measured_what_improved_and_what_to_do() {
    let app = TestApp::new().await;
    let person = patient(&app).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let page = "/patient/readings/report";
    let empty = browser.get(page).await.body;
    assert!(empty.contains("Nothing measured") && empty.contains("Save as PDF"));
    assert!(!empty.contains("data-prints"));
    let cuff = Device::new(&app, &owner).await;
    let readings = (0..58_i64).map(|day| {
        let time = (at("2026-03-02T03:00:00Z") - SignedDuration::from_hours(24 * day)).to_string();
        let systolic = if day < 30 { 121 } else { 151 } + day % 3;
        json!({ "type": "blood_pressure", "systolic": systolic, "diastolic": 80, "timestamp": time })
    });
    let body = json!({ "metrics": readings.collect::<Vec<_>>() });
    assert_eq!(cuff.post(&app, "/api/iot/data/stream", body).await.status, 200);

    let report = owner.get("/api/health-metrics/report?period=monthly").await.json();

    assert_eq!((&report["from"], &report["to"]), (&json!("2026-02-01"), &json!("2026-03-02")));
    let summary = &report["summary"][0];
    assert_eq!(summary["average"]["systolic_value"], 122.0);
    assert_eq!(summary["coverage"]["text"], "30 of 30 days");
    assert!(summary["points"].is_null());
    let drawn = &report["metrics_chart_data"][0];
    assert_eq!(drawn["points"].as_array().unwrap().len(), 30);
    assert_eq!(
        (&drawn["unit"], &drawn["points"][29]["day"]),
        (&json!("mm[Hg]"), &json!("2026-03-02"))
    );
    let better = report["improvements"][0]["text"].as_str().unwrap();
    assert!(
        better.starts_with("In the usual range again: 122/80 mmHg on average, after 152/80"),
        "{better}"
    );
    assert_eq!(report["recommendations"][0]["step"], "go_on");
    for (query, field) in
        [("period=daily", "period"), ("period=x", "period"), ("last=2026-02-30", "on")]
    {
        let wrong = owner.get(&format!("/api/health-metrics/report?{query}")).await;
        assert_eq!((wrong.status, wrong.fields()), (400, vec![field.to_owned()]), "{query}");
    }
    let before = owner.get("/api/health-metrics/report?last=2026-01-31").await.json();
    assert_eq!(before["summary"][0]["average"]["systolic_value"], 152.0);

    let shown = browser.get(page).await.body;
    for said in [
        "Sun 1 Feb to Mon 2 Mar 2026",
        "What improved",
        "In the usual range again: 122/80 mmHg",
        "What to do next",
        "30 of 30 days",
        "152/80 mmHg (28 of 30 days)",
        "Blood pressure, day by day",
        "class=\"chart-plot\"",
        "data-prints",
        "/patient/readings/export?from=2026-02-01&amp;to=2026-03-02",
    ] {
        assert!(shown.contains(said), "{said}");
    }
    let quarter = browser.get(&format!("{page}?period=quarterly&last=2026-01-31")).await.body;
    assert!(quarter.contains("Sun 2 Nov 2025 to Sat 31 Jan 2026"));
    assert!(
        browser
            .get("/patient/readings")
            .await
            .body
            .contains("/patient/readings/report?period=month")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_has_each_reading_in_a_line_that_is_no_formula() {
    let app = TestApp::new().await;
    let person = patient(&app).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let mut typed = pressure();
    typed["notes"] = json!("=HYPERLINK(\"http://evil.example\")\n, \"quoted\"");
    enter(&owner, typed).await;
    let glucose = json!({
        "metric_type": "glucose", "value": 5.5, "unit": "mmol/L", "recorded_at": "2026-03-01T19:00:00Z",
    });
    enter(&owner, glucose).await;
    let scale = Device::new(&app, &owner).await;
    let sent = json!({ "metrics": [weight(71.25, "2026-03-02T04:00:00Z"), weight(70.0, "1999-01-01T00:00:00Z")] });
    scale.post(&app, "/api/iot/data/stream", sent).await;

    let file = browser.get("/patient/readings.csv").await;

    assert_eq!(file.status, 200);
    assert_eq!(file.header("content-type"), "text/csv; charset=utf-8");
    assert!(file.header("content-disposition").contains("readings.csv"));
    let head = "measured_at,type,name,value,lower_value,unit,sent_value,sent_lower_value,sent_unit,loinc,device,note,came_late,probably_same_as,received_at,id\r\n";
    let glucose = "\"2026-03-02T00:30:00+05:30\",\"blood_glucose\",\"Blood glucose\",\"99.1\",\"\",\"mg/dL\",\"5.5\",\"\",\"mmol/L\",\"2339-0\",\"\",\"\",\"no\",\"\",\"2026-03-02T06:00:00+00:00\",";
    let weight = "\"2026-03-02T09:30:00+05:30\",\"weight\",\"Weight\",\"71.25\",\"\",\"kg\",\"71.3\",\"\",\"kg\",\"29463-7\",\"Acme S1\",\"\",\"yes\",";
    let pressure = "\"2026-03-02T10:30:42.5+05:30\",\"blood_pressure\",\"Blood pressure\",\"128.4\",\"82\",\"mm[Hg]\",\"128\",\"82\",\"mm[Hg]\",\"85354-9\",\"\",\"'=HYPERLINK(\"\"http://evil.example\"\")";
    let mut rest = file.body.as_str();
    for part in [head, glucose, weight, pressure] {
        let at = rest.find(part).unwrap_or_else(|| panic!("{part}\n{rest}"));
        rest = &rest[at + part.len()..];
    }
    assert!(!file.body.contains("1999"), "with a wrong date");

    let of = async |query: &str| browser.get(&format!("/patient/readings.csv?{query}")).await;
    assert_eq!(of("kind=weight").await.body.lines().count(), 2);
    let day = of("from=2026-03-01&to=2026-03-01").await;
    assert_eq!(day.body, head, "the first of March was over for them");
    for (query, said) in [
        ("from=2026-02-30", "Enter a day that there is"),
        ("from=2026-03-02&to=2026-03-01", "not before the first one"),
        ("kind=mood", "Choose a kind from the list"),
    ] {
        let wrong = of(query).await;
        assert_eq!(wrong.status, 422, "{query}");
        assert!(
            wrong.body.contains(said) && wrong.body.contains("Download your readings"),
            "{query}"
        );
    }
    assert!(of("from=2026-03-02&to=2026-03-01").await.body.contains("value=\"2026-03-02\""));
    let form = browser.get("/patient/readings/export?from=2026-03-01").await.body;
    assert!(form.contains("value=\"2026-03-01\"") && form.contains("wrong date are not in it"));
    let log = owner.get("/api/health-metrics").await;
    assert_eq!(log.status, 200);
    let done = app.db.count("audit_events WHERE action = 'reading.export'").await;
    assert_eq!(done, 3, "a file that is not made is none");
}
