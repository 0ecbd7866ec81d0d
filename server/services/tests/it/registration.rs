//! Accounts that somebody asks for, and the proof that their address is theirs.
use crate::schema::lines;
use domain::identity::{
    EMAIL_TAKEN, Registration,
    proof::{REGISTRATION_OVER, RESEND_TOO_SOON, RESENT_TOO_OFTEN, RegistrationId},
};
use services::{
    Clinic, Error, Result,
    identity::{
        self, Person, SignedIn,
        registration::{self, Follower, Link},
    },
    mail,
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";
const SITE: &str = "https://clinic.test";
const PASSWORD: &str = "seven green lamps dancing";
const ANA: &str = "ana@example.org";

fn registration(email: &str) -> Registration {
    Registration {
        first_name: "Ana".into(),
        last_name: "Silva".into(),
        email: email.into(),
        password: PASSWORD.into(),
        time_zone: "Europe/Lisbon".into(),
    }
}

struct World {
    db: TestDb,
    clinic: Clinic,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        Self { db, clinic }
    }

    async fn begin(&self, email: &str) -> RegistrationId {
        registration::begin(&self.clinic, registration(email), None).await.unwrap()
    }

    /// What the worker does.
    async fn send(&self) {
        for _ in 0..2 {
            self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
            while mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        }
        while mail::send_waiting(&self.clinic, SITE).await.unwrap() > 0 {}
    }

    /// The mails to `email`, oldest first.
    async fn mails(&self, email: &str) -> Vec<String> {
        self.send().await;
        let sql = format!(
            "SELECT body_text AS line FROM demo_mails WHERE to_address = '{email}' ORDER BY created_at"
        );
        lines(&self.db, &sql).await
    }

    /// The newest code and link that `email` was sent.
    async fn proof(&self, email: &str) -> (String, String) {
        let mail = self.mails(email).await.pop().unwrap();
        let after = |mark: &str| {
            let rest = mail.split(mark).nth(1).unwrap_or_else(|| panic!("{mail}"));
            rest.split('\n').next().unwrap().to_owned()
        };
        (after("Code: "), after("/verify?token="))
    }

    async fn code(&self, email: &str) -> String {
        self.proof(email).await.0
    }

    async fn enter(&self, id: RegistrationId, code: &str) -> Result<SignedIn> {
        registration::enter_code(&self.clinic, id, code).await
    }

    /// What the tables hold of the registration, but for ids and times.
    async fn rows(&self) -> Vec<String> {
        lines(
            &self.db,
            "SELECT concat_ws(' ', topic, (SELECT string_agg(key, ',') FROM jsonb_object_keys(payload) AS key), \
                 (SELECT count(*) FROM registrations), (SELECT count(*) FROM audit_events)) AS line FROM outbox",
        )
        .await
    }
}

fn field<T: std::fmt::Debug>(result: Result<T>) -> String {
    match result {
        Err(Error::Invalid(fields)) => fields[0].field.to_string(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_code_from_the_mail_makes_the_account() {
    let world = World::new().await;
    let id = world.begin("Ana@Example.org").await;
    assert_eq!(world.db.count("users").await, 0);
    let waiting = registration::waiting(&world.clinic, id).await.unwrap().unwrap();
    assert_eq!((waiting.address.as_str(), waiting.takes_code), ("a…@example.org", true));

    let code = world.code(ANA).await;
    let user = world.enter(id, &format!(" {} {} ", &code[..3], &code[3..])).await.unwrap().user;

    let actor = identity::actor(&world.clinic, user).await.unwrap().unwrap();
    assert_eq!((actor.roles.as_slice(), actor.email.as_str()), (&["patient".to_owned()][..], ANA));
    let caller = world.db.caller::<Person>(&world.clinic, user).await;
    assert!(identity::profile(&world.clinic, &caller).await.unwrap().is_email_verified);
    assert_eq!(world.db.count("user_profiles").await, 1);
    assert_eq!(
        identity::sign_in(&world.clinic, ANA, PASSWORD.into(), None)
            .await
            .unwrap()
            .done()
            .unwrap()
            .user,
        user
    );
    // The code is used up, and nothing of it or of the password is kept.
    let again = world.enter(id, &code).await;
    assert!(matches!(again, Err(Error::Refused(REGISTRATION_OVER))), "{again:?}");
    assert_eq!(world.db.count("registrations WHERE password_hash IS NOT NULL").await, 0);
    assert_eq!(world.db.count(&format!("outbox WHERE payload::text LIKE '%{code}%'")).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_known_address_looks_like_any_other_and_its_owner_is_told() {
    let (world, other) = (World::new().await, World::new().await);
    let known = world.db.person(&world.clinic).await;
    world.db.execute("DELETE FROM outbox").await;
    let somebody = other.db.person(&other.clinic).await;
    other.db.execute("DELETE FROM outbox").await;
    assert_ne!(known.email, somebody.email);

    let id = world.begin(&known.email).await;
    other.begin(ANA).await;

    assert_eq!(world.rows().await, other.rows().await);
    let waiting = registration::waiting(&world.clinic, id).await.unwrap().unwrap();
    assert!(waiting.takes_code);
    let mails = world.mails(&known.email).await;
    assert_eq!(mails.len(), 1);
    assert!(mails[0].contains("It has one already") && mails[0].contains("/login"), "{mails:?}");
    assert!(!mails[0].contains("Code:") && !mails[0].contains("/verify"));
    assert_eq!(field(world.enter(id, "000000").await), "code");
    assert_eq!(world.db.count("users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn it_takes_as_long_whether_an_address_is_known_or_not() {
    let world = World::new().await;
    let known = world.db.person(&world.clinic).await;
    let mut times = [Vec::new(), Vec::new()];
    for round in 0..6 {
        let unknown = format!("nobody-{round}@example.org");
        for (list, email) in times.iter_mut().zip([known.email.as_str(), &unknown]) {
            let started = std::time::Instant::now();
            let done = identity::register(&world.clinic, registration(email)).await;
            assert_eq!(done.is_err(), email == known.email);
            list.push(started.elapsed());
        }
    }
    let [known, unknown] = times.map(|mut list| {
        list.sort();
        list[1].as_secs_f64()
    });
    assert!(known > unknown * 0.5 && unknown > known * 0.5, "{known} {unknown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_is_tried_five_times_even_by_many_at_once() {
    let world = World::new().await;
    let clinic = world.db.clinic_with(12);
    let id = world.begin(ANA).await;
    let code = world.code(ANA).await;
    let wrong = if code == "000000" { "000001" } else { "000000" };
    let tries = (0..12).map(|_| registration::enter_code(&clinic, id, wrong)).collect();
    let outcomes = world.db.race("registrations", tries).await;
    assert!(outcomes.into_iter().all(|outcome| field(outcome) == "code"));
    assert_eq!(world.db.count("registrations WHERE attempts = 5").await, 1);

    assert_eq!(field(world.enter(id, &code).await), "code");
    assert!(!registration::waiting(&world.clinic, id).await.unwrap().unwrap().takes_code);
    world.db.set_now("2026-03-02T06:01:00Z");
    registration::resend(&world.clinic, id).await.unwrap();
    assert_eq!(field(world.enter(id, &code).await), "code", "only the newest code works");
    let newest = world.code(ANA).await;
    assert!(world.enter(id, &newest).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_tabs_one_makes_the_account() {
    let world = World::new().await;
    let id = world.begin(ANA).await;
    let code = world.code(ANA).await;
    let tabs = vec![world.enter(id, &code), world.enter(id, &code)];
    let outcomes = world.db.race("registrations", tabs).await;
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    assert_eq!(world.db.count("users").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_code_lives_for_half_an_hour() {
    let world = World::new().await;
    let id = world.begin(ANA).await;
    let (code, token) = world.proof(ANA).await;
    world.db.set_now("2026-03-02T06:30:00Z");
    assert_eq!(field(world.enter(id, &code).await), "code");
    let follower = Follower { registration: Some(id), user: None };
    assert_eq!(registration::link(&world.clinic, &token, follower).await.unwrap(), Link::Over);
    assert_eq!(registration::sweep(&world.clinic).await.unwrap(), 0);
    world.db.set_now("2026-03-03T06:00:01Z");
    assert_eq!(registration::sweep(&world.clinic).await.unwrap(), 1);
    let gone = world.enter(id, &code).await;
    assert!(matches!(gone, Err(Error::Refused(REGISTRATION_OVER))), "{gone:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_come_a_minute_apart_and_six_at_most() {
    let world = World::new().await;
    let id = world.begin(ANA).await;
    let resend = async || registration::resend(&world.clinic, id).await;
    assert!(matches!(resend().await, Err(Error::Refused(RESEND_TOO_SOON))));
    for minute in 1..=5 {
        world.db.set_now(&format!("2026-03-02T06:0{minute}:00Z"));
        let (one, other) = tokio::join!(resend(), resend());
        let done = [one, other];
        assert_eq!(done.iter().filter(|done| done.is_ok()).count(), 1, "{done:?}");
    }
    world.db.set_now("2026-03-02T06:09:00Z");
    assert!(matches!(resend().await, Err(Error::Refused(RESENT_TOO_OFTEN))));
    // Of those that nobody had read by then, the newest alone went out.
    assert_eq!(world.mails(ANA).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_written_to_twelve_times_a_day_whoever_asks() {
    let world = World::new().await;
    for _ in 0..12 {
        world.begin(ANA).await;
        world.send().await;
    }
    let unheard = world.begin(ANA).await;
    assert_eq!(world.mails(ANA).await.len(), 12);
    // It looks the same, and no code works: not even one that is guessed.
    assert!(registration::waiting(&world.clinic, unheard).await.unwrap().unwrap().takes_code);
    for code in 0..5 {
        assert_eq!(field(world.enter(unheard, &format!("00000{code}")).await), "code");
    }
    assert_eq!(world.db.count("registrations WHERE NOT is_sent AND attempts = 0").await, 1);
    world.db.set_now("2026-03-03T06:00:01Z");
    world.begin(ANA).await;
    assert_eq!(world.mails(ANA).await.len(), 13);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_browser_has_one_registration_at_a_time() {
    let world = World::new().await;
    let first = world.begin("wrong@example.org").await;
    let code = world.code("wrong@example.org").await;
    let second = registration::begin(&world.clinic, registration(ANA), Some(first)).await.unwrap();
    let over = world.enter(first, &code).await;
    assert!(matches!(over, Err(Error::Refused(REGISTRATION_OVER))), "{over:?}");
    let code = world.code(ANA).await;
    assert!(world.enter(second, &code).await.is_ok());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_link_works_where_it_was_asked_for_and_elsewhere_with_the_password() {
    let world = World::new().await;
    let id = world.begin(ANA).await;
    let (_, token) = world.proof(ANA).await;
    let (here, elsewhere) = (Follower { registration: Some(id), user: None }, Follower::default());
    let address = "a…@example.org".to_owned();
    for (follower, needs_password) in [(here, false), (elsewhere, true)] {
        let link = registration::link(&world.clinic, &token, follower).await.unwrap();
        assert_eq!(link, Link::Open { address: address.clone(), needs_password });
    }
    // To look is not to use.
    assert_eq!(world.db.count("users").await, 0);
    let follow = async |password: &str| {
        registration::follow(&world.clinic, &token, elsewhere, password.into()).await
    };
    assert_eq!(field(follow("").await), "password");
    assert_eq!(field(follow("eight green lamps dancing").await), "password");
    let user = follow(PASSWORD).await.unwrap().user;
    assert!(identity::actor(&world.clinic, user).await.unwrap().is_some());
    assert_eq!(registration::link(&world.clinic, &token, here).await.unwrap(), Link::Done);

    let forged: String = token.chars().rev().collect();
    for forged in [forged.as_str(), "", "x", &token[..40]] {
        let link = registration::link(&world.clinic, forged, elsewhere).await.unwrap();
        assert_eq!(link, Link::Over, "{forged}");
        assert!(registration::follow(&world.clinic, forged, here, PASSWORD.into()).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_password_of_a_link_cannot_be_guessed() {
    let world = World::new().await;
    world.begin(ANA).await;
    let (_, token) = world.proof(ANA).await;
    let guess = async |password: &str| {
        registration::follow(&world.clinic, &token, Follower::default(), password.into()).await
    };
    for _ in 0..5 {
        assert_eq!(field(guess("eight green lamps dancing").await), "password");
    }
    assert!(matches!(guess(PASSWORD).await, Err(Error::Refused(REGISTRATION_OVER))));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_proves_an_address_second_is_told_that_it_has_an_account() {
    let world = World::new().await;
    let (first, second) = (world.begin(ANA).await, world.begin(ANA).await);
    world.send().await;
    let codes = lines(
        &world.db,
        "SELECT substring(body_text FROM 'Code: ([0-9]{6})') AS line FROM demo_mails",
    )
    .await;
    let tries = [first, second].into_iter().flat_map(|id| codes.iter().map(move |code| (id, code)));
    let mut outcomes = Vec::new();
    for (id, code) in tries {
        outcomes.push(world.enter(id, code).await);
    }
    assert_eq!(outcomes.iter().filter(|outcome| outcome.is_ok()).count(), 1, "{outcomes:?}");
    let taken = |outcome: &&Result<_>| matches!(outcome, Err(Error::Refused(EMAIL_TAKEN)));
    assert_eq!(outcomes.iter().filter(taken).count(), 1, "{outcomes:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_account_made_at_once_proves_its_address_later() {
    let world = World::new().await;
    let user = identity::register(&world.clinic, registration(ANA)).await.unwrap().user;
    let caller = world.db.caller::<Person>(&world.clinic, user).await;
    assert!(!identity::profile(&world.clinic, &caller).await.unwrap().is_email_verified);
    let soon = registration::resend_code(&world.clinic, &caller).await;
    assert!(matches!(soon, Err(Error::Refused(RESEND_TOO_SOON))), "{soon:?}");
    let verify = async |code: &str| registration::verify_email(&world.clinic, &caller, code).await;
    assert_eq!(field(verify("12345").await), "code");

    // After a day nothing is left of the first code, and another one can be had.
    let old = world.code(ANA).await;
    world.db.set_now("2026-03-03T06:00:01Z");
    registration::sweep(&world.clinic).await.unwrap();
    assert_eq!(field(verify(&old).await), "code");
    registration::resend_code(&world.clinic, &caller).await.unwrap();
    let code = world.code(ANA).await;
    verify(&code).await.unwrap();
    assert!(identity::profile(&world.clinic, &caller).await.unwrap().is_email_verified);
    // And again, and never another mail.
    verify(&code).await.unwrap();
    registration::resend_code(&world.clinic, &caller).await.unwrap();
    assert_eq!(world.mails(ANA).await.len(), 2);
}
