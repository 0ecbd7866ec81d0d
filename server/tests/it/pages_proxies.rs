//! Adults who act for others, without scripts.
use crate::{
    api_proxies::entrust,
    support::{Client, NINE, TestApp},
};
use testkit::Person;

const NEW: &str = "/account/proxies/new";

async fn invite(browser: &Client<'_>, email: &str) -> crate::support::Reply {
    let form =
        [("email", email), ("scopes", "booking"), ("scopes", "health"), ("lifetime", "6_months")];
    browser.post_form(NEW, &form).await
}

async fn invitation(app: &TestApp, person: &Person) -> String {
    let mail = app.mail_to(&person.email).await;
    let path = mail.split("https://medconnect.test").nth(1).unwrap();
    path.split_whitespace().next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_is_invited_accepts_books_and_is_stopped() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    app.db.execute(&format!("UPDATE users SET first_name = 'Ben' WHERE id = '{}'", ben.user)).await;
    app.db
        .execute(&format!("UPDATE users SET first_name = 'Berta' WHERE id = '{}'", ana.user))
        .await;
    let (patient, proxy) = (app.browser(&ana).await, app.browser(&ben).await);
    assert!(patient.get("/account/family").await.body.contains("href=\"/account/proxies\""));

    let sent = invite(&patient, &ben.email).await;
    assert_eq!(sent.header("location"), "/account/proxies?invited=1", "{}", sent.body);
    let link = invitation(&app, &ben).await;
    let signed_out = app.anyone().get(&link).await;
    assert!(
        signed_out.header("location").starts_with("/login?next=/proxies/invitation%3Ftoken%3D")
    );
    let other = app.browser(&app.db.person(&app.clinic).await).await;
    let refused = other.get(&link).await;
    assert_eq!(refused.status, 403);
    assert!(!refused.body.contains(&ben.email) && !refused.body.contains("Berta"));
    assert_eq!(patient.get(&link).await.status, 403);
    let asked = proxy.get(&link).await;
    assert!(asked.body.contains("Berta Silva") && asked.body.contains("Read the health profile"));
    let token = asked.hidden("token");
    let form = [("token", token.as_str()), ("answer", "accept")];
    assert_eq!(other.post_form("/proxies/invitation", &form).await.status, 403);
    assert_eq!(proxy.post_form("/proxies/invitation", &form).await.status, 303);
    assert_eq!(proxy.post_form("/proxies/invitation", &form).await.status, 404);
    assert_eq!(proxy.get(&link).await.status, 404);

    let path = format!("/doctors/{provider}/book");
    let page = proxy.get(&format!("{path}?start={NINE}")).await;
    assert!(page.body.contains("Who is this visit for?") && page.body.contains("Berta Silva"));
    let (key, who) = (page.hidden("key"), ana.user.to_string());
    let form =
        [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Cough"), ("who", &who)];
    let booked = proxy.post_form(&path, &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let visit = booked.header("location").split('?').next().unwrap().to_owned();
    assert!(proxy.get("/patient").await.body.contains("For Berta Silva"));
    assert!(proxy.get(&visit).await.body.contains("Cancel visit"));
    let listed = proxy.get("/account/proxies").await.body;
    let health = listed
        .split("href=\"/account/proxies/")
        .find_map(|rest| rest.split('"').next().filter(|id| id.len() == 36));
    let health = format!("/account/proxies/{}", health.unwrap());
    assert!(proxy.get(&health).await.body.contains("Whom to call"));
    assert_eq!(patient.get(&health).await.status, 404);

    let log = patient.get("/account/access-log?who=others").await.body;
    for deed in [
        "Ben Silva",
        "Agreed to act for the person",
        "Booked a visit",
        "Opened a visit",
        "Read allergies",
    ] {
        assert!(log.contains(deed), "{deed}");
    }
    let end = format!("{health}/end");
    assert_eq!(other.post_form(&end, &[]).await.status, 303);
    assert_eq!(proxy.get(&visit).await.status, 200, "a stranger ends nothing");
    assert_eq!(patient.post_form(&end, &[]).await.status, 303);
    for gone in [&visit, &health, &format!("{visit}/cancel")] {
        assert_eq!(proxy.get(gone).await.status, 404, "{gone}");
    }
    assert!(!proxy.get("/patient").await.body.contains("Berta Silva"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_only_sees_a_visit_has_no_button_and_no_page_to_change_it() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let (patient, proxy) = (app.browser(&ana).await, app.browser(&ben).await);
    let path = format!("/doctors/{provider}/book");
    let key = patient.get(&format!("{path}?start={NINE}")).await.hidden("key");
    let form = [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Cough")];
    let booked = patient.post_form(&path, &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();
    entrust(&app, &ana, &ben, &["visits"]).await;

    let page = proxy.get(&visit).await;
    assert!(page.body.contains("Cough") && page.body.contains("Add to calendar"));
    for hidden in ["Cancel visit", "Choose another time", "45 EUR", "If you cancel"] {
        assert!(patient.get(&visit).await.body.contains(hidden), "{hidden}");
        assert!(!page.body.contains(hidden), "{hidden}");
    }
    for change in ["cancel", "reschedule", "cancel/following"] {
        let change = format!("{visit}/{change}");
        assert_eq!(proxy.get(&change).await.status, 404, "{change}");
        assert_eq!(proxy.post_form(&change, &[("start", NINE)]).await.status, 404, "{change}");
    }
    assert_eq!(proxy.post_form(&format!("{visit}/pay"), &[]).await.status, 404);
    let file = proxy.get(&format!("{visit}/calendar.ics")).await;
    assert!(file.body.contains("Visit of Ana Silva"), "{}", file.body);
    assert!(
        !proxy
            .get(&format!("{path}?start=2026-03-03T10:00:00Z"))
            .await
            .body
            .contains("Ana Silva\"")
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_says_the_same_for_every_address_and_asks_who_sends_it() {
    let app = TestApp::new().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let patient = app.browser(&ana).await;
    let (known, unknown) =
        (invite(&patient, &ben.email).await, invite(&patient, "nobody@example.org").await);
    assert_eq!(
        (known.status, known.header("location"), &known.body),
        (unknown.status, unknown.header("location"), &unknown.body)
    );
    let own = invite(&patient, &ana.email).await;
    assert_eq!(own.status, 422);
    assert!(own.body.contains("This is your own address."));
    let empty = patient.post_form(NEW, &[]).await;
    assert_eq!(empty.status, 422);
    assert!(empty.body.contains("Choose at least one thing that they may do."));

    app.db.set_now("2026-03-02T06:11:00Z");
    let later = app.db.count("proxy_grants").await;
    assert!(patient.get(NEW).await.header("location").starts_with("/account/confirm?next="));
    assert!(
        invite(&patient, "eve@example.org")
            .await
            .header("location")
            .starts_with("/account/confirm")
    );
    assert_eq!(app.db.count("proxy_grants").await, later);
}
