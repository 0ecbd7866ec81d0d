use domain::identity::{EMAIL_TAKEN, Registration, Role, WRONG_CREDENTIALS};
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
    let user =
        identity::sign_in(&clinic, &shouted, person.password.into(), None).await.unwrap().user;

    assert_eq!(user, person.user);
    let actor = identity::actor(&clinic, person.user).await.unwrap().unwrap();
    assert_eq!(actor.roles, [Role::Patient]);
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
    let admin = db.admin(&clinic).await;
    db.execute("DELETE FROM user_roles").await;
    let actor = identity::actor(&clinic, admin.user).await.unwrap();
    assert!(matches!(identity::require::<Admin>(actor), Err(Error::Forbidden)));

    db.execute("UPDATE users SET is_active = false").await;
    assert!(identity::actor(&clinic, admin.user).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_access_token_lives_fifteen_minutes() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let token = identity::access_token(&clinic, person.signed_in()).unwrap().token;

    db.set_now("2026-03-02T06:14:59Z");
    assert!(identity::bearer(&clinic, &token).await.unwrap().is_some());
    db.set_now("2026-03-02T06:15:00Z");
    assert!(identity::bearer(&clinic, &token).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_that_was_tampered_with_opens_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let token = identity::access_token(&clinic, person.signed_in()).unwrap().token;
    let parts: Vec<_> = token.split('.').collect();
    // {"alg":"none","typ":"JWT"}
    let unsigned = format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{}.", parts[1]);
    let flipped =
        format!("{}.{}.{}", parts[0], parts[1], parts[2].chars().rev().collect::<String>());

    for forged in [unsigned.as_str(), &flipped, "", "a.b.c", &parts[..2].join(".")] {
        assert!(identity::bearer(&clinic, forged).await.unwrap().is_none(), "{forged}");
    }
}
