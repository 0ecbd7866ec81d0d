//! Another address for an account.
use domain::{
    account::{
        address::{CHANGE_OVER, UNDO_OVER},
        closing::ADDRESS_IS_NEW,
    },
    identity::{EMAIL_TAKEN, Registration},
};
use services::{
    Clinic, Error,
    account::{address, closing},
    identity::{self, Caller, Person, tokens},
    mail,
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";
const NEW: &str = "new@example.org";

/// The newest mail to `email`, once all that wait are written.
pub async fn mail_to(db: &TestDb, clinic: &Clinic, email: &str) -> Option<String> {
    for _ in 0..2 {
        db.execute("UPDATE outbox SET available_at = '2026-01-01'").await;
        while mail::hand_out(clinic).await.unwrap() > 0 {}
    }
    while mail::send_waiting(clinic, "https://clinic.test").await.unwrap() > 0 {}
    let first = services::directory::Page::first();
    let mails = mail::demo::mails(clinic, Some(email), first).await.unwrap();
    let newest = mails.items.first()?.id;
    Some(mail::demo::mail(clinic, newest).await.unwrap().body_text)
}

pub fn token_in(mail: &str) -> String {
    let (_, rest) = mail.split_once("token=").unwrap_or_else(|| panic!("{mail}"));
    rest.split_whitespace().next().unwrap().to_owned()
}

async fn ask(
    clinic: &Clinic,
    caller: &Caller<Person>,
    email: &str,
    password: &str,
) -> services::Result<()> {
    address::ask(clinic, caller, email, password.to_owned(), None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_new_address_is_proven_and_the_old_one_can_take_it_back() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let signs_in = async |email: &str| {
        identity::sign_in(&clinic, email, person.password.into(), None).await.is_ok()
    };

    assert!(matches!(ask(&clinic, &caller, NEW, "wrong").await, Err(Error::Invalid(_))));
    assert!(matches!(
        ask(&clinic, &caller, &person.email, person.password).await,
        Err(Error::Invalid(_))
    ));
    assert!(matches!(ask(&clinic, &caller, "new", person.password).await, Err(Error::Invalid(_))));
    assert_eq!(db.count("address_changes").await, 0);
    ask(&clinic, &caller, " New@Example.org", person.password).await.unwrap();
    assert!(signs_in(&person.email).await && !signs_in(NEW).await);

    let token = token_in(&mail_to(&db, &clinic, NEW).await.unwrap());
    assert_eq!(address::is_open(&clinic, &token).await.unwrap().as_deref(), Some("n…@example.org"));
    assert!(address::is_open(&clinic, "x").await.unwrap().is_none());
    // The link to one address is not the one to the other.
    assert!(matches!(address::undo(&clinic, &token).await, Err(Error::Refused(UNDO_OVER))));
    address::confirm(&clinic, &token).await.unwrap();
    assert!(matches!(address::confirm(&clinic, &token).await, Err(Error::Refused(CHANGE_OVER))));
    assert!(signs_in(NEW).await && !signs_in(&person.email).await);

    let undo = token_in(&mail_to(&db, &clinic, &person.email).await.unwrap());
    let access = tokens::open(&clinic, person.signed_in()).await.unwrap().access.token;
    db.set_now("2026-03-09T05:00:00Z");
    assert!(address::can_undo(&clinic, &undo).await.unwrap());
    address::undo(&clinic, &undo).await.unwrap();
    assert!(matches!(address::undo(&clinic, &undo).await, Err(Error::Refused(UNDO_OVER))));
    assert!(signs_in(&person.email).await && !signs_in(NEW).await);
    assert!(tokens::actor(&clinic, &access).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_thief_who_changes_it_twice_has_nothing_to_take_back() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    for email in ["one@evil.test", "two@evil.test"] {
        let caller = db.caller::<Person>(&clinic, person.user).await;
        ask(&clinic, &caller, email, person.password).await.unwrap();
        let token = token_in(&mail_to(&db, &clinic, email).await.unwrap());
        address::confirm(&clinic, &token).await.unwrap();
    }
    let own = token_in(&mail_to(&db, &clinic, &person.email).await.unwrap());
    let thiefs = token_in(&mail_to(&db, &clinic, "one@evil.test").await.unwrap());
    address::undo(&clinic, &own).await.unwrap();
    assert!(matches!(address::undo(&clinic, &thiefs).await, Err(Error::Refused(UNDO_OVER))));
    let actor = identity::actor(&clinic, person.user).await.unwrap().unwrap();
    assert_eq!(actor.email, person.email);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_learns_whether_the_new_address_has_an_account() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let (person, other) = (db.person(&clinic).await, db.person(&clinic).await);
    let caller = db.caller::<Person>(&clinic, person.user).await;
    ask(&clinic, &caller, &other.email, person.password).await.unwrap();
    let told = mail_to(&db, &clinic, &other.email).await.unwrap();
    assert!(!told.contains("token=") && told.contains("has an account already"), "{told}");
    // Asked again at once, the same is said and nothing is sent.
    ask(&clinic, &caller, &other.email, person.password).await.unwrap();
    assert_eq!(db.count("address_changes").await, 1);

    // One that got an account after the mail was sent cannot be taken.
    ask(&clinic, &caller, NEW, person.password).await.unwrap();
    let token = token_in(&mail_to(&db, &clinic, NEW).await.unwrap());
    db.execute(&format!("UPDATE users SET email = '{NEW}' WHERE id = '{}'", other.user)).await;
    assert!(matches!(address::confirm(&clinic, &token).await, Err(Error::Refused(CHANGE_OVER))));
    // Nor one that was asked for half an hour ago.
    db.execute(&format!("UPDATE users SET email = 'else@example.org' WHERE id = '{}'", other.user))
        .await;
    db.set_now("2026-03-02T06:30:01Z");
    assert!(matches!(address::confirm(&clinic, &token).await, Err(Error::Refused(CHANGE_OVER))));
    db.set_now("2026-04-03T06:00:00Z");
    assert_eq!(address::sweep(&clinic).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_can_be_taken_back_is_kept_for_its_owner() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    ask(&clinic, &caller, NEW, person.password).await.unwrap();
    let token = token_in(&mail_to(&db, &clinic, NEW).await.unwrap());
    address::confirm(&clinic, &token).await.unwrap();
    let undo = token_in(&mail_to(&db, &clinic, &person.email).await.unwrap());

    // Neither by an account of its own, nor by another one that moves to it.
    let registration = Registration {
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        email: person.email.clone(),
        password: person.password.into(),
        time_zone: "Europe/Lisbon".into(),
    };
    let registered = identity::register(&clinic, registration).await;
    assert!(matches!(registered, Err(Error::Refused(EMAIL_TAKEN))), "{registered:?}");
    let thief = db.person(&clinic).await;
    let theirs = db.caller::<Person>(&clinic, thief.user).await;
    ask(&clinic, &theirs, &person.email, thief.password).await.unwrap();
    let mailed = token_in(&mail_to(&db, &clinic, &person.email).await.unwrap());
    assert!(matches!(address::confirm(&clinic, &mailed).await, Err(Error::Refused(CHANGE_OVER))));
    // Nor does the account go before its owner could have read of it.
    let caller = db.caller::<Person>(&clinic, person.user).await;
    let closed = closing::close(&clinic, &caller, person.password.into(), None).await;
    assert!(matches!(closed, Err(Error::Refused(ADDRESS_IS_NEW))), "{closed:?}");
    // What a thief has added goes with them.
    db.execute(&format!(
        "INSERT INTO second_factors (user_id, sealed_secret, confirmed_at, last_step) \
         VALUES ('{}', 'x', '2026-03-02T06:10:00Z', 1)",
        person.user
    ))
    .await;

    address::undo(&clinic, &undo).await.unwrap();
    let actor = identity::actor(&clinic, person.user).await.unwrap().unwrap();
    assert_eq!((actor.email, actor.has_factor), (person.email, false));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_change_that_was_asked_for_before_a_new_password_is_over() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let person = db.person(&clinic).await;
    let caller = db.caller::<Person>(&clinic, person.user).await;
    ask(&clinic, &caller, NEW, person.password).await.unwrap();
    let token = token_in(&mail_to(&db, &clinic, NEW).await.unwrap());

    db.execute("UPDATE users SET access_version = access_version + 1").await;

    assert!(matches!(address::confirm(&clinic, &token).await, Err(Error::Refused(CHANGE_OVER))));
}
