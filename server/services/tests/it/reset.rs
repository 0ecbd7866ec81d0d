//! A new password for who has forgotten theirs.
use crate::schema::lines;
use domain::identity::{Registration, WRONG_CREDENTIALS, reset::RESET_OVER};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error, Result,
    identity::{
        self, SignedIn, reset,
        sessions::{self, StoredSession},
        tokens,
    },
    mail,
};
use std::pin::Pin;
use testkit::{Person, TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const SITE: &str = "https://clinic.test";
const NEW: &str = "seven green lamps dancing";

struct World {
    db: TestDb,
    clinic: Clinic,
    person: Person,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let person = db.person(&clinic).await;
        Self { db, clinic, person }
    }

    async fn send(&self) {
        for _ in 0..2 {
            self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
            while mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        }
        while mail::send_waiting(&self.clinic, SITE).await.unwrap() > 0 {}
    }

    /// The links that were sent, oldest first.
    async fn links(&self) -> Vec<String> {
        self.send().await;
        lines(
            &self.db,
            "SELECT substring(body_text FROM '/reset\\?token=([-_A-Za-z0-9]+)') AS line FROM demo_mails \
             WHERE subject LIKE 'Choose%' ORDER BY created_at",
        )
        .await
    }

    /// Asks and reads the link.
    async fn link(&self) -> String {
        reset::ask(&self.clinic, &self.person.email).await.unwrap();
        self.links().await.pop().unwrap()
    }

    async fn choose(&self, token: &str, password: &str) -> Result<SignedIn> {
        reset::choose(&self.clinic, token, password.into()).await
    }

    async fn is_open(&self, token: &str) -> bool {
        reset::is_open(&self.clinic, token).await.unwrap()
    }

    async fn sign_in(&self, password: &str) -> Result<SignedIn> {
        let step =
            identity::sign_in(&self.clinic, &self.person.email, password.into(), None).await?;
        Ok(step.done().unwrap())
    }

    fn later(&self, seconds: i64) -> Timestamp {
        let now = at(NOW) + SignedDuration::from_secs(seconds);
        self.db.set_now(&now.to_string());
        now
    }
}

fn is_over(result: &Result<SignedIn>) -> bool {
    matches!(result, Err(Error::Refused(RESET_OVER)))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_opens_the_account_and_closes_all_that_was_open() {
    let world = World::new().await;
    let other_server = world.db.clinic();
    let old = world.person.signed_in();
    let session = StoredSession {
        user: Some(old.user),
        version: old.version,
        signed_in_at: None,
        data: serde_json::json!({}),
    };
    sessions::create(&other_server, 7, &session).await.unwrap();
    let opened = tokens::open(&world.clinic, old).await.unwrap();
    let token = &opened.access.token;
    assert!(tokens::actor(&other_server, token).await.unwrap().is_some());

    let link = world.link().await;
    assert!(world.is_open(&link).await && world.is_open(&link).await, "to look is not to use");
    world.choose(&link, NEW).await.unwrap();

    assert!(sessions::load(&other_server, 7).await.unwrap().is_none());
    assert!(tokens::actor(&other_server, token).await.unwrap().is_none());
    assert!(tokens::refresh(&other_server, &opened.refresh.token).await.is_err());
    assert!(identity::actor_of(&other_server, old).await.unwrap().is_none());
    let refused = world.sign_in(world.person.password).await;
    assert!(matches!(refused, Err(Error::Refused(WRONG_CREDENTIALS))), "{refused:?}");
    let now = world.sign_in(NEW).await.unwrap();
    assert!(identity::actor_of(&world.clinic, now).await.unwrap().is_some());
    // The link is used up, and the owner hears of it.
    assert!(is_over(&world.choose(&link, "eight tall ladders resting").await));
    assert!(!world.is_open(&link).await);
    world.send().await;
    let told = "demo_mails WHERE subject = 'Your password was changed' AND body_text LIKE 'Dear Ana Silva,%'";
    assert_eq!(world.db.count(told).await, 1);
    let audited = "audit_events WHERE action = 'account.reset_password'";
    assert_eq!(world.db.count(audited).await, 1);
    assert_eq!(world.db.count(&format!("outbox WHERE payload::text LIKE '%{link}%'")).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_a_reset_the_owner_hears_of_who_signs_in_where_somebody_had_before() {
    let world = World::new().await;
    let sign_in = async |password: &str, browser: &str| {
        let (email, password) = (&world.person.email, password.into());
        let step = identity::sign_in(&world.clinic, email, password, Some(browser)).await.unwrap();
        step.done().unwrap()
    };
    let told = async || world.db.count("outbox WHERE topic = 'account.new_sign_in'").await;
    let old = identity::known_browser(&world.clinic, world.person.signed_in(), None);
    for _ in 0..2 {
        sign_in(world.person.password, &old).await;
    }
    assert_eq!(told().await, 0);

    world.choose(&world.link().await, NEW).await.unwrap();

    let who = sign_in(NEW, &old).await;
    assert_eq!(told().await, 1);
    sign_in(NEW, &identity::known_browser(&world.clinic, who, Some(&old))).await;
    assert_eq!(told().await, 1);
}

/// Who is guessed at is who asks for another password: they are not kept out by those who guess.
#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_chosen_a_new_password_is_known_where_they_did() {
    let world = World::new().await;
    let email = &world.person.email;
    for _ in 0..8 {
        let _ = identity::sign_in(&world.clinic, email, "guessed".into(), None).await;
    }
    let link = world.link().await;

    let who = world.choose(&link, NEW).await.unwrap();

    let elsewhere = identity::sign_in(&world.clinic, email, NEW.into(), None).await;
    assert!(matches!(elsewhere, Err(Error::TooMany(_))), "{elsewhere:?}");
    let here = identity::known_browser(&world.clinic, who, None);
    let signed_in = identity::sign_in(&world.clinic, email, NEW.into(), Some(&here)).await;
    assert_eq!(signed_in.unwrap().done().unwrap().user, world.person.user);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_unknown_address_looks_like_a_known_one_and_nobody_is_written_to() {
    let world = World::new().await;
    let written = async || {
        let rows = [
            world.db.count("password_resets").await,
            world.db.count("outbox").await,
            world.db.count("audit_events").await,
        ];
        world.db.execute("DELETE FROM password_resets; DELETE FROM outbox").await;
        rows
    };
    let base = world.db.count("audit_events").await;
    reset::ask(&world.clinic, &world.person.email).await.unwrap();
    let known = written().await;
    reset::ask(&world.clinic, "nobody@example.org").await.unwrap();
    world.send().await;
    assert_eq!(world.db.count("demo_mails").await, 0);
    assert_eq!((known, world.db.count("password_resets").await), ([1, 1, base + 1], 1));
    assert_eq!(world.db.count("audit_events").await, base + 2);
    let wrong = reset::ask(&world.clinic, "not an address").await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_newest_link_works_and_for_half_an_hour() {
    let world = World::new().await;
    let first = world.link().await;
    world.later(59);
    reset::ask(&world.clinic, &world.person.email).await.unwrap();
    assert_eq!(world.links().await.len(), 1, "too soon for another one");
    world.later(60);
    let second = world.link().await;
    assert!(is_over(&world.choose(&first, NEW).await));
    assert!(world.is_open(&second).await);
    world.later(60 + 30 * 60);
    assert!(!world.is_open(&second).await && is_over(&world.choose(&second, NEW).await));
    let forged: String = second.chars().rev().collect();
    for forged in [forged.as_str(), "", "x", &second[..63]] {
        assert!(!world.is_open(forged).await && is_over(&world.choose(forged, NEW).await));
    }
    assert_eq!(reset::sweep(&world.clinic).await.unwrap(), 0);
    world.later(61 + 24 * 60 * 60);
    assert_eq!(reset::sweep(&world.clinic).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn however_often_somebody_asks_a_dozen_links_a_day_are_sent() {
    let world = World::new().await;
    for minute in 0..15 {
        world.later(minute * 60);
        let ask = || reset::ask(&world.clinic, &world.person.email);
        let (one, other) = tokio::join!(ask(), ask());
        assert!(one.is_ok() && other.is_ok());
        world.send().await;
    }
    let links = world.links().await;
    assert_eq!(links.len(), 12);
    // And the last one still works.
    assert!(world.is_open(&links[11]).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_who_use_a_link_at_once_one_chooses_the_password() {
    let world = World::new().await;
    let link = world.link().await;
    let both = vec![world.choose(&link, NEW), world.choose(&link, "eight tall ladders resting")];
    let outcomes = world.db.race("password_resets", both).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(outcomes.iter().filter(|outcome| is_over(outcome)).count(), 1);
    assert_eq!(world.db.count("users WHERE access_version = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_signs_in_while_the_password_changes_is_not_let_in_with_the_old_one() {
    let world = World::new().await;
    let link = world.link().await;
    let signs_in = async { world.sign_in(world.person.password).await.ok() };
    let chooses = async {
        world.choose(&link, NEW).await.unwrap();
        None
    };
    // Each has found the old password right when the first of them writes.
    let both: Vec<Pin<Box<dyn Future<Output = Option<SignedIn>>>>> =
        vec![Box::pin(signs_in), Box::pin(chooses)];
    let outcomes = world.db.race("users", both).await;
    for who in outcomes.into_iter().flatten() {
        assert!(identity::actor_of(&world.clinic, who).await.unwrap().is_none());
    }
    assert!(world.sign_in(world.person.password).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_password_that_is_weak_or_the_old_one_is_refused_and_the_link_stays() {
    let world = World::new().await;
    let link = world.link().await;
    for password in ["short", "passwordpassword", world.person.password] {
        match world.choose(&link, password).await {
            Err(Error::Invalid(fields)) => assert_eq!(fields[0].field, "password"),
            other => panic!("{other:?}"),
        }
    }
    assert!(world.choose(&link, NEW).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_else_registered_goes_to_its_owner() {
    let world = World::new().await;
    let thief = Registration {
        first_name: "Not".into(),
        last_name: "Ana".into(),
        email: "ana@example.org".into(),
        password: "six thieves stealing lamps".into(),
        time_zone: String::new(),
    };
    let thief = identity::register(&world.clinic, thief).await.unwrap();
    let token = tokens::open(&world.clinic, thief).await.unwrap().access.token;
    reset::ask(&world.clinic, "ana@example.org").await.unwrap();
    let link = world.links().await.pop().unwrap();
    world.choose(&link, NEW).await.unwrap();
    assert!(tokens::actor(&world.clinic, &token).await.unwrap().is_none());
    let old = "six thieves stealing lamps".to_owned();
    assert!(identity::sign_in(&world.clinic, "ana@example.org", old, None).await.is_err());
    let verified = "users WHERE email = 'ana@example.org' AND is_email_verified";
    assert_eq!(world.db.count(verified).await, 1);
}
