//! How long a browser stays signed in, what that costs, and how its owner ends it.
use crate::plans::{counting, statements};
use base64ct::{Base64UrlUnpadded, Encoding};
use diesel::connection::set_default_instrumentation;
use jiff::SignedDuration;
use services::{
    Clinic,
    audit::request::{self, Request},
    directory::Page,
    identity::{
        Person,
        sessions::{self, Asking, OpenSession, StoredSession},
        tokens,
    },
};
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const FIREFOX: &str =
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:143.0) Gecko/20100101 Firefox/143.0";

struct World {
    db: TestDb,
    clinic: Clinic,
    person: testkit::Person,
}

/// Runs `work` as a request of a browser.
async fn browsing<F: Future>(peer: &str, work: F) -> F::Output {
    let (id, agent) = ("test".into(), Some(FIREFOX.into()));
    request::scope(Request { id, peer: peer.parse().ok(), agent }, work).await
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let person = db.person(&clinic).await;
        Self { db, clinic, person }
    }

    async fn open(&self, id: i128) {
        let who = self.person.signed_in();
        let session = StoredSession {
            user: Some(who.user),
            version: who.version,
            signed_in_at: None,
            data: serde_json::json!({}),
        };
        assert!(
            browsing("203.0.113.7", sessions::create(&self.clinic, id, &session)).await.unwrap()
        );
    }

    async fn is_open(&self, id: i128) -> bool {
        browsing("198.51.100.9", sessions::actor(&self.clinic, id, Asking::Person))
            .await
            .unwrap()
            .is_some()
    }

    fn after_minutes(&self, minutes: i64) {
        self.db.set_now(&(at(NOW) + SignedDuration::from_mins(minutes)).to_string());
    }

    async fn list(&self, current: i128) -> Vec<OpenSession> {
        let caller = self.db.caller::<Person>(&self.clinic, self.person.user).await;
        let found =
            sessions::open_sessions(&self.clinic, &caller, Some(current), Page::first()).await;
        let found = found.unwrap();
        assert_eq!(found.count, i64::try_from(found.items.len()).unwrap());
        found.items
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ends_after_half_an_idle_hour_and_after_twelve_hours_in_any_case() {
    let world = World::new().await;
    world.open(1).await;
    world.open(2).await;
    for minutes in (0..12 * 60).step_by(29) {
        world.after_minutes(minutes);
        assert!(world.is_open(1).await, "{minutes}");
        let unused = sessions::load(&world.clinic, 2).await.unwrap();
        assert_eq!(unused.is_some(), minutes < 30, "{minutes}");
    }
    assert!(!world.is_open(2).await);
    world.after_minutes(12 * 60);
    assert!(!world.is_open(1).await);
    assert_eq!(sessions::sweep(&world.clinic).await.unwrap(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_sees_the_records_of_others_is_signed_out_after_a_quarter_of_an_hour() {
    let world = World::new().await;
    let until = async |id, asking| {
        let found = sessions::actor(&world.clinic, id, asking).await.unwrap();
        found.map(|(_, until)| until.duration_since(at(NOW)).as_mins())
    };
    world.open(1).await;
    assert_eq!(until(1, Asking::Person).await, Some(30));
    let role = format!(
        "INSERT INTO user_roles (user_id, role_id) SELECT '{}', id FROM roles WHERE name = 'doctor'",
        world.person.user
    );
    world.db.execute(&role).await;
    world.open(2).await;
    assert_eq!(until(2, Asking::Person).await, Some(15));

    // A role that came since counts from the next use on; a page that watches is none.
    world.after_minutes(10);
    assert_eq!(until(1, Asking::Watching).await, Some(30));
    assert_eq!(until(1, Asking::Person).await, Some(25));
    assert_eq!(until(2, Asking::Watching).await, Some(15));
    world.after_minutes(15);
    assert_eq!(until(2, Asking::Person).await, None);
    world.after_minutes(24);
    assert_eq!(until(1, Asking::Person).await, Some(39));
    world.after_minutes(39);
    assert_eq!(until(1, Asking::Person).await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn where_nobody_has_signed_in_yet_what_was_begun_is_kept_for_twelve_hours() {
    let world = World::new().await;
    let nobody = StoredSession {
        user: None,
        version: 0,
        signed_in_at: None,
        data: serde_json::json!({ "x": 1 }),
    };
    assert!(sessions::create(&world.clinic, 1, &nobody).await.unwrap());
    world.after_minutes(12 * 60 - 1);
    assert!(!world.is_open(1).await, "nobody is signed in by it");
    assert!(sessions::load(&world.clinic, 1).await.unwrap().is_some());
    world.after_minutes(12 * 60);
    assert!(sessions::load(&world.clinic, 1).await.unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_takes_one_statement_whatever_has_happened_to_them() {
    set_default_instrumentation(counting).unwrap();
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic_with(1);
    let person = db.person(&clinic).await;
    let world = World { db, clinic, person };
    world.open(1).await;
    let access = tokens::open(&world.clinic, world.person.signed_in()).await.unwrap().access.token;
    let roles = async || {
        let actor = sessions::actor(&world.clinic, 1, Asking::Person).await.unwrap();
        let actor = actor.map(|(actor, _)| actor);
        let same = tokens::actor(&world.clinic, &access).await.unwrap();
        assert_eq!(same.map(|actor| actor.roles), actor.as_ref().map(|actor| actor.roles.clone()));
        actor.map(|actor| actor.roles)
    };

    assert_eq!(
        statements(async { sessions::actor(&world.clinic, 1, Asking::Person).await.unwrap() })
            .await,
        1
    );
    assert_eq!(statements(async { tokens::actor(&world.clinic, &access).await.unwrap() }).await, 1);
    // The same once a minute, when it is noted that it is used.
    world.db.set_now("2026-03-02T06:10:00Z");
    assert_eq!(
        statements(async { sessions::actor(&world.clinic, 1, Asking::Person).await.unwrap() })
            .await,
        1
    );
    // A key that nobody knows is looked for, but not each time somebody names one.
    let head = br#"{"alg":"EdDSA","typ":"at+jwt","kid":"00000000-0000-4000-8000-000000000000"}"#;
    let unknown = format!("{}.e30.AA", Base64UrlUnpadded::encode_string(head));
    world.db.set_now("2026-03-02T06:10:11Z");
    for (token, expected) in [("a.b.c", 0), (unknown.as_str(), 1), (&unknown, 0), (&unknown, 0)] {
        let taken = statements(async { tokens::actor(&world.clinic, token).await.unwrap() }).await;
        assert_eq!(taken, expected, "{token}");
    }

    assert_eq!(roles().await, Some(vec!["patient".to_owned()]));
    world.db.execute("DELETE FROM user_roles").await;
    assert_eq!(roles().await, Some(vec![]));
    world.db.execute("UPDATE users SET access_version = access_version + 1").await;
    assert_eq!(roles().await, None);
    world.db.execute("UPDATE users SET access_version = access_version - 1").await;
    assert_eq!(roles().await, Some(vec![]));
    world.db.execute("UPDATE users SET is_active = false").await;
    assert_eq!(roles().await, None);
}

#[tokio::test(flavor = "multi_thread")]
async fn that_a_session_is_used_is_written_once_a_minute() {
    let world = World::new().await;
    world.open(1).await;
    for (now, written) in [
        ("2026-03-02T06:00:59Z", "2026-03-02T06:00:00Z"),
        ("2026-03-02T06:01:00Z", "2026-03-02T06:01:00Z"),
        ("2026-03-02T06:01:59Z", "2026-03-02T06:01:00Z"),
        ("2026-03-02T06:30:00Z", "2026-03-02T06:30:00Z"),
    ] {
        world.db.set_now(now);
        assert!(world.is_open(1).await);
        assert_eq!(world.list(1).await[0].last_used_at, at(written), "{now}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn their_owner_sees_where_they_are_signed_in_and_ends_it() {
    let world = World::new().await;
    for id in 1..=3 {
        world.open(id).await;
    }
    tokens::open(&world.clinic, world.person.signed_in()).await.unwrap();
    let caller = world.db.caller::<Person>(&world.clinic, world.person.user).await;
    let other = world.db.person(&world.clinic).await;
    let other = world.db.caller::<Person>(&world.clinic, other.user).await;

    let all = world.list(2).await;
    assert_eq!(all.len(), 4);
    assert!(all[0].is_current && all[0].is_browser && all[0].device == "Firefox on Windows");
    assert_eq!(all[0].network.as_deref(), Some("203.0.113.7"));
    let program = all.iter().find(|session| !session.is_browser).unwrap();
    assert_eq!((program.device.as_str(), program.network.as_deref()), ("Unknown device", None));
    let server = world.db.clinic();
    let browser = all.iter().find(|session| session.is_browser && !session.is_current).unwrap().id;

    sessions::end_one(&server, &other, browser).await.unwrap();
    assert_eq!(world.list(2).await.len(), 4, "nobody ends what is not theirs");
    for _ in 0..2 {
        sessions::end_one(&server, &caller, browser).await.unwrap();
    }
    sessions::end_one(&server, &caller, program.id).await.unwrap();
    let left = world.list(2).await;
    assert_eq!(left.len(), 2);
    sessions::end_others(&server, &caller, Some(2)).await.unwrap();
    let left = world.list(2).await;
    assert!(left.len() == 1 && left[0].is_current);
    assert!(world.is_open(2).await && !world.is_open(1).await && !world.is_open(3).await);
    let ended = "audit_events WHERE action = 'account.end_session'";
    assert_eq!(world.db.count(ended).await, 2);
    assert_eq!(world.db.count("audit_events WHERE action = 'account.end_other_sessions'").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_that_was_ended_is_not_written_back_by_a_request_that_still_runs() {
    let world = World::new().await;
    world.open(1).await;
    let who = world.person.signed_in();
    sessions::delete(&world.db.clinic(), 1).await.unwrap();

    let data = serde_json::json!({ "x": 1 });
    let session =
        StoredSession { user: Some(who.user), version: who.version, signed_in_at: None, data };
    sessions::save(&world.clinic, 1, &session).await.unwrap();

    assert!(!world.is_open(1).await);
    assert_eq!(world.db.count("sessions").await, 0);
}
