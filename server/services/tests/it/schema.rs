//! What must hold of the schema itself.
use diesel::{QueryableByName, sql_query, sql_types::Text};
use diesel_async::{RunQueryDsl, SimpleAsyncConnection};
use domain::{
    account::{ActivityLevel, BloodType},
    booking::{AppointmentStatus, PaymentStatus, ReminderKind, VisitKind},
    devices::{BodyPosition, DeviceKind, DeviceStatus},
    directory::{Gender, LicenseStanding, Specialty, SyncState},
    family::Relationship,
    holidays::Country,
    identity::{Role, passkey::Purpose, throttle::Lane},
    readings::{Concern, MetricKind, Milestone, Quarantine, Severity, Side, Unit},
    waitlist::{EntryStatus, OfferOutcome},
};
use services::database;
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

#[derive(QueryableByName)]
struct Line {
    #[diesel(sql_type = Text)]
    line: String,
}

/// The column `line` of what `sql` finds.
pub async fn lines(db: &TestDb, sql: &str) -> Vec<String> {
    let rows: Vec<Line> = sql_query(sql).load(&mut db.owner().await).await.unwrap();
    rows.into_iter().map(|row| row.line).collect()
}

/// The words in the definition of a constraint.
async fn allowed(db: &TestDb, constraint: &str) -> Vec<String> {
    let sql = format!(
        "SELECT pg_get_constraintdef(oid) AS line FROM pg_constraint WHERE conname = '{constraint}' AND coninhcount = 0"
    );
    let definition = lines(db, &sql).await;
    assert_eq!(definition.len(), 1, "{constraint}");
    definition[0].split('\'').skip(1).step_by(2).map(str::to_owned).collect()
}

fn words<T: Copy + std::fmt::Display>(all: &[T]) -> Vec<String> {
    all.iter().map(ToString::to_string).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn enums_and_constraints_know_the_same_words() {
    let db = TestDb::at(NOW).await;
    for (constraint, words) in [
        ("appointments_status_known", words(AppointmentStatus::ALL)),
        ("appointments_type_known", words(VisitKind::ALL)),
        ("appointment_reminders_kind_known", words(ReminderKind::ALL)),
        ("appointments_provider_not_double_booked", words(&AppointmentStatus::LIVE)),
        ("appointments_patient_not_double_booked", words(&AppointmentStatus::LIVE)),
        ("payments_status_known", words(PaymentStatus::ALL)),
        ("providers_gender_known", words(Gender::ALL)),
        ("providers_specialization_known", words(Specialty::ALL)),
        ("providers_visit_kinds_known", words(VisitKind::ALL)),
        ("availability_rules_kinds_known", words(VisitKind::ALL)),
        ("booking_kind_rules_kind_known", words(VisitKind::ALL)),
        ("waitlist_entries_specialization_known", words(Specialty::ALL)),
        ("waitlist_entries_kinds_known", words(VisitKind::ALL)),
        ("waitlist_entries_status_known", words(EntryStatus::ALL)),
        ("waitlist_offers_type_known", words(VisitKind::ALL)),
        ("waitlist_offers_outcome_known", words(OfferOutcome::ALL)),
        ("booking_rules_holiday_country_known", words(Country::ALL)),
        ("dependants_relationship_known", words(Relationship::ALL)),
        ("user_profiles_activity_level_known", words(ActivityLevel::ALL)),
        ("user_profiles_blood_type_known", words(BloodType::ALL)),
        ("user_profiles_gender_known", words(Gender::ALL)),
        ("throttles_lane_known", words(Lane::ALL)),
        ("passkey_ceremonies_purpose_known", words(Purpose::ALL)),
        ("license_checks_standing_known", words(LicenseStanding::ALL)),
        ("hospital_syncs_state_known", words(SyncState::ALL)),
        ("devices_kind_known", words(DeviceKind::ALL)),
        ("devices_position_known", words(BodyPosition::ALL)),
        ("devices_status_known", words(DeviceStatus::ALL)),
        ("readings_kind_known", words(MetricKind::ALL)),
        ("readings_unit_known", words(Unit::ALL)),
        ("reading_hours_kind_known", words(MetricKind::ALL)),
        ("reading_days_kind_known", words(MetricKind::ALL)),
        ("reading_watches_kind_known", words(MetricKind::ALL)),
        ("reading_watches_side_known", words(Side::ALL)),
        ("reading_watches_severity_known", words(Severity::ALL)),
        ("reading_alerts_kind_known", words(MetricKind::ALL)),
        ("reading_alerts_severity_known", words(Severity::ALL)),
        ("reading_alerts_side_known", words(Side::ALL)),
        ("reading_alerts_concern_known", words(Concern::ALL)),
        ("reading_milestones_kind_known", words(MetricKind::ALL)),
        ("reading_milestones_what_known", words(Milestone::ALL)),
        ("reading_milestone_looks_kind_known", words(MetricKind::ALL)),
        ("reading_reminders_kind_known", words(MetricKind::ALL)),
        ("reading_limits_kind_known", words(MetricKind::ALL)),
        ("quarantined_readings_kind_known", words(MetricKind::ALL)),
        ("quarantined_readings_unit_known", words(Unit::ALL)),
        ("quarantined_readings_reason_known", words(Quarantine::ALL)),
    ] {
        let known: Vec<_> = allowed(&db, constraint)
            .await
            .into_iter()
            .filter(|word| word != "{}" && word != "[)")
            .collect();
        assert_eq!(known, words, "{constraint}");
    }
    let roles = lines(&db, "SELECT name AS line FROM roles ORDER BY name").await;
    let mut known = words(Role::ALL);
    known.sort();
    assert_eq!(roles, known);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_foreign_key_is_indexed() {
    let db = TestDb::at(NOW).await;
    let bare = lines(
        &db,
        "SELECT conrelid::regclass || '.' || attname AS line \
         FROM pg_constraint JOIN pg_attribute ON attrelid = conrelid AND attnum = conkey[1] \
         WHERE contype = 'f' AND connamespace = 'public'::regnamespace AND NOT EXISTS ( \
             SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])",
    )
    .await;
    assert!(bare.is_empty(), "{bare:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_table_tells_when_its_rows_were_made_and_changed() {
    let db = TestDb::at(NOW).await;
    let without = lines(
        &db,
        "SELECT table_name AS line FROM information_schema.tables t \
         WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' AND NOT EXISTS ( \
             SELECT FROM information_schema.columns c WHERE c.table_schema = 'public' \
             AND c.table_name = t.table_name AND column_name = 'created_at')",
    )
    .await;
    assert!(without.is_empty(), "{without:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_application_owns_nothing_and_cannot_change_the_audit() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    db.person(&clinic).await;
    let owned = lines(
        &db,
        "SELECT relname::text AS line FROM pg_class WHERE relowner = 'medconnect_app'::regrole",
    )
    .await;
    assert!(owned.is_empty(), "{owned:?}");

    let mut app = clinic.db().await.unwrap();
    for forbidden in [
        "DELETE FROM audit_events",
        "UPDATE audit_events SET action = 'x'",
        "TRUNCATE audit_events",
        "DROP TABLE users",
        "CREATE TABLE mine ()",
        "ALTER TABLE users DISABLE TRIGGER ALL",
    ] {
        assert!(app.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
    // The owner is stopped too, by the trigger.
    let mut owner = db.owner().await;
    assert!(owner.batch_execute("DELETE FROM audit_events").await.is_err());
    assert!(db.count("audit_events").await > 0);
}

/// Columns, constraints, indexes, triggers and functions, one a line.
async fn shape(db: &TestDb) -> Vec<String> {
    lines(
        db,
        "SELECT 'column ' || table_name || '.' || column_name || ' ' || udt_name || ' ' || is_nullable \
             || ' ' || coalesce(column_default, '') AS line \
         FROM information_schema.columns WHERE table_schema = 'public' \
         UNION ALL SELECT 'constraint ' || conname || ' ' || pg_get_constraintdef(oid) \
         FROM pg_constraint WHERE connamespace = 'public'::regnamespace \
         UNION ALL SELECT 'index ' || indexdef FROM pg_indexes WHERE schemaname = 'public' \
         UNION ALL SELECT 'trigger ' || pg_get_triggerdef(oid) FROM pg_trigger WHERE NOT tgisinternal \
         UNION ALL SELECT 'grant ' || table_name || ' ' || privilege_type \
         FROM information_schema.role_table_grants WHERE grantee = 'medconnect_app' \
         ORDER BY 1",
    )
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn migrations_go_up_down_and_up_to_the_same_schema() {
    let db = TestDb::empty().await;
    database::migrate(&db.owner_url()).await.unwrap();
    let first = shape(&db).await;
    assert!(first.len() > 200);

    database::revert(&db.owner_url()).await.unwrap();
    let left: Vec<_> = shape(&db)
        .await
        .into_iter()
        .filter(|line| !line.contains("__diesel_schema_migrations"))
        .collect();
    assert!(left.is_empty(), "{left:?}");
    database::migrate(&db.owner_url()).await.unwrap();
    assert_eq!(shape(&db).await, first);
}

#[tokio::test(flavor = "multi_thread")]
async fn servers_that_start_at_once_migrate_once() {
    let db = TestDb::empty().await;
    let url = db.owner_url();
    let starts = (0..4).map(|_| {
        let url = url.clone();
        tokio::spawn(async move { database::migrate(&url).await })
    });
    for start in starts.collect::<Vec<_>>() {
        start.await.unwrap().unwrap();
    }
    assert_eq!(db.count("roles").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_tables_in_rust_are_those_in_the_database() {
    let db = TestDb::at(NOW).await;
    let generated = include_str!("../../../schema/src/lib.rs");
    let stored = lines(
        &db,
        "SELECT table_name || '.' || column_name || ' ' || CASE udt_name \
             WHEN 'uuid' THEN 'Uuid' WHEN 'text' THEN 'Text' WHEN 'bool' THEN 'Bool' WHEN 'int2' THEN 'SmallInt' \
             WHEN 'int4' THEN 'Integer' WHEN 'int8' THEN 'BigInt' WHEN 'float4' THEN 'Float' WHEN 'float8' THEN 'Double' WHEN 'date' THEN 'Date' \
             WHEN 'time' THEN 'Time' WHEN 'timestamptz' THEN 'Timestamptz' \
             WHEN 'jsonb' THEN 'Jsonb' WHEN 'bytea' THEN 'Bytea' WHEN '_text' THEN 'Array<Text>' WHEN '_uuid' THEN 'Array<Uuid>' END \
             || ' ' || is_nullable AS line \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_\\_%' \
            AND udt_name <> 'tstzrange' \
            AND table_name NOT IN (SELECT relname FROM pg_class WHERE relispartition)",
    )
    .await;
    let mut known = Vec::new();
    for block in generated.split("diesel::table! {").skip(1) {
        let (head, rest) = block.split_once('{').unwrap();
        let table = head.split_whitespace().next().unwrap();
        for line in rest.split('}').next().unwrap().lines() {
            if let Some((column, kind)) = line.trim().trim_end_matches(',').split_once(" -> ") {
                let (kind, nullable) = match kind.strip_prefix("Nullable<") {
                    Some(kind) => (kind.trim_end_matches('>'), "YES"),
                    None => (kind, "NO"),
                };
                let kind = if kind == "Array<Text" { "Array<Text>" } else { kind };
                known.push(format!("{table}.{column} {kind} {nullable}"));
            }
        }
    }
    known.sort();
    let mut stored = stored;
    stored.sort();
    assert_eq!(known, stored, "run tools/print-schema");
}
