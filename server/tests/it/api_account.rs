//! The caller's own account over JSON.
use crate::support::TestApp;
use jiff::Timestamp;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn an_account_is_replaced_and_its_health_only_when_it_is_sent() {
    let app = TestApp::new().await;
    let client = app.patient().await;
    let details = json!({
        "first_name": "Ann", "last_name": "Silva", "time_zone": "Asia/Tokyo", "username": "ann",
        "date_of_birth": "1990-05-31", "phone_number": "+351 912 345 678",
        "profile": { "height_cm": 172, "weight_kg": 68.5, "blood_type": "O+", "allergies": "Latex" },
    });

    let changed = client.put("/api/auth/profile", details).await;
    assert_eq!(changed.status, 200, "{}", changed.body);
    let account = changed.json();
    assert_eq!(
        (&account["username"], &account["date_of_birth"]),
        (&json!("ann"), &json!("1990-05-31"))
    );
    assert_eq!(
        (&account["profile"]["bmi"], &account["profile"]["allergies"]),
        (&json!(23.2), &json!("Latex"))
    );
    // What was read can be sent back.
    let mut again = client.put("/api/auth/profile/", account.clone()).await.json();
    let written = |account: &Value| account["updated_at"].as_str().unwrap().parse::<Timestamp>();
    assert!(written(&again).unwrap() > written(&account).unwrap());
    again["updated_at"] = account["updated_at"].clone();
    assert_eq!(again, account);

    let names = json!({ "first_name": "Ann", "last_name": "Silva", "time_zone": "Asia/Tokyo" });
    let emptied = client.put("/api/auth/profile", names.clone()).await.json();
    assert_eq!(
        (&emptied["username"], &emptied["profile"]["blood_type"]),
        (&json!(null), &json!("O+"))
    );
    let mut without = names;
    without["profile"] = json!({});
    let emptied = client.put("/api/auth/profile", without).await.json();
    assert_eq!(
        (&emptied["profile"]["blood_type"], &emptied["profile"]["bmi"]),
        (&json!(null), &json!(null))
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn what_somebody_wants_to_be_told_changes_where_they_say_so() {
    let app = TestApp::new().await;
    let client = app.patient().await;
    let account = |profile: Option<Value>| {
        let mut body = json!({ "first_name": "Ann", "last_name": "Silva", "time_zone": "UTC" });
        if let Some(profile) = profile {
            body["profile"] = profile;
        }
        body
    };
    let wanted = |account: &Value| {
        ["email_notifications", "push_notifications", "health_reminders", "visit_reminders"]
            .map(|name| account["profile"][name].as_bool().unwrap())
    };
    let put = async |profile: Option<Value>| {
        let reply = client.put("/api/auth/profile", account(profile)).await;
        assert_eq!(reply.status, 200, "{}", reply.body);
        wanted(&reply.json())
    };
    let changed = "audit_events WHERE action = 'account.change_notifications'";

    assert_eq!(wanted(&client.get("/api/auth/profile").await.json()), [true; 4]);
    let some = json!({
        "email_notifications": false, "health_reminders": false, "visit_reminders": false,
    });
    assert_eq!(put(Some(some)).await, [false, true, false, false]);
    let reminders = json!({ "health_reminders": true });
    assert_eq!(put(Some(reminders)).await, [false, true, true, false]);
    assert_eq!(app.db.count(changed).await, 2);
    for without in [None, Some(json!({})), Some(json!({ "email_notifications": null }))] {
        assert_eq!(put(without).await, [false, true, true, false]);
    }
    assert_eq!(app.db.count(changed).await, 2);

    let unreadable = account(Some(json!({ "push_notifications": "no" })));
    assert_eq!(client.put("/api/auth/profile", unreadable).await.status, 400);
    let mut refused = account(Some(json!({ "push_notifications": false })));
    refused["time_zone"] = json!("Mars/Olympus");
    assert_eq!(client.put("/api/auth/profile", refused).await.status, 400);
    assert_eq!(wanted(&client.get("/api/auth/profile").await.json()), [false, true, true, false]);
}

#[tokio::test(flavor = "multi_thread")]
async fn wrong_fields_are_named_and_nothing_is_kept_of_them() {
    let app = TestApp::new().await;
    let client = app.patient().await;
    let wrong = json!({
        "first_name": "Ann", "last_name": "Silva", "time_zone": "Asia/Tokyo", "phone_number": "none",
        "profile": { "height_cm": 1.72, "weight_kg": -5, "gender": "x" },
    });
    let refused = client.put("/api/auth/profile", wrong).await;
    assert_eq!(
        (refused.status, refused.fields()),
        (400, ["phone_number", "gender", "height_cm", "weight_kg"].map(str::to_owned).to_vec())
    );
    assert_eq!(client.get("/api/auth/profile").await.json()["first_name"], "Ana");
    assert_eq!(app.anyone().put("/api/auth/profile", json!({})).await.status, 401);
}
