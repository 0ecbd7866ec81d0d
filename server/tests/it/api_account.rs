//! The caller's own account over JSON.
use crate::support::TestApp;
use serde_json::json;

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
    assert_eq!(client.put("/api/auth/profile/", account.clone()).await.json(), account);

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
