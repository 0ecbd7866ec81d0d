use crate::support::{NINE, Reply, TestApp};
use domain::directory::ProviderId;

/// The page on which a visit at `start` is booked.
fn book_path(provider: ProviderId, start: &str) -> String {
    format!("/doctors/{provider}/book?start={start}&visit=video")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stranger_finds_registers_and_books_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.anyone();

    let doctors = browser.get("/doctors?q=munoz").await;
    assert!(doctors.body.contains("Dr José Muñoz"));
    let doctor = browser.get(&format!("/doctors/{provider}?week=2026-03-03")).await;
    assert!(doctor.body.contains(&format!("/doctors/{provider}/book?start={NINE}")));
    let chosen = browser.get(&book_path(provider, NINE)).await;
    assert!(chosen.body.contains("Tuesday 3 March 2026, 09:00"));
    let next = chosen.body.split("/register?next=").nth(1).unwrap().split('"').next().unwrap();
    let register = browser.get(&format!("/register?next={next}")).await;

    let form = [
        ("next", register.hidden("next").replace("&amp;", "&")),
        ("first_name", "Ana".into()),
        ("last_name", "Silva".into()),
        ("email", "ana@example.org".into()),
        ("password", "seven green lamps dancing".into()),
    ];
    let form: Vec<_> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let registered = browser.post_form("/register", &form).await;
    assert_eq!((registered.status, registered.header("location")), (303, "/verify"));
    assert!(browser.get("/verify").await.body.contains("a…@example.org"));
    let code = app.code_for("ana@example.org").await;
    let before = browser.request(axum::http::Method::GET, "/patient");
    let registered = browser.post_form("/verify", &[("code", &code)]).await;
    assert_eq!(registered.status, 303, "{}", registered.body);
    let back = registered.header("location");
    assert!(back.starts_with(&format!("/doctors/{provider}/book?start=2026-03-03T09")), "{back}");

    let page = browser.get(back).await;
    let key = page.hidden("key");
    let form = [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Fièvre 🤒")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    assert_eq!(booked.status, 303, "{}", booked.body);
    let visit = browser.get(booked.header("location")).await;
    assert!(visit.body.contains("Your visit is booked"));
    assert!(visit.body.contains("Fièvre 🤒"));
    assert!(browser.get("/patient").await.body.contains("Dr José Muñoz"));
    let before = browser.send(before.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(before.status, 303, "the session of before opens nothing");
}

#[tokio::test(flavor = "multi_thread")]
async fn pressing_twice_going_back_and_a_second_tab_book_once() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let person = app.db.person(&app.clinic).await;
    let browser = app.browser(&person).await;
    let path = format!("/doctors/{provider}/book");
    let key = browser.get(&book_path(provider, NINE)).await.hidden("key");
    let form = [("start", NINE), ("kind", "video"), ("key", &key), ("reason", "Cough")];

    let first = browser.post_form(&path, &form).await;
    let second = browser.post_form(&path, &form).await;
    let other_tab = [("start", NINE), ("kind", "video"), ("key", "another"), ("reason", "Cough")];
    let third = browser.post_form(&path, &other_tab).await;

    assert_eq!((first.status, second.status, third.status), (303, 303, 303));
    assert_eq!(first.header("location"), second.header("location"));
    let visit = first.header("location").split('?').next().unwrap();
    assert_eq!(third.header("location"), format!("{visit}?already=1"));
    assert_eq!(app.db.count("appointments").await, 1);
    let back = browser.get(&book_path(provider, NINE)).await;
    assert_eq!(back.status, 409);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_time_that_somebody_else_took_ends_in_the_nearest_free_ones() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let (ana, ben) = (app.db.person(&app.clinic).await, app.db.person(&app.clinic).await);
    let (ana, ben) = (app.browser(&ana).await, app.browser(&ben).await);
    let path = format!("/doctors/{provider}/book");
    let form = |key| [("start", NINE), ("kind", "video"), ("key", key), ("reason", "Cough")];
    assert_eq!(ana.post_form(&path, &form("a")).await.status, 303);

    let refused = ben.post_form(&path, &form("b")).await;

    assert_eq!(refused.status, 409);
    assert!(refused.body.contains("has just been taken"));
    assert!(refused.body.contains("start=2026-03-03T09:30:00Z"));
    assert!(refused.body.contains("Nothing was booked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_still_there_beside_what_was_wrong() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let long = "é".repeat(501);
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", long.as_str())];

    let refused = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;

    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("<title>Error: "));
    assert!(refused.body.contains("There is a problem"));
    assert!(refused.body.contains("must have 500 characters or fewer"));
    assert!(refused.body.contains(&long));
    let login =
        app.anyone().post_form("/login", &[("email", "ana@x.org"), ("password", "p")]).await;
    assert_eq!(login.status, 409);
    assert!(login.body.contains("ana@x.org") && login.body.contains("do not match"));
    assert!(!login.body.contains("value=\"p\""));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_is_moved_and_cancelled_without_scripts() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();

    let picker = browser.get(&format!("{visit}/reschedule?week=2026-03-04")).await;
    let later = "2026-03-04T10:00:00Z";
    assert!(picker.body.contains(&format!("{visit}/reschedule?start={later}")));
    let confirm = browser.get(&format!("{visit}/reschedule?start={later}")).await;
    assert!(confirm.body.contains("Wednesday 4 March 2026, 10:00"));
    let key = confirm.hidden("key");
    let form = [("start", later), ("key", key.as_str())];
    let moved = browser.post_form(&format!("{visit}/reschedule"), &form).await;
    assert_eq!(moved.header("location"), format!("{visit}?moved=1"));

    // Moved on in another tab; then back, and the same button again.
    let eleven = [("start", "2026-03-04T11:00:00Z"), ("key", "another")];
    browser.post_form(&format!("{visit}/reschedule"), &eleven).await;
    let again = browser.post_form(&format!("{visit}/reschedule"), &form).await;
    assert_eq!(again.header("location"), format!("{visit}?moved=1"));

    let calendar = browser.get(&format!("{visit}/calendar.ics")).await;
    assert_eq!(calendar.header("content-type"), "text/calendar; charset=utf-8");
    assert!(calendar.body.contains("DTSTART;TZID=Europe/Lisbon:20260304T110000"));
    assert!(calendar.body.contains("SEQUENCE:2"));
    assert!(!calendar.body.contains("Cough"));

    let confirm = browser.get(&format!("{visit}/cancel")).await;
    assert!(confirm.body.contains("costs nothing"));
    let (cost, currency) = (confirm.hidden("cost_minor"), confirm.hidden("currency"));
    let form = [("cost_minor", cost.as_str()), ("currency", &currency)];
    let cancelled = browser.post_form(&format!("{visit}/cancel"), &form).await;
    assert_eq!(cancelled.header("location"), format!("{visit}?cancelled=1"));
    let again = browser.post_form(&format!("{visit}/cancel"), &form).await;
    assert_eq!(again.header("location"), format!("{visit}?cancelled=1"));
    assert!(browser.get("/patient?show=past").await.body.contains("Cancelled"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_finds_nothing_free_is_told_what_is_free_instead() {
    let app = TestApp::new().await;
    let (full, other) = (app.db.provider().await, app.db.provider().await);
    let browser = app.anyone();
    let path = format!("/doctors/{full}?week=2026-03-03");
    assert!(!browser.get(&path).await.body.contains("What is free instead"));

    // Only by video any more: whoever wants to talk on the phone hears of that, and of who has a phone.
    let video =
        format!("UPDATE availability_rules SET kinds = '{{video}}' WHERE provider_id = '{full}'");
    app.db.execute(&video).await;
    let page = browser.get(&format!("{path}&visit=phone")).await.body;
    assert!(page.contains("another kind of visit") && page.contains("What is free instead"));
    assert!(page.contains(&format!("/doctors/{full}/book?start=2026-03-03T09:00:00Z\"")));

    app.db.execute(&format!("DELETE FROM availability_rules WHERE provider_id = '{full}'")).await;
    services::schedule::refresh_now(&app.clinic, &[full, other]).await.unwrap();
    let page = browser.get(&path).await.body;
    assert!(page.contains("What is free instead") && !page.contains("another kind of visit"));
    assert!(page.contains(&format!("href=\"/doctors/{other}\"")), "{page}");
    assert!(page.contains(&format!("/doctors/{other}/book?start=")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_keeps_hours_and_sees_visits() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let form = [("start", NINE), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    patient.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let person = app.db.person(&app.clinic).await;
    app.db.make_doctor(person.user, provider).await;
    let doctor = app.browser(&person).await;

    let day = doctor.get("/doctor?day=2026-03-03").await;
    assert!(day.body.contains("Ana Silva") && day.body.contains("Cough"));
    assert!(doctor.get("/doctor/week?from=2026-03-03").await.body.contains("Ana Silva"));
    assert!(doctor.get("/doctor/hours").await.body.contains("Minutes a visit"));

    let close = [("day", "2026-03-03"), ("starts", ""), ("ends", ""), ("reason", "Away")];
    let warned = doctor.post_form("/doctor/days/close", &close).await;
    assert_eq!(warned.status, 409);
    assert!(warned.body.contains("Nothing is saved yet") && warned.body.contains("Ana Silva"));
    // Whoever was not shown a visit cannot decide about it.
    let blind: Vec<_> = close.into_iter().chain([("keep_stranded", "true")]).collect();
    assert_eq!(doctor.post_form("/doctor/days/close", &blind).await.status, 409);
    let choice = warned.body.split('"').find(|word| word.starts_with("keep/")).unwrap();
    let keep: Vec<_> = blind.into_iter().chain([("fate", choice)]).collect();
    let closed = doctor.post_form("/doctor/days/close", &keep).await;
    assert_eq!(closed.header("location"), "/doctor/days?saved=1");
    let shown = app.anyone().get(&format!("/doctors/{provider}?week=2026-03-03")).await;
    assert!(!shown.body.contains("start=2026-03-03T10:00:00Z"));

    let hours = [
        ("lines", "1"),
        ("weekday_0", "2"),
        ("starts_0", "14:00"),
        ("ends_0", "13:00"),
        ("slot_minutes_0", "20"),
        ("buffer_after_minutes_0", "0"),
        ("kinds_0", "video"),
    ];
    let refused = doctor.post_form("/doctor/hours", &hours).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("The end must be later than the start."));

    // The first line is removed: what is wrong with the second is said there.
    let line = |number: usize, starts: &'static str, extra: &[(&str, &'static str)]| {
        let mut fields = vec![("weekday", "2"), ("starts", starts), ("ends", "15:00")];
        fields.extend([("slot_minutes", "20"), ("buffer_after_minutes", "0"), ("kinds", "video")]);
        fields.extend(extra);
        fields.into_iter().map(|(name, value)| (format!("{name}_{number}"), value)).collect()
    };
    let two: [Vec<(String, &str)>; 2] =
        [line(0, "09:00", &[("remove", "true")]), line(1, "09:00", &[("every_weeks", "2")])];
    let two: Vec<_> = two.iter().flatten().map(|(name, value)| (name.as_str(), *value)).collect();
    let form: Vec<_> = two.into_iter().chain([("lines", "2")]).collect();
    let refused = doctor.post_form("/doctor/hours", &form).await;
    assert_eq!(refused.status, 422);
    assert!(refused.body.contains("href=\"#valid_from_1\""), "{}", refused.body);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_adds_a_hospital_and_a_doctor() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    app.db.give_role(person.user, "admin").await;
    let admin = app.browser(&person).await;

    let hospital = [
        ("name", "Harbour"),
        ("hospital_type", "general"),
        ("address", "1 Quay"),
        ("city", "Dublin"),
        ("country", "Ireland"),
        ("time_zone", "Europe/Dublin"),
        ("is_active", "true"),
    ];
    let made = admin.post_form("/admin/hospitals/new", &hospital).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let place = made.header("location").rsplit('/').next().unwrap().split('?').next().unwrap();
    let doctor = [
        ("first_name", "Zoë"),
        ("last_name", "Nguyễn"),
        ("email", "zoe@example.org"),
        ("specialization", "urology"),
        ("license_number", "LIC-1"),
        ("gender", "female"),
        ("years_of_experience", "7"),
        ("consultation_fee", "45,50"),
        ("currency", "EUR"),
        ("languages", "en"),
        ("languages", "fr"),
        ("visit_kinds", "video"),
        ("time_zone", "Europe/Dublin"),
        ("lead_minutes", "60"),
        ("horizon_days", "30"),
        ("free_until_minutes", "1440"),
        ("late_percent", "50"),
        ("accepting_new_patients", "true"),
        ("is_active", "true"),
        ("primary_hospital", place),
    ];
    let made = admin.post_form("/admin/providers/new", &doctor).await;
    assert_eq!(made.status, 303, "{}", made.body);
    let shown = app.anyone().get("/doctors?city=dublin").await;
    assert!(shown.body.contains("Dr Zoë Nguyễn") && shown.body.contains("45.50 EUR"));
    let again = admin.post_form("/admin/providers/new", &doctor).await;
    assert_eq!(again.status, 409);
    assert!(again.body.contains("already has that"));
    assert!(admin.get("/admin/providers?q=nguyen").await.body.contains("Nguyễn, Zoë"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_of_one_role_is_closed_to_the_others() {
    let app = TestApp::new().await;
    let patient = app.browser(&app.db.person(&app.clinic).await).await;
    let stranger = app.anyone();
    for path in ["/patient", "/doctor", "/doctor/hours", "/admin/providers", "/account/profile"] {
        let sent = stranger.get(path).await;
        assert_eq!(
            (sent.status, sent.header("location")),
            (303, format!("/login?next={path}").as_str())
        );
    }
    for path in [
        "/doctor",
        "/doctor/week",
        "/doctor/hours",
        "/doctor/days",
        "/admin/providers",
        "/admin/hospitals/new",
    ] {
        let refused = patient.get(path).await;
        assert_eq!(refused.status, 403, "{path}");
        assert!(refused.body.contains("not for your account"));
    }
    let refused = patient.post_form("/admin/hospitals/new", &[("name", "Mine")]).await;
    assert_eq!((refused.status, app.db.count("hospitals").await), (403, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_out_ends_the_session_on_the_server() {
    let app = TestApp::new().await;
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    assert_eq!(browser.get("/patient").await.status, 200);
    let kept = browser.request(axum::http::Method::GET, "/patient");

    browser.post_form("/logout", &[]).await;

    let replayed = browser.send(kept.body(axum::body::Body::empty()).unwrap()).await;
    assert_eq!(replayed.status, 303);
    assert_eq!(app.db.count("sessions").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn signing_in_never_leads_to_another_site() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    for next in ["https://evil.test", "//evil.test", "/\\evil.test"] {
        let form =
            [("email", person.email.as_str()), ("password", person.password), ("next", next)];
        let signed_in = app.anyone().post_form("/login", &form).await;
        assert_eq!((signed_in.status, signed_in.header("location")), (303, "/patient"), "{next}");
    }
}

/// Where the link to the next free time leads, and what it says of when that is.
fn next_free(page: &Reply) -> Option<(String, String)> {
    let (before, after) = page.body.split_once("Next free time: ")?;
    let (_, link) = before.rsplit_once("<a ")?;
    let href = link.split("href=\"").nth(1)?.split('"').next()?.replace("&amp;", "&");
    Some((href, after.split('<').next()?.to_owned()))
}

fn jump(href: &str, when: &str) -> Option<(String, String)> {
    Some((href.to_owned(), when.to_owned()))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_free_time_is_one_press_away_from_every_week() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let refresh = async || {
        services::schedule::refresh_now(&app.clinic, &[provider]).await.unwrap();
    };
    refresh().await;
    let doctor = format!("/doctors/{provider}");
    let look = async |query: &str| app.anyone().get(&format!("{doctor}{query}")).await;

    // In the list of this very page, which has it.
    let page = look("").await;
    assert_eq!(next_free(&page), jump("#time-2026-03-02T09:00:00Z", "today, 09:00"));
    assert!(page.body.contains("id=\"time-2026-03-02T09:00:00Z\""));
    // From a later week back to it, for the same kind of visit.
    let back = format!("{doctor}?week=2026-03-02&visit=phone#time-2026-03-02T09:00:00Z");
    assert_eq!(next_free(&look("?week=2026-03-16&visit=phone").await), jump(&back, "today, 09:00"));

    // Away for longer than one looks at once.
    app.db
        .execute(&format!(
            "INSERT INTO availability_exceptions (id, provider_id, day, change, time_zone) \
             SELECT gen_random_uuid(), '{provider}', day, 'closed', 'Europe/Lisbon' \
             FROM generate_series('2026-03-02'::date, '2026-04-14', interval '1 day') AS day"
        ))
        .await;
    refresh().await;
    let later = format!("{doctor}?week=2026-04-15#time-2026-04-15T08:00:00Z");
    let later = jump(&later, "Wednesday 15 April, 09:00");
    for week in ["", "?week=2026-03-20"] {
        let page = look(week).await;
        assert_eq!(next_free(&page), later, "{week}");
        assert!(page.body.contains("Nothing is free in this week."), "{week}");
    }

    // Past the last day that can be booked.
    let over = look("?week=2026-06-01").await;
    assert_eq!(next_free(&over), later);
    assert!(over.body.contains("no time after it can be booked yet"));
    app.db
        .execute(&format!("DELETE FROM availability_rules WHERE provider_id = '{provider}'"))
        .await;
    refresh().await;
    let never = look("").await;
    assert_eq!(next_free(&never), None);
    assert!(never.body.contains("Find another doctor"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_a_visit_may_jump_to_the_next_time_for_its_kind() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    // By video on Thursdays only.
    app.db.execute("UPDATE availability_rules SET kinds = ARRAY['phone'] WHERE weekday <> 4").await;
    services::schedule::refresh_now(&app.clinic, &[provider]).await.unwrap();
    let browser = app.browser(&app.db.person(&app.clinic).await).await;
    let start = "2026-03-12T09:00:00Z";
    let form = [("start", start), ("kind", "video"), ("key", "k"), ("reason", "Cough")];
    let booked = browser.post_form(&format!("/doctors/{provider}/book"), &form).await;
    let visit = booked.header("location").split('?').next().unwrap().to_owned();

    let picker = browser.get(&format!("{visit}/reschedule?week=2026-03-13")).await;

    let href = format!("{visit}/reschedule?week=2026-03-05&visit=video#time-2026-03-05T09:00:00Z");
    assert_eq!(next_free(&picker), jump(&href, "Thursday 5 March, 09:00"));
}
