//! Another password, for who knows the one they have.
use domain::{FieldProblem, devices::ApiKey, identity::WRONG_CREDENTIALS};
use services::{
    Clinic, Error, Result, calendar, devices,
    identity::{
        self, Caller, Person as AnyPerson, SignedIn, new_password,
        sessions::{self, Asking, StoredSession},
        tokens,
    },
};
use testkit::{Person, TestDb};

const NOW: &str = "2026-03-02T06:00:00Z";
const NEW: &str = "seven green lamps dancing";

struct World {
    db: TestDb,
    clinic: Clinic,
    ana: Person,
    caller: Caller<AnyPerson>,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let ana = db.person(&clinic).await;
        let caller = db.caller(&clinic, ana.user).await;
        Self { db, clinic, ana, caller }
    }

    async fn change(&self, old: &str, new: &str) -> Result<SignedIn> {
        new_password::change(&self.clinic, &self.caller, (old.into(), new.into()), None).await
    }

    async fn sign_in(&self, password: &str) -> Result<SignedIn> {
        let step = identity::sign_in(&self.clinic, &self.ana.email, password.into(), None).await?;
        Ok(step.done().unwrap())
    }
}

/// The fields that are wrong.
fn fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(problems)) = result else { panic!("{result:?}") };
    problems.into_iter().map(|FieldProblem { field, .. }| field.into_owned()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_keeps_its_owner_signed_in_and_nobody_else() {
    let world = World::new().await;
    let elsewhere = world.db.clinic();
    let old = world.ana.signed_in();
    let session = StoredSession {
        user: Some(old.user),
        version: old.version,
        signed_in_at: None,
        data: serde_json::json!({}),
    };
    sessions::create(&world.clinic, 7, &session).await.unwrap();
    let token = tokens::open(&world.clinic, old).await.unwrap().access.token;
    let feed = calendar::issue_feed(&world.clinic, &world.caller).await.unwrap();

    let who = world.change(world.ana.password, NEW).await.unwrap();

    assert!(identity::actor_of(&elsewhere, who).await.unwrap().is_some());
    assert!(sessions::actor(&elsewhere, 7, Asking::Person).await.unwrap().is_none());
    assert!(tokens::actor(&elsewhere, &token).await.unwrap().is_none());
    let read = calendar::read_feed(&elsewhere, &feed, "https://clinic.test").await;
    assert!(matches!(read, Err(Error::NotFound)), "{read:?}");
    let refused = world.sign_in(world.ana.password).await;
    assert!(matches!(refused, Err(Error::Refused(WRONG_CREDENTIALS))), "{refused:?}");
    world.sign_in(NEW).await.unwrap();
    for written in [
        "audit_events WHERE action = 'account.change_password'",
        "outbox WHERE topic = 'account.password_changed'",
    ] {
        assert_eq!(world.db.count(written).await, 1, "{written}");
    }
    // In another tab that was open before.
    let again = world.change(NEW, "eight tall ladders resting").await;
    assert!(matches!(again, Err(Error::SignedOut)), "{again:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_owner_made_long_ago_stays() {
    let world = World::new().await;
    let feed = calendar::issue_feed(&world.clinic, &world.caller).await.unwrap();
    world
        .db
        .execute("UPDATE calendar_feeds SET issued_at = issued_at - interval '7 days 1 second'")
        .await;
    world.change(world.ana.password, NEW).await.unwrap();
    calendar::read_feed(&world.clinic, &feed, "https://clinic.test").await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_a_thief_added_sends_no_more_and_each_new_key_was_told() {
    let world = World::new().await;
    let owner = world.db.caller(&world.clinic, world.ana.user).await;
    let add = async |name: &str| {
        let form = crate::devices::form(name);
        devices::register(&world.clinic, &owner, &form).await.unwrap()
    };
    let (old, old_key) = add("Watch").await;
    let (_, thiefs) = add("Nobody's").await;
    let opens = async |key: &ApiKey| devices::identify(&world.clinic, key.reveal(), None).await;
    assert!(opens(&old_key).await.is_ok() && opens(&thiefs).await.is_ok());
    for (table, id) in [("devices", "id"), ("device_keys", "device_id")] {
        let long_ago = "created_at = '2026-02-23T05:59:59Z'";
        world.db.execute(&format!("UPDATE {table} SET {long_ago} WHERE {id} = '{old}'")).await;
    }
    let rotated = devices::rotate_key(&world.clinic, &owner, old).await.unwrap();

    world.change(world.ana.password, NEW).await.unwrap();

    assert!(opens(&old_key).await.is_ok(), "the owner has had it for long");
    for key in [&rotated, &thiefs] {
        assert!(matches!(opens(key).await, Err(Error::SignedOut)));
    }
    for (topic, count) in [("device.added", 2), ("device.key_made", 1)] {
        assert_eq!(world.db.count(&format!("outbox WHERE topic = '{topic}'")).await, count);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_that_is_wrong_is_said_at_its_field_and_changes_nothing() {
    let world = World::new().await;
    let own = world.ana.password;
    assert_eq!(fields(world.change("", "short").await), ["password", "new_password"]);
    assert_eq!(fields(world.change(own, "passwordpassword").await), ["new_password"]);
    assert_eq!(fields(world.change(own, own).await), ["new_password"]);
    assert_eq!(fields(world.change("not my password", NEW).await), ["password"]);
    world.sign_in(own).await.unwrap();
    // Guessing waits here as it does when signing in.
    for _ in 0..10 {
        let _ = world.change("not my password", NEW).await;
    }
    let late = world.change(own, NEW).await;
    assert!(matches!(late, Err(Error::TooMany(_))), "{late:?}");
}
