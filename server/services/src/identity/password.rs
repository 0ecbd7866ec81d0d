use crate::{Clinic, Error, Result};
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use domain::{FieldProblem, identity::Registration};
use std::time::Duration;
use tokio::{
    runtime::{Builder, Runtime},
    task::JoinHandle,
};
use zxcvbn::Score;

/// A hash no password has, with the parameters of the real ones: whoever asks
/// for an unknown address waits as long as for a known one.
const NOBODY: &str = "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5bm9ib2R5bm9ib2R5$DOz7sj0Uq8Vw0PJk0u3T5f7Rq0u8rR0k7vQ1m3Qk2xo";

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
        let text = hash.as_deref().unwrap_or(NOBODY);
        // An account that cannot sign in has no hash that parses.
        let hash = PasswordHash::new(text).or_else(|_| PasswordHash::new(NOBODY));
        let hash = hash.map_err(|error| anyhow::anyhow!("cannot read a password hash: {error}"))?;
        Ok(Argon2::default().verify_password(password.as_bytes(), &hash).is_ok() && known)
    })
    .await
}

async fn work<T: Send + 'static>(
    clinic: &Clinic,
    job: impl FnOnce() -> anyhow::Result<T> + Send + 'static,
) -> Result<T> {
    let done = clinic.hashing().spawn(job).await;
    done.map_err(anyhow::Error::from).flatten().map_err(Error::Internal)
}

/// The threads that hash passwords, one for each core.
///
/// They are threads of their own, because each hash takes 19 MiB, which the
/// allocator keeps for the thread that asked: on tokio's hundreds of blocking
/// threads a storm of sign-ins would hold hundreds of megabytes for ever.
#[derive(Debug)]
pub struct Hashing(Option<Runtime>);

impl Default for Hashing {
    fn default() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        let threads = Builder::new_current_thread()
            .thread_name("hashing")
            .max_blocking_threads(cores)
            .thread_keep_alive(Duration::from_secs(60))
            .build();
        // Without threads of its own, hashing falls back to those of the caller's runtime.
        Self(threads.ok())
    }
}

impl Hashing {
    fn spawn<T: Send + 'static>(&self, job: impl FnOnce() -> T + Send + 'static) -> JoinHandle<T> {
        match &self.0 {
            Some(threads) => threads.spawn_blocking(job),
            None => tokio::task::spawn_blocking(job),
        }
    }
}

impl Drop for Hashing {
    fn drop(&mut self) {
        // Whoever drops this may be a thread that must not wait.
        if let Some(threads) = self.0.take() {
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
