use crate::support::TestApp;
use serde_json::{Value, json};

#[tokio::test(flavor = "multi_thread")]
async fn free_times_of_several_doctors_come_in_one_answer() {
    let app = TestApp::new().await;
    let (one, other) = (app.db.provider().await, app.db.provider().await);
    let nobody = domain::directory::ProviderId::generate();
    let window = "from=2026-03-03&to=2026-03-03";

    let path = format!("/api/availability?providers={other},{nobody},{one}&{window}");
    let found = app.anyone().get(&path).await.json();
    let alone =
        async |id| app.anyone().get(&format!("/api/providers/{id}/availability?{window}")).await;

    assert_eq!(found["results"][0], alone(other).await.json());
    assert_eq!(found["results"][1], alone(one).await.json());
    assert_eq!(found["results"].as_array().unwrap().len(), 2);
    for wrong in ["", "someone", &[one.to_string().as_str(); 21].join(",")] {
        let refused = app.anyone().get(&format!("/api/availability?providers={wrong}")).await;
        assert_eq!((refused.status, refused.fields()), (400, vec!["providers".to_owned()]));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_are_listed_page_by_page() {
    let app = TestApp::new().await;
    for index in 0..3 {
        app.db.provider_named("Ana", &format!("Number{index}"), "urology").await;
    }

    let first = app.anyone().get("/api/providers?specialization=urology&page_size=2").await.json();

    assert_eq!(first["count"], 3);
    assert_eq!(first["results"].as_array().unwrap().len(), 2);
    assert_eq!(first["previous"], Value::Null);
    let next = first["next"].as_str().unwrap();
    assert_eq!(next, "/api/providers?specialization=urology&page_size=2&page=2");
    let second = app.anyone().get(next).await.json();
    assert_eq!(second["results"].as_array().unwrap().len(), 1);
    assert_eq!(second["next"], Value::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_path_answers_with_and_without_a_slash() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    for path in [
        "/api/providers".to_owned(),
        format!("/api/providers/{provider}"),
        format!("/api/providers/{provider}/availability"),
        format!("/api/providers/{provider}/hospitals"),
        "/api/hospitals".to_owned(),
        "/api/openapi.json".to_owned(),
        "/api/docs".to_owned(),
    ] {
        for path in [path.clone(), format!("{path}/")] {
            let reply = app.anyone().get(&path).await;
            assert_eq!(reply.status, 200, "{path} {}", reply.body);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn free_times_are_those_of_the_asked_days() {
    let app = TestApp::new().await;
    let provider = app.db.provider().await;
    let times = async |query: &str| {
        app.anyone().get(&format!("/api/providers/{provider}/availability{query}")).await
    };

    let day = times("?from=2026-03-03&to=2026-03-03").await.json();
    assert_eq!(day["time_zone"], "Europe/Lisbon");
    assert_eq!(day["slot_minutes"], 30);
    let slots = day["slots"].as_array().unwrap();
    assert_eq!(slots.len(), 6);
    assert_eq!(slots[0]["start"], "2026-03-03T09:00:00Z");
    // After the clocks have gone forward, nine in Lisbon is eight in UTC.
    let summer = times("?from=2026-04-03&to=2026-04-03").await.json();
    assert_eq!(summer["slots"][0]["start"], "2026-04-03T08:00:00Z");

    for (query, field) in [
        ("?from=yesterday", "from"),
        ("?from=2026-03-03T09:00:00", "from"),
        ("?from=2026-03-03&to=2026-03-02", "to"),
        ("?from=2026-03-03&to=2026-04-10", "to"),
        ("?visit=telepathy", "visit"),
    ] {
        let refused = times(query).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field.to_owned()]), "{query}");
    }
    assert_eq!(times("?from=2026-03-03&to=2026-04-02").await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_that_cannot_be_meant_is_refused() {
    let app = TestApp::new().await;
    for (query, field) in [
        ("specialization=wizardry", "specialization"),
        ("language=xx", "language"),
        ("gender=unsure", "gender"),
        ("visit=letter", "visit"),
        ("hospital=1", "hospital"),
        ("free_before=soon", "free_before"),
        ("free_before=2026-03-03T09:00:00", "free_before"),
        ("max_fee_minor=100", "max_fee_minor"),
        ("max_fee_minor=100&currency=ABC", "currency"),
        ("accepting=perhaps", "accepting"),
        ("page=0", "page"),
        ("page_size=101", "page_size"),
        ("q=%00", "q"),
    ] {
        let refused = app.anyone().get(&format!("/api/providers?{query}")).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field.to_owned()]), "{query}");
    }
    for odd in ["q=%F0%9F%A4%92", "q=%D8%B5%D8%AF%D8%A7%D8%B9", "city=%25", "page=999999"] {
        let reply = app.anyone().get(&format!("/api/providers?{odd}")).await;
        assert_eq!((reply.status, &reply.json()["count"]), (200, &json!(0)), "{odd}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_there_is_a_problem_document() {
    let app = TestApp::new().await;
    for path in
        ["/api/nothing", "/api/providers/x", "/api/providers/00000000-0000-0000-0000-000000000000"]
    {
        let reply = app.anyone().get(path).await;
        assert_eq!((reply.status, reply.code()), (404, "not_found".into()), "{path}");
        assert!(reply.json()["request_id"].is_string());
    }
    let reply = app.anyone().delete("/api/providers").await;
    assert_eq!((reply.status, reply.code()), (405, "method_not_allowed".into()));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_doctor_reads_their_schedule() {
    let app = TestApp::new().await;
    let (provider, other) = (app.db.provider().await, app.db.provider().await);
    let path = format!("/api/providers/{provider}/schedule");

    assert_eq!(app.anyone().get(&path).await.status, 401);
    assert_eq!(app.patient().await.get(&path).await.status, 403);
    assert_eq!(app.doctor(other).await.get(&path).await.status, 403);
    assert_eq!(app.doctor(provider).await.get(&path).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_document_names_only_schemas_it_has() {
    let app = TestApp::new().await;
    let document = app.anyone().get("/api/openapi.json").await;
    let schemas = &document.json()["components"]["schemas"];
    let named = document.body.split("#/components/schemas/").skip(1);
    for name in named.map(|rest| rest.split('"').next().unwrap()) {
        assert!(schemas[name].is_object(), "{name}");
    }
    assert_eq!(document.json()["openapi"], "3.1.0");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_around_a_place_says_how_far_and_why() {
    let app = TestApp::new().await;
    let (provider, place) = (app.db.provider().await, app.db.hospital().await);
    app.db.link(provider, place).await;
    app.db.execute("UPDATE hospitals SET latitude = 38.72, longitude = -9.14").await;
    app.db.execute("UPDATE providers SET next_free_at = '2026-03-02T09:00:00Z'").await;

    let found = app.anyone().get("/api/providers/?near=Lisbon&sort=nearest&language=pt").await;
    assert_eq!(found.status, 200, "{}", found.body);
    let doctor = &found.json()["results"][0];
    assert_eq!(doctor["distance_km"], 0.0);
    let reasons = doctor["reasons"].as_array().unwrap();
    let said = |words: &str| reasons.iter().any(|reason| reason.as_str().unwrap().contains(words));
    assert!(
        said("Free Mon 2 Mar, 09:00") && said("from Lisbon") && said("Speaks Portuguese"),
        "{reasons:?}"
    );

    for (query, field) in
        [("near=Atlantis", "near"), ("sort=nearest", "near"), ("sort=price", "sort")]
    {
        let refused = app.anyone().get(&format!("/api/providers?{query}")).await;
        assert_eq!((refused.status, refused.fields()), (400, vec![field.to_owned()]), "{query}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_of_results_orders_by_distance_and_explains_itself() {
    let app = TestApp::new().await;
    let (provider, place) = (app.db.provider().await, app.db.hospital().await);
    app.db.link(provider, place).await;
    app.db.execute("UPDATE hospitals SET latitude = 38.72, longitude = -9.14").await;

    let shown = app.anyone().get("/doctors?near=Lisbon&sort=nearest").await;
    for words in ["1 doctor within 100 km of Lisbon", "100 m from Lisbon", "How we order doctors"] {
        assert!(shown.body.contains(words), "{words}");
    }
    let unknown = app.anyone().get("/doctors?near=Atlantis").await;
    assert!(unknown.status == 200 && unknown.body.contains("We do not know this place."));
    let placeless = app.anyone().get("/doctors?sort=nearest").await;
    assert!(placeless.body.contains("Choose a place, and we show who is nearest to it."));
    let no_stream = app.anyone().get("/live/doctors").await;
    assert_eq!(no_stream.status, 400);
}
