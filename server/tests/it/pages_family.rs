use crate::support::{NINE, TestApp};

const MIA: [(&str, &str); 4] = [
    ("first_name", "Mia"),
    ("last_name", "Silva"),
    ("date_of_birth", "2018-05-31"),
    ("relationship", "child"),
];

#[tokio::test(flavor = "multi_thread")]
async fn a_child_is_added_on_the_way_and_booked_for_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let path = format!("/doctors/{provider}/book");
    let alone = browser.get(&format!("{path}?start={NINE}")).await;
    assert!(alone.body.contains("Book for a child or somebody else"));

    let next = format!("{path}?start={NINE}");
    let mut form = MIA.to_vec();
    form.push(("next", &next));
    let added = browser.post_form("/account/family", &form).await;
    assert_eq!(added.status, 303, "{}", added.body);
    let back = added.header("location").to_owned();
    let mia = back.split("&who=").nth(1).unwrap().to_owned();
    let page = browser.get(&back).await;
    assert!(page.body.contains("Who is this visit for?") && page.body.contains("Mia Silva"));
    let key = page.hidden("key");
    let form =
        [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Cough"), ("who", &mia)];
    let booked = browser.post_form(&path, &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    assert_eq!(browser.post_form(&path, &form).await.header("location"), booked.header("location"));

    let visit = booked.header("location").split('?').next().unwrap().to_owned();
    assert!(browser.get(&visit).await.body.contains("Mia Silva"));
    assert!(browser.get("/patient").await.body.contains("For Mia Silva"));
    let person = format!("/account/family/{mia}");
    let kept = browser.post_form(&format!("{person}/remove"), &[]).await;
    assert_eq!(kept.status, 409);
    assert!(kept.body.contains("There are coming visits for this person"));
    assert_eq!(browser.post_form(&format!("{visit}/cancel"), &[]).await.status, 303);
    assert_eq!(browser.post_form(&format!("{person}/remove"), &[]).await.status, 303);

    let stranger = app.browser(&app.db.person(&app.clinic).await).await;
    for foreign in [visit.as_str(), person.as_str()] {
        assert_eq!(stranger.get(foreign).await.status, 404, "{foreign}");
    }
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "x"), ("who", &mia)];
    let refused = stranger.post_form(&path, &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("Choose who this visit is for."));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_wrong_about_somebody_is_said_at_its_field() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let mut form = MIA.to_vec();
    form[2].1 = "2031-05-31";
    let refused = browser.post_form("/account/family", &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("lies in the future") && refused.body.contains("value=\"Mia\""));
    let elsewhere = [MIA.as_slice(), &[("next", "//evil.example/?a")]].concat();
    let added = browser.post_form("/account/family", &elsewhere).await;
    assert_eq!(added.header("location"), "/account/family?added=1");
}

async fn mia(browser: &crate::support::Client<'_>, back: &str) -> String {
    let form = [MIA.as_slice(), &[("next", back)]].concat();
    let added = browser.post_form("/account/family", &form).await;
    added.header("location").split("&who=").nth(1).unwrap().to_owned()
}

/// The values of the checked or hidden fields called `visit`.
fn visits(body: &str) -> Vec<String> {
    let inputs = body.split("<input").filter(|input| input.contains("name=\"visit\""));
    let value = |input: &str| input.split("value=\"").nth(1)?.split('"').next().map(str::to_owned);
    inputs.filter_map(value).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_family_comes_one_after_another_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let path = format!("/doctors/{provider}/book");
    let mia = mia(&browser, &format!("{path}?start={NINE}")).await;
    let key = browser.get(&format!("{path}?start={NINE}")).await.hidden("key");
    let form = |start| {
        [
            ("start", start),
            ("kind", "video"),
            ("key", key.as_str()),
            ("reason", "Flu"),
            ("also", mia.as_str()),
        ]
    };

    let full = browser.post_form(&path, &form("2026-03-03T11:30:00Z")).await;
    assert_eq!(full.status, 409);
    assert!(full.body.contains("no free time for Mia Silva") && full.body.contains("Look at"));
    let plan = browser.post_form(&path, &form(NINE)).await;
    assert_eq!(plan.status, 200, "{}", plan.body);
    assert!(plan.body.contains("90 EUR in all"), "{}", plan.body);
    let chosen = visits(&plan.body);
    assert_eq!(chosen.len(), 2);
    let mut all = form(NINE).to_vec();
    all.extend(chosen.iter().map(|visit| ("visit", visit.as_str())));
    let booked = browser.post_form(&format!("{path}/all"), &all).await;
    assert_eq!((booked.status, booked.header("location")), (303, "/patient?booked=2"));
    let again = browser.post_form(&format!("{path}/all"), &all).await;
    assert_eq!(again.status, 303);
    assert_eq!(app.db.count("appointments").await, 2);
    assert!(browser.get("/patient?booked=2").await.body.contains("All 2 visits are booked."));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_looked_at_and_booked_without_what_is_left_out() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let path = format!("/doctors/{provider}/book");
    let key = browser.get(&format!("{path}?start={NINE}")).await.hidden("key");
    let form = |times| {
        [
            ("start", NINE),
            ("kind", "video"),
            ("key", key.as_str()),
            ("reason", "Knee"),
            ("repeat", "2"),
            ("times", times),
        ]
    };

    let wrong = browser.post_form(&path, &form("13")).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Enter a whole number from 2 to 12."));
    let plan = browser.post_form(&path, &form("3")).await;
    let chosen = visits(&plan.body);
    assert_eq!((plan.status, chosen.len()), (200, 3));
    let mut some = form("3").to_vec();
    some.push(("every_weeks", "2"));
    let none = browser.post_form(&format!("{path}/all"), &some).await;
    assert_eq!(none.status, 422);
    assert!(none.body.contains("Choose at least one of the times."));
    some.extend([("visit", chosen[0].as_str()), ("visit", chosen[2].as_str())]);
    let booked = browser.post_form(&format!("{path}/all"), &some).await;
    assert_eq!((booked.status, booked.header("location")), (303, "/patient?booked=2"));
    let listed = browser.get("/patient").await;
    let visit = listed.body.split("/visits/").nth(1).unwrap().split('"').next().unwrap();
    let visit = format!("/visits/{visit}");
    let page = browser.get(&visit).await;
    assert!(page.body.contains("Visit 1 of 2 in a series"));
    assert!(page.body.contains(&format!("{visit}/cancel/following")));
    move_and_cancel(&app, &browser, &visit).await;
}

/// The series whose first visit is at `visit`, an hour later; then cancelled.
async fn move_and_cancel(app: &TestApp, browser: &crate::support::Client<'_>, visit: &str) {
    let to = "2026-03-03T10:00:00Z";
    let confirm = browser.get(&format!("{visit}/reschedule?start={to}")).await;
    assert!(confirm.body.contains("Move all visits of the series after it, too"));
    let path = format!("{visit}/reschedule/following");
    let plan = browser.get(&format!("{path}?start={to}")).await;
    let ids = visits(&plan.body);
    assert_eq!((plan.status, ids.len()), (200, 2));
    let stale = [("start", to), ("visit", ids[0].as_str())];
    assert_eq!(browser.post_form(&path, &stale).await.status, 409);
    let all = [("start", to), ("visit", ids[0].as_str()), ("visit", ids[1].as_str())];
    let moved = browser.post_form(&path, &all).await;
    assert_eq!(moved.header("location"), format!("{visit}?moved=1"));

    let path = format!("{visit}/cancel/following");
    let question = browser.get(&path).await;
    assert!(question.body.contains("Cancel 2 visits?"));
    let wrong = [("cost_minor", "77"), ("currency", "EUR")];
    assert_eq!(browser.post_form(&path, &wrong).await.status, 409);
    let (minor, currency) = (question.hidden("cost_minor"), question.hidden("currency"));
    let form = [("cost_minor", minor.as_str()), ("currency", currency.as_str())];
    for _ in 0..2 {
        let cancelled = browser.post_form(&path, &form).await;
        assert_eq!(cancelled.header("location"), format!("{visit}?cancelled=1"));
    }
    assert_eq!(app.db.count("appointments WHERE status = 'cancelled'").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_suggests_a_follow_up_and_the_patient_finds_the_week() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();
    app.db.execute("UPDATE appointments SET status = 'in_progress'").await;
    let them = app.db.person(&app.clinic).await;
    app.db.make_doctor(them.user, provider).await;
    let doctor = app.browser(&them).await;

    let path = format!("{visit}/follow-up");
    let wrong = doctor.post_form(&path, &[("weeks", "1.5")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Enter a whole number of weeks from 1 to 52."));
    assert!(wrong.body.contains("value=\"1.5\""));
    assert_eq!(browser.post_form(&path, &[("weeks", "4")]).await.status, 403);
    let suggested = doctor.post_form(&path, &[("weeks", "4")]).await;
    assert_eq!(suggested.header("location"), format!("{visit}?suggested=1"));
    assert!(doctor.get(&visit).await.body.contains("31 March 2026"));

    let link = format!("/doctors/{provider}?week=2026-03-28&amp;visit=video#times");
    for page in [visit.as_str(), "/patient"] {
        let page = browser.get(page).await;
        assert!(page.body.contains("suggests a follow-up around 31 March 2026."), "{}", page.body);
        assert!(page.body.contains(&link), "{}", page.body);
    }
}
