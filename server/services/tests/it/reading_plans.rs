//! How PostgreSQL answers the questions about readings, where there are many of them and of the people they are of.
use crate::{
    devices::World,
    plans::{counting, statements},
    schema::lines,
};
use diesel::connection::set_default_instrumentation;
use diesel_async::SimpleAsyncConnection;
use domain::{
    directory::ProviderId,
    readings::{Correction, ManualReading, MetricKind, Period, RawReading, ReadingRefusal},
};
use jiff::SignedDuration;
use serde_json::json;
use services::{
    devices,
    directory::Page,
    readings::{self, Wanted},
};
use testkit::at;

/// Many people before all others, and devices of the first few of them: the planner takes it that all devices are theirs.
const MISLEADING: &str = "\
    INSERT INTO users (id, email, password_hash, first_name, last_name) \
    SELECT ('00000000-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, n || '@crowd.example', '!', 'P', 'N' \
    FROM generate_series(1, 20000) AS n; \
    INSERT INTO devices (id, patient_id, name, kind, status) \
    SELECT gen_random_uuid(), id, 'First', 'smartwatch', 'active' FROM users ORDER BY id LIMIT 4; \
    ANALYZE users; ANALYZE devices";

/// And devices that it does not know of yet.
const UNKNOWN: &str = "\
    INSERT INTO devices (id, patient_id, name, kind, status) \
    SELECT gen_random_uuid(), id, 'Second', 'smartwatch', 'active' FROM users ORDER BY id LIMIT 160";

/// How many people were looked at since the statistics were reset.
const USERS_READ: &str = "\
    SELECT (seq_tup_read + idx_tup_fetch)::text AS line FROM pg_stat_user_tables WHERE relname = 'users'";

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_asks_for_its_owner_alone_whatever_the_planner_thinks_of_devices() {
    let world = World::new().await;
    let (clinic, db) = (world.db.clinic_with(1), &world.db);
    readings::make_partitions(&clinic).await.unwrap();
    db.execute(MISLEADING).await;
    let (_, key) = world.register("Watch").await;
    devices::verify(&world.clinic, &world.sender(&key).await.unwrap(), None).await.unwrap();
    db.execute(UNKNOWN).await;
    db.execute("SELECT pg_stat_reset()").await;

    let sender = devices::identify(&clinic, key.reveal(), None).await.unwrap();
    let json = json!({"type": "heart_rate", "value": 72, "timestamp": clinic.now().to_string()});
    let item = Ok(serde_json::from_value(json).unwrap());
    readings::ingest(&clinic, &sender, &[item], None).await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT pg_stat_force_next_flush()").await.unwrap();
    clinic.db().await.unwrap().batch_execute("SELECT 1").await.unwrap();

    let read: u32 = lines(db, USERS_READ).await[0].parse().unwrap();
    assert!((2..500).contains(&read), "{read} people");
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
    readings::clear(&clinic, ana, sender.device()).await.unwrap();
    while readings::clear_some(&clinic).await.unwrap() {}
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
