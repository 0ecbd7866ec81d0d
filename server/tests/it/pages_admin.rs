//! What those who run roles and read the trail do on their pages and over the API.
use crate::support::TestApp;
use serde_json::json;

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_gives_and_takes_roles() {
    let app = TestApp::new().await;
    let (root, ana) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    app.db.give_role(root.user, "admin").await;
    let (admin, hers) = (app.browser(&root).await, app.browser(&ana).await);
    assert_eq!(hers.get("/admin").await.status, 403);
    assert_eq!(admin.get("/admin").await.header("location"), "/admin/providers");

    let wrong = admin.post_form("/admin/roles/new", &[("name", "x")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("href=\"#name\"") && wrong.body.contains("href=\"#description\""));
    let form = [
        ("name", "Privacy officer"),
        ("description", "Looks after records"),
        ("permissions", "audit.read"),
        ("is_active", "true"),
    ];
    let made = admin.post_form("/admin/roles/new", &form).await;
    let role = made.header("location").trim_end_matches("?saved=1").to_owned();
    assert!(admin.get(&role).await.body.contains("privacy officer"));
    let again = admin.post_form("/admin/roles/new", &form).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("Another role already has that name"));

    let sheet = format!("/admin/people/{}", ana.user);
    let role_id = role.rsplit('/').next().unwrap();
    let given = admin.post_form(&sheet, &[("role", role_id)]).await;
    assert_eq!(given.header("location"), format!("{sheet}?done=roles"));
    assert_eq!(hers.get("/admin").await.header("location"), "/admin/audit");
    assert_eq!(hers.get("/admin/people").await.status, 403);
    let trail = hers.get("/admin/audit?action=role.assign").await;
    assert!(trail.body.contains("Gave the account a role"), "{}", trail.body);
    let file = hers.get(&format!("/admin/audit.csv?person={}", ana.user)).await;
    assert!(file.header("content-disposition").contains("audit.csv"));
    assert!(file.body.contains("\"role.assign\""));
    assert_eq!(hers.get("/admin/audit?person=nobody@example.org").await.status, 422);

    let revoke = [("action", "revoke"), ("role", role_id)];
    admin.post_form(&sheet, &revoke).await;
    assert_eq!(hers.get("/admin/audit").await.status, 403, "at once");

    // Nobody would be left.
    let own = format!("/admin/people/{}", root.user);
    let roles = admin.get("/admin/roles").await.body;
    let admins = roles.split("/admin/roles/").find(|part| part.contains(">admin<")).unwrap();
    let last = admin.post_form(&own, &[("action", "revoke"), ("role", &admins[..36])]).await;
    assert_eq!(last.status, 409);
    assert!(last.body.contains("Nobody would be left who can run roles"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_api_lists_gives_and_takes_roles() {
    let app = TestApp::new().await;
    let (root, ana) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    app.db.give_role(root.user, "admin").await;
    let admin = app.with_token(&root);
    assert_eq!(app.with_token(&ana).get("/api/roles").await.status, 403);
    let listed = admin.get("/api/roles").await.json();
    assert_eq!(listed["count"], 3);
    let doctor = listed["results"].as_array().unwrap().iter().find(|role| role["name"] == "doctor");
    let doctor = doctor.unwrap()["id"].as_str().unwrap().to_owned();

    let path = format!("/api/users/{}/roles", ana.user);
    let given = admin.post(&path, json!({ "role": doctor })).await;
    assert_eq!(given.status, 201, "{}", given.body);
    assert_eq!(given.json()[0]["assigned_by"], "Ana Silva");
    assert_eq!(admin.post(&path, json!({ "role": "doctor" })).await.status, 400);
    let taken = admin.delete(&format!("{path}/{doctor}")).await;
    assert_eq!((taken.status, taken.json().as_array().unwrap().len()), (200, 1));
    assert_eq!(admin.delete(&format!("{path}/{doctor}")).await.status, 404);

    // A token that lies about for longer gives and takes nothing, and says what would.
    app.db
        .execute("UPDATE token_families SET created_at = created_at - interval '10 minutes'")
        .await;
    assert_eq!(admin.get("/api/roles").await.status, 200);
    for refused in [
        admin.post(&path, json!({ "role": doctor })).await,
        admin.delete(&format!("{path}/{doctor}")).await,
    ] {
        assert_eq!(refused.status, 401, "{}", refused.body);
        assert_eq!(refused.json()["code"], "insufficient_user_authentication");
        let challenge = "Bearer error=\"insufficient_user_authentication\", max_age=600";
        assert_eq!(refused.header("www-authenticate"), challenge);
    }
    let given = format!("user_roles WHERE user_id = '{}'", ana.user);
    assert_eq!(app.db.count(&given).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_blocks_an_account_from_its_page_and_opens_it_again() {
    let app = TestApp::new().await;
    let (root, ana) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    app.db.give_role(root.user, "admin").await;
    let (admin, theirs) = (app.browser(&root).await, app.browser(&ana).await);
    let path = format!("/admin/people/{}", ana.user);
    let press = async |action| admin.post_form(&path, &[("action", action)]).await;

    assert_eq!(press("sign_out").await.status, 303);
    assert_eq!(theirs.get("/patient").await.status, 303);
    assert_eq!(press("block").await.status, 303);
    let page = admin.get(&path).await.body;
    assert!(page.contains("Open it again") && !page.contains("Block the account"), "{page}");
    let form = [("email", ana.email.as_str()), ("password", ana.password)];
    assert_eq!(app.anyone().post_form("/login", &form).await.status, 409);
    assert_eq!(press("unblock").await.status, 303);
    assert!(admin.get(&path).await.body.contains("Block the account"));

    // On their own page there is nothing to press, and whoever sends it all the same is told.
    let own = format!("/admin/people/{}", root.user);
    assert!(!admin.get(&own).await.body.contains("Block the account"));
    let refused = admin.post_form(&own, &[("action", "block")]).await;
    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("This is your own account"));
    assert_eq!(admin.get(&own).await.status, 200);
}
