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
