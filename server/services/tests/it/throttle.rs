//! How fast somebody may guess, and that nobody is kept out by it who has signed in before.
use domain::identity::{Registration, UserId, WRONG_CREDENTIALS};
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    audit::request::{self, Request},
    identity::{self, SignedIn, new_password, registration, throttle},
};
use std::net::IpAddr;
use testkit::{Person, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
pub const HERE: &str = "203.0.113.7";
pub const ELSEWHERE: &str = "198.51.100.9";

struct World {
    db: TestDb,
    clinic: Clinic,
    person: Person,
}

/// Runs `work` as a request from `peer`.
pub async fn from<F: Future>(peer: &str, work: F) -> F::Output {
    let peer: IpAddr = peer.parse().unwrap();
    request::scope(Request { id: "test".into(), peer: Some(peer), agent: None }, work).await
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic_with(16);
        let person = db.person(&clinic).await;
        Self { db, clinic, person }
    }

    async fn sign_in(
        &self,
        peer: &str,
        email: &str,
        password: &str,
        browser: Option<&str>,
    ) -> Result<SignedIn> {
        let step =
            from(peer, identity::sign_in(&self.clinic, email, password.into(), browser)).await?;
        Ok(step.done().unwrap())
    }

    async fn guess(&self, peer: &str, email: &str) -> Result<SignedIn> {
        self.sign_in(peer, email, "not the password", None).await
    }

    /// The owner, in a browser that shows `browser`.
    async fn owner(&self, peer: &str, browser: Option<&str>) -> Result<SignedIn> {
        self.sign_in(peer, &self.person.email, self.person.password, browser).await
    }

    fn later(&self, seconds: i64) {
        self.db.set_now(&(at(NOW) + SignedDuration::from_secs(seconds)).to_string());
    }
}

fn is_wrong(result: &Result<SignedIn>) -> bool {
    matches!(result, Err(Error::Refused(WRONG_CREDENTIALS)))
}

/// How many seconds somebody is told to wait.
fn wait<T: std::fmt::Debug>(result: Result<T>) -> i64 {
    match result {
        Err(Error::TooMany(wait)) => wait.as_secs(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_failure_makes_the_next_try_wait_longer_whether_the_account_exists_or_not() {
    let world = World::new().await;
    for (email, start) in [
        (world.person.email.as_str(), 0),
        ("nobody@example.org", 10_000),
        ("not an address", 20_000),
    ] {
        world.later(start);
        for _ in 0..5 {
            assert!(is_wrong(&world.guess(HERE, email).await), "{email}");
        }
        assert_eq!(wait(world.guess(HERE, email).await), 5, "{email}");
        world.later(start + 4);
        assert_eq!(wait(world.guess(ELSEWHERE, email).await), 1, "from wherever");
        world.later(start + 5);
        assert!(is_wrong(&world.guess(HERE, email).await));
        assert_eq!(wait(world.guess(HERE, email).await), 10);
    }
    // The right password has to wait, too: else the wait would tell which one it is.
    world.later(30_000);
    assert!(is_wrong(&world.guess(HERE, &world.person.email).await));
    assert!(wait(world.owner(HERE, None).await) > 0);
    world.later(30_000 + 15 * 60);
    assert!(world.owner(HERE, None).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn strangers_cannot_keep_the_owner_out_of_a_browser_they_have_used() {
    let world = World::new().await;
    let email = &world.person.email;
    let browser = identity::known_browser(&world.clinic, world.person.signed_in(), None);
    for round in 0..40 {
        let _ = world.guess(ELSEWHERE, email).await;
        world.later(round * 20);
    }
    assert!(wait(world.owner(HERE, None).await) > 0);
    assert!(world.owner(HERE, Some(&browser)).await.is_ok());
    // Even from the network of whoever guesses.
    assert!(world.owner(ELSEWHERE, Some(&browser)).await.is_ok());
    // What another account's browser shows, or somebody makes up, is nothing.
    let other = SignedIn { user: UserId::generate(), version: 0 };
    let others = identity::known_browser(&world.clinic, other, None);
    let made_up: String = browser.chars().rev().collect();
    for shown in [others.as_str(), &made_up, "", "x"] {
        assert!(wait(world.owner(HERE, Some(shown)).await) > 0, "{shown}");
    }
    // A browser that is known has tries of its own, and no more than others.
    for _ in 0..5 {
        assert!(is_wrong(&world.sign_in(HERE, email, "wrong", Some(&browser)).await));
    }
    assert_eq!(wait(world.owner(HERE, Some(&browser)).await), 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_is_as_unknown_as_any_other_once_the_password_is_another() {
    const NEW: &str = "seven green lamps dancing";
    let world = World::new().await;
    let (clinic, email) = (&world.clinic, &world.person.email);
    let old = identity::known_browser(clinic, world.person.signed_in(), None);
    for round in 0..40 {
        let _ = world.guess(ELSEWHERE, email).await;
        world.later(round * 20);
    }
    assert!(world.owner(HERE, Some(&old)).await.is_ok());

    let caller = world.db.caller(clinic, world.person.user).await;
    let passwords = (world.person.password.into(), NEW.into());
    let who = new_password::change(clinic, &caller, passwords, Some(&old)).await.unwrap();

    assert!(wait(world.sign_in(HERE, email, NEW, Some(&old)).await) > 0);
    let new = identity::known_browser(clinic, who, Some(&old));
    assert!(world.sign_in(HERE, email, NEW, Some(&new)).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn guesses_at_once_are_all_counted() {
    let world = World::new().await;
    let email = &world.person.email;
    let guesses = (0..12).map(|_| world.guess(HERE, email)).collect::<Vec<_>>();
    let outcomes = futures_util::future::join_all(guesses).await;
    let wrong = outcomes.iter().filter(|outcome| is_wrong(outcome)).count();
    let told_to_wait =
        outcomes.iter().filter(|outcome| matches!(outcome, Err(Error::TooMany(_)))).count();
    assert_eq!((wrong, told_to_wait), (5, 7), "{outcomes:?}");
    assert!(wait(world.owner(HERE, None).await) > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn failures_that_are_written_at_once_are_all_written() {
    let world = World::new().await;
    let names: Vec<_> = (0..12).map(|index| format!("{index}@example.org")).collect();
    // Twelve accounts, one network.
    let guesses = names.iter().map(|email| world.guess(HERE, email)).collect();
    let outcomes = world.db.race("throttles", guesses).await;
    assert!(outcomes.iter().all(is_wrong));
    assert_eq!(world.db.count("throttles WHERE lane = 'network' AND count = 12").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_tries_many_accounts_from_one_network_is_slowed() {
    let world = World::new().await;
    for index in 0..30 {
        // One customer has a whole /64.
        let peer = format!("2001:db8:1:2::{index:x}");
        assert!(is_wrong(&world.guess(&peer, &format!("{index}@example.org")).await));
    }
    assert_eq!(wait(world.guess("2001:db8:1:2:ffff::1", "x@example.org").await), 5);
    assert!(is_wrong(&world.guess("2001:db8:1:3::1", "x@example.org").await));
    // To sign in to an account of one's own does not make up for it.
    world.later(5);
    assert!(world.owner("2001:db8:1:2::1", None).await.is_ok());
    assert!(is_wrong(&world.guess("2001:db8:1:2::1", "y@example.org").await));
    assert_eq!(wait(world.guess("2001:db8:1:2::1", "z@example.org").await), 10);
    // This machine is no network: it may be a proxy, with everybody behind it.
    for index in 0..40 {
        assert!(is_wrong(&world.guess("127.0.0.1", &format!("local{index}@example.org")).await));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_succeeds_leaves_nothing_behind_and_starts_anew() {
    let world = World::new().await;
    for _ in 0..50 {
        assert!(world.owner(HERE, None).await.is_ok());
    }
    assert_eq!(world.db.count("throttles").await, 0);
    for _ in 0..3 {
        for _ in 0..4 {
            assert!(is_wrong(&world.guess(HERE, &world.person.email).await));
        }
        assert!(world.owner(HERE, None).await.is_ok());
    }
    assert_eq!(world.db.count("throttles WHERE lane = 'account'").await, 0);
    // What failed is in the audit, without what was typed.
    let failed = "audit_events WHERE action = 'account.sign_in_failed'";
    assert_eq!(
        world.db.count(&format!("{failed} AND patient_id = '{}'", world.person.user)).await,
        12
    );
    let _ = world.guess(HERE, "nobody@example.org").await;
    assert_eq!(world.db.count(&format!("{failed} AND patient_id IS NULL")).await, 1);
    assert_eq!(world.db.count("audit_events a WHERE a::text LIKE '%nobody%'").await, 0);

    assert_eq!(throttle::sweep(&world.clinic).await.unwrap(), 0);
    world.later(24 * 60 * 60 + 1);
    assert_eq!(throttle::sweep(&world.clinic).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_network_asks_for_so_much_and_no_more() {
    let world = World::new().await;
    let ask = async |peer: &str| from(peer, throttle::take_request(&world.clinic)).await;
    let many = (0..44).map(|_| ask(HERE)).collect::<Vec<_>>();
    let outcomes = futures_util::future::join_all(many).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 40);
    assert_eq!(wait(ask(HERE).await), 10);
    assert!(ask(ELSEWHERE).await.is_ok() && ask("127.0.0.1").await.is_ok());
    let registration = Registration {
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        email: "ana@example.org".into(),
        password: "seven green lamps dancing".into(),
        time_zone: String::new(),
    };
    let refused = from(HERE, registration::begin(&world.clinic, registration, None)).await;
    assert_eq!(wait(refused), 10);
    assert_eq!(world.db.count("registrations").await, 0);
    world.later(10);
    assert!(ask(HERE).await.is_ok());
}
