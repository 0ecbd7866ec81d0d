//! Live: open pages hear that a doctor's free times have changed, or what a patient is told of their readings.
//!
//! A use case announces the change after its commit. A worker gathers what was
//! announced and sends it in one `NOTIFY`, outside of every booking: a `NOTIFY`
//! inside would make all commits queue behind one lock. Each server listens
//! and passes on. Losing a message costs a page its freshness, never anybody
//! a visit, since booking asks the database.
use crate::{Clinic, readings, schedule};
use domain::{directory::ProviderId, identity::UserId};
use std::{collections::BTreeSet, sync::Arc, time::Duration};
use tokio::sync::{Mutex, broadcast, mpsc};

/// The channels of PostgreSQL on which servers tell each other.
pub const SCHEDULES: &str = "schedule_changed";
pub const ALERTS: &str = "alerts_changed";

/// How long changes are gathered: many bookings at once cost little more than one.
const GATHERING: Duration = Duration::from_millis(200);

/// More announcements than this waiting at once are dropped.
const WAITING: usize = 10_000;

/// What open pages hear.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    ScheduleChanged(ProviderId),
    AlertsChanged(UserId),
    Stopping,
}

/// What use cases say.
#[derive(Debug, Clone, Copy)]
enum Announced {
    Schedule(ProviderId),
    Alerts(UserId),
}

/// What passes between use cases, the worker, and open pages.
#[derive(Debug, Clone)]
pub struct Live {
    announce: mpsc::Sender<Announced>,
    announced: Arc<Mutex<mpsc::Receiver<Announced>>>,
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
        self.say(Announced::Schedule(provider));
    }

    /// Says that what `patient` is told of their readings is not what it was.
    pub fn announce_alerts(&self, patient: UserId) {
        self.say(Announced::Alerts(patient));
    }

    fn say(&self, what: Announced) {
        if self.announce.try_send(what).is_err() {
            tracing::warn!("too many changes are waiting to be announced");
        }
    }

    /// Passes on what a server announced on `channel`.
    pub fn publish(&self, channel: &str, what: &str) {
        let news = match channel {
            ALERTS => what.parse().map(News::AlertsChanged).ok(),
            _ => what.parse().map(News::ScheduleChanged).ok(),
        };
        // Without open pages there is nobody to tell.
        let _ = news.map(|news| self.news.send(news));
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
        while let Ok(more) = announced.try_recv() {
            waiting.push(more);
        }
        let (mut providers, mut patients) = (BTreeSet::new(), BTreeSet::new());
        for what in waiting.drain(..) {
            match what {
                Announced::Schedule(provider) => providers.insert(provider),
                Announced::Alerts(patient) => patients.insert(patient),
            };
        }
        // What may concern a life first.
        let patients: Vec<_> = patients.into_iter().collect();
        let providers: Vec<_> = providers.into_iter().collect();
        for done in [
            readings::alerts::announce(&clinic, &patients).await,
            schedule::announce(&clinic, &providers).await,
        ] {
            if let Err(error) = done {
                error.report();
                tokio::time::sleep(Duration::from_secs(1)).await;
            }
        }
    }
}
