use domain::identity::{EMAIL_TAKEN, Registration, WRONG_CREDENTIALS};
use services::{
    Error,
    identity::{self, Admin, Doctor, Patient, Person},
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

fn registration(email: &str, password: &str) -> Registration {
    Registration {
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        email: email.into(),
        password: password.into(),
        time_zone: "Europe/Lisbon".into(),
    }
}

fn fields<T: std::fmt::Debug>(result: services::Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|f| f.field.into_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_registers_is_a_patient_and_can_sign_in() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;

    let shouted = person.email.to_uppercase();
    let who =
        identity::sign_in(&clinic, &shouted, person.password.into(), None).await.unwrap().done();

    assert_eq!(who.unwrap().user, person.user);
    let actor = identity::actor(&clinic, person.user).await.unwrap().unwrap();
    assert_eq!(actor.roles, ["patient"]);
    assert_eq!(db.count("user_profiles").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_password_and_an_unknown_address_sound_the_same() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;

    for (email, password) in [
        (person.email.as_str(), "not the password"),
        ("nobody@example.org", person.password),
        ("not an address", person.password),
    ] {
        let refused = identity::sign_in(&clinic, email, password.into(), None).await;
        assert!(matches!(refused, Err(Error::Refused(WRONG_CREDENTIALS))), "{refused:?}");
    }
    assert_eq!(
        fields(identity::sign_in(&clinic, "", String::new(), None).await),
        ["email", "password"]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_has_one_account() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;

    let again =
        identity::register(&clinic, registration(&person.email, "seven green lamps dancing")).await;

    assert!(matches!(again, Err(Error::Refused(EMAIL_TAKEN))), "{again:?}");
    assert_eq!(db.count("users").await, 1);
    assert_eq!(db.count("user_profiles").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_easy_to_guess_is_refused() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    for weak in ["short", "passwordpassword", "aaaaaaaaaaaaaaaa", "qwertyuiopasdf"] {
        let refused = identity::register(&clinic, registration("ana@example.org", weak)).await;
        assert_eq!(fields(refused), ["password"], "{weak}");
    }
    assert_eq!(db.count("users").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_acts_in_a_role_they_do_not_have() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let actor = identity::actor(&clinic, person.user).await.unwrap();

    assert!(identity::require::<Person>(actor.clone()).is_ok());
    assert!(identity::require::<Patient>(actor.clone()).is_ok());
    assert!(matches!(identity::require::<Doctor>(actor.clone()), Err(Error::Forbidden)));
    assert!(matches!(identity::require::<Admin>(actor), Err(Error::Forbidden)));
    assert!(matches!(identity::require::<Person>(None), Err(Error::SignedOut)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_role_that_is_taken_away_is_gone_at_once() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (admin, _) = (db.admin(&clinic).await, db.admin(&clinic).await);
    db.execute(&format!("DELETE FROM user_roles WHERE user_id = '{}'", admin.user)).await;
    let actor = identity::actor(&clinic, admin.user).await.unwrap();
    assert!(matches!(identity::require::<Admin>(actor), Err(Error::Forbidden)));

    let closed = format!("UPDATE users SET is_active = false WHERE id = '{}'", admin.user);
    db.execute(&closed).await;
    assert!(identity::actor(&clinic, admin.user).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_a_doctor_no_more_has_no_practice() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let provider = db.provider().await;
    let doctor = db.doctor(&clinic, provider).await;
    assert_eq!(doctor.provider().unwrap(), provider);
    db.execute(
        "DELETE FROM user_roles WHERE role_id = (SELECT id FROM roles WHERE name = 'doctor')",
    )
    .await;
    let actor = identity::actor(&clinic, doctor.user).await.unwrap().unwrap();
    assert_eq!(actor.provider, None);
}
