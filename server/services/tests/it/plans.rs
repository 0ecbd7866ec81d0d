//! How PostgreSQL answers the questions that every visitor asks, in a clinic of some size.
use crate::{devices::World, schema::lines};
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::{BookingRequest, Slot, VisitKind},
    directory::{Language, Position, ProviderId, Sort, Specialty},
    readings::{Correction, ManualReading, MetricKind, Period, RawReading, ReadingRefusal},
};
use jiff::SignedDuration;
use serde_json::json;
use services::{
    booking::{self, IdempotencyKey, When},
    directory::{self, Near, Page, ProviderSearch},
    identity::Person,
    readings::{self, Wanted},
    schedule,
};
use std::sync::atomic::{AtomicUsize, Ordering};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

/// Two thousand doctors and forty thousand appointments, beside the test's own.
const CROWD: &str = "\
    INSERT INTO providers (id, first_name, last_name, email, specialization, license_number, gender, \
        consultation_fee_minor, currency, languages, visit_kinds, time_zone, next_free_at) \
    SELECT gen_random_uuid(), 'First' || n, 'Last' || md5(n::text), n || '@crowd.example', \
        (ARRAY['cardiology','dermatology','neurology','urology'])[1 + n % 4], 'C' || n, 'female', 4000, 'EUR', \
        ARRAY['en'], ARRAY['video'], 'Europe/Lisbon', '2026-03-02T09:00:00Z'::timestamptz + n * interval '1 minute' \
    FROM generate_series(1, 2000) AS n; \
    INSERT INTO availability_rules (id, provider_id, weekday, starts, ends, slot_minutes, kinds, time_zone) \
    SELECT gen_random_uuid(), p.id, day, '09:00', '17:00', 30, ARRAY['video'], 'Europe/Lisbon' \
    FROM providers p, generate_series(1, 5) AS day WHERE p.license_number LIKE 'C%'; \
    INSERT INTO users (id, email, password_hash, first_name, last_name) \
    SELECT gen_random_uuid(), 'p' || n || '@crowd.example', '!', 'P', 'N' FROM generate_series(1, 2000) AS n; \
    INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
    SELECT gen_random_uuid(), u.id, p.id, u.id, d.day, d.day + interval '30 minutes', 'Europe/Lisbon', 'video', \
        'completed', 'x', 4000, 'EUR', 1440, 50 \
    FROM (SELECT id, row_number() OVER () AS n FROM providers WHERE license_number LIKE 'C%') p \
    JOIN (SELECT id, row_number() OVER () AS n FROM users WHERE email LIKE 'p%@crowd.example') u ON u.n = p.n, \
        generate_series('2026-01-01T09:00:00Z'::timestamptz, '2026-01-20T09:00:00Z', interval '1 day') AS d (day); \
    INSERT INTO payments (id, appointment_id, amount_minor, currency, status) \
    SELECT gen_random_uuid(), id, 4000, 'EUR', 'paid' FROM appointments";

/// Large tables that were read from end to end since the statistics were reset, with how often.
const READ_WHOLE: &str = "\
    SELECT relname || ' ' || seq_scan AS line FROM pg_stat_user_tables \
    WHERE seq_scan > 0 AND relname IN ('appointments', 'availability_rules', 'users', 'audit_events', 'payments') \
    ORDER BY 1";

/// The command that books a free time of `provider`.
fn command(provider: ProviderId) -> (IdempotencyKey, BookingRequest) {
    let request = BookingRequest {
        provider,
        start: at("2026-03-03T09:00:00Z"),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    (IdempotencyKey::checked("k").unwrap(), request)
}

#[tokio::test(flavor = "multi_thread")]
async fn no_question_of_a_visitor_reads_a_large_table_from_end_to_end() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    db.execute(CROWD).await;
    db.execute("ANALYZE").await;
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let person = db.caller::<Person>(&clinic, patient.user).await;
    schedule::refresh_now(&clinic, &[provider]).await.unwrap();
    db.execute("ANALYZE; SELECT pg_stat_reset()").await;

    let day = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-17T00:00:00Z") };
    for search in [
        ProviderSearch::default(),
        ProviderSearch { q: Some("munoz".into()), ..ProviderSearch::default() },
        ProviderSearch { specialization: Some(Specialty::Urology), ..ProviderSearch::default() },
        ProviderSearch { language: Some(Language::English), ..ProviderSearch::default() },
    ] {
        directory::find(&clinic, &search, Page::first()).await.unwrap();
    }
    booking::free_times(&clinic, provider, day, None).await.unwrap();
    let (key, request) = command(provider);
    let booked = booking::book(&clinic, &patient, &key, request).await.unwrap();
    booking::visit(&clinic, &person, booked.appointment).await.unwrap();
    booking::visits(&clinic, &patient, When::Coming, Page::first()).await.unwrap();
    let doctor = db.doctor(&clinic, provider).await;
    booking::day_of(&clinic, &doctor, day).await.unwrap();
    // What a connection has counted, it reports when it is done.
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    assert_eq!(lines(&db, READ_WHOLE).await, Vec::<String>::new());
}

/// Statements sent by this process; each test runs in one of its own.
static STATEMENTS: AtomicUsize = AtomicUsize::new(0);

pub fn counting() -> Option<Box<dyn Instrumentation>> {
    Some(Box::new(|event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            STATEMENTS.fetch_add(1, Ordering::SeqCst);
        }
    }))
}

/// How many statements `work` sends.
pub async fn statements(work: impl Future) -> usize {
    let before = AtomicUsize::load(&STATEMENTS, Ordering::SeqCst);
    work.await;
    AtomicUsize::load(&STATEMENTS, Ordering::SeqCst) - before
}

#[tokio::test(flavor = "multi_thread")]
async fn twenty_doctors_take_no_more_statements_than_one() {
    set_default_instrumentation(counting).unwrap();
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let all = ProviderSearch::default();
    directory::find(&clinic, &all, Page::first()).await.unwrap();
    let one = statements(directory::find(&clinic, &all, Page::first())).await;
    for index in 0..19 {
        db.provider_named("Ana", &format!("Number{index}"), "urology").await;
    }

    let first = statements(directory::find(&clinic, &all, Page::first())).await;
    let twenty = statements(directory::find(&clinic, &all, Page::first())).await;
    let window = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-17T00:00:00Z") };
    let times = statements(booking::free_times(&clinic, provider, window, None)).await;
    let everyone: Vec<_> = directory::find(&clinic, &all, Page::first()).await.unwrap().items;
    let everyone: Vec<_> = everyone.iter().map(|found| found.doctor.provider.id).collect();
    let today = |_: &directory::Provider| Ok::<_, services::Error>(window);
    let urgent = booking::urgent_times_of_many(&clinic, &everyone, today);
    let urgent = statements(async { assert_eq!(urgent.await.unwrap().len(), 20) }).await;
    let (key, request) = command(provider);
    let book = statements(booking::book(&clinic, &patient, &key, request)).await;
    let visits = statements(booking::visits(&clinic, &patient, When::Coming, Page::first())).await;

    // Those that were not looked at before are read, all of them at once.
    assert_eq!(first, 8);
    assert_eq!((one, twenty, times, urgent, book, visits), (2, 2, 1, 1, 2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_often_is_planned_once_a_connection() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    let (provider, patient) = (db.provider().await, db.patient(&clinic).await);
    let window = Slot { start: at("2026-03-03T00:00:00Z"), end: at("2026-03-17T00:00:00Z") };
    booking::free_times(&clinic, provider, window, None).await.unwrap();
    let (key, request) = command(provider);
    booking::book(&clinic, &patient, &key, request).await.unwrap();

    let kept = diesel::sql_query(
        "SELECT count(*) AS count FROM pg_prepared_statements \
         WHERE statement LIKE 'SELECT providers.id, providers.version%' OR statement LIKE '-- Everything a booking%'",
    );
    let conn = &mut *clinic.db().await.unwrap();
    let kept: Count = diesel_async::RunQueryDsl::get_result(kept, conn).await.unwrap();
    assert_eq!(kept.count, 2);
}

/// Nobody else vacuums or analyses: how much of a table an index alone can answer would depend on when.
const ALONE: &str = "\
    DO $$ DECLARE name regclass; BEGIN \
        FOR name IN SELECT oid FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace LOOP \
            EXECUTE format('ALTER TABLE %s SET (autovacuum_enabled = off)', name); \
        END LOOP; \
    END $$";

/// A thousand hospitals over the globe, two for each doctor of the crowd.
const WORLD: &str = "\
    INSERT INTO hospitals (id, name, address, city, country, time_zone, latitude, longitude) \
    SELECT gen_random_uuid(), 'World ' || n, 'x', 'City ' || n % 50, 'x', 'UTC', 38.7 + (n % 100 - 50) * 0.5, -9.1 + n / 100 * 15 \
    FROM generate_series(1, 1000) AS n; \
    INSERT INTO provider_hospitals (provider_id, hospital_id) \
    SELECT p.id, h.id FROM (SELECT id, row_number() OVER () AS n FROM providers) p \
    JOIN (SELECT id, row_number() OVER () AS n FROM hospitals) h ON h.n % 1000 IN (p.n % 1000, (p.n + 500) % 1000)";

#[tokio::test(flavor = "multi_thread")]
async fn a_search_around_a_place_or_in_a_language_is_one_statement_that_reads_little() {
    set_default_instrumentation(counting).unwrap();
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    db.execute(ALONE).await;
    db.execute(CROWD).await;
    db.execute(WORLD).await;
    db.execute("ANALYZE").await;
    // What others may still be reading it leaves out, such as whoever analyses another table at this moment.
    let left = "SELECT relname AS line FROM pg_class WHERE relname = 'provider_hospitals' AND relallvisible < relpages";
    while {
        db.execute("VACUUM provider_hospitals").await;
        !lines(&db, left).await.is_empty()
    } {}
    let position = Position { latitude: 38.7223, longitude: -9.1393 };
    let near = Some(Near { name: "Lisbon".into(), position });
    let searches = [Sort::Best, Sort::Soonest, Sort::Nearest]
        .map(|sort| ProviderSearch { near: near.clone(), sort, ..ProviderSearch::default() })
        .into_iter()
        .chain([ProviderSearch { speaks: Some(Language::English), ..ProviderSearch::default() }])
        .collect::<Vec<_>>();
    for search in &searches {
        directory::find(&clinic, search, Page::first()).await.unwrap();
    }
    // What reading the doctors for the first time took is not what a search takes.
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();
    db.execute("SELECT pg_stat_reset()").await;

    for search in &searches {
        let sent = statements(directory::find(&clinic, search, Page::first())).await;
        assert!(sent <= 2, "{search:?}: {sent}");
    }
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();
    let read = "SELECT relname || ' ' || seq_scan AS line FROM pg_stat_user_tables \
        WHERE seq_scan > 0 AND relname IN ('providers', 'provider_hospitals')";
    assert_eq!(lines(&db, read).await, Vec::<String>::new());
}

/// Three hundred patients with two hundred readings each, over three months.
const MEASURED: &str = "\
    INSERT INTO users (id, email, password_hash, first_name, last_name) \
    SELECT gen_random_uuid(), 'm' || n || '@crowd.example', '!', 'P', 'N' FROM generate_series(1, 300) AS n; \
    INSERT INTO readings (patient_id, id, recorded_at, source, kind, value, unit, created_at) \
    SELECT u.id, gen_random_uuid(), t, u.id, (ARRAY['steps', 'weight', 'heart_rate'])[1 + n % 3], 70, 'kg', t \
    FROM users u, generate_series(1, 200) AS n, LATERAL (SELECT '2025-12-01T00:00:00Z'::timestamptz + n * interval '11 hours' AS t) AS at \
    WHERE u.email LIKE 'm%@crowd.example'";

/// Partitions of some size that were read from end to end.
const PARTITIONS_READ_WHOLE: &str = "\
    SELECT s.relname || ' ' || seq_scan AS line FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid \
    WHERE seq_scan > 0 AND relispartition AND reltuples > 1000 ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn no_question_about_readings_reads_a_month_from_end_to_end() {
    set_default_instrumentation(counting).unwrap();
    let world = World::new().await;
    let (clinic, db) = (world.db.clinic_with(1), &world.db);
    readings::make_partitions(&clinic).await.unwrap();
    db.execute(MEASURED).await;
    let sender = world.sending("Watch").await;
    let batch = |count: i64, day: &str| -> Vec<Result<RawReading, ReadingRefusal>> {
        let start = at(&format!("2026-{day}T00:00:00Z"));
        let time = |second| (start + SignedDuration::from_secs(second)).to_string();
        let item = |second| {
            let json = json!({"type": "heart_rate", "value": 72, "timestamp": time(second)});
            Ok(serde_json::from_value(json).unwrap())
        };
        (0..count).map(item).collect()
    };
    readings::ingest(&clinic, &sender, &batch(500, "02-01"), None).await.unwrap();
    db.execute("ANALYZE; SELECT pg_stat_reset()").await;

    let ana = &world.ana;
    let one = batch(1, "02-02");
    let one = statements(readings::ingest(&clinic, &sender, &one, None)).await;
    let many = batch(500, "02-03");
    let many = statements(readings::ingest(&clinic, &sender, &many, None)).await;
    // Of now, and beyond what is safe.
    let beyond: Vec<Result<RawReading, ReadingRefusal>> = (0..20)
        .map(|minute| {
            let time = clinic.now() - SignedDuration::from_mins(minute);
            let json = json!({"type": "heart_rate", "value": 150, "timestamp": time.to_string()});
            Ok(serde_json::from_value(json).unwrap())
        })
        .collect();
    readings::ingest(&clinic, &sender, &beyond, None).await.unwrap();
    assert_eq!(readings::alerts::open(&clinic, ana).await.unwrap().len(), 1);
    readings::alerts::over(&clinic, ana, Page::first()).await.unwrap();
    let all = readings::readings(&clinic, ana, None, Page::first()).await.unwrap();
    readings::readings(&clinic, ana, Some(MetricKind::HeartRate), Page::new(3, 100)).await.unwrap();
    readings::quarantined(&clinic, ana, Page::first()).await.unwrap();
    readings::remove(&clinic, ana, all.items[0].id).await.unwrap();
    let typed = ManualReading {
        kind: "weight".into(),
        value: "70".into(),
        unit: "kg".into(),
        recorded_at: Some(at("2026-02-03T12:00:00Z")),
        ..ManualReading::default()
    };
    let id = readings::add(&clinic, ana, &typed).await.unwrap();
    let form = ManualReading { value: "71".into(), ..typed };
    let correction = Correction { form, ..Correction::default() };
    let id = readings::change(&clinic, ana, id, 1, &correction).await.unwrap();
    assert_eq!(readings::reading(&clinic, ana, id).await.unwrap().before.len(), 1);
    for kind in [None, Some(MetricKind::HeartRate)] {
        let oldest = all.items.last().unwrap().id;
        assert_eq!(readings::older(&clinic, ana, kind, oldest, 20).await.unwrap().len(), 20);
        let wanted = Wanted { kind, ..Wanted::default() };
        let mut export = readings::export(&clinic, ana, wanted).await.unwrap();
        while !export.next().await.unwrap().is_empty() {}
    }
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    assert_eq!(lines(db, PARTITIONS_READ_WHOLE).await, Vec::<String>::new());
    assert_eq!((one, many), (4, 4), "two, in a transaction");
}

/// How many readings were looked at since the statistics were reset.
const READINGS_READ: &str = "\
    SELECT coalesce(sum(seq_tup_read + coalesce(idx_tup_fetch, 0)), 0)::text AS line \
    FROM pg_stat_user_tables s JOIN pg_class c ON c.oid = s.relid WHERE relispartition";

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_reads_days_and_hours_and_of_each_kind_one_reading() {
    set_default_instrumentation(counting).unwrap();
    let world = World::new().await;
    let (clinic, db) = (world.db.clinic_with(1), &world.db);
    readings::make_partitions(&clinic).await.unwrap();
    db.execute(MEASURED).await;
    let sender = world.sending("Watch").await;
    for day in 1..=28 {
        let start = at(&format!("2026-02-{day:02}T00:00:00Z"));
        let item = |second: i64| {
            let time = (start + SignedDuration::from_secs(second * 120)).to_string();
            let kind = ["heart_rate", "spo2"][usize::try_from(second % 2).unwrap()];
            let json = json!({"type": kind, "value": 90, "timestamp": time});
            Ok(serde_json::from_value(json).unwrap())
        };
        let batch: Vec<_> = (0..400).map(item).collect();
        readings::ingest(&clinic, &sender, &batch, None).await.unwrap();
    }
    // Many others who measure, too.
    db.execute(
        "INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at) \
         SELECT patient_id, kind, day, 1, 70, 70, 70, 4900, 0, day \
         FROM (SELECT DISTINCT patient_id, kind FROM readings WHERE kind NOT LIKE 'o%') AS of, \
             generate_series('2025-01-01'::date, '2025-12-31', '1 day') AS day WHERE patient_id IN (SELECT id FROM users WHERE email LIKE 'm%@crowd.example')",
    )
    .await;
    db.execute("ANALYZE").await;
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();
    db.execute("SELECT pg_stat_reset()").await;

    let ana = &world.ana;
    let all = readings::dashboard(&clinic, ana, Period::Quarter).await.unwrap().courses;
    assert_eq!(all.len(), 2);
    let of = async |period| {
        let kind = MetricKind::HeartRate;
        readings::course_of(&clinic, ana, kind, period, None).await.unwrap();
    };
    let dashboard = statements(readings::dashboard(&clinic, ana, Period::Quarter)).await;
    let (month, day) = (statements(of(Period::Month)).await, statements(of(Period::Day)).await);
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    assert_eq!(lines(db, READINGS_READ).await, ["6"]);
    let read = "SELECT relname || ' ' || seq_scan AS line FROM pg_stat_user_tables \
        WHERE seq_scan > 0 AND relname IN ('reading_days', 'reading_hours')";
    assert_eq!(lines(db, read).await, Vec::<String>::new());
    assert_eq!((dashboard, month, day), (7, 7, 8), "five or six, in a transaction");
}

/// Three hundred patients of the doctor, each with a visit and seventy days of three kinds.
fn followed_crowd(provider: ProviderId) -> String {
    format!(
        "INSERT INTO users (id, email, password_hash, first_name, last_name) \
         SELECT gen_random_uuid(), 'f' || n || '@crowd.example', '!', 'P', 'N' || n FROM generate_series(1, 300) AS n; \
         INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
             appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
         SELECT gen_random_uuid(), id, '{provider}', id, start, start + interval '30 minutes', 'Europe/Lisbon', \
             'video', 'completed', 'x', 4500, 'EUR', 1440, 50 \
         FROM (SELECT id, '2026-02-01T00:00:00Z'::timestamptz + row_number() OVER () * interval '1 hour' AS start \
             FROM users WHERE email LIKE 'f%@crowd.example') AS seen; \
         INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at) \
         SELECT id, kind, day, 1, 70, 70, 70 + extract(day FROM day), 4900, 0, day FROM users, \
             unnest('{{heart_rate,weight,steps}}'::text[]) AS kind, generate_series('2025-12-22'::date, '2026-03-01', '1 day') AS day \
         WHERE email LIKE 'f%@crowd.example'"
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_patients_by_attention_asks_as_much_for_many_as_for_few() {
    set_default_instrumentation(counting).unwrap();
    let world = World::new().await;
    let (clinic, db) = (world.db.clinic_with(1), &world.db);
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    db.execute(&followed_crowd(provider)).await;
    db.execute("ANALYZE; SELECT pg_stat_reset()").await;

    let page = async |size| readings::followed(&clinic, &doctor, Page::new(1, size)).await.unwrap();
    let few = statements(page(2)).await;
    let started = std::time::Instant::now();
    let many = statements(page(50)).await;
    println!("a page of 200 patients took {:?}", started.elapsed());
    assert_eq!(page(50).await.count, readings::FOLLOWED_AT_MOST);
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    assert_eq!((few, many), (8, 8), "six, in a transaction");
    let read = "SELECT relname || ' ' || seq_scan AS line FROM pg_stat_user_tables \
        WHERE seq_scan > 0 AND relname IN ('reading_days', 'readings')";
    assert_eq!(lines(db, read).await, Vec::<String>::new());
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}
