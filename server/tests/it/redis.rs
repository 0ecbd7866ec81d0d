//! What all servers count together in Redis, and what they do while it is away.
use crate::{
    limits::{ELSEWHERE, HERE, Heard, NOW, World, count, from},
    running::{SECRET, Server},
};
use domain::identity::throttle::{Lane, pause};
use futures_util::future::join_all;
use secrecy::ExposeSecret;
use serde_json::json;
use services::identity::throttle;
use std::{
    process::Command,
    time::{Duration, Instant},
};
use testkit::{Redis, TestDb};

#[tokio::test(flavor = "multi_thread")]
async fn redis_counts_a_network_that_tries_many_accounts_at_once_exactly() {
    let world = World::with_redis().await;
    let names: Vec<_> = (0..40).map(|index| format!("{index}@example.org")).collect();
    let guesses = names.iter().enumerate().map(|(index, name)| world.guess(index, HERE, name));
    let heard = join_all(guesses).await;
    assert_eq!((count(&heard, Heard::Wrong), count(&heard, Heard::Wait(5))), (30, 10));
}

#[tokio::test(flavor = "multi_thread")]
async fn redis_holds_nothing_that_can_be_read_and_forgets_it_in_time() {
    let mut world = World::with_redis().await;
    let email = world.person.email.clone();
    assert_eq!(world.guess(0, HERE, &email).await, Heard::Wrong);
    let kept = world.redis().say("KEYS medconnect:throttle:*:*").await;
    let names: Vec<_> = kept.iter().filter(|line| line.starts_with("medconnect")).collect();
    assert_eq!(names.len(), 2, "{kept:?}");
    for name in names {
        let (_, hash) = name.rsplit_once(':').unwrap();
        assert!(hash.len() == 64 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{name}");
        let hours = if name.contains(":account:") { 24 } else { 1 };
        let rest = world.redis().say(&format!("PTTL {name}")).await.remove(0);
        let rest: i64 = rest.strip_prefix(':').unwrap().parse().unwrap();
        assert!((1..=hours * 3_600_000).contains(&rest), "{name}: {rest}");
    }
    assert_eq!(world.owner(1, HERE).await, Heard::In);
    let kept = world.redis().say("KEYS medconnect:throttle:*:*").await;
    assert!(kept.iter().any(|name| name.contains(":network:")), "{kept:?}");
    assert!(!kept.iter().any(|name| name.contains(":account:")), "{kept:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_script_in_redis_has_the_pauses_of_the_rule() {
    let mut world = World::with_redis().await;
    let email = world.person.email.clone();
    world.guess(0, "127.0.0.1", &email).await;
    let kept = world.redis().say("KEYS medconnect:throttle:account:*").await;
    let name = kept.last().unwrap().clone();
    for count in (0..20).chain([36, 37, 38, 69, 70, 999, 1_000]) {
        world.redis().say(&format!("HSET {name} count {count}")).await;
        let wait = match world.sign_in(1, "127.0.0.1", &email, "not the password").await {
            Heard::Wait(wait) => wait,
            Heard::Wrong => 0,
            Heard::In => panic!("in with a wrong password"),
        };
        assert_eq!(wait, pause(Lane::Account, count).as_secs(), "{count}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_redis_the_database_counts_and_nobody_guesses_for_ever() {
    let mut world = World::with_redis().await;
    let email = world.person.email.clone();
    for index in 0..5 {
        assert_eq!(world.guess(index, HERE, &email).await, Heard::Wrong);
    }
    assert_eq!(
        (world.guess(0, HERE, &email).await, world.counted_here().await),
        (Heard::Wait(5), 0)
    );

    world.redis().kill().await;
    let mut heard = Vec::new();
    for index in 0..20 {
        heard.push(world.guess(index, HERE, &email).await);
    }
    assert_eq!((count(&heard, Heard::Wrong), count(&heard, Heard::Wait(5))), (5, 15));
    assert_eq!(world.counted_here().await, 2);

    // It comes back with nothing: five more, and what the database has counted is there for the next time.
    world.redis().restart().await;
    world.until_it_answers().await;
    let guesses = (0..20).map(|index| world.guess(index, HERE, &email));
    let heard = join_all(guesses).await;
    assert_eq!((count(&heard, Heard::Wrong), count(&heard, Heard::Wait(5))), (5, 15));
    world.redis().kill().await;
    assert_eq!(world.guess(0, HERE, &email).await, Heard::Wait(5));
    world.later(5);
    assert_eq!(world.owner(1, HERE).await, Heard::In);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_redis_that_hangs_holds_nobody_up_and_has_forgotten_nothing_afterwards() {
    let mut world = World::with_redis().await;
    let email = world.person.email.clone();
    for index in 0..5 {
        assert_eq!(world.guess(index, HERE, &email).await, Heard::Wrong);
    }
    world.redis().hang();
    let began = Instant::now();
    for index in 0..40 {
        from(ELSEWHERE, throttle::take_request(&world.servers[index % 2])).await.unwrap();
    }
    // Once half a second each, and not for each request.
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    assert_eq!(world.counted_here().await, 1);
    let refused = from(ELSEWHERE, throttle::take_request(&world.servers[0])).await;
    assert_eq!(Heard::of(refused), Heard::Wait(10));

    world.redis().go_on();
    world.until_it_answers().await;
    assert_eq!(world.owner(1, HERE).await, Heard::Wait(5), "of before");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_redis_was_asked_when_it_died_is_counted_in_the_database() {
    let mut world = World::with_redis().await;
    world.until_it_answers().await;
    world.redis().hang();
    let server = world.servers[0].clone();
    let asked = from(HERE, throttle::take_request(&server));
    let (asked, ()) = tokio::join!(asked, world.redis().kill());
    asked.unwrap();
    assert_eq!(world.db.count("throttles WHERE lane = 'requests' AND count = 1").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_share_what_redis_counts_and_say_when_it_is_away() {
    let db = TestDb::at(NOW).await;
    let mut redis = Redis::start().await;
    let url = redis.url();
    let settings = [("REDIS_URL", url.expose_secret()), ("TRUSTED_PROXIES", "127.0.0.1")];
    let (one, other) =
        tokio::join!(Server::start_with(&db, &settings), Server::start_with(&db, &settings));
    let guess = async |server: &Server, email: &str, peer: &str| {
        let head = format!(
            "POST /api/auth/login HTTP/1.1\r\ncontent-type: application/json\r\nx-forwarded-for: {peer}"
        );
        let body = json!({ "email": email, "password": "not the password" }).to_string();
        server.request(&head, &body).await.0
    };
    for index in 0..5 {
        let server = if index % 2 == 0 { &one } else { &other };
        assert_eq!(guess(server, "ana@example.org", HERE).await, 401);
    }
    assert_eq!(guess(&one, "ana@example.org", ELSEWHERE).await, 429);
    assert_eq!(guess(&other, "ana@example.org", ELSEWHERE).await, 429);
    for index in 0..25 {
        let server = if index % 2 == 0 { &one } else { &other };
        assert_eq!(guess(server, &format!("{index}@example.org"), HERE).await, 401);
    }
    assert_eq!(guess(&one, "bea@example.org", HERE).await, 429);
    assert_eq!(guess(&other, "bea@example.org", HERE).await, 429);
    assert_eq!(db.count("throttles").await, 0);

    let ready = async || one.request("GET /readyz HTTP/1.1", "").await;
    assert_eq!(ready().await, (200, "ok".into()));
    redis.kill().await;
    let (status, said) = ready().await;
    assert!(status == 200 && said.contains("Redis does not answer"), "{status} {said}");
    assert_eq!(guess(&one, "bea@example.org", HERE).await, 401);
    assert_eq!(db.count("throttles").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_address_of_redis_is_one_line_at_the_start_without_the_password() {
    let db = TestDb::at(NOW).await;
    let folder = tempfile::tempdir().unwrap();
    let server = Command::new(env!("CARGO_BIN_EXE_medconnect"))
        .arg("serve")
        .env("DATABASE_URL", db.owner_url().expose_secret())
        .env("MEDCONNECT_SECRET", SECRET)
        .env("MEDCONNECT_ADDR", "127.0.0.1:0")
        .env("MEDCONNECT_DATA_DIR", folder.path())
        .env("REDIS_URL", "redis://:hunter2@localhost/first")
        .env("NO_COLOR", "1")
        .output();
    let ended = server.unwrap();
    let said = String::from_utf8(ended.stderr).unwrap();
    assert_eq!(ended.status.code(), Some(1), "{said}");
    let lines: Vec<_> = said.lines().filter(|line| line.contains("REDIS_URL")).collect();
    assert!(
        lines.len() == 1 && lines[0].starts_with("Error: REDIS_URL must be redis://"),
        "{said}"
    );
    assert!(!said.contains("hunter2"), "{said}");
}
