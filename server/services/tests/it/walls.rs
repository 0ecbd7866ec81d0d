//! Row-level security: a query that forgets to ask who reads gets nothing of anybody's health.
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use domain::{emergency::EmergencyForm, identity::UserId};
use services::{Clinic, Error, account, emergency};
use testkit::TestDb;

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
