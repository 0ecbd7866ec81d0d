//! How PostgreSQL answers the questions that every visitor asks, in a clinic of some size.
use crate::schema::lines;
use diesel::connection::{Instrumentation, InstrumentationEvent, set_default_instrumentation};
use diesel_async::SimpleAsyncConnection;
use domain::{
    booking::{BookingRequest, Slot, VisitKind},
    directory::{Language, Position, ProviderId, Sort, Specialty},
};
use services::{
    booking::{self, IdempotencyKey, When, reminders},
    directory::{self, Near, Page, ProviderSearch},
    identity::Person,
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

/// And twenty thousand visits to come, one of each doctor's on each of ten days.
const COMING: &str = "\
    INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
        appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent, created_at) \
    SELECT gen_random_uuid(), u.id, p.id, u.id, d.day, d.day + interval '30 minutes', 'Europe/Lisbon', 'video', \
        'scheduled', 'x', 4000, 'EUR', 1440, 50, '2026-01-01' \
    FROM (SELECT id, row_number() OVER () AS n FROM providers WHERE license_number LIKE 'C%') p \
    JOIN (SELECT id, row_number() OVER () AS n FROM users WHERE email LIKE 'p%@crowd.example') u ON u.n = p.n, \
        generate_series('2026-03-03T05:00:00Z'::timestamptz, '2026-03-12T05:00:00Z', interval '1 day') AS d (day)";

#[tokio::test(flavor = "multi_thread")]
async fn who_looks_for_visits_to_remind_of_reads_those_of_the_next_days_alone() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    db.execute(CROWD).await;
    db.execute(COMING).await;
    db.execute("ANALYZE; SELECT pg_stat_reset()").await;

    assert_eq!(reminders::remind(&clinic).await.unwrap(), reminders::AT_ONCE);
    assert_eq!(db.count("appointment_reminders").await, 2 * 2 * 2000);
    db.execute("ANALYZE appointment_reminders").await;
    assert_eq!(reminders::remind(&clinic).await.unwrap(), reminders::AT_ONCE);
    assert_eq!(db.count("outbox WHERE topic = 'booking.reminder'").await, 200);
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    let read =
        "SELECT seq_scan::text AS line FROM pg_stat_user_tables WHERE relname = 'appointments'";
    assert_eq!(lines(&db, read).await, ["0"]);
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

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}
