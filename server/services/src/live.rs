//! Live: open pages hear that a doctor's free times have changed.
//!
//! A use case announces the change after its commit. A worker gathers what was
//! announced and sends it in one `NOTIFY`, outside of every booking: a `NOTIFY`
//! inside would make all commits queue behind one lock. Each server listens
//! and passes on. Losing a message costs a page its freshness, never anybody
//! a visit, since booking asks the database.
use crate::{Clinic, schedule};
use domain::directory::ProviderId;
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::{Mutex, broadcast, mpsc};

/// The channel of PostgreSQL on which servers tell each other.
pub const CHANNEL: &str = "schedule_changed";

/// How long changes are gathered: many bookings at once cost little more than one.
const GATHERING: Duration = Duration::from_millis(200);

/// More announcements than this waiting at once are dropped.
const WAITING: usize = 10_000;

/// What open pages hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    ScheduleChanged(ProviderId),
    Stopping,
}

/// What passes between use cases, the worker, and open pages.
#[derive(Debug, Clone)]
pub struct Live {
    announce: mpsc::Sender<ProviderId>,
    announced: Arc<Mutex<mpsc::Receiver<ProviderId>>>,
    news: broadcast::Sender<News>,
}

impl Default for Live {
    fn default() -> Self {
        let (announce, announced) = mpsc::channel(WAITING);
        Self {
            announce,
            announced: Arc::new(Mutex::new(announced)),
            news: broadcast::Sender::new(1_024),
        }
    }
}

impl Live {
    /// Says that the free times of `provider` are not what they were.
    pub fn announce(&self, provider: ProviderId) {
        if self.announce.try_send(provider).is_err() {
            tracing::warn!("too many changes of schedules are waiting to be announced");
        }
    }

    /// Passes on what another server announced.
    pub fn publish(&self, provider: ProviderId) {
        // Without open pages there is nobody to tell.
        let _ = self.news.send(News::ScheduleChanged(provider));
    }

    /// Ends the streams of open pages: the server stops.
    pub fn stop(&self) {
        let _ = self.news.send(News::Stopping);
    }

    pub fn subscribe(&self) -> broadcast::Receiver<News> {
        self.news.subscribe()
    }
}

/// Sends what was announced, for as long as the server runs.
pub async fn run(clinic: Clinic) {
    let announced = clinic.live().announced.clone();
    let mut announced = announced.lock().await;
    let mut waiting = Vec::new();
    while announced.recv_many(&mut waiting, WAITING).await > 0 {
        tokio::time::sleep(GATHERING).await;
        while let Ok(provider) = announced.try_recv() {
            waiting.push(provider);
        }
        let providers: Vec<_> = waiting.drain(..).collect::<BTreeSet<_>>().into_iter().collect();
        if let Err(error) = schedule::announce(&clinic, &providers).await {
            error.report();
            tokio::time::sleep(Duration::from_secs(1)).await;
        }
    }
}
