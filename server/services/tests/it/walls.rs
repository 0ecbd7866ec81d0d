//! Row-level security, and a column behind a function: a query that forgets to ask who reads gets nothing of anybody's
//! health, nor why they come.
use diesel::{
    QueryableByName, sql_query,
    sql_types::{BigInt, Nullable, Text, Uuid as SqlUuid},
};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use domain::{
    booking::{AppointmentId, BookingRequest, VisitKind},
    emergency::EmergencyForm,
    identity::UserId,
};
use services::{
    Clinic, Error, account,
    booking::{self, IdempotencyKey},
    emergency,
};
use testkit::{TestDb, at};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many profiles the application sees that reads as `reader`.
async fn seen(clinic: &Clinic, reader: Option<UserId>) -> i64 {
    use diesel_async::RunQueryDsl;
    let conn = &mut *clinic.db().await.unwrap();
    conn.transaction(async |conn| {
        if let Some(reader) = reader {
            conn.batch_execute(&format!("SET LOCAL medconnect.reader = '{reader}'")).await?;
        }
        let counted: Count =
            sql_query("SELECT count(*) AS count FROM user_profiles").get_result(conn).await?;
        Ok::<_, Error>(counted.count)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn everybody_sees_their_own_profile_and_doctors_those_of_who_comes_to_them() {
    let db = TestDb::at("2026-03-02T08:00:00Z").await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let (patient, other) = (db.patient(&clinic).await, db.patient(&clinic).await);
    for person in [&patient, &other] {
        let person = db.caller(&clinic, person.user).await;
        let details =
            domain::account::HealthDetails { allergies: "Nuts".into(), ..Default::default() };
        account::change_health(&clinic, &person, &details).await.unwrap();
    }
    assert_eq!(seen(&clinic, None).await, 0, "who does not say who reads sees nothing");
    assert_eq!(seen(&clinic, Some(patient.user)).await, 1);
    let own = seen(&clinic, Some(doctor.user)).await;

    db.execute(&format!(
        "INSERT INTO appointments (id, patient_id, provider_id, created_by, starts_at, ends_at, time_zone, \
             appointment_type, status, chief_complaint, consultation_fee_minor, currency, free_until_minutes, late_percent) \
         VALUES (gen_random_uuid(), '{0}', '{provider}', '{0}', '2026-04-01T09:00:00Z', '2026-04-01T09:30:00Z', 'Europe/Lisbon', \
             'video', 'scheduled', 'x', 4500, 'EUR', 1440, 50)",
        patient.user
    ))
    .await;
    assert_eq!(seen(&clinic, Some(doctor.user)).await, own + 1, "of who comes to them");

    let form = EmergencyForm {
        email: other.email.clone(),
        reason: "Collapsed in the hall and does not wake up.".into(),
        ..EmergencyForm::default()
    };
    emergency::open(&clinic, &doctor, &form).await.unwrap();
    assert_eq!(seen(&clinic, Some(doctor.user)).await, own + 2);
    emergency::end(&clinic, &doctor, other.user).await.unwrap();
    assert_eq!(seen(&clinic, Some(doctor.user)).await, own + 1, "once it is over, it is over");
}

#[derive(QueryableByName)]
struct Reason {
    #[diesel(sql_type = Nullable<Text>)]
    reason: Option<String>,
}

/// What the application reads of why somebody comes, as `reader`.
async fn reason(clinic: &Clinic, visit: AppointmentId, reader: UserId) -> Option<String> {
    use diesel_async::RunQueryDsl;
    let conn = &mut *clinic.db().await.unwrap();
    let read = sql_query("SELECT reason_of_visit($1, $2) AS reason")
        .bind::<SqlUuid, _>(visit)
        .bind::<SqlUuid, _>(reader);
    read.get_result::<Reason>(conn).await.unwrap().reason
}

#[tokio::test(flavor = "multi_thread")]
async fn why_somebody_comes_is_read_only_for_who_may() {
    let db = TestDb::at("2026-03-02T08:00:00Z").await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    let elsewhere = db.provider().await;
    let elsewhere = db.doctor(&clinic, elsewhere).await;
    let (patient, other) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let request = BookingRequest {
        provider,
        start: at("2026-03-03T09:00:00Z"),
        kind: VisitKind::Video,
        reason: "A rash".into(),
        place: None,
    };
    let key = IdempotencyKey::fresh();
    let booked = booking::book(&clinic, &patient, &key, request).await.unwrap();
    let visit = booked.appointment;
    let read = async |reader| reason(&clinic, visit, reader).await;
    let said = Some("A rash".to_owned());

    assert_eq!(read(patient.user).await, said);
    assert_eq!(read(doctor.user).await, said);
    assert_eq!(read(other.user).await, None);
    assert_eq!(read(elsewhere.user).await, None);
    let form = EmergencyForm {
        email: patient.email.clone(),
        reason: "Collapsed in the hall and does not wake up.".into(),
        ..EmergencyForm::default()
    };
    emergency::open(&clinic, &elsewhere, &form).await.unwrap();
    assert_eq!(read(elsewhere.user).await, said, "for an hour");
    emergency::end(&clinic, &elsewhere, patient.user).await.unwrap();
    assert_eq!(read(elsewhere.user).await, None);

    let conn = &mut *clinic.db().await.unwrap();
    for asked in ["chief_complaint", "*"] {
        let forgotten = conn.batch_execute(&format!("SELECT {asked} FROM appointments")).await;
        let refused = forgotten.unwrap_err().to_string();
        assert!(refused.contains("permission denied"), "{refused}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_changes_what_another_one_says_of_their_health() {
    use diesel_async::RunQueryDsl;
    let db = TestDb::at("2026-03-02T08:00:00Z").await;
    let clinic = db.clinic();
    let (patient, other) = (db.patient(&clinic).await, db.patient(&clinic).await);
    let conn = &mut *clinic.db().await.unwrap();
    for change in ["UPDATE user_profiles SET allergies = 'None'", "DELETE FROM user_profiles"] {
        let changed = conn
            .transaction(async |conn| {
                let reader = format!("SET LOCAL medconnect.reader = '{}'", patient.user);
                conn.batch_execute(&reader).await?;
                let one = format!("{change} WHERE user_id = '{}'", other.user);
                Ok::<_, Error>(sql_query(one).execute(conn).await?)
            })
            .await
            .unwrap();
        assert_eq!(changed, 0, "{change}");
    }
}
