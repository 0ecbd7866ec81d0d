//! How many passwords these cores check at best: `cargo bench --package services --bench argon2`.
//!
//! Argon2id alone, with the parameters of ours and a thread for each core: what signing in is measured against.
use argon2::{Argon2, PasswordHasher, PasswordVerifier, password_hash::phc::PasswordHash};
use std::{
    thread,
    time::{Duration, Instant},
};

const PASSWORD: &[u8] = b"medconnect-demo-1";
const MEASURED: Duration = Duration::from_secs(5);

fn main() -> anyhow::Result<()> {
    let hash = Argon2::default().hash_password(PASSWORD).map_err(told)?.to_string();
    let cores = thread::available_parallelism()?.get();
    let began = Instant::now();
    let checked = thread::scope(|scope| {
        let threads: Vec<_> = (0..cores).map(|_| scope.spawn(|| check(&hash, began))).collect();
        threads
            .into_iter()
            .map(|thread| {
                thread.join().unwrap_or_else(|_| Err(anyhow::anyhow!("a thread has ended")))
            })
            .sum::<anyhow::Result<u32>>()
    })?;
    let rate = f64::from(checked) / began.elapsed().as_secs_f64();
    println!("Argon2id alone on {cores} cores: {rate:.0} passwords a second");
    Ok(())
}

/// How often the password was right until the time is over.
fn check(hash: &str, began: Instant) -> anyhow::Result<u32> {
    let mut checked = 0;
    while began.elapsed() < MEASURED {
        let hash = PasswordHash::new(hash).map_err(told)?;
        Argon2::default().verify_password(PASSWORD, &hash).map_err(told)?;
        checked += 1;
    }
    Ok(checked)
}

fn told(error: impl std::fmt::Display) -> anyhow::Error {
    anyhow::anyhow!("{error}")
}
