use super::queries;
use crate::{Clinic, Error, Result};
use argon2::{Argon2, Params, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use domain::{
    FieldProblem,
    identity::{Registration, UserId},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    runtime::{Builder, Runtime},
    sync::Semaphore,
};
use zxcvbn::Score;

/// A hash no password has, with the parameters of those made today: whoever asks
/// for an unknown address waits as long as for a known one.
fn nobody() -> String {
    let salt_and_hash = "bm9ib2R5bm9ib2R5bm9ib2R5$DOz7sj0Uq8Vw0PJk0u3T5f7Rq0u8rR0k7vQ1m3Qk2xo";
    format!("$argon2id$v=19${}${salt_and_hash}", Argon2::default().params())
}

/// Argon2id with OWASP's parameters (m=19456, t=2, p=1), off the async threads,
/// as many at once as there are cores.
pub async fn hash(clinic: &Clinic, password: String) -> Result<String> {
    work(clinic, move || {
        Argon2::default()
            .hash_password(password.as_bytes())
            .map(|hash| hash.to_string())
            .map_err(|error| anyhow::anyhow!("cannot hash a password: {error}"))
    })
    .await
}

/// Whether `password` is the one behind `hash`; does the same work without a hash.
pub async fn verify(clinic: &Clinic, password: String, hash: Option<String>) -> Result<bool> {
    work(clinic, move || {
        let known = hash.is_some();
        let nobody = nobody();
        let text = hash.as_deref().unwrap_or(&nobody);
        // An account that cannot sign in has no hash that parses.
        let hash = PasswordHash::new(text).or_else(|_| PasswordHash::new(&nobody));
        let hash = hash.map_err(|error| anyhow::anyhow!("cannot read a password hash: {error}"))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

/// Whether `password` is the one of the user whose stored hash is `known`, as [`verify`] says. If it is and that
/// hash took less work than those made today, it is made anew.
pub async fn prove(
    clinic: &Clinic,
    password: String,
    known: Option<(UserId, String)>,
) -> Result<bool> {
    let hash = known.as_ref().map(|(_, hash)| hash.clone());
    let is_right = verify(clinic, password.clone(), hash).await?;
    if is_right
        && let Some((user, old)) = known.filter(|(_, hash)| is_weak(hash))
        && let Err(error) = renew(clinic, user, password, &old).await
    {
        // The old hash lets them in as well, and the next time is soon enough.
        error.report();
    }
    Ok(is_right)
}

/// Whether `hash` took less work than those made today.
fn is_weak(hash: &str) -> bool {
    let hasher = Argon2::default();
    let today = hasher.params();
    let params = PasswordHash::new(hash).ok().and_then(|hash| Params::try_from(&hash).ok());
    params.is_some_and(|old| old.m_cost() < today.m_cost() || old.t_cost() < today.t_cost())
}

async fn renew(clinic: &Clinic, user: UserId, password: String, old: &str) -> Result<()> {
    let new = hash(clinic, password).await?;
    Ok(queries::renew_hash(&mut *clinic.db().await?, user, old, &new).await?)
}

async fn work<T: Send + 'static>(
    clinic: &Clinic,
    job: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    clinic.hashing().run(job).await.map_err(Error::Internal)
}

/// The threads that hash passwords, one for each core.
///
/// They are threads of their own, because each hash takes 19 MiB, which the
/// allocator keeps for the thread that asked: on tokio's hundreds of blocking
/// threads a storm of sign-ins would hold hundreds of megabytes for ever.
#[derive(Debug)]
pub struct Hashing {
    threads: Option<Runtime>,
    /// One for each thread.
    places: Arc<Semaphore>,
}

impl Default for Hashing {
    fn default() -> Self {
        Self::at_once(std::thread::available_parallelism().map_or(1, std::num::NonZero::get))
    }
}

impl Hashing {
    fn at_once(places: usize) -> Self {
        let threads = Builder::new_current_thread()
            .thread_name("hashing")
            .max_blocking_threads(places)
            .thread_keep_alive(Duration::from_secs(60))
            .build();
        // Without threads of its own, hashing falls back to those of the caller's runtime.
        Self { threads: threads.ok(), places: Arc::new(Semaphore::new(places)) }
    }

    /// What comes of `job`, once there is a place for it. Whoever hangs up before has it not done: what nobody
    /// waits for, and nobody has counted, keeps nobody else waiting.
    async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
    ) -> anyhow::Result<T> {
        let place = self.places.clone().acquire_owned().await?;
        let job = move || {
            // For as long as it takes, whether or not anybody still waits.
            let _place = place;
            job()
        };
        let done = match &self.threads {
            Some(threads) => threads.spawn_blocking(job),
            None => tokio::task::spawn_blocking(job),
        };
        done.await?
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        // Whoever drops this may be a thread that must not wait.
        if let Some(threads) = self.threads.take() {
            threads.shutdown_background();
        }
    }
}

/// Why `registration`'s password would be guessed, if it would.
pub fn weakness(registration: &Registration) -> Option<FieldProblem> {
    let known = [
        registration.first_name.as_str(),
        registration.last_name.as_str(),
        registration.email.as_str(),
        "medconnect",
    ];
    // Beyond a hundred characters the estimate only grows, and so does its cost.
    let start: String = registration.password.chars().take(100).collect();
    (zxcvbn::zxcvbn(&start, &known).score() < Score::Three).then(|| {
        FieldProblem::new(
            "password",
            "That password would be easy to guess. Try three or four words that do not belong together.",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;
    use std::sync::{
        Barrier,
        atomic::{AtomicUsize, Ordering},
    };

    const PLACES: usize = 2;

    #[tokio::test]
    async fn whoever_hangs_up_while_they_wait_leaves_nothing_to_be_hashed() {
        let hashing = Hashing::at_once(PLACES);
        let (done, gate) = (Arc::new(AtomicUsize::new(0)), Arc::new(Barrier::new(PLACES + 1)));
        let count = || {
            let done = done.clone();
            move || done.fetch_add(1, Ordering::SeqCst)
        };
        for _ in 0..PLACES {
            let (count, gate) = (count(), gate.clone());
            let held = hashing.run(move || {
                count();
                gate.wait();
                Ok(())
            });
            assert!(held.now_or_never().is_none(), "has begun, and is heard by nobody");
        }
        for _ in 0..50 {
            let count = count();
            assert!(hashing.run(move || Ok(count())).now_or_never().is_none());
        }

        gate.wait();
        let count = count();
        hashing.run(move || Ok(count())).await.unwrap();

        assert_eq!(done.load(Ordering::SeqCst), PLACES + 1, "the next one was not behind them");
    }

    fn of(memory: u32, rounds: u32) -> String {
        let params = Params::new(memory, rounds, 1, None).unwrap();
        Argon2::from(params).hash_password(b"x").unwrap().to_string()
    }

    #[test]
    fn a_hash_is_weak_that_took_less_memory_or_fewer_rounds() {
        let (memory, rounds) = (Params::DEFAULT_M_COST, Params::DEFAULT_T_COST);
        assert!(is_weak(&of(memory - 1, rounds)) && is_weak(&of(memory, rounds - 1)));
        assert!(!is_weak(&of(memory, rounds)) && !is_weak(&of(memory + 1, rounds + 1)));
        assert!(!is_weak("!"), "nobody signs in with it");
    }

    #[test]
    fn nobody_costs_what_everybody_does() {
        let hash = PasswordHash::new(&nobody()).unwrap();
        assert_eq!(Params::try_from(&hash).unwrap().to_string(), Params::DEFAULT.to_string());
        assert!(hash.salt.is_some() && hash.hash.is_some());
    }
}
