//! Accounts in wrong hands: signed out, blocked and opened again by an admin.
use crate::schema::lines;
use domain::identity::{
    UserId, WRONG_CREDENTIALS,
    permission::{LAST_MANAGER, NOT_ONESELF},
};
use services::{
    Clinic, Error, Result,
    identity::{
        self, Caller, RoleManager, blocking, reset, roles,
        sessions::{self, Asking, StoredSession},
        tokens,
    },
    mail,
};
use testkit::{Person, TestDb};

const NOW: &str = "2026-03-02T06:00:00Z";

struct World {
    db: TestDb,
    clinic: Clinic,
    manager: Caller<RoleManager>,
    ana: Person,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let manager = db.role_manager(&clinic).await;
        let ana = db.person(&clinic).await;
        Self { db, clinic, manager, ana }
    }

    async fn sign_in(&self) -> Result<identity::SignedIn> {
        let password = self.ana.password.into();
        let step = identity::sign_in(&self.clinic, &self.ana.email, password, None).await?;
        Ok(step.done().unwrap())
    }

    async fn mails(&self) -> Vec<String> {
        for _ in 0..2 {
            self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
            while mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        }
        while mail::send_waiting(&self.clinic, "https://clinic.test").await.unwrap() > 0 {}
        let theirs = format!(
            "SELECT subject AS line FROM demo_mails WHERE to_address = '{}' ORDER BY created_at, id",
            self.ana.email
        );
        lines(&self.db, &theirs).await
    }

    /// What admins did to the account, in order.
    async fn deeds(&self) -> Vec<String> {
        let done = format!(
            "SELECT action AS line FROM audit_events WHERE patient_id = '{}' AND actor_id = '{}' ORDER BY id",
            self.ana.user, self.manager.user
        );
        lines(&self.db, &done).await
    }
}

fn refused<T: std::fmt::Debug>(result: Result<T>, refusal: domain::Refusal) {
    assert!(matches!(&result, Err(Error::Refused(found)) if *found == refusal), "{result:?}");
}

/// A session and a token of somebody, as another server sees them.
struct Opened {
    server: Clinic,
    token: String,
}

impl Opened {
    async fn by(world: &World, id: i128) -> Self {
        let who = world.sign_in().await.unwrap();
        let session = StoredSession {
            user: Some(who.user),
            version: who.version,
            signed_in_at: None,
            data: serde_json::json!({}),
        };
        sessions::create(&world.clinic, id, &session).await.unwrap();
        let token = tokens::open(&world.clinic, who).await.unwrap().access.token;
        Self { server: world.db.clinic(), token }
    }

    async fn is_open(&self, id: i128) -> (bool, bool) {
        let session = sessions::actor(&self.server, id, Asking::Person).await.unwrap();
        let token = tokens::actor(&self.server, &self.token).await.unwrap();
        (session.is_some(), token.is_some())
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_signs_somebody_out_on_every_server() {
    let world = World::new().await;
    let opened = Opened::by(&world, 7).await;
    assert_eq!(opened.is_open(7).await, (true, true));

    blocking::sign_out(&world.clinic, &world.manager, world.ana.user).await.unwrap();

    assert_eq!(opened.is_open(7).await, (false, false));
    world.sign_in().await.unwrap();
    assert_eq!(world.deeds().await, ["account.sign_out_everywhere"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_gets_into_a_blocked_account_and_its_owner_is_told() {
    let world = World::new().await;
    let (clinic, manager, ana) = (&world.clinic, &world.manager, world.ana.user);
    let opened = Opened::by(&world, 7).await;

    blocking::block(clinic, manager, ana).await.unwrap();
    blocking::block(clinic, manager, ana).await.unwrap();

    assert_eq!(opened.is_open(7).await, (false, false));
    refused(world.sign_in().await, WRONG_CREDENTIALS);
    assert!(!roles::account(clinic, manager, ana).await.unwrap().is_active);

    blocking::unblock(clinic, manager, ana).await.unwrap();
    blocking::unblock(clinic, manager, ana).await.unwrap();

    // What was open before is not open again, and neither does the password open it.
    assert_eq!(opened.is_open(7).await, (false, false));
    refused(world.sign_in().await, WRONG_CREDENTIALS);
    reset::ask(clinic, &world.ana.email).await.unwrap();
    let told = world.mails().await;
    let wanted = [
        "Your account is blocked",
        "Your account is open again",
        "Choose a new password for MedConnect",
    ];
    assert_eq!(told, wanted);
    assert_eq!(world.deeds().await, ["account.block", "account.read", "account.unblock"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn while_an_account_is_blocked_no_link_opens_it() {
    let world = World::new().await;
    blocking::block(&world.clinic, &world.manager, world.ana.user).await.unwrap();
    reset::ask(&world.clinic, &world.ana.email).await.unwrap();
    assert_eq!(world.mails().await, ["Your account is blocked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_blocks_themselves_nor_the_last_who_runs_roles() {
    let world = World::new().await;
    let (clinic, manager) = (&world.clinic, &world.manager);
    refused(blocking::block(clinic, manager, manager.user).await, NOT_ONESELF);

    let other = world.db.role_manager(clinic).await;
    // Each blocks the other one: whoever comes second would leave nobody.
    let contenders = vec![
        blocking::block(clinic, manager, other.user),
        blocking::block(clinic, &other, manager.user),
    ];
    let done = world.db.race("users", contenders).await;
    let (done, left): (Vec<_>, Vec<_>) = done.into_iter().partition(Result::is_ok);
    assert_eq!((done.len(), left.len()), (1, 1));
    refused(left.into_iter().next().unwrap(), LAST_MANAGER);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_that_is_closed_for_good_or_never_was_stays_so() {
    let world = World::new().await;
    let (clinic, manager) = (&world.clinic, &world.manager);
    let nobody = UserId::generate();
    for result in [
        blocking::sign_out(clinic, manager, nobody).await,
        blocking::block(clinic, manager, nobody).await,
        blocking::unblock(clinic, manager, nobody).await,
    ] {
        assert!(matches!(result, Err(Error::NotFound)), "{result:?}");
    }
}
