//! Counts of failures in Redis, for all servers together.
//!
//! One script looks and counts. Redis runs one at a time, so that nobody is let through on what somebody else has
//! looked at, too; a lock would need an expiry, and a way to tell whose it is. The time is that of the server that
//! asks, as with PostgreSQL, and never goes back; what is not counted again in time expires.
//!
//! It answers at once or is left alone: whoever asks meanwhile is told so without waiting, and counts elsewhere.
use anyhow::Context;
use domain::identity::throttle::Patience;
use jiff::{SignedDuration, Timestamp};
use redis::{AsyncConnectionConfig, Client, RedisError, aio::MultiplexedConnection};
use secrecy::{ExposeSecret, SecretString};
use services::{
    gateways::{Answer, Counts, Silence},
    identity::throttle::{Key, Then},
};
use std::time::Duration;
use tokio::{
    sync::Mutex,
    time::{Instant, timeout},
};

const SCRIPT: &str = include_str!("counts.lua");

/// What the names of all our keys begin with.
const PREFIX: &str = "medconnect:throttle";

/// How long it may take to connect, and to answer.
const TIME: Duration = Duration::from_millis(500);

/// How long it is left alone after it gave no answer: longer each time, and at first longer than those take to end
/// who have asked over the same connection.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

pub struct RedisCounts {
    client: Client,
    link: Mutex<Link>,
}

/// Without the password.
impl std::fmt::Debug for RedisCounts {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("RedisCounts").field(self.client.get_connection_info().addr()).finish()
    }
}

#[derive(Default)]
struct Link {
    open: Option<MultiplexedConnection>,
    silent: Option<Silent>,
}

/// Since it gave no answer.
#[derive(Clone, Copy)]
struct Silent {
    pause: Duration,
    until: Instant,
}

impl RedisCounts {
    /// `url` is `redis://user:password@host:port/database`, `rediss://…` with TLS, or `redis+unix:///path`. It is
    /// connected to once it is asked something.
    pub fn new(url: &SecretString) -> anyhow::Result<Self> {
        let url = url.expose_secret();
        // The library's own words may show what was set. A fragment would switch the check of certificates off.
        let client = Client::open(url).ok().filter(|_| !url.contains('#')).context(
            "must be redis://user:password@host:port/database, rediss://… with TLS, or redis+unix:///path",
        )?;
        Ok(Self { client, link: Mutex::default() })
    }

    /// Where `url` leads, without the password.
    pub fn shown(url: &SecretString) -> String {
        Client::open(url.expose_secret()).map_or_else(
            |_| "set, not shown".to_owned(),
            |client| client.get_connection_info().addr().to_string(),
        )
    }

    async fn connection(&self) -> Result<MultiplexedConnection, Silence> {
        // Whoever comes while somebody connects waits for the outcome.
        let mut link = self.link.lock().await;
        if let Some(open) = &link.open {
            return Ok(open.clone());
        }
        if link.silent.is_some_and(|silent| Instant::now() < silent.until) {
            return Err(Silence("Redis gave no answer a moment ago".into()));
        }
        match timeout(TIME, self.connect()).await.map_err(|_| too_late()).and_then(said) {
            Ok(open) => {
                if link.silent.take().is_some() {
                    tracing::info!("Redis answers again: it counts who tries too often");
                }
                link.open = Some(open.clone());
                Ok(open)
            }
            Err(silence) => {
                link.lose(&silence);
                Err(silence)
            }
        }
    }

    async fn connect(&self) -> Result<MultiplexedConnection, RedisError> {
        // The time is kept outside, for all of it together.
        let config =
            AsyncConnectionConfig::new().set_connection_timeout(None).set_response_timeout(None);
        let mut open = self.client.get_multiplexed_async_connection_with_config(&config).await?;
        // One that is full or only a copy takes nothing.
        let test = format!("{PREFIX}:test");
        redis::cmd("SET").arg(test).arg(1).arg("PX").arg(1_000).exec_async(&mut open).await?;
        // One whose rules keep us from it counts nothing.
        look_at_nobody().exec_async(&mut open).await?;
        Ok(open)
    }

    /// What Redis says to `command`.
    async fn ask<T: redis::FromRedisValue>(&self, command: &redis::Cmd) -> Result<T, Silence> {
        let mut open = self.connection().await?;
        let answer = timeout(TIME, command.query_async(&mut open)).await;
        let answer = answer.map_err(|_| too_late()).and_then(said);
        if let Err(silence) = &answer {
            let mut link = self.link.lock().await;
            // One of those who have asked at the same time was first.
            if link.open.take().is_some() {
                link.lose(silence);
            }
        }
        answer
    }
}

impl Link {
    /// Leaves it alone for a while.
    fn lose(&mut self, why: &Silence) {
        if self.silent.is_none() {
            tracing::warn!(
                "Redis does not answer ({why}): the database counts who tries too often until it does"
            );
        }
        let pause = self.silent.map_or(FIRST_PAUSE, |silent| LONGEST_PAUSE.min(silent.pause * 2));
        self.silent = Some(Silent { pause, until: Instant::now() + pause });
    }
}

fn too_late() -> Silence {
    Silence(format!("not within {} ms", TIME.as_millis()))
}

fn said<T>(answer: Result<T, RedisError>) -> Result<T, Silence> {
    answer.map_err(|error| Silence(error.to_string()))
}

impl Counts for RedisCounts {
    fn settle<'a>(
        &'a self,
        keys: &'a [Key],
        then: Then,
        now: Timestamp,
    ) -> Answer<'a, SignedDuration> {
        Box::pin(async move {
            let mut command = redis::cmd("EVAL");
            command.arg(SCRIPT).arg(keys.len());
            for key in keys {
                command.arg(name(key));
            }
            command.arg(word(then)).arg(now.as_millisecond());
            for key in keys {
                let Patience { free, first, longest, memory } = key.lane().patience();
                command.arg(free);
                for time in [first, longest, memory] {
                    command.arg(time.as_secs() * 1_000);
                }
                command.arg(u8::from(key.lane().is_of_one()));
            }
            Ok(SignedDuration::from_millis(self.ask(&command).await?))
        })
    }

    fn ping(&self) -> Answer<'_, ()> {
        Box::pin(async move {
            let _: i64 = self.ask(&look_at_nobody()).await?;
            Ok(())
        })
    }
}

/// Runs the script, and changes nothing.
fn look_at_nobody() -> redis::Cmd {
    let mut command = redis::cmd("EVAL");
    command.arg(SCRIPT).arg(0).arg(word(Then::Leave)).arg(0);
    command
}

/// Under what `key` is kept. Nobody can tell from it who or what it is.
fn name(key: &Key) -> String {
    let hash: String = key.hash().iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{PREFIX}:{}:{hash}", key.lane().as_str())
}

fn word(then: Then) -> &'static str {
    match then {
        Then::Forget => "forget",
        Then::Count => "count",
        Then::Leave => "leave",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG: [&str; 6] = [
        "",
        "localhost:6379",
        "http://:hunter2@localhost",
        "redis://:hunter2@localhost/first",
        "rediss://:hunter2@localhost/#insecure",
        "redis://:hunter2@",
    ];

    #[test]
    fn a_wrong_address_is_refused_in_one_line_without_the_password() {
        for url in WRONG {
            let refused = format!("{:#}", RedisCounts::new(&url.into()).unwrap_err());
            assert!(refused.starts_with("must be redis://"), "{url}: {refused}");
            assert!(!refused.contains("hunter2") && refused.lines().count() == 1, "{refused}");
            assert!(!RedisCounts::shown(&url.into()).contains("hunter2"), "{url}");
        }
    }

    #[test]
    fn nothing_shows_the_password() {
        for (url, shown) in [
            ("redis://clinic:hunter2@localhost:6380/2", "localhost:6380"),
            ("rediss://:hunter2@redis.example", "redis.example:6379"),
            ("redis+unix:///run/redis.sock?pass=hunter2", "/run/redis.sock"),
        ] {
            assert_eq!(RedisCounts::shown(&url.into()), shown);
            let counts = RedisCounts::new(&url.into()).unwrap();
            assert!(!format!("{counts:?}").contains("hunter2"), "{counts:?}");
        }
    }
}
