//! The second factor: how it is switched on, asked for, and switched off.
use crate::schema::lines;
use domain::identity::factor::{FACTOR_IS_OFF, FACTOR_IS_ON, WRONG_CODE};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error, Result,
    identity::{
        self, Caller, SignIn, SignedIn,
        factor::{self, Asked},
    },
    mail,
};
use testkit::{Person, Phone, TestDb, app_code, at};

const NOW: &str = "2026-03-02T06:00:00Z";

/// A clinic with one person.
pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub person: Person,
    pub caller: Caller<identity::Person>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic_with(16);
        let person = db.person(&clinic).await;
        let caller = db.caller(&clinic, person.user).await;
        Self { db, clinic, person, caller }
    }

    pub async fn phone(&self) -> Phone {
        self.db.phone(&self.clinic, self.person.user).await
    }

    /// Sets the clock, and returns it.
    pub fn later(&self, seconds: i64) -> Timestamp {
        let now = at(NOW) + SignedDuration::from_secs(seconds);
        self.db.set_now(&now.to_string());
        now
    }

    /// Enters the password.
    pub async fn password(&self) -> Result<SignIn> {
        identity::sign_in(&self.clinic, &self.person.email, self.person.password.into(), None).await
    }

    /// Enters the password, and returns what opens the second step.
    pub async fn token(&self) -> String {
        match self.password().await.unwrap() {
            SignIn::NeedsCode(waiting) => waiting.token,
            SignIn::Done(_) => panic!("signed in without a code"),
        }
    }

    pub async fn enter(&self, token: &str, code: &str) -> Result<SignedIn> {
        factor::enter_code(&self.clinic, token, code, None).await
    }

    /// The subjects of all mail, oldest first.
    pub async fn mails(&self) -> Vec<String> {
        for _ in 0..2 {
            self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
            while mail::hand_out(&self.clinic).await.unwrap() > 0 {}
        }
        while mail::send_waiting(&self.clinic, "https://clinic.test").await.unwrap() > 0 {}
        lines(&self.db, "SELECT subject AS line FROM demo_mails ORDER BY created_at").await
    }

    pub async fn audited(&self, action: &str) -> i64 {
        self.db.count(&format!("audit_events WHERE action = 'account.{action}'")).await
    }
}

pub fn is_wrong<T: std::fmt::Debug>(result: &Result<T>) -> bool {
    matches!(result, Err(Error::Refused(WRONG_CODE)))
}

/// The fields that are to blame.
fn fields<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(Error::Invalid(fields)) => fields.into_iter().map(|f| f.field.into_owned()).collect(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn codes_are_asked_for_only_once_the_app_has_shown_a_right_one() {
    let world = World::new().await;
    let World { clinic, caller, .. } = &world;
    assert!(factor::app_key(clinic, caller).await.unwrap().is_none());
    let nothing_begun = factor::turn_on(clinic, caller, "123456").await;
    assert!(matches!(nothing_begun, Err(Error::Refused(FACTOR_IS_OFF))));

    factor::begin(clinic, caller).await.unwrap();
    let first = factor::app_key(clinic, caller).await.unwrap().unwrap().secret;
    factor::begin(clinic, caller).await.unwrap();
    let key = factor::app_key(clinic, caller).await.unwrap().unwrap();
    assert_ne!(key.secret, first, "begun anew");
    assert!(key.uri.contains(&format!("secret={}", key.secret)));
    assert!(world.password().await.unwrap().done().is_some(), "nothing is asked for yet");
    assert!(factor::state(clinic, caller).await.unwrap().is_none());

    let now = clinic.now();
    assert!(is_wrong(&factor::turn_on(clinic, caller, &app_code(&first, now)).await));
    assert_eq!(fields(factor::turn_on(clinic, caller, "12 34").await), ["code"]);
    let codes = factor::turn_on(clinic, caller, &app_code(&key.secret, now)).await.unwrap();

    let state = factor::state(clinic, caller).await.unwrap().unwrap();
    let left = factor::codes_left(clinic, caller).await.unwrap();
    assert_eq!((state.since, left, codes.len()), (now, 10, 10));
    assert!(world.password().await.unwrap().done().is_none());
    assert!(factor::app_key(clinic, caller).await.unwrap().is_none(), "never shown again");
    let again = factor::begin(clinic, caller).await;
    assert!(matches!(again, Err(Error::Refused(FACTOR_IS_ON))), "{again:?}");
    assert_eq!(world.audited("turn_factor_on").await, 1);
    assert_eq!(world.mails().await, ["Signing in now asks for a code from your app"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn neither_the_secret_nor_a_recovery_code_can_be_read_in_the_database() {
    let world = World::new().await;
    let phone = world.phone().await;
    let stored = lines(
        &world.db,
        "SELECT encode(sealed_secret, 'hex') AS line FROM second_factors \
         UNION ALL SELECT encode(code_hash, 'hex') FROM recovery_codes",
    )
    .await;
    assert_eq!(stored.len(), 11);
    let secret = domain::identity::factor::RecoveryCode::of([0; 10]);
    let read = |code: &str| code.parse::<domain::identity::factor::RecoveryCode>().unwrap();
    let bytes = phone.recovery_codes.iter().map(|code| *read(code).bytes());
    for bytes in bytes.chain([*secret.bytes()]) {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        assert!(stored.iter().all(|line| !line.contains(&hex)));
    }
    // The key is twenty bytes: whoever has its first ten in base32 has half of it.
    let half: domain::identity::factor::RecoveryCode = phone.key[..16].parse().unwrap();
    let hex: String = half.bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    assert!(!stored[0].contains(&hex));
    let told = "(SELECT payload::text AS said FROM outbox UNION ALL SELECT e::text FROM audit_events e) AS all_said";
    let secrets = format!("{told} WHERE said LIKE '%{}%'", &phone.key[..8]);
    assert_eq!(world.db.count(&secrets).await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_right_password_nobody_is_in_before_the_code() {
    let world = World::new().await;
    let phone = world.phone().await;
    world.db.execute("UPDATE users SET last_login_at = NULL").await;

    let token = world.token().await;
    let signed_in = "users WHERE last_login_at IS NOT NULL";
    assert_eq!((world.db.count(signed_in).await, world.audited("sign_in").await), (0, 0));
    assert_eq!(world.audited("enter_password").await, 1);

    let now = world.later(60);
    let who = world.enter(&token, &phone.code(now)).await.unwrap();
    assert_eq!(who, world.person.signed_in());
    assert_eq!((world.db.count(signed_in).await, world.audited("sign_in").await), (1, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clock_may_be_one_step_off_and_no_more() {
    let world = World::new().await;
    let phone = world.phone().await;
    for (now, shown, right) in
        [(600, 540, false), (660, 630, true), (720, 750, true), (780, 840, false)]
    {
        let token = world.token().await;
        let shown = at(NOW) + SignedDuration::from_secs(shown);
        world.later(now);
        assert_eq!(world.enter(&token, &phone.code(shown)).await.is_ok(), right, "{now}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_code_opens_once_and_its_owner_hears_of_it() {
    let world = World::new().await;
    let phone = world.phone().await;
    let typed = phone.recovery_codes[3].to_lowercase().replace('-', " ");

    world.enter(&world.token().await, &typed).await.unwrap();

    assert!(is_wrong(&world.enter(&world.token().await, &typed).await));
    let left = factor::codes_left(&world.clinic, &world.caller).await.unwrap();
    assert_eq!(left, 9);
    assert_eq!(world.audited("use_recovery_code").await, 1);
    assert_eq!(world.mails().await.pop().unwrap(), "One of your recovery codes was used");

    // New ones take a code, and replace all of the old.
    let now = world.later(60);
    assert!(is_wrong(&factor::renew_codes(&world.clinic, &world.caller, "000000").await));
    let renewed =
        factor::renew_codes(&world.clinic, &world.caller, &phone.code(now)).await.unwrap();
    assert!(is_wrong(&world.enter(&world.token().await, &phone.recovery_codes[0]).await));
    world.enter(&world.token().await, &renewed[0].to_string()).await.unwrap();
    assert!(world.mails().await.contains(&"You have new recovery codes".to_owned()));
    assert_eq!(world.audited("renew_recovery_codes").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn switching_off_takes_the_password_and_a_code() {
    let world = World::new().await;
    let phone = world.phone().await;
    let now = world.later(60);
    let off = async |password: &str, code: &str| {
        factor::turn_off(&world.clinic, &world.caller, password.into(), code).await
    };
    assert_eq!(fields(off("", "").await), ["password", "code"]);
    assert_eq!(fields(off("not the password", &phone.code(now)).await), ["password"]);
    assert!(is_wrong(&off(world.person.password, "000000").await));
    assert!(factor::state(&world.clinic, &world.caller).await.unwrap().is_some());

    off(world.person.password, &phone.code(now)).await.unwrap();

    assert!(world.password().await.unwrap().done().is_some());
    assert_eq!(world.db.count("recovery_codes").await, 0);
    assert_eq!(world.audited("turn_factor_off").await, 1);
    assert_eq!(world.mails().await.pop().unwrap(), "Signing in no longer asks for a code");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_password_does_not_take_the_factor_away() {
    let world = World::new().await;
    world.phone().await;
    world.db.execute("UPDATE users SET access_version = access_version + 1").await;
    assert!(world.password().await.unwrap().done().is_none());
    let who = SignedIn { version: 1, ..world.person.signed_in() };
    let step = factor::next_step(&world.clinic, who, None).await.unwrap();
    assert!(step.done().is_none(), "not by a link from a mail either");
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_is_asked_once_more_shows_the_strongest_they_have() {
    let world = World::new().await;
    let World { clinic, caller, person, .. } = &world;
    assert_eq!(factor::asked(clinic, caller).await.unwrap(), Asked::Password);
    let wrong = factor::prove(clinic, caller, "not the password".into(), "").await;
    assert_eq!(fields(wrong), ["password"]);
    factor::prove(clinic, caller, person.password.into(), "").await.unwrap();

    let phone = world.phone().await;
    assert_eq!(factor::asked(clinic, caller).await.unwrap(), Asked::Code);
    let password = factor::prove(clinic, caller, person.password.into(), "").await;
    assert_eq!(fields(password), ["code"]);
    let now = world.later(60);
    factor::prove(clinic, caller, String::new(), &phone.code(now)).await.unwrap();
    assert!(is_wrong(&factor::prove(clinic, caller, String::new(), &phone.code(now)).await));
}

#[tokio::test(flavor = "multi_thread")]
async fn where_a_factor_is_required_doctors_and_admins_do_nothing_without_one() {
    let world = World::new().await;
    let strict = world.db.clinic().requiring_factor(true);
    let actor = async || identity::actor(&strict, world.person.user).await.unwrap();
    assert!(identity::require::<identity::Patient>(actor().await).is_ok());
    world.db.give_role(world.person.user, "admin").await;

    let refused = |result: Result<()>| matches!(result, Err(Error::NeedsFactor));
    assert!(refused(identity::require::<identity::Admin>(actor().await).map(|_| ())));
    assert!(refused(identity::require::<identity::Patient>(actor().await).map(|_| ())));
    assert!(identity::require_owner::<identity::Person>(actor().await).is_ok());

    world.db.phone(&strict, world.person.user).await;
    assert!(identity::require::<identity::Admin>(actor().await).is_ok());
}
