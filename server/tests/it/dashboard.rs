//! What readings come to, over the API and on pages without scripts.
use crate::{api_devices::Device, support::TestApp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::at;

/// Twenty days of pressures that come down, from `NOW` on back, and a weight.
fn sent() -> Value {
    let day = |ago: i32| at("2026-03-02T05:00:00Z") - SignedDuration::from_hours(24) * ago;
    let pressure = |ago: i32| json!({"type": "blood_pressure", "systolic": 120 + ago, "diastolic": 80, "timestamp": day(ago).to_string()});
    let mut metrics: Vec<_> = (0..20).map(pressure).collect();
    metrics.push(
        json!({"type": "weight", "value": 70, "unit": "kg", "timestamp": day(3).to_string()}),
    );
    json!({ "metrics": metrics })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_tells_figures_with_their_coverage_and_withholds_those_of_too_little() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let owner = app.with_token(&person);
    let empty = owner.get("/api/health-metrics/dashboard").await.json();
    assert_eq!((&empty["period"], &empty["summaries"]), (&json!("month"), &json!([])));
    let cuff = Device::new(&app, &owner).await;
    assert_eq!(cuff.post(&app, "/api/iot/data/stream", sent()).await.status, 200);

    let all = owner.get("/api/health-metrics/dashboard/?period=month").await.json();
    let pressure = &all["summaries"][0];
    assert_eq!(pressure["metric_type"], "blood_pressure");
    assert_eq!(pressure["coverage"]["text"], "20 of 30 days");
    assert_eq!(
        pressure["average"],
        json!({"value": null, "systolic_value": 129.5, "diastolic_value": 80.0, "display": {
            "value": null, "systolic_value": 130.0, "diastolic_value": 80.0, "unit": "mm[Hg]", "text": "130/80 mmHg",
        }})
    );
    assert_eq!(
        pressure["time_in_range"],
        json!({"percent": 75, "within": 15, "of": 20, "is_of_days": false})
    );
    assert_eq!(pressure["target_range"]["high"], 134.0);
    assert_eq!(
        (&all["trends"][0]["direction"], &all["trends"][0]["certainty"]),
        (&json!("falling"), &json!("clear"))
    );
    assert_eq!(all["trends"][0]["change_per_week"], -7.0);
    assert_eq!(all["trends"][0]["diastolic_direction"], "steady");
    assert_eq!(pressure["points"].as_array().unwrap().len(), 20);
    assert_eq!(all["recent_metrics"][0]["systolic_value"], 120.0);
    let reached = |all: &Value| -> Vec<(String, String)> {
        let all = all["achievements"].as_array().unwrap().iter();
        let word = |one: &Value, name: &str| one[name].as_str().unwrap().to_owned();
        all.map(|one| (word(one, "achievement"), word(one, "reached_on"))).collect()
    };
    assert_eq!(reached(&all), []);
    services::readings::milestones::look(&app.clinic).await.unwrap();
    let praised = owner.get("/api/health-metrics/dashboard").await.json();
    let pair = |what: &str, on: &str| (what.to_owned(), on.to_owned());
    let expected = [pair("in_range_14_days", "2026-03-01"), pair("days_in_row_7", "2026-02-17")];
    assert_eq!(reached(&praised), expected);
    let text = praised["achievements"][0]["text"].as_str().unwrap();
    assert!(text.contains("right for you"), "{text}");
    assert_eq!(all["insights"][0]["mood"], "good");
    assert_eq!(all["recommendations"][0]["step"], "go_on");
    let weight = &all["summaries"][1];
    assert_eq!(
        (&weight["average"], &weight["time_in_range"], &weight["trend"]),
        (&json!(null), &json!(null), &json!(null))
    );
    assert_eq!(weight["coverage"]["is_enough"], false);
    // So many days are too few for a quarter, and for where it goes.
    let quarter = owner.get("/api/health-metrics/dashboard?period=quarter").await.json();
    assert_eq!(
        (&quarter["summaries"][0]["average"], &quarter["summaries"][0]["trend"]),
        (&json!(null), &json!(null))
    );
    assert_eq!(quarter["trends"], json!([]));

    let week = owner
        .get("/api/health-metrics/blood_pressure/summary?period=week&on=2026-02-20")
        .await
        .json();
    assert_eq!((&week["from"], &week["to"]), (&json!("2026-02-14"), &json!("2026-02-20")));
    assert_eq!(week["points"][0]["day"], "2026-02-14");
    let day = owner.get("/api/health-metrics/blood_pressure/summary?period=day").await.json();
    assert_eq!(
        (&day["points"][0]["hour"], &day["points"][0]["readings"]),
        (&json!("2026-03-02T05:00:00Z"), &json!(1))
    );
    assert_eq!(owner.get("/api/health-metrics/mood/summary").await.status, 404);
    for wrong in [
        "dashboard?period=day",
        "dashboard?period=year",
        "weight/summary?period=x",
        "weight/summary?on=yesterday",
    ] {
        assert_eq!(owner.get(&format!("/api/health-metrics/{wrong}")).await.status, 400, "{wrong}");
    }
    let other = app.db.person(&app.clinic).await;
    let theirs = app.with_token(&other).get("/api/health-metrics/dashboard").await.json();
    assert_eq!(theirs["summaries"], json!([]));
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_of_readings_say_what_charts_show_without_scripts() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    assert!(browser.get("/patient/readings").await.body.contains("No readings yet"));
    assert!(browser.get("/patient/readings/steps").await.body.contains("Nothing measured"));
    let cuff = Device::new(&app, &owner).await;
    assert_eq!(cuff.post(&app, "/api/iot/data/stream", sent()).await.status, 200);

    let page = browser.get("/patient/readings").await.body;
    for shown in [
        "120/80 mmHg",
        "130/80 mmHg (from 20 of 30 days)",
        "75 % of 20 readings",
        "Falling, clearly",
        "70.0 kg",
        "Too few readings: 1 of 30 days",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(page.find("Blood pressure").unwrap() < page.rfind("Weight").unwrap());
    for path in ["", "/blood_pressure", "/report"] {
        let page = browser.get(&format!("/patient/readings{path}?period=quarter")).await.body;
        assert!(page.contains("20 of 91 days") && !page.contains("Falling"), "{path}");
    }
    let page = browser.get("/patient/readings/blood_pressure").await.body;
    for shown in [
        "Blood pressure, Sun 1 Feb to Mon 2 Mar 2026: 20 of 30 days with readings, from 120 to 139 over 80 to 80 mmHg.",
        "<title>Mon 2 Mar: 120/80 mmHg, 1 reading, in the usual range</title>",
        "On average it was 130/80 mmHg, within the usual range",
        "What to do next",
        "From 20 readings, 20 of 30 days",
        "on=2026-01-31",
    ] {
        assert!(page.contains(shown), "{shown}");
    }
    assert!(!page.contains("Later<") && !page.contains("Today<"), "there is no later one");
    let rows = page.split("<tbody>").nth(1).unwrap();
    assert_eq!(rows.matches("<tr>").count(), 20);
    let earlier =
        browser.get("/patient/readings/blood_pressure?period=week&on=2026-02-20").await.body;
    assert!(
        earlier.contains("Sat 14 Feb to Fri 20 Feb 2026")
            && earlier.contains("on=2026-02-27")
            && earlier.contains("on=2026-02-13")
    );
    for (path, status) in [
        ("mood", 404),
        ("weight?period=x&on=y", 200),
        ("weight?on=9999-12-31", 200),
        ("weight?on=-9999-01-01&period=quarter", 200),
    ] {
        assert_eq!(
            browser.get(&format!("/patient/readings/{path}")).await.status,
            status,
            "{path}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lower_number_that_has_changed_alone_is_told_everywhere() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let cuff = Device::new(&app, &owner).await;
    let pressure = |ago: i32| {
        let time = at("2026-03-02T05:00:00Z") - SignedDuration::from_hours(24) * ago;
        let lower = if ago < 30 { 95 } else { 80 };
        json!({"type": "blood_pressure", "systolic": 128, "diastolic": lower, "timestamp": time.to_string()})
    };
    let body = json!({ "metrics": (0..60).map(pressure).collect::<Vec<_>>() });
    assert_eq!(cuff.post(&app, "/api/iot/data/stream", body).await.status, 200);

    let month = owner.get("/api/health-metrics/blood_pressure/summary").await.json();
    let change = &month["comparison"];
    assert_eq!(
        [&change["is_clear"], &change["difference"], &change["diastolic_difference"]],
        [&json!(true), &json!(0.0), &json!(15.0)]
    );
    let page = browser.get("/patient/readings/blood_pressure").await.body;
    let said = "The lower number is 15 mmHg higher than in the 30 days before (128/80 mmHg).";
    assert!(page.contains(said) && page.contains("Clearly different"));
    // Of a quarter, it has risen.
    let page = browser.get("/patient/readings?period=quarter").await.body;
    assert!(page.contains("Steady; the lower number rising, clearly"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_is_not_over_is_told_as_it_is_so_far_and_judged_nowhere() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let watch = Device::new(&app, &owner).await;
    let steps = |ago: i32| {
        let time = at("2026-03-02T05:00:00Z") - SignedDuration::from_hours(24) * ago;
        let count = if ago == 0 { 200 } else { 9_000 };
        json!({"type": "steps", "value": count, "timestamp": time.to_string()})
    };
    let body = json!({ "metrics": (0..25).map(steps).collect::<Vec<_>>() });
    assert_eq!(watch.post(&app, "/api/iot/data/stream", body).await.status, 200);

    let month = owner.get("/api/health-metrics/steps/summary").await.json();
    assert_eq!(
        ["average", "lowest", "so_far"].map(|figure| &month[figure]["value"]),
        [&json!(9_000.0), &json!(9_000.0), &json!(200.0)]
    );
    assert_eq!(month["coverage"]["text"], "24 of 30 days");
    assert_eq!(month["time_in_range"]["percent"], 100);
    assert_eq!(month["points"][24]["average"]["value"], 200.0);
    let day = owner.get("/api/health-metrics/steps/summary?period=day").await.json();
    assert_eq!((&day["average"], &day["so_far"]["value"]), (&json!(null), &json!(200.0)));
    for path in ["", "/steps", "/steps?period=day", "/report"] {
        let page = browser.get(&format!("/patient/readings{path}")).await.body;
        assert!(page.contains("So far today") && page.contains("200 steps"), "{path}");
        for judged in ["below the usual", "outside the usual", "Outside the usual"] {
            assert!(!page.contains(judged), "{path}: {judged}");
        }
    }
    let over = browser.get("/patient/readings/steps?period=day&on=2026-03-01").await.body;
    assert!(over.contains("On this day it was 9000 steps, within the usual range"));
    assert!(!over.contains("So far today"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chart_leads_through_time_without_scripts() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (browser, owner) = (app.browser(&person).await, app.with_token(&person));
    let cuff = Device::new(&app, &owner).await;
    assert_eq!(cuff.post(&app, "/api/iot/data/stream", sent()).await.status, 200);
    let read = async |query: &str| {
        let path = format!("/patient/readings/blood_pressure?{query}");
        browser.get(&path).await.body.replace("&amp;", "&")
    };
    let here = |query: &str| format!("href=\"/patient/readings/blood_pressure?{query}#time\"");

    // From the quarter into a week of it, in the chart and in the table.
    let quarter = read("period=quarter").await;
    let week = "period=week&on=2026-02-23";
    assert_eq!(quarter.matches(&here(week)).count(), 2, "{week}");
    assert!(!quarter.contains("on=2026-03-03"), "no look goes beyond today");
    // Of the week into a day: links in the chart are no stops of the keyboard.
    let seen = read(week).await;
    assert!(seen.contains("Tue 17 Feb to Mon 23 Feb 2026") && seen.contains("7 of 7 days"));
    assert_eq!(seen.matches(&here("period=day&on=2026-02-20")).count(), 2);
    assert_eq!(seen.matches("tabindex=\"-1\" data-at").count(), 7);
    // What else is read of it is of the same time, and so is what is around it.
    for address in [
        "/patient/readings/report?period=week&last=2026-02-23",
        "/patient/readings/export?kind=blood_pressure&from=2026-02-17&to=2026-02-23",
        "period=month&on=2026-02-23#time",
        "period=week&on=2026-02-16#time",
        "period=week#time",
    ] {
        assert!(seen.contains(address), "{address}");
    }
    assert!(seen.contains("Report of these 7 days") && seen.contains("Today<"));
    assert!(!seen.contains("What to do next"), "that is said of now");
    let day = read("period=day&on=2026-02-20").await;
    assert!(day.contains("<title>05:00: 130/80 mmHg, 1 reading, in the usual range</title>"));
    assert!(!day.contains("Look at this") && !day.contains("Report of these"));

    let today = "Sun 1 Feb to Mon 2 Mar 2026";
    for nonsense in ["9999-12-31", "-9999-01-01", "1800-01-01", "2026-02-30", "yesterday", ""] {
        assert!(read(&format!("on={nonsense}")).await.contains(today), "{nonsense}");
    }
    // Nothing was measured then, and one can go on.
    let empty = read("period=month&on=2020-03-01").await;
    assert!(empty.contains("Nothing measured") && empty.contains("on=2020-01-31#time"));
    assert!(!empty.contains("data-component"), "nothing is loaded for no chart");
}
