//! What people say of themselves, and who reads it.
use crate::schema::lines;
use domain::{
    account::{ActivityLevel, BloodType, HealthDetails, ProfileDetails},
    booking::{AppointmentId, BookingRequest, VisitKind},
    directory::ProviderId,
};
use services::{
    Clinic, Error, Result, account,
    booking::{self, IdempotencyKey},
    identity::{self, Caller, Patient, Person},
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";

fn fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result.unwrap_err() {
        Error::Invalid(fields) => fields.iter().map(|field| field.field.to_string()).collect(),
        other => panic!("{other:?}"),
    }
}

fn ann() -> ProfileDetails {
    ProfileDetails {
        first_name: "Ann".into(),
        last_name: "Silva".into(),
        username: "Ann.S".into(),
        phone_number: "+351 912 345 678".into(),
        date_of_birth: "1990-05-31".into(),
        time_zone: "Asia/Kathmandu".into(),
        emergency_contact_name: "Ben".into(),
        emergency_contact_phone: "911 222".into(),
    }
}

fn allergic() -> HealthDetails {
    HealthDetails {
        height_cm: "172".into(),
        weight_kg: "68,5".into(),
        blood_type: "AB-".into(),
        allergies: "Penicillin: rash".into(),
        activity_level: "light".into(),
        ..HealthDetails::default()
    }
}

pub async fn book(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    provider: ProviderId,
    start: &str,
) -> AppointmentId {
    let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
    let request = BookingRequest {
        provider,
        start: at(start),
        kind: VisitKind::Video,
        reason: "Cough".into(),
        place: None,
    };
    booking::book(clinic, patient, &key, request).await.unwrap().appointment
}

#[tokio::test(flavor = "multi_thread")]
async fn a_profile_is_changed_whole_or_not_at_all() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let caller = db.caller::<Person>(&clinic, db.person(&clinic).await.user).await;
    let wrong = ProfileDetails { time_zone: "Mars/Olympus".into(), ..ann() };
    let health = HealthDetails { height_cm: "tall".into(), ..allergic() };

    let refused = account::replace(&clinic, &caller, &wrong, Some(&health), <_>::default()).await;
    assert_eq!(fields(refused), ["time_zone", "height_cm"]);
    assert_eq!(
        fields(account::replace(&clinic, &caller, &ann(), Some(&health), <_>::default()).await),
        ["height_cm"]
    );
    assert_eq!(identity::profile(&clinic, &caller).await.unwrap().first_name, "Ana");

    account::replace(&clinic, &caller, &ann(), Some(&allergic()), <_>::default()).await.unwrap();
    let profile = identity::profile(&clinic, &caller).await.unwrap();
    assert_eq!(
        (profile.time_zone.as_str(), profile.username.as_deref()),
        ("Asia/Kathmandu", Some("ann.s"))
    );
    account::change_profile(
        &clinic,
        &caller,
        &ProfileDetails { date_of_birth: String::new(), ..ann() },
    )
    .await
    .unwrap();
    assert_eq!(identity::profile(&clinic, &caller).await.unwrap().date_of_birth, None);
    let kept = account::health(&clinic, &caller).await.unwrap();
    assert_eq!((kept.height_cm, kept.weight_kg), (Some(172.0), Some(68.5)));
    assert_eq!(
        (kept.blood_type, kept.activity_level),
        (Some(BloodType::AbNegative), Some(ActivityLevel::Light))
    );
    account::change_health(&clinic, &caller, &HealthDetails::default()).await.unwrap();
    assert_eq!(account::health(&clinic, &caller).await.unwrap(), <_>::default());

    let audited = lines(
        &db,
        "SELECT action AS line FROM audit_events WHERE action LIKE 'account.change%' ORDER BY id",
    )
    .await;
    assert_eq!(
        audited,
        [
            "account.change_profile",
            "account.change_health",
            "account.change_profile",
            "account.change_health"
        ]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_username_is_somebodys_alone() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let one = db.caller::<Person>(&clinic, db.person(&clinic).await.user).await;
    let other = db.caller::<Person>(&clinic, db.person(&clinic).await.user).await;
    account::change_profile(&clinic, &one, &ann()).await.unwrap();
    account::change_profile(&clinic, &one, &ann()).await.unwrap();
    assert_eq!(fields(account::change_profile(&clinic, &other, &ann()).await), ["username"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_phone_number_is_no_longer_proven() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let caller = db.caller::<Person>(&clinic, db.person(&clinic).await.user).await;
    account::change_profile(&clinic, &caller, &ann()).await.unwrap();
    db.execute("UPDATE users SET phone_verified_at = now()").await;
    account::change_profile(&clinic, &caller, &ann()).await.unwrap();
    assert!(identity::profile(&clinic, &caller).await.unwrap().phone_verified_at.is_some());
    let other = ProfileDetails { phone_number: "911 333".into(), ..ann() };
    account::change_profile(&clinic, &caller, &other).await.unwrap();
    assert!(identity::profile(&clinic, &caller).await.unwrap().phone_verified_at.is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_doctor_of_a_visit_that_stands_reads_of_its_patient_and_each_look_is_on_record() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (provider, other) = (db.provider().await, db.provider().await);
    let patient = db.patient(&clinic).await;
    let doctor = db.doctor(&clinic, provider).await;
    let stranger = db.doctor(&clinic, other).await;
    let caller = db.caller::<Person>(&clinic, patient.user).await;
    account::change_health(&clinic, &caller, &allergic()).await.unwrap();
    let visit = book(&clinic, &patient, provider, "2026-03-03T09:00:00Z").await;

    let seen = account::patient_at_visit(&clinic, &doctor, visit).await.unwrap().unwrap();
    assert_eq!(seen.allergies.as_deref(), Some("Penicillin: rash"));
    assert!(!format!("{seen:?}").contains("rash"));
    assert!(account::patient_at_visit(&clinic, &stranger, visit).await.unwrap().is_none());
    db.execute("UPDATE appointments SET status = 'cancelled', cancelled_at = starts_at - interval '1 hour'").await;
    assert!(account::patient_at_visit(&clinic, &doctor, visit).await.unwrap().is_none());

    let looks = lines(
        &db,
        "SELECT patient_id::text AS line FROM audit_events WHERE action = 'health_profile.read'",
    )
    .await;
    assert_eq!(looks, [patient.user.to_string()]);
}
