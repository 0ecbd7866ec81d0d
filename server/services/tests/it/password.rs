//! How passwords are kept whose hashes are from before hashing cost what it does today.
use argon2::{Argon2, Params, PasswordHasher};
use domain::identity::WRONG_CREDENTIALS;
use services::{
    Clinic, Error, Result, account,
    identity::{self, Caller, SignIn, factor},
};
use testkit::{Person, TestDb};

const NOW: &str = "2026-03-02T06:00:00Z";

/// The hash of `password` with `params`.
fn hash(password: &str, params: Params) -> String {
    Argon2::from(params).hash_password(password.as_bytes()).unwrap().to_string()
}

/// Somebody whose hash took little memory and one round.
struct World {
    db: TestDb,
    clinic: Clinic,
    ana: Person,
    weak: String,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let ana = db.person(&clinic).await;
        let weak = hash(ana.password, Params::new(64, 1, 1, None).unwrap());
        let world = Self { db, clinic, ana, weak };
        world.weaken().await;
        world
    }

    async fn weaken(&self) {
        self.db.execute(&format!("UPDATE users SET password_hash = '{}'", self.weak)).await;
    }

    async fn is_renewed(&self) -> bool {
        let today = "users WHERE password_hash LIKE '$argon2id$v=19$m=19456,t=2,p=1$%'";
        self.db.count(today).await == 1
    }

    async fn sign_in(&self, password: &str) -> Result<SignIn> {
        identity::sign_in(&self.clinic, &self.ana.email, password.into(), None).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_hash_is_made_anew_wherever_the_password_is_proven() {
    let world = World::new().await;
    let (clinic, password) = (&world.clinic, world.ana.password.to_owned());
    let caller: Caller<identity::Person> = world.db.caller(clinic, world.ana.user).await;

    assert!(world.sign_in("not the password").await.is_err());
    assert!(!world.is_renewed().await);
    world.sign_in(&password).await.unwrap();
    assert!(world.is_renewed().await);
    world.sign_in(&password).await.unwrap();

    world.weaken().await;
    factor::prove(clinic, &caller, password.clone(), "").await.unwrap();
    assert!(world.is_renewed().await);

    world.weaken().await;
    let new = "new@example.org";
    account::address::ask(clinic, &caller, new, password.clone(), None).await.unwrap();
    assert!(world.is_renewed().await);
    world.sign_in(&password).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_was_changed_meanwhile_stays() {
    let world = World::new().await;
    let other = hash("seven green lamps dancing", Params::DEFAULT);
    let change =
        format!("UPDATE users SET password_hash = '{other}', access_version = access_version + 1");

    // The change is first in line for the row, and what would renew the hash it replaces comes next.
    let mut gate = world.db.gate_at_rows("users").await;
    let late = async {
        gate.wait_for(1).await;
        let open = async {
            gate.wait_for(2).await;
            gate.open().await;
        };
        tokio::join!(world.sign_in(world.ana.password), open).0
    };
    let (_, entered) = tokio::join!(world.db.execute(&change), late);

    assert!(matches!(entered, Err(Error::Refused(WRONG_CREDENTIALS))), "{entered:?}");
    assert_eq!(world.db.count(&format!("users WHERE password_hash = '{other}'")).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_knows_the_password_gets_in_even_if_its_hash_cannot_be_renewed() {
    let world = World::new().await;
    let only = format!("ALTER TABLE users ADD CHECK (password_hash = '{}')", world.weak);
    world.db.execute(&only).await;

    world.sign_in(world.ana.password).await.unwrap();

    assert!(!world.is_renewed().await);
}
