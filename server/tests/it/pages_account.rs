//! The pages of somebody's account.
use crate::support::{Client, NINE, NOW, Reply, TestApp};
use axum::{
    body::Body,
    http::{Method, header},
};
use domain::account::phone::TextLimits;
use jiff::SignedDuration;
use serde_json::json;
use testkit::at;

const FACE: &[u8] = include_bytes!("face.png");

/// Sends a form with one file, as a browser does.
async fn send_file(browser: &Client<'_>, file: &[u8]) -> Reply {
    let head = "--edge\r\nContent-Disposition: form-data; name=\"picture\"; filename=\"me.png\"\r\nContent-Type: image/png\r\n\r\n";
    let body = [head.as_bytes(), file, b"\r\n--edge--\r\n"].concat();
    send(browser, "multipart/form-data; boundary=edge", body).await
}

async fn send(browser: &Client<'_>, kind: &str, body: Vec<u8>) -> Reply {
    let request = browser
        .request(Method::POST, "/account/picture")
        .header(header::CONTENT_TYPE, kind)
        .header("sec-fetch-site", "same-origin")
        .header(header::ORIGIN, "https://medconnect.test")
        .header(header::HOST, "medconnect.test");
    browser.send(request.body(Body::from(body)).unwrap()).await
}

/// The path of the picture on a page.
fn picture_on(page: &Reply) -> Option<String> {
    let (_, rest) = page.body.split_once("src=\"/pictures/")?;
    Some(format!("/pictures/{}", rest.split_once('"')?.0))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_kept_without_scripts_and_wrong_fields_are_marked() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [
        ("first_name", "Ann"),
        ("last_name", "Silva"),
        ("time_zone", "Asia/Tokyo"),
        ("date_of_birth", "1990-05-31"),
        ("phone_number", "none"),
    ];
    let wrong = browser.post_form("/account/profile", &form).await;
    assert_eq!(wrong.status, 422);
    assert!(
        wrong.body.contains("Enter a phone number") && wrong.body.contains("value=\"1990-05-31\"")
    );
    let saved = browser.post_form("/account/profile", &form[..4]).await;
    assert_eq!((saved.status, saved.header("location")), (303, "/account/profile?saved=1"));

    let health = [("height_cm", "172"), ("weight_kg", "68,5"), ("allergies", "Latex")];
    assert_eq!(browser.post_form("/account/health", &health).await.status, 303);
    let page = browser.get("/account/health").await;
    assert!(page.body.contains("Body mass index: 23.2, which the WHO calls normal weight"));
    assert!(page.body.contains("Latex"));
    let wrong = browser.post_form("/account/health", &[("height_cm", "tall")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("Enter your height in centimetres"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_seen_by_its_person_and_their_doctor_alone() {
    let app = TestApp::new().await;
    let (provider, other) = (app.db.provider().await, app.db.provider().await);
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let body = json!({ "healthcare_provider_id": provider, "appointment_date": NINE, "appointment_type": "video", "chief_complaint": "Cough" });
    let booked = app.with_token(&person).book("one", body).await;
    assert_eq!(booked.status, 201, "{}", booked.body);
    let visit = format!("/visits/{}", booked.json()["id"].as_str().unwrap());
    let health = [("allergies", "Penicillin")];
    assert_eq!(browser.post_form("/account/health", &health).await.status, 303);

    let sent = send_file(&browser, FACE).await;
    assert_eq!(
        (sent.status, sent.header("location")),
        (303, "/account/picture?saved=1"),
        "{}",
        sent.body
    );
    let path = picture_on(&browser.get("/account/profile").await).unwrap();
    let picture = browser.get(&path).await;
    assert_eq!((picture.status, picture.header("content-type")), (200, "image/jpeg"));
    assert!(!picture.body.contains("Lisbon"));
    let again = browser.request(Method::GET, &path).header("if-none-match", picture.header("etag"));
    assert_eq!(browser.send(again.body(Body::empty()).unwrap()).await.status, 304);

    let doctor = app.db.person(&app.clinic).await;
    app.db.make_doctor(doctor.user, provider).await;
    let doctor = app.browser(&doctor).await;
    let page = doctor.get(&visit).await;
    assert_eq!(picture_on(&page).as_ref(), Some(&path));
    assert!(page.body.contains("Penicillin") && page.body.contains("Nothing stated"));
    assert_eq!(doctor.get(&path).await.status, 200);
    let stranger = app.db.person(&app.clinic).await;
    app.db.make_doctor(stranger.user, other).await;
    assert_eq!(app.browser(&stranger).await.get(&path).await.status, 404);
    assert_eq!(app.anyone().get(&path).await.status, 303);

    assert_eq!(browser.post_form("/account/picture/remove", &[]).await.status, 303);
    assert_eq!(browser.post_form("/account/picture/remove", &[]).await.status, 303);
    assert_eq!(picture_on(&browser.get("/account/profile").await), None);
    assert_eq!(browser.get(&path).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_picture_or_too_much_is_said_at_the_field() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let large = vec![0; 6 * 1024 * 1024];
    for (file, said) in [
        (b"".as_slice(), "Choose a picture first."),
        (b"GIF89a", "in the format JPEG, PNG or WebP"),
        (&FACE[..FACE.len() / 2], "seems damaged or cut off"),
        (&large, "larger than 5 MB"),
        (&vec![0; 33 * 1024 * 1024], "far larger than 5 MB"),
    ] {
        let refused = send_file(&browser, file).await;
        assert_eq!(refused.status, 422, "{said}");
        assert!(refused.body.contains(said), "{said}: {}", refused.body);
    }
    let cut =
        send(&browser, "multipart/form-data; boundary=edge", b"--edge\r\nCont".to_vec()).await;
    let other = send(&browser, "text/plain", FACE.to_vec()).await;
    for refused in [cut, other] {
        assert_eq!(refused.status, 422);
        assert!(refused.body.contains("did not arrive whole"), "{}", refused.body);
    }
    // Only this page takes so much.
    let form = [("allergies", "a".repeat(70_000))];
    let form = form.each_ref().map(|(name, value)| (*name, value.as_str()));
    assert!(browser.post_form("/account/health", &form).await.status >= 400);
    assert_eq!(app.db.count("profile_images").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn data_is_read_and_taken_along_and_the_account_closed() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;

    let file = browser.get("/account/data.json").await;
    assert_eq!(file.header("content-disposition"), "attachment; filename=\"medconnect.json\"");
    assert_eq!(file.json()["profile"]["email"], person.email.as_str());
    assert!(browser.get("/account/data/read").await.body.contains(&person.email));
    assert_eq!(
        browser.post_form("/account/notifications", &[("push_notifications", "true")]).await.status,
        303
    );
    assert_eq!(
        app.db.count("user_profiles WHERE NOT email_notifications AND push_notifications").await,
        1
    );

    let wrong = browser.post_form("/account/close", &[("password", "eight green lamps")]).await;
    assert_eq!(wrong.status, 422);
    assert!(wrong.body.contains("That is not your password"));
    let other = app.browser(&person).await;
    let token = app.with_token(&person);
    let closed = browser.post_form("/account/close", &[("password", person.password)]).await;
    assert_eq!((closed.status, closed.header("location")), (303, "/closed"), "{}", closed.body);
    assert!(browser.get("/closed").await.body.contains("Your account is closed"));
    for signed_in in [&browser, &other] {
        assert_eq!(signed_in.get("/account/profile").await.status, 303);
    }
    assert_eq!(token.get("/api/auth/profile").await.status, 401);
    assert_eq!(app.db.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_ones_data_has_every_part_of_the_file() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let steps = json!({ "metric_type": "steps", "value": 4200, "recorded_at": NOW });
    let made = app.with_token(&person).post("/api/health-metrics", steps).await;
    assert_eq!(made.status, 201, "{}", made.body);

    let file = browser.get("/account/data.json").await.json();
    let page = browser.get("/account/data/read").await.body;

    let parts: Vec<_> =
        file.as_object().unwrap().keys().filter(|key| *key != "exported_at").collect();
    assert!(parts.len() > 15, "{parts:?}");
    for part in parts {
        assert!(page.contains(&format!("data-part=\"{part}\"")), "{part} is not on the page");
    }
    assert!(page.contains("Readings (1)") && page.contains("4200"), "{page}");
    assert!(!page.contains(made.json()["id"].as_str().unwrap()), "what only programs need");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_taken_only_by_who_has_just_shown_who_they_are() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    app.db.give_role(person.user, "admin").await;
    let browser = app.browser(&person).await;
    let files = [
        ("/account/data.json", "medconnect.json"),
        ("/account/access-log.csv?who=others", "access-log.csv"),
        ("/patient/readings.csv?kind=weight", "readings.csv"),
        ("/admin/audit.csv?action=account.sign_in", "audit.csv"),
    ];
    for (round, (path, name)) in (1..).zip(files) {
        app.db.set_now(&(at(NOW) + SignedDuration::from_mins(10 * round)).to_string());
        let asked = browser.get(path).await;
        assert!(asked.header("location").starts_with("/account/confirm?next="), "{path}");
        let next = browser.get(asked.header("location")).await.hidden("next");

        let form = [("password", person.password), ("next", next.as_str())];
        let shown = browser.post_form("/account/confirm", &form).await;

        assert_eq!((shown.status, shown.header("location")), (303, path));
        let file = browser.get(path).await;
        assert_eq!(file.status, 200, "{path}");
        assert!(file.header("content-disposition").contains(name), "{path}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asks_for_one_text_message_too_many_is_told_that_it_is_not_about_them() {
    let limits = TextLimits { an_hour: 1, a_day: 10 };
    let app = TestApp::set_up(|clinic| clinic.texting_at_most(limits)).await;
    let send = async |number: &str| {
        let browser = app.browser(&app.db.person(&app.clinic).await).await;
        let change = [("action", "change"), ("phone_number", number)];
        assert_eq!(browser.post_form("/account/phone", &change).await.status, 303);
        browser.post_form("/account/phone", &[("action", "send")]).await
    };
    assert_eq!(send("+351 912 345 678").await.status, 303);

    let page = send("+351 912 345 679").await;

    assert_eq!((page.status, page.header("retry-after")), (429, "3600"));
    assert!(page.body.contains("It has nothing to do with you or your number."), "{}", page.body);
    assert!(page.body.contains("Send a code"), "the button is still there");
}
