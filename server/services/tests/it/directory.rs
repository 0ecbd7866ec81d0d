use domain::{
    booking::{BookingRequest, VisitKind},
    directory::{Gender, Language, Position, ProviderId, Sort, Specialty},
    money::{Currency, Money},
};
use services::{
    Clinic, booking,
    directory::{self, Near, Page, ProviderSearch},
    schedule,
};
use testkit::{FEE, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

async fn found(clinic: &Clinic, search: ProviderSearch) -> Vec<String> {
    let found = directory::find(clinic, &search, Page::first()).await.unwrap();
    assert_eq!(usize::try_from(found.count).unwrap(), found.items.len());
    found.items.into_iter().map(|card| card.doctor.provider.last_name.clone()).collect()
}

fn named(q: &str) -> ProviderSearch {
    ProviderSearch { q: Some(q.into()), ..ProviderSearch::default() }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_name_is_found_without_its_accents_and_with_a_mistake() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    db.provider_named("José", "Muñoz", "cardiology").await;
    db.provider_named("Łucja", "Wójcik", "dermatology").await;

    for q in ["Muñoz", "munoz", "MUNOZ", "jose munoz", "munos", "Dr Muñoz"] {
        assert_eq!(found(&clinic, named(q)).await, ["Muñoz"], "{q}");
    }
    for q in ["wojcik", "lucja", "Wojcick"] {
        assert_eq!(found(&clinic, named(q)).await, ["Wójcik"], "{q}");
    }
    assert_eq!(found(&clinic, named("dermatolgy")).await, ["Wójcik"]);
    for q in ["Zzyzx", "%", "_", "'; DROP TABLE users"] {
        assert!(found(&clinic, named(q)).await.is_empty(), "{q}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_filter_narrows() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider_named("Ana", "Costa", "neurology").await;
    let hospital = db.hospital().await;
    db.link(provider, hospital).await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    let none = ProviderSearch::default;
    let fee = |minor, currency| Some(Money::new(minor, currency));

    for (matching, other) in [
        (
            ProviderSearch { specialization: Some(Specialty::Neurology), ..none() },
            ProviderSearch { specialization: Some(Specialty::Urology), ..none() },
        ),
        (
            ProviderSearch { city: Some("lisbon".into()), ..none() },
            ProviderSearch { city: Some("Porto".into()), ..none() },
        ),
        (
            ProviderSearch { hospital: Some(hospital), ..none() },
            ProviderSearch { hospital: Some(db.hospital().await), ..none() },
        ),
        (
            ProviderSearch { language: Some(Language::Portuguese), ..none() },
            ProviderSearch { language: Some(Language::Urdu), ..none() },
        ),
        (
            ProviderSearch { gender: Some(Gender::Male), ..none() },
            ProviderSearch { gender: Some(Gender::Female), ..none() },
        ),
        (
            ProviderSearch { visit: Some(VisitKind::Phone), ..none() },
            ProviderSearch { visit: Some(VisitKind::InPerson), ..none() },
        ),
        (
            ProviderSearch { max_fee: fee(FEE, Currency::EUR), ..none() },
            ProviderSearch { max_fee: fee(FEE - 1, Currency::EUR), ..none() },
        ),
        (
            ProviderSearch { max_fee: fee(FEE, Currency::EUR), ..none() },
            ProviderSearch { max_fee: fee(FEE, Currency::USD), ..none() },
        ),
        (
            ProviderSearch { free_before: Some(at("2026-03-02T10:00:00Z")), ..none() },
            ProviderSearch { free_before: Some(at("2026-03-02T09:00:00Z")), ..none() },
        ),
    ] {
        assert_eq!(found(&clinic, matching.clone()).await, ["Costa"], "{matching:?}");
        assert!(found(&clinic, other.clone()).await.is_empty(), "{other:?}");
    }
    db.execute("UPDATE providers SET accepting_new_patients = false").await;
    let accepting = ProviderSearch { accepting: true, ..none() };
    assert!(found(&clinic, accepting).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_shows_the_next_three_times_that_can_be_booked() {
    let db = TestDb::at("2026-03-02T10:45:00Z").await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();

    let found = directory::find(&clinic, &ProviderSearch::default(), Page::first()).await.unwrap();

    let starts: Vec<_> = found.items[0].next.iter().map(|offer| offer.slot.start).collect();
    let expected = ["2026-03-03T09:00:00Z", "2026-03-03T09:30:00Z", "2026-03-03T10:00:00Z"];
    assert_eq!(starts, expected.map(at));
    assert_eq!(db.count("providers WHERE next_free_at = '2026-03-03T09:00:00Z'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn pages_hold_every_doctor_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    for index in 0..7 {
        db.provider_named("Ana", &format!("Number{index}"), "urology").await;
    }
    let mut names = Vec::new();
    for number in 1..=3 {
        let page = directory::find(&clinic, &ProviderSearch::default(), Page::new(number, 3)).await;
        let page = page.unwrap();
        assert_eq!(page.count, 7);
        names.extend(page.items.into_iter().map(|card| card.doctor.provider.last_name.clone()));
    }
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_who_has_left_is_not_found() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    db.execute("UPDATE providers SET is_active = false").await;

    assert!(found(&clinic, ProviderSearch::default()).await.is_empty());
    let gone = directory::provider(&clinic, provider).await;
    assert!(matches!(gone, Err(services::Error::NotFound)), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn doctors_are_counted_whoever_adds_them_changes_them_or_takes_them_away() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let counted = async |specialization| {
        let search = ProviderSearch { specialization, ..ProviderSearch::default() };
        directory::find(&clinic, &search, Page::first()).await.unwrap().count
    };
    let counts = async || {
        let (cardiology, urology) = (Some(Specialty::Cardiology), Some(Specialty::Urology));
        [counted(None).await, counted(cardiology).await, counted(urology).await]
    };
    assert_eq!(counts().await, [0, 0, 0]);
    db.provider_named("Ana", "Costa", "cardiology").await;
    db.provider_named("Rui", "Costa", "cardiology").await;
    db.provider_named("Eva", "Costa", "urology").await;
    assert_eq!(counts().await, [3, 2, 1]);
    db.execute("UPDATE providers SET specialization = 'urology' WHERE first_name = 'Rui'").await;
    assert_eq!(counts().await, [3, 1, 2]);
    db.execute("UPDATE providers SET is_active = false WHERE first_name <> 'Ana'").await;
    assert_eq!(counts().await, [1, 1, 0]);
    db.execute("UPDATE providers SET specialization = 'cardiology' WHERE first_name = 'Rui'").await;
    assert_eq!(counts().await, [1, 1, 0]);
    db.execute("UPDATE providers SET is_active = true WHERE first_name = 'Rui'").await;
    assert_eq!(counts().await, [2, 2, 0]);
    db.execute("DELETE FROM providers WHERE first_name = 'Ana'").await;
    assert_eq!(counts().await, [1, 1, 0]);
}

/// All that is kept of a doctor in memory, in words.
async fn known(clinic: &Clinic, provider: ProviderId) -> String {
    let known = directory::provider(clinic, provider).await.unwrap();
    let places: Vec<_> = known.hospitals.iter().map(|place| place.city.as_str()).collect();
    let (plan, name) = (&known.plan, &known.provider.last_name);
    format!(
        "{name} at {places:?}: {} rules, {} exceptions",
        plan.rules.len(),
        plan.exceptions.len()
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_kept_of_a_doctor_is_as_new_as_the_database() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider_named("Ana", "Costa", "neurology").await;
    let hospital = db.hospital().await;
    let rules = db.count("availability_rules").await;
    assert_eq!(known(&clinic, provider).await, format!("Costa at []: {rules} rules, 0 exceptions"));

    db.link(provider, hospital).await;
    db.execute("UPDATE hospitals SET city = 'Évora'").await;
    db.execute("UPDATE providers SET last_name = 'Dias'").await;
    db.execute(
        "INSERT INTO availability_exceptions (id, provider_id, day, change, time_zone) \
         SELECT gen_random_uuid(), id, '2026-03-05', 'closed', 'UTC' FROM providers",
    )
    .await;
    db.execute("DELETE FROM availability_rules WHERE weekday = 1").await;
    assert_eq!(
        known(&clinic, provider).await,
        format!("Dias at [\"Évora\"]: {} rules, 1 exceptions", rules - 1)
    );

    db.execute("UPDATE availability_exceptions SET day = '2026-02-01'").await;
    db.execute("DELETE FROM provider_hospitals").await;
    assert_eq!(
        known(&clinic, provider).await,
        format!("Dias at []: {} rules, 0 exceptions", rules - 1)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kind_that_is_offered_only_much_later_is_still_on_the_card() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    db.execute("UPDATE availability_rules SET kinds = '{video}'").await;
    db.execute(
        "INSERT INTO availability_exceptions (id, provider_id, day, change, starts, ends, slot_minutes, kinds, time_zone) \
         SELECT gen_random_uuid(), id, '2026-04-08', 'extra', '20:00', '21:00', 30, '{phone}', 'UTC' FROM providers",
    )
    .await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();

    let by_phone = ProviderSearch { visit: Some(VisitKind::Phone), ..ProviderSearch::default() };
    let found = directory::find(&clinic, &by_phone, Page::first()).await.unwrap();

    let starts: Vec<_> = found.items[0].next.iter().map(|offer| offer.slot.start).collect();
    assert_eq!(starts, ["2026-04-08T20:00:00Z", "2026-04-08T20:30:00Z"].map(at));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_doctor_with_nothing_free_is_found_again_when_a_day_comes_within_reach() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    db.execute("UPDATE availability_rules SET valid_from = '2026-05-04'").await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    assert_eq!(db.count("providers WHERE next_free_at IS NULL").await, 1);

    schedule::refresh_full(&clinic).await.unwrap();
    assert_eq!(db.count("providers WHERE next_free_at IS NULL").await, 1);
    db.set_now("2026-04-20T06:00:00Z");
    schedule::refresh_full(&clinic).await.unwrap();
    assert_eq!(db.count("providers WHERE next_free_at IS NULL").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_card_follows_bookings_kinds_and_the_clock() {
    let db = TestDb::at("2026-03-02T06:00:00Z").await;
    let clinic = db.clinic();
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let first = async |visit: Option<VisitKind>| {
        let search = ProviderSearch { visit, ..ProviderSearch::default() };
        let found = directory::find(&clinic, &search, Page::first()).await.unwrap();
        found.items[0].next.iter().map(|offer| offer.slot.start.to_string()).collect::<Vec<_>>()
    };
    let times = |times: [&str; 3]| times.map(|time| format!("2026-03-02T{time}:00Z")).to_vec();
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    assert_eq!(first(None).await, times(["09:00", "09:30", "10:00"]));
    assert_eq!(first(None).await, times(["09:00", "09:30", "10:00"]));

    let key = booking::IdempotencyKey::checked("k").unwrap();
    let request = BookingRequest {
        provider,
        start: at("2026-03-02T09:30:00Z"),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    let booked = booking::book(&clinic, &patient, &key, request).await.unwrap();
    assert_eq!(first(None).await, times(["09:00", "10:00", "10:30"]));
    booking::cancel(&clinic, &patient, booked.appointment, None, None).await.unwrap();
    assert_eq!(first(None).await, times(["09:00", "09:30", "10:00"]));

    db.set_now("2026-03-02T08:10:00Z");
    assert_eq!(first(None).await, times(["09:30", "10:00", "10:30"]));
    db.execute("UPDATE availability_rules SET kinds = '{phone}' WHERE weekday = 1").await;
    assert_eq!(first(Some(VisitKind::Phone)).await, times(["09:30", "10:00", "10:30"]));
    assert!(first(Some(VisitKind::Video)).await[0].starts_with("2026-03-03"));
    db.set_now("2026-03-02T06:00:00Z");
    assert_eq!(first(Some(VisitKind::Phone)).await, times(["09:00", "09:30", "10:00"]));
}

/// Ana in the middle of Lisbon, Rui 11 km north of it and free sooner, Eva in Porto, and Ivo nowhere.
async fn around_lisbon(db: &TestDb) {
    for (name, latitude, longitude) in
        [("Ana", 38.72, -9.14), ("Rui", 38.82, -9.14), ("Eva", 41.15, -8.61), ("Ivo", 0.0, 0.0)]
    {
        let provider = db.provider_named(name, name, "cardiology").await;
        if name != "Ivo" {
            let place = db.hospital().await;
            db.link(provider, place).await;
            db.execute(&format!(
                "UPDATE hospitals SET latitude = {latitude}, longitude = {longitude} WHERE id = '{place}'"
            ))
            .await;
        }
    }
    db.execute(
        "UPDATE providers SET next_free_at = CASE first_name WHEN 'Rui' THEN '2026-03-02T09:00:00Z' \
         WHEN 'Ana' THEN '2026-03-02T10:00:00Z' ELSE '2026-03-04T09:00:00Z' END::timestamptz",
    )
    .await;
}

fn near_lisbon(sort: Sort) -> ProviderSearch {
    let position = Position { latitude: 38.7223, longitude: -9.1393 };
    ProviderSearch {
        near: Some(Near { name: "Lisbon".into(), position }),
        sort,
        ..ProviderSearch::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_finds_who_is_around_it_and_sorts_as_it_is_told() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    around_lisbon(&db).await;

    assert_eq!(found(&clinic, near_lisbon(Sort::Nearest)).await, ["Ana", "Rui"]);
    assert_eq!(found(&clinic, near_lisbon(Sort::Soonest)).await, ["Rui", "Ana"]);
    // Both are free within a day; Ana is nearer.
    assert_eq!(found(&clinic, near_lisbon(Sort::Best)).await, ["Ana", "Rui"]);
    let cards = directory::find(&clinic, &near_lisbon(Sort::Best), Page::first()).await.unwrap();
    let near = near_lisbon(Sort::Best).near.unwrap();
    let distances: Vec<_> =
        cards.items.iter().map(|card| card.doctor.distance_km(&near).unwrap().round()).collect();
    assert_eq!(distances, [0.0, 11.0]);
    let behind =
        directory::find(&clinic, &near_lisbon(Sort::Best), Page::new(2, 20)).await.unwrap();
    assert_eq!((behind.count, behind.items.len()), (2, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_speaks_the_readers_language_comes_first_and_nobody_is_left_out() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    for index in 0..7 {
        db.provider_named("Ana", &format!("Number{index}"), "urology").await;
    }
    db.execute("UPDATE providers SET languages = '{fr}' WHERE last_name IN ('Number3', 'Number5')")
        .await;
    let french = ProviderSearch { speaks: Some(Language::French), ..ProviderSearch::default() };
    let mut names = Vec::new();
    for number in 1..=3 {
        let page = directory::find(&clinic, &french, Page::new(number, 3)).await.unwrap();
        assert_eq!(page.count, 7);
        names.extend(page.items.into_iter().map(|card| card.doctor.provider.last_name.clone()));
    }
    assert_eq!(names[..2], ["Number3", "Number5"]);
    names.sort();
    names.dedup();
    assert_eq!(names.len(), 7);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_are_known_by_id_by_name_and_by_city() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    around_lisbon(&db).await;
    let choices = directory::choices(&clinic).await.unwrap();

    let (id, name, ..) = choices.positions[0].clone();
    for known in [id.to_string(), name.to_uppercase()] {
        assert_eq!(choices.near(&known).unwrap().name, name);
    }
    // The test's hospitals all say that they are in Lisbon: the middle of them.
    let middle = choices.near(" lisbon ").unwrap();
    assert!((39.0..40.0).contains(&middle.position.latitude), "{middle:?}");
    assert_eq!(choices.near("Atlantis"), None);
}
