//! Whose batch is written next. Those of one device come one after the other, so that none holds a connection while it
//! waits for another; and all that devices send leaves connections for everybody else.
use crate::{Error, Result};
use domain::devices::DeviceId;
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Mutex as Line, OwnedMutexGuard, Semaphore, SemaphorePermit};

/// How many batches of one device may be under way here.
const OF_ONE_DEVICE: usize = 8;

#[derive(Debug)]
pub(crate) struct Turns {
    waiting: Mutex<HashMap<DeviceId, Waiting>>,
    at_once: Semaphore,
}

/// The batches of a device.
#[derive(Debug, Default)]
struct Waiting {
    count: usize,
    line: Arc<Line<()>>,
}

/// It is the turn of a batch until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn<'t> {
    _first: OwnedMutexGuard<()>,
    _place: SemaphorePermit<'t>,
    _queued: Queued<'t>,
}

#[derive(Debug)]
struct Queued<'t> {
    turns: &'t Turns,
    device: DeviceId,
}

impl Turns {
    /// Of a pool of `connections`.
    pub fn of(connections: usize) -> Self {
        Self { waiting: Mutex::default(), at_once: Semaphore::new((connections / 2).max(1)) }
    }

    /// Waits for the turn of a batch of `device`. Errors: [`Error::TooMany`] when too many of its batches wait.
    pub async fn wait(&self, device: DeviceId) -> Result<Turn<'_>> {
        let (queued, line) = self.queue(device)?;
        let first = line.lock_owned().await;
        let place =
            self.at_once.acquire().await.map_err(|closed| Error::Internal(closed.into()))?;
        Ok(Turn { _first: first, _place: place, _queued: queued })
    }

    fn queue(&self, device: DeviceId) -> Result<(Queued<'_>, Arc<Line<()>>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let own = waiting.entry(device).or_default();
        if own.count >= OF_ONE_DEVICE {
            return Err(Error::TooMany(SignedDuration::from_secs(1)));
        }
        own.count += 1;
        Ok((Queued { turns: self, device }, Arc::clone(&own.line)))
    }
}

impl Drop for Queued<'_> {
    fn drop(&mut self) {
        let mut waiting = self.turns.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(own) = waiting.get_mut(&self.device) {
            own.count -= 1;
            if own.count == 0 {
                waiting.remove(&self.device);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use futures_util::FutureExt;

    #[tokio::test]
    async fn a_device_waits_for_itself_and_for_no_other() {
        let turns = Turns::of(4);
        let (noisy, quiet) = (DeviceId::generate(), DeviceId::generate());
        let turn = turns.wait(noisy).await.unwrap();
        let mut waiting: Vec<_> = (1..OF_ONE_DEVICE).map(|_| Box::pin(turns.wait(noisy))).collect();
        for wait in &mut waiting {
            assert!(wait.now_or_never().is_none());
        }
        assert!(matches!(turns.wait(noisy).await, Err(Error::TooMany(_))));
        let other = turns.wait(quiet).await.unwrap();
        // Both places are taken.
        assert!(turns.wait(DeviceId::generate()).now_or_never().is_none());
        drop((turn, other, waiting));
        assert!(turns.waiting.lock().unwrap().is_empty());
    }
}
