//! Who tries too often is told to wait by all servers together, with or without Redis.
use domain::{identity::WRONG_CREDENTIALS, readings::ManualReading};
use futures_util::future::join_all;
use gateways::counts::RedisCounts;
use jiff::SignedDuration;
use services::{
    Clinic, Error, Result,
    audit::request::{self, Request},
    gateways::Gateways,
    identity::{self, factor, throttle},
    readings,
};
use std::{net::IpAddr, sync::Arc, time::Duration};
use testkit::{Person, Redis, TestDb, at};

pub const NOW: &str = "2026-03-02T06:00:00Z";
pub const HERE: &str = "203.0.113.7";
pub const ELSEWHERE: &str = "198.51.100.9";

pub struct World {
    pub db: TestDb,
    redis: Option<Redis>,
    /// Two, each with connections of its own.
    pub servers: [Clinic; 2],
    pub person: Person,
}

impl World {
    /// Two servers that count in PostgreSQL, or in `redis`.
    async fn new(redis: Option<Redis>) -> Self {
        let db = TestDb::at(NOW).await;
        let servers = [server(&db, redis.as_ref()), server(&db, redis.as_ref())];
        let person = db.person(&servers[0]).await;
        Self { db, redis, servers, person }
    }

    async fn of_both_kinds() -> [Self; 2] {
        [Self::new(None).await, Self::new(Some(Redis::start().await)).await]
    }

    pub async fn with_redis() -> Self {
        Self::new(Some(Redis::start().await)).await
    }

    pub fn redis(&mut self) -> &mut Redis {
        self.redis.as_mut().unwrap()
    }

    pub fn later(&self, seconds: i64) {
        self.db.set_now(&(at(NOW) + SignedDuration::from_secs(seconds)).to_string());
    }

    /// A wrong password, given to the `index`th server, or the one after the last again.
    pub async fn guess(&self, index: usize, peer: &str, email: &str) -> Heard {
        self.sign_in(index, peer, email, "not the password").await
    }

    pub async fn owner(&self, index: usize, peer: &str) -> Heard {
        self.sign_in(index, peer, &self.person.email, self.person.password).await
    }

    pub async fn sign_in(&self, index: usize, peer: &str, email: &str, password: &str) -> Heard {
        let server = &self.servers[index % 2];
        Heard::of(from(peer, identity::sign_in(server, email, password.into(), None)).await)
    }

    /// How many failures the database knows.
    pub async fn counted_here(&self) -> i64 {
        self.db.count("throttles").await
    }

    /// Until both servers count in Redis again. Asked now and then, as whoever sends requests here would.
    pub async fn until_it_answers(&self) {
        let mut now_and_then = tokio::time::interval(Duration::from_millis(50));
        for server in &self.servers {
            while throttle::ping(server).await.is_err() {
                now_and_then.tick().await;
            }
        }
    }
}

fn server(db: &TestDb, redis: Option<&Redis>) -> Clinic {
    let mut gateways = Gateways::default();
    if let Some(redis) = redis {
        gateways.counts = Some(Arc::new(RedisCounts::new(&redis.url()).unwrap()));
    }
    db.clinic_with(10).with_gateways(gateways)
}

/// Runs `work` as a request from `peer`.
pub async fn from<F: Future>(peer: &str, work: F) -> F::Output {
    let peer: IpAddr = peer.parse().unwrap();
    request::scope(Request { id: "test".into(), peer: Some(peer), agent: None }, work).await
}

/// What somebody hears who tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Heard {
    In,
    Wrong,
    /// So many seconds.
    Wait(i64),
}

impl Heard {
    pub fn of<T: std::fmt::Debug>(result: Result<T>) -> Self {
        match result {
            Ok(_) => Self::In,
            Err(Error::Refused(WRONG_CREDENTIALS) | Error::Invalid(_)) => Self::Wrong,
            Err(Error::TooMany(wait)) => Self::Wait(wait.as_secs()),
            other => panic!("{other:?}"),
        }
    }
}

pub fn count(all: &[Heard], one: Heard) -> usize {
    all.iter().filter(|&&heard| heard == one).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn of_twenty_guesses_at_once_five_are_heard_and_then_the_right_one_waits_too() {
    for world in World::of_both_kinds().await {
        let email = world.person.email.as_str();
        let guesses = (0..20).map(|index| world.guess(index, HERE, email));
        // The first one is about to say that it was wrong, the others have looked before it was counted.
        let mut gate = world.db.gate_in_line("audit_events").await;
        let open = async {
            gate.wait_for(20).await;
            gate.open().await;
        };
        let (heard, ()) = tokio::join!(join_all(guesses), open);
        assert_eq!((count(&heard, Heard::Wrong), count(&heard, Heard::Wait(5))), (5, 15));
        let failed = "audit_events WHERE action = 'account.sign_in_failed'";
        assert_eq!(world.db.count(failed).await, 5, "nothing is left of the others");
        let right = join_all((0..4).map(|index| world.owner(index, ELSEWHERE))).await;
        assert_eq!(right, [Heard::Wait(5); 4]);
        assert_eq!(world.counted_here().await == 0, world.redis.is_some());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn pauses_grow_whichever_server_is_asked_and_end_with_a_success_or_a_day() {
    for world in World::of_both_kinds().await {
        let email = world.person.email.as_str();
        for index in 0..4 {
            assert_eq!(world.guess(index, HERE, email).await, Heard::Wrong);
        }
        let mut now = 0;
        for pause in [5, 10, 20, 40, 80, 160, 320, 640, 900, 900] {
            assert_eq!(world.guess(0, HERE, email).await, Heard::Wrong);
            assert_eq!(world.owner(1, ELSEWHERE).await, Heard::Wait(pause));
            world.later(now + pause - 1);
            assert_eq!(world.owner(0, HERE).await, Heard::Wait(1));
            now += pause;
            world.later(now);
        }
        assert_eq!(world.owner(1, HERE).await, Heard::In);
        for index in 0..5 {
            assert_eq!(world.guess(index, ELSEWHERE, email).await, Heard::Wrong, "anew");
        }
        assert_eq!(world.owner(0, HERE).await, Heard::Wait(5));
        now += 24 * 60 * 60 + 1;
        world.later(now);
        for index in 0..5 {
            assert_eq!(world.guess(index, ELSEWHERE, email).await, Heard::Wrong, "after a day");
        }
        assert_eq!(world.owner(0, HERE).await, Heard::Wait(5));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_network_that_tries_many_accounts_is_known_to_all_servers() {
    for world in World::of_both_kinds().await {
        for index in 0..30 {
            let email = format!("{index}@example.org");
            assert_eq!(world.guess(index, HERE, &email).await, Heard::Wrong);
        }
        for server in 0..2 {
            assert_eq!(world.guess(server, HERE, "x@example.org").await, Heard::Wait(5));
            assert_eq!(world.owner(server, ELSEWHERE).await, Heard::In);
        }
        // To sign in to an account of one's own does not make up for it.
        world.later(5);
        assert_eq!(world.owner(0, HERE).await, Heard::In);
        assert_eq!(world.guess(1, HERE, "y@example.org").await, Heard::Wrong);
        assert_eq!(world.guess(0, HERE, "z@example.org").await, Heard::Wait(10));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_sixty_requests_at_once_forty_are_taken() {
    for world in World::of_both_kinds().await {
        let ask = |index: usize| from(HERE, throttle::take_request(&world.servers[index % 2]));
        let asked: Vec<_> = join_all((0..60).map(ask)).await.into_iter().map(Heard::of).collect();
        assert_eq!((count(&asked, Heard::In), count(&asked, Heard::Wait(10))), (40, 20));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_seventy_readings_entered_at_once_sixty_are_kept_whichever_server_is_asked() {
    for world in World::of_both_kinds().await {
        let patient = world.db.caller(&world.servers[0], world.person.user).await;
        let enter = |index: i64, patient| {
            let form = ManualReading {
                kind: "steps".into(),
                value: "7".into(),
                recorded_at: Some(at(NOW) - SignedDuration::from_hours(index)),
                ..ManualReading::default()
            };
            let server = &world.servers[usize::try_from(index % 2).unwrap()];
            async move { Heard::of(readings::add(server, patient, &form).await) }
        };
        let entered = join_all((0..70).map(|index| enter(index, &patient))).await;
        assert_eq!((count(&entered, Heard::In), count(&entered, Heard::Wait(1))), (60, 10));
        let other = world.db.patient(&world.servers[0]).await;
        assert_eq!(enter(0, &other).await, Heard::In);
        world.later(1);
        let next = join_all((70..80).map(|index| enter(index, &patient))).await;
        assert_eq!(count(&next, Heard::In), 1, "and then one a second");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_right_password_makes_up_for_no_wrong_proofs() {
    for world in World::of_both_kinds().await {
        let caller = world.db.caller(&world.servers[0], world.person.user).await;
        let prove = async |index: usize, password: &str| {
            let server = &world.servers[index % 2];
            Heard::of(factor::prove(server, &caller, password.into(), "").await)
        };
        for index in 0..4 {
            assert_eq!(prove(index, "wrong").await, Heard::Wrong);
        }
        assert_eq!(prove(0, world.person.password).await, Heard::In);
        assert_eq!(prove(1, "wrong").await, Heard::Wrong);
        assert_eq!(prove(0, world.person.password).await, Heard::Wait(15));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_whose_clock_is_ahead_makes_nobody_wait_longer_than_the_pause() {
    for world in World::of_both_kinds().await {
        let email = world.person.email.as_str();
        world.later(3_600);
        assert_eq!(world.guess(0, HERE, email).await, Heard::Wrong);
        world.later(0);
        for index in 1..5 {
            assert_eq!(world.guess(index, HERE, email).await, Heard::Wrong);
        }
        assert_eq!(world.guess(1, HERE, email).await, Heard::Wait(5));
        assert_eq!(world.guess(0, HERE, email).await, Heard::Wait(5));
    }
}
