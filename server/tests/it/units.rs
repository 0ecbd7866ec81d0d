//! Units: what is shown is what was measured, in the unit that whoever reads it has chosen, on every surface.
use crate::support::{Client, NOW, TestApp};
use domain::readings::UNIT_CHOICES;
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::at;

/// What the domain is held to, and the browser.
const CONVERSIONS: &str = include_str!("../../domain/src/readings/conversions.json");

/// Lets whoever uses `browser` read each kind in the first or second of its units; which these are.
async fn choose(browser: &Client<'_>, which: usize) -> Vec<(&'static str, &'static str)> {
    let chosen: Vec<_> =
        UNIT_CHOICES.iter().map(|(kind, units)| (kind.as_str(), units[which].as_str())).collect();
    assert_eq!(browser.post_form("/account/units", &chosen).await.status, 303);
    chosen
}

#[tokio::test(flavor = "multi_thread")]
async fn every_conversion_is_shown_as_the_table_says_on_every_surface() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (owner, browser) = (app.with_token(&person), app.browser(&person).await);
    let rows: Vec<Value> = serde_json::from_str(CONVERSIONS).unwrap();
    for (number, row) in rows.iter().enumerate() {
        let hours = SignedDuration::from_hours(i64::try_from(number).unwrap());
        let time = (at(NOW) - SignedDuration::from_hours(200) + hours).to_string();
        let body = json!({
            "metric_type": row["kind"], "value": row["value"], "diastolic_value": row.get("diastolic"),
            "unit": row["unit"], "recorded_at": time,
        });
        let made = owner.post("/api/health-metrics", body).await;
        assert_eq!(made.status, 201, "{row} {}", made.body);

        for which in 0..2 {
            let chosen = choose(&browser, which).await;
            let (_, unit) = chosen.iter().find(|(kind, _)| row["kind"] == **kind).unwrap();
            let shown = row["shown"][unit].as_str().unwrap();
            let kind = row["kind"].as_str().unwrap();

            let listed = owner.get(&format!("/api/health-metrics?type={kind}")).await.json();
            let newest = &listed["results"][0];
            assert_eq!(
                (&newest["display"]["text"], &newest["display"]["unit"]),
                (&json!(shown), &json!(unit)),
                "{row}"
            );
            assert_eq!(
                newest
                    .get("value")
                    .filter(|value| !value.is_null())
                    .or(newest.get("systolic_value")),
                Some(&row["kept"]),
                "never changed"
            );
            let dashboard = owner.get("/api/health-metrics/dashboard").await.json();
            let recent = dashboard["recent_metrics"].as_array().unwrap().iter();
            let recent = recent.clone().find(|recent| recent["metric_type"] == kind).unwrap();
            assert_eq!(recent["display"]["text"], json!(shown));
            let day = owner.get(&format!("/api/health-metrics/{kind}/summary")).await.json();
            assert_eq!(day["highest"]["display"]["unit"], json!(unit));

            for page in
                ["/patient/readings", &format!("/patient/readings/{kind}"), "/patient/readings/all"]
            {
                let seen = browser.get(page).await.body;
                assert!(seen.contains(shown), "{page} does not say {shown}: {row}");
            }
            let words = shown.rsplit(' ').next().unwrap();
            let form = browser.get(&format!("/patient/readings/new?kind={kind}")).await.body;
            let selected =
                form.split("<option").find(|option| option.contains("selected")).unwrap();
            assert!(selected.contains(words), "{selected}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_band_a_chart_and_what_is_said_are_in_the_unit_that_was_chosen() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let (owner, browser) = (app.with_token(&person), app.browser(&person).await);
    for day in 0..25 {
        let time = (at(NOW) - SignedDuration::from_hours(24 * day + 1)).to_string();
        let body = json!({"metric_type": "blood_glucose", "value": 11, "unit": "mmol/L", "recorded_at": time});
        owner.post("/api/health-metrics", body).await;
    }
    for (unit, average, band, other) in [
        ("mmol/L", "11.0 mmol/L", "3.9 to 10.0 mmol/L", "mg/dL"),
        ("mg/dL", "198 mg/dL", "70 to 180 mg/dL", "mmol/L"),
    ] {
        let form = [("blood_glucose", unit)];
        assert_eq!(browser.post_form("/account/units", &form).await.status, 303);
        let summary = owner.get("/api/health-metrics/blood_glucose/summary").await.json();
        assert_eq!(summary["average"]["display"]["text"], json!(average));
        assert_eq!(
            (&summary["average"]["value"], &summary["unit"]),
            (&json!(198.2), &json!("mg/dL"))
        );
        assert_eq!(summary["target_range"]["display"], json!(band));
        let dashboard = owner.get("/api/health-metrics/dashboard").await.json();
        let said = dashboard["insights"][0]["text"].as_str().unwrap();
        assert!(said.contains(average) && said.contains(band), "{said}");
        for page in ["/patient/readings", "/patient/readings/blood_glucose"] {
            let seen = browser.get(page).await.body;
            let (_, main) = seen.split_once("<main").unwrap();
            assert!(main.contains(average) && !main.contains(other), "{page} in {unit}");
        }
        let seen = browser.get("/patient/readings/blood_glucose").await.body;
        assert!(seen.contains(band), "{unit}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_choice_is_none_and_the_table_itself_refuses_it() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let wrong =
        [("blood_glucose", "kg"), ("weight", "stone"), ("height", "[in_i]"), ("steps", "{steps}")];
    assert_eq!(browser.post_form("/account/units", &wrong).await.status, 303);
    let seen = browser.get("/account/units?saved=1").await.body;
    assert_eq!(seen.matches("selected").count(), UNIT_CHOICES.len());
    assert!(seen.contains("Saved."));
    let user = person.user;
    for units in
        ["{g}", "{kg,[lb_av]}", "{mg/dL,mmol/L}", "{Cel,[degF]}", "{mm[Hg],kPa}", "{cm,[in_i]}"]
    {
        let change = format!("UPDATE users SET units = '{units}' WHERE id = '{user}'");
        let change = format!(
            "DO $$ BEGIN {change}; RAISE 'taken'; EXCEPTION WHEN check_violation THEN NULL; END $$"
        );
        app.db.execute(&change).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_reads_a_record_in_their_own_units_and_the_patient_in_theirs() {
    let app = TestApp::new().await;
    let (patient, doctor) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let provider = app.db.provider().await;
    app.db.make_doctor(doctor.user, provider).await;
    app.db
        .execute(&format!(
            "INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
                 appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
             VALUES (gen_random_uuid(), '{0}', '{provider}', '{0}', '2026-04-01T09:00:00Z', '2026-04-01T09:30:00Z', \
                 'Europe/Lisbon', 'video', 'scheduled', 'x', 4500, 'EUR', 1440, 50)",
            patient.user
        ))
        .await;
    let (own, reader) = (app.browser(&patient).await, app.browser(&doctor).await);
    let record = format!("/doctor/patients/{}", patient.user);
    let rows: Vec<Value> = serde_json::from_str(CONVERSIONS).unwrap();
    let of = |kind: &str, unit: &str| {
        let row = rows.iter().find(|row| row["kind"] == kind && row["unit"] == unit).unwrap();
        (row["value"].to_string(), row["shown"].clone())
    };
    let ((height, tall), (weight, heavy)) = (of("height", "cm"), of("weight", "kg"));
    let health = [("height_cm", &*height), ("weight_kg", &*weight)];
    assert_eq!(own.post_form("/account/health", &health).await.status, 303);
    let before = reader.get(&record).await.body;
    assert!(before.contains("172 cm") && before.contains("70 kg"), "as it was typed");

    let chosen = [("height", "[in_i]"), ("weight", "[lb_av]")];
    assert_eq!(reader.post_form("/account/units", &chosen).await.status, 303);

    let (tall, heavy) = (tall["[in_i]"].as_str().unwrap(), heavy["[lb_av]"].as_str().unwrap());
    let seen = reader.get(&record).await.body;
    assert!(seen.contains(tall) && seen.contains(heavy) && !seen.contains("172 cm"));
    let theirs = own.get("/account/health").await.body;
    assert!(!theirs.contains(tall) && !theirs.contains(heavy), "each reads their own");
    assert_eq!(own.post_form("/account/units", &chosen).await.status, 303);
    let theirs = own.get("/account/health").await.body;
    assert!(theirs.contains(&format!("That is {tall} and {heavy}.")));
}
