//! Lets a device that sends too often wait, before anything is asked of the database for it.
use super::problem::ApiResult;
use domain::{Problem, devices::one_more};
use jiff::Timestamp;
use std::{
    collections::HashMap,
    hash::{BuildHasher, RandomState},
    sync::{Mutex, PoisonError},
};

/// Fewer keys than these are not worth looking through.
const FEW: usize = 1_024;

/// How much of what each key has sent still counts. Each server counts for itself: what it protects is its own time.
#[derive(Debug, Default)]
pub struct Paces {
    /// The keys stand here as numbers that say nothing about them.
    numbers: RandomState,
    counted: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    until: HashMap<u64, Timestamp>,
    /// With how many keys those are forgotten that do not count any more.
    full_at: usize,
}

impl Paces {
    /// Counts one request with `key`, or says how long to wait.
    pub fn take(&self, key: &str, now: Timestamp) -> ApiResult<()> {
        let number = self.numbers.hash_one(key);
        let mut counted = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        let then = one_more(counted.until.get(&number).copied(), now).map_err(Problem::too_many)?;
        counted.until.insert(number, then);
        counted.forget(now);
        Ok(())
    }
}

impl Counted {
    /// Whoever makes up keys fills nothing: one request counts for half a second.
    fn forget(&mut self, now: Timestamp) {
        if self.until.len() > self.full_at.max(FEW) {
            self.until.retain(|_, until| *until > now);
            self.full_at = self.until.len() * 2;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::devices::REQUESTS_AT_ONCE;
    use jiff::SignedDuration;

    #[test]
    fn each_key_waits_for_itself_and_keys_that_nobody_has_are_forgotten() {
        let (paces, mut now) = (Paces::default(), Timestamp::UNIX_EPOCH);
        for _ in 0..REQUESTS_AT_ONCE {
            paces.take("one", now).unwrap();
        }
        let told = paces.take("one", now).unwrap_err().into_problem();
        assert_eq!((told.code.as_ref(), told.retry_after), ("too_many", Some(1)));
        paces.take("another", now).unwrap();
        for number in 0..100_000 {
            now += SignedDuration::from_millis(1);
            paces.take(&number.to_string(), now).unwrap();
        }
        let kept = paces.counted.lock().unwrap().until.len();
        assert!(kept < 4 * FEW, "{kept}");
    }
}
