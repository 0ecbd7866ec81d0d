//! Whose batch may be written. Those of one device come one after the other, so that of each there is one in a go, and
//! who sends a lot at once waits for itself.
use crate::{Error, Result};
use domain::devices::DeviceId;
use jiff::SignedDuration;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Mutex as Line, OwnedMutexGuard};

/// How many batches of one device may be under way here.
const OF_ONE_DEVICE: usize = 8;

#[derive(Debug, Default)]
pub(crate) struct Turns {
    waiting: Mutex<HashMap<DeviceId, Waiting>>,
}

/// The batches of a device.
#[derive(Debug, Default)]
struct Waiting {
    count: usize,
    line: Arc<Line<()>>,
}

/// It is the turn of a batch until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _first: OwnedMutexGuard<()>,
    _queued: Queued,
}

#[derive(Debug)]
struct Queued {
    turns: Arc<Turns>,
    device: DeviceId,
}

impl Turns {
    /// Waits for the turn of a batch of `device`. Errors: [`Error::TooMany`] when too many of its batches wait.
    pub async fn wait(self: &Arc<Self>, device: DeviceId) -> Result<Turn> {
        let (queued, line) = self.queue(device)?;
        Ok(Turn { _first: line.lock_owned().await, _queued: queued })
    }

    fn queue(self: &Arc<Self>, device: DeviceId) -> Result<(Queued, Arc<Line<()>>)> {
        let mut waiting = self.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let own = waiting.entry(device).or_default();
        if own.count >= OF_ONE_DEVICE {
            return Err(Error::TooMany(SignedDuration::from_secs(1)));
        }
        own.count += 1;
        Ok((Queued { turns: Arc::clone(self), device }, Arc::clone(&own.line)))
    }
}

impl Drop for Queued {
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
        let turns = Arc::new(Turns::default());
        let (noisy, quiet) = (DeviceId::generate(), DeviceId::generate());
        let turn = turns.wait(noisy).await.unwrap();
        let mut waiting: Vec<_> = (1..OF_ONE_DEVICE).map(|_| Box::pin(turns.wait(noisy))).collect();
        for wait in &mut waiting {
            assert!(wait.now_or_never().is_none());
        }
        assert!(matches!(turns.wait(noisy).await, Err(Error::TooMany(_))));
        let other = turns.wait(quiet).await.unwrap();
        drop((turn, other, waiting));
        assert!(turns.waiting.lock().unwrap().is_empty());
    }
}
