//! Limits that doctors set for a patient: who may, what is counted by them, and what the wall lets through.
use crate::{devices::World, schema::lines};
use diesel::sql_query;
use diesel_async::{AsyncConnection, RunQueryDsl, SimpleAsyncConnection};
use domain::{
    directory::ProviderId,
    identity::UserId,
    readings::{
        DIASTOLIC_POSSIBLE, LIMIT_FIELDS, LIMITS_CHANGED, ManualReading, MetricKind, Period,
        RawReading, ReadingRefusal, TypedLimits,
    },
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use services::{
    Clinic, Error, Result,
    account::export::export,
    devices::Sender,
    identity::{Caller, Doctor},
    readings::{self, SetLimits},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-05-02T08:00:00Z";

/// Lets `patient` have a visit with `provider`.
pub async fn care(db: &TestDb, patient: UserId, provider: ProviderId) {
    db.execute(&format!(
        "INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
             appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
         SELECT gen_random_uuid(), '{patient}', '{provider}', '{patient}', start, start + interval '30 minutes', 'Europe/Lisbon', \
             'video', 'scheduled', 'x', 4500, 'EUR', 1440, 50 \
         FROM (SELECT '2026-06-01T00:00:00Z'::timestamptz + count(*) * interval '1 hour' AS start FROM appointments) AS s"
    ))
    .await;
}

/// Ana, who measures, and Dr Costa, whom she sees.
async fn world() -> (World, Caller<Doctor>) {
    let world = World::new().await;
    world.db.set_now(NOW);
    readings::make_partitions(&world.clinic).await.unwrap();
    let provider = world.db.provider().await;
    let doctor = world.db.doctor(&world.clinic, provider).await;
    care(&world.db, world.ana.user, provider).await;
    (world, doctor)
}

pub fn typed(pairs: &[(&str, &str)]) -> TypedLimits {
    let of = |field: &str| pairs.iter().find(|pair| pair.0 == field).map_or("", |pair| pair.1);
    TypedLimits { unit: String::new(), numbers: LIMIT_FIELDS.map(|field| of(field).to_owned()) }
}

async fn set(
    world: &World,
    doctor: &Caller<Doctor>,
    kind: MetricKind,
    pairs: &[(&str, &str)],
    version: i32,
) -> Result<SetLimits> {
    let patient = world.ana.user;
    readings::set_limits(&world.clinic, doctor, patient, kind, &typed(pairs), version).await
}

async fn send(
    world: &World,
    sender: &Sender,
    kind: &str,
    value: f64,
    lower: Option<f64>,
    at: Timestamp,
) {
    let unit = MetricKind::read(kind).unwrap().unit();
    let json = json!({"type": kind, "value": value, "diastolic": lower, "unit": unit, "timestamp": at.to_string()});
    let item: std::result::Result<RawReading, ReadingRefusal> =
        Ok(serde_json::from_value(json).unwrap());
    readings::ingest(&world.clinic, sender, &[item], None).await.unwrap();
}

const COUNTED: &str = "SELECT concat_ws(' ', kind, day, in_range, 'of', count) AS line FROM reading_days ORDER BY kind, day";

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_after_limits_are_set_is_counted_by_them_and_nothing_before() {
    let (world, doctor) = world().await;
    let (kind, sender) = (MetricKind::BloodPressure, world.sending("Cuff").await);
    let pressure = async |at| send(&world, &sender, "blood_pressure", 132.0, Some(80.0), at).await;
    pressure(at("2026-05-01T08:00:00Z")).await;
    set(&world, &doctor, kind, &[("target_high", "129")], 0).await.unwrap();
    pressure(at("2026-05-01T09:00:00Z")).await;
    pressure(at("2026-05-02T07:00:00Z")).await;
    assert_eq!(
        lines(&world.db, COUNTED).await,
        ["blood_pressure 2026-05-01 1 of 2", "blood_pressure 2026-05-02 0 of 1"]
    );
    // What is usual in nobody has a range, too; and what is typed by hand is counted by it.
    set(&world, &doctor, MetricKind::Weight, &[("target_low", "60"), ("target_high", "65")], 0)
        .await
        .unwrap();
    send(&world, &sender, "weight", 64.0, None, at("2026-05-01T08:00:00Z")).await;
    for (value, at) in [("62", "2026-05-02T06:00:00Z"), ("66", "2026-05-02T07:00:00Z")] {
        let form = ManualReading {
            kind: "weight".into(),
            value: value.into(),
            unit: "kg".into(),
            recorded_at: Some(self::at(at)),
            ..ManualReading::default()
        };
        readings::add(&world.clinic, &world.ana, &form).await.unwrap();
    }
    assert_eq!(
        lines(&world.db, COUNTED).await[2..],
        ["weight 2026-05-01 1 of 1", "weight 2026-05-02 1 of 2"]
    );
    // The patient is told by whom, and judged by it.
    let course =
        readings::course_of(&world.clinic, &world.ana, kind, Period::Week, None).await.unwrap();
    let by = course.personal().unwrap();
    assert!(by.by.starts_with("Dr ") && by.at == at(NOW), "{by:?}");
    assert_eq!(course.summary.target.unwrap().band.high, Some(129.0));

    let own = readings::own_limits(&world.clinic, &world.ana).await.unwrap();
    assert_eq!(own.len(), 2);
    let person = world.db.caller(&world.clinic, world.ana.user).await;
    let all = export(&world.clinic, &person).await.unwrap();
    let told = all["reading_limits"].as_array().unwrap();
    assert!(told.iter().any(|set| set["limits"]["target_high"] == 129.0), "{told:?}");

    // Taken back, it is as it was, and who took it back is known.
    set(&world, &doctor, kind, &[], 1).await.unwrap();
    pressure(at("2026-05-02T07:30:00Z")).await;
    assert_eq!(lines(&world.db, COUNTED).await[1], "blood_pressure 2026-05-02 1 of 2");
    let course =
        readings::course_of(&world.clinic, &world.ana, kind, Period::Week, None).await.unwrap();
    assert!(course.personal().is_none() && course.set.unwrap().version == 2);
    let audited =
        "SELECT action AS line FROM audit_events WHERE action LIKE 'reading_limits%' ORDER BY id";
    assert_eq!(
        lines(&world.db, audited).await,
        ["reading_limits.set", "reading_limits.set", "reading_limits.reset"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_overruled_by_who_has_not_seen_what_they_said() {
    let (world, doctor) = world().await;
    let provider = world.db.provider().await;
    let other = world.db.doctor(&world.clinic, provider).await;
    care(&world.db, world.ana.user, provider).await;
    let kind = MetricKind::HeartRate;
    let set = async |doctor, high, version| {
        let pairs: &[(&str, &str)] = &[("target_high", high)];
        set(&world, doctor, kind, pairs, version).await.map(|set| set.version)
    };
    let changed = |answer| matches!(answer, Err(Error::Refused(LIMITS_CHANGED)));
    assert_eq!(set(&doctor, "90", 0).await.unwrap(), 1);
    assert!(changed(set(&other, "95", 0).await));
    assert_eq!(set(&other, "95", 1).await.unwrap(), 2);
    assert!(changed(set(&doctor, "91", 1).await));
    assert_eq!(set(&doctor, "", 2).await.unwrap(), 3);
    assert!(changed(set(&other, "95", 0).await) && changed(set(&other, "95", 1).await));
    let events =
        "SELECT count(*)::text AS line FROM audit_events WHERE action LIKE 'reading_limits%'";
    assert_eq!(lines(&world.db, events).await, ["3"], "what was refused was not done");

    let first = |doctor: Caller<Doctor>| {
        let (clinic, ana) = (world.clinic.clone(), world.ana.user);
        async move {
            let typed = typed(&[("target_low", "40")]);
            readings::set_limits(&clinic, &doctor, ana, MetricKind::Weight, &typed, 0).await
        }
    };
    let outcomes = world.db.race("reading_limits", vec![first(doctor), first(other)]).await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(std::result::Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(LIMITS_CHANGED)]), "{refused:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_doctor_whom_the_patient_sees_reads_and_sets_and_each_look_is_in_the_log() {
    let (world, doctor) = world().await;
    let stranger = world.db.provider().await;
    let stranger = world.db.doctor(&world.clinic, stranger).await;
    let (clinic, ana, kind) = (&world.clinic, world.ana.user, MetricKind::HeartRate);
    let not_found = |error: Error| matches!(error, Error::NotFound);
    assert!(not_found(
        set(&world, &stranger, kind, &[("target_high", "90")], 0).await.unwrap_err()
    ));
    let look = readings::dashboard_of_patient(clinic, &stranger, ana, Period::Month).await;
    assert!(not_found(look.unwrap_err()));
    let look = readings::course_of_patient(clinic, &stranger, ana, kind, Period::Day, None).await;
    assert!(not_found(look.unwrap_err()));
    assert!(not_found(set(&world, &doctor, MetricKind::Height, &[], 0).await.unwrap_err()));
    let wrong = set(&world, &doctor, kind, &[("target_high", "x"), ("warning_low", "1")], 0).await;
    assert!(matches!(wrong, Err(Error::Invalid(fields)) if fields.len() == 2));
    let looks = "SELECT count(*)::text AS line FROM audit_events WHERE action = 'reading.read'";
    assert_eq!(lines(&world.db, looks).await, ["0"]);

    let sender = world.sending("Watch").await;
    for minute in 0..90 {
        let time = at("2026-05-01T22:30:00Z") + SignedDuration::from_mins(minute);
        send(&world, &sender, "heart_rate", 70.0, None, time).await;
    }
    let own = readings::dashboard(clinic, &world.ana, Period::Month).await.unwrap().courses;
    let seen = readings::dashboard_of_patient(clinic, &doctor, ana, Period::Month).await.unwrap();
    assert_eq!(seen.seen.len(), 1);
    assert_eq!(seen.seen[0].summary, own[0].summary);
    let hours = async |period| {
        let of = readings::course_of_patient(clinic, &doctor, ana, kind, period, None).await;
        of.unwrap().seen.summary.coverage.readings
    };
    assert_eq!(
        (hours(Period::Day).await, hours(Period::Week).await),
        (60, 90),
        "on the clock of the patient"
    );
    let looks = "SELECT DISTINCT concat_ws(' ', actor_id, patient_id) AS line FROM audit_events WHERE action = 'reading.read'";
    assert_eq!(lines(&world.db, looks).await, [format!("{} {ana}", doctor.user)]);
}

/// What the application may do that reads as `reader`: `sql`, and how many rows it touches.
async fn touched(clinic: &Clinic, reader: UserId, opened: &str, sql: &str) -> Result<usize> {
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let says = format!(
            "SET LOCAL medconnect.reader = '{reader}'; SET LOCAL medconnect.opened = '{opened}'"
        );
        conn.batch_execute(&says).await?;
        Ok(sql_query(sql).execute(conn).await?)
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_wall_stands_whatever_a_query_forgets() {
    let (world, doctor) = world().await;
    let (clinic, ana, ben) = (&world.clinic, world.ana.user, world.ben.user);
    let stranger = world.db.provider().await;
    let stranger = world.db.doctor(clinic, stranger).await.user;
    set(&world, &doctor, MetricKind::HeartRate, &[("target_high", "90")], 0).await.unwrap();
    let sender = world.sending("Watch").await;
    send(&world, &sender, "heart_rate", 70.0, None, at("2026-05-01T08:00:00Z")).await;

    let opened = format!("{{{ana},{ben}}}");
    for table in ["reading_limits", "reading_days", "reading_hours"] {
        let seen = async |reader, opened: &str| {
            touched(clinic, reader, opened, &format!("SELECT FROM {table}")).await.unwrap()
        };
        for opened in ["", opened.as_str()] {
            assert_eq!(seen(ana, opened).await, 1, "{table}");
            assert_eq!(seen(doctor.user, opened).await, 1, "{table}");
            assert_eq!(seen(ben, opened).await, 0, "{table}");
            assert_eq!(seen(stranger, opened).await, 0, "{table}: saying so opens nothing");
        }
    }
    let insert = |patient: UserId, by: UserId| {
        format!(
            "INSERT INTO reading_limits (patient_id, kind, target_low, set_by, set_at) VALUES ('{patient}', 'weight', 60, '{by}', now())"
        )
    };
    let update = "UPDATE reading_limits SET target_high = 95";
    for (reader, by) in [(ana, ana), (stranger, stranger), (doctor.user, stranger)] {
        assert!(touched(clinic, reader, &opened, &insert(ana, by)).await.is_err());
    }
    assert!(touched(clinic, doctor.user, &opened, &insert(ben, doctor.user)).await.is_err());
    for reader in [ana, ben, stranger] {
        assert_eq!(touched(clinic, reader, &opened, update).await.unwrap(), 0);
    }
    assert_eq!(touched(clinic, doctor.user, "", update).await.unwrap(), 1);
    assert_eq!(touched(clinic, doctor.user, "", &insert(ana, doctor.user)).await.unwrap(), 1);
    assert!(touched(clinic, doctor.user, "", "DELETE FROM reading_limits").await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_keeps_no_limits_that_the_rules_refuse() {
    let (world, doctor) = world().await;
    let (ana, by) = (world.ana.user, doctor.user);
    let stores = async |kind: MetricKind, field: &str, value: f64| {
        let sql = format!(
            "BEGIN; INSERT INTO reading_limits (patient_id, kind, set_by, set_at, {field}) VALUES ('{ana}', '{kind}', '{by}', now(), '{value}'::float8); ROLLBACK"
        );
        world.db.owner().await.batch_execute(&sql).await.is_ok()
    };
    for kind in MetricKind::ALL {
        for field in LIMIT_FIELDS {
            let possible = match field.contains("_lower_") {
                true => DIASTOLIC_POSSIBLE,
                false => kind.possible(),
            };
            let (low, high) = possible.into_inner();
            for (value, is_possible) in [
                (low, true),
                (high, true),
                (low - 0.1, false),
                (high + 0.1, false),
                (f64::NAN, false),
                (f64::INFINITY, false),
            ] {
                let right = is_possible && kind.has_limit(field);
                assert_eq!(stores(*kind, field, value).await, right, "{kind} {field} {value}");
            }
        }
    }
    let pairs = async |pairs: &[(&str, &str)]| {
        let (fields, values): (Vec<_>, Vec<_>) = pairs.iter().copied().unzip();
        let sql = format!(
            "BEGIN; INSERT INTO reading_limits (patient_id, kind, set_by, set_at, {}) VALUES ('{ana}', 'blood_pressure', '{by}', now(), {}); ROLLBACK",
            fields.join(", "),
            values.join(", ")
        );
        world.db.owner().await.batch_execute(&sql).await.is_ok()
    };
    for (one, other) in [
        ("target_low", "target_high"),
        ("warning_low", "target_low"),
        ("target_high", "warning_high"),
        ("warning_high", "critical_high"),
        ("critical_low", "warning_low"),
        ("critical_lower_low", "target_lower_low"),
        ("target_lower_high", "target_high"),
        ("warning_lower_low", "warning_lower_high"),
    ] {
        assert!(pairs(&[(one, "80"), (other, "90")]).await, "{one} {other}");
        assert!(!pairs(&[(one, "90"), (other, "80")]).await, "{one} {other}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_reached_is_measured_by_the_target_that_a_doctor_has_set() {
    let (world, doctor) = world().await;
    let sender = world.sending("Watch").await;
    let steps = MetricKind::Steps;
    let walked = async |days: std::ops::RangeInclusive<i64>| {
        for day in days {
            let at = at("2026-05-01T21:00:00Z") - SignedDuration::from_hours(24 * day);
            let json = json!({"type": steps, "value": 5_000, "unit": steps.unit(), "timestamp": at.to_string()});
            let item = Ok(serde_json::from_value::<RawReading>(json).unwrap());
            readings::ingest(&world.clinic, &sender, &[item], None).await.unwrap();
        }
        readings::milestones::look(&world.clinic).await.unwrap();
        let all = readings::milestones::all(&world.clinic, &world.ana).await.unwrap();
        all.into_iter().map(|reached| reached.what.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(walked(1..=5).await, Vec::<&str>::new());
    set(&world, &doctor, steps, &[("target_low", "4500")], 0).await.unwrap();
    assert_eq!(walked(0..=0).await, ["in_range_5_of_7_days"]);
}
