//! Adults who act for others, over JSON.
use crate::support::{NINE, TestApp};
use serde_json::{Value, json};
use testkit::Person;

async fn grant(app: &TestApp, person: &Person, email: &str, scopes: &[&str]) -> Value {
    let body = json!({ "email": email, "scopes": scopes, "lifetime": "1_year", "password": person.password });
    let made = app.with_token(person).post("/api/proxies", body).await;
    assert_eq!(made.status, 201, "{}", made.body);
    made.json()
}

/// Lets `proxy` act for `person`; the id of the grant.
pub async fn entrust(app: &TestApp, person: &Person, proxy: &Person, scopes: &[&str]) -> String {
    let id = grant(app, person, &proxy.email, scopes).await["id"].as_str().unwrap().to_owned();
    let mail = app.mail_to(&proxy.email).await;
    let token = mail.split("token=").nth(1).unwrap().split_whitespace().next().unwrap();
    let form = [("token", token), ("answer", "accept")];
    let accepted = app.browser(proxy).await.post_form("/proxies/invitation", &form).await;
    assert_eq!(accepted.header("location"), "/account/proxies?accepted=1", "{}", accepted.body);
    id
}

#[tokio::test(flavor = "multi_thread")]
async fn proxies_are_invited_listed_act_and_are_ended() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let (patient, proxy) = (app.with_token(&ana), app.with_token(&ben));
    let booking = json!({
        "healthcare_provider_id": provider, "appointment_date": NINE, "patient_id": ana.user,
        "appointment_type": "video", "chief_complaint": "Sore throat",
    });
    assert_eq!(proxy.book("a", booking.clone()).await.status, 404);
    let id = entrust(&app, &ana, &ben, &["booking"]).await;

    let listed = patient.get("/api/proxies").await.json();
    assert_eq!(listed["granted"][0]["scopes"], json!(["visits", "booking"]));
    assert_eq!(
        (&listed["granted"][0]["name"], &listed["acting_for"]),
        (&json!("Ana Silva"), &json!([]))
    );
    let acting = proxy.get("/api/proxies").await.json();
    assert_eq!(acting["acting_for"][0]["patient_id"], json!(ana.user));
    let booked = proxy.book("b", booking.clone()).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    assert_eq!(booked.json()["created_by"], json!(ben.user));
    let path = booked.header("location").to_owned();
    assert_eq!(proxy.get("/api/appointments").await.json()["count"], 1);

    let only_seen = entrust(&app, &ana, &ben, &["visits"]).await;
    assert_ne!(only_seen, id);
    let seen = proxy.get(&path).await.json();
    assert_eq!(
        (&seen["can_be_cancelled"], &seen["can_be_rescheduled"]),
        (&json!(false), &json!(false))
    );
    assert_eq!(patient.get(&path).await.json()["can_be_cancelled"], true);
    assert_eq!(proxy.delete(&path).await.status, 404);
    assert_eq!(proxy.put(&path, json!({ "chief_complaint": "x" })).await.status, 404);

    let ended = proxy.delete(&format!("/api/proxies/{only_seen}")).await;
    assert_eq!((ended.status, &ended.json()["acting_for"]), (200, &json!([])));
    assert_eq!(patient.delete(&format!("/api/proxies/{only_seen}")).await.status, 404);
    assert_eq!(proxy.get(&path).await.status, 404);
    assert_eq!(proxy.get("/api/appointments").await.json()["count"], 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_grants_proves_who_they_are_and_learns_nothing_of_the_address() {
    let app = TestApp::new().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let patient = app.with_token(&ana);
    let wrong = patient.post("/api/proxies", json!({})).await;
    let fields = ["email", "scopes", "lifetime"].map(str::to_owned);
    assert_eq!((wrong.status, wrong.fields()), (400, fields.to_vec()));
    let body = |email: &str, password: &str| json!({ "email": email, "scopes": ["visits"], "lifetime": "30_days", "password": password });
    let own = patient.post("/api/proxies", body(&ana.email, ana.password)).await;
    assert_eq!((own.status, own.fields()), (400, vec!["email".to_owned()]));
    for password in ["", "wrong"] {
        let refused = patient.post("/api/proxies", body(&ben.email, password)).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["password".to_owned()]));
    }
    assert_eq!(app.db.count("proxy_grants").await, 0);

    let shape = |mut made: Value| {
        for told in ["id", "email", "granted_at", "answer_until", "ends_at"] {
            assert!(made[told].take().is_string(), "{told}");
        }
        made
    };
    let known = grant(&app, &ana, &ben.email, &["visits"]).await;
    let unknown = grant(&app, &ana, "nobody@example.org", &["visits"]).await;
    assert_eq!(shape(known), shape(unknown));
}
