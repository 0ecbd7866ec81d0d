//! The list of a doctor's patients by who needs attention: whom it has, in which order, and what it costs.
use crate::{
    reading_limits::{care, typed},
    schema::lines,
};
use domain::{identity::UserId, readings::MetricKind};
use jiff::{ToSpan, civil::date};
use services::{
    Clinic,
    directory::{Found, Page},
    identity::{Caller, Doctor},
    readings::{self, FollowedPatient},
};
use testkit::TestDb;

const NOW: &str = "2026-03-31T12:00:00Z";

async fn named(db: &TestDb, clinic: &Clinic, name: &str) -> UserId {
    let user = db.patient(clinic).await.user;
    let rename = "UPDATE users SET first_name = 'P', time_zone = 'Europe/Lisbon', last_name =";
    db.execute(&format!("{rename} '{name}' WHERE id = '{user}'")).await;
    user
}

/// What each day came to, the last of them so many days ago.
async fn measured(db: &TestDb, user: UserId, kind: MetricKind, until: i64, values: &[f64]) {
    for (value, ago) in values.iter().rev().zip(until..) {
        let day = date(2026, 3, 31).saturating_sub(ago.days());
        let lower = if kind.is_pair() { (value - 50.0).to_string() } else { "NULL".into() };
        db.execute(&format!(
            "INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at, \
                 lower_lowest, lower_highest, lower_total, lower_squares) \
             VALUES ('{user}', '{kind}', '{day}', 1, {value}, {value}, {value}, 0, 0, '{day}', {lower}, {lower}, {lower}, {lower})"
        ))
        .await;
    }
}

async fn followed(clinic: &Clinic, doctor: &Caller<Doctor>, page: Page) -> Found<FollowedPatient> {
    readings::followed(clinic, doctor, page).await.unwrap()
}

fn told(found: &Found<FollowedPatient>) -> Vec<String> {
    let line = |of: &FollowedPatient| {
        let why: Vec<_> =
            of.attention.reasons.iter().map(domain::readings::Reason::words).collect();
        format!("{}: {}", of.name, why.join(", "))
    };
    found.items.iter().map(line).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_needs_attention_comes_first_and_nobody_is_there_who_is_not_the_doctors() {
    use MetricKind::{BloodPressure, HeartRate, Weight};
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    assert_eq!(followed(&clinic, &doctor, Page::first()).await.count, 0);

    let mut people = Vec::new();
    for name in ["Calm", "High", "Silent", "Nothing", "Strange", "Gone", "Old"] {
        people.push(named(&db, &clinic, name).await);
    }
    let &[calm, high, silent, nothing, strange, gone, old] = people.as_slice() else { panic!() };
    for patient in [calm, high, silent, nothing, gone, old] {
        care(&db, patient, provider).await;
    }
    db.execute(&format!(
        "UPDATE appointments SET status = 'cancelled' WHERE patient_id = '{gone}'"
    ))
    .await;
    measured(&db, calm, BloodPressure, 0, &[125.0; 8]).await;
    measured(&db, calm, Weight, 0, &[70.0; 8]).await;
    measured(&db, high, BloodPressure, 0, &[120.0, 140.0, 140.0, 120.0, 140.0, 140.0, 140.0]).await;
    measured(&db, silent, HeartRate, 8, &[70.0; 5]).await;
    for patient in [strange, gone] {
        measured(&db, patient, BloodPressure, 0, &[180.0; 7]).await;
    }
    measured(&db, old, BloodPressure, 92, &[180.0; 7]).await;

    let found = followed(&clinic, &doctor, Page::first()).await;
    assert_eq!(
        told(&found),
        [
            "P High: Blood pressure above target on 5 of the last 7 days",
            "P Silent: No heart rate for 8 days",
            "P Calm: ",
        ]
    );
    assert_eq!((found.count, found.items[1].last), (3, date(2026, 3, 23)));
    let seen = "SELECT patient_id::text AS line FROM audit_events WHERE action = 'reading.list' ORDER BY id";
    assert_eq!(lines(&db, seen).await, [high, silent, calm].map(|patient| patient.to_string()));

    // A target of their own decides, as soon as there is one.
    let own = typed(&[("target_high", "120")]);
    readings::set_limits(&clinic, &doctor, calm, BloodPressure, &own, 0).await.unwrap();
    let found = followed(&clinic, &doctor, Page::new(1, 1)).await;
    assert_eq!(told(&found), ["P Calm: Blood pressure above target on 7 of the last 7 days"]);
    let rest = followed(&clinic, &doctor, Page::new(2, 2)).await;
    assert_eq!((rest.items.len(), rest.count), (1, 3));

    let other = db.provider().await;
    let other = db.doctor(&clinic, other).await;
    assert_eq!(followed(&clinic, &other, Page::first()).await.count, 0);
}
