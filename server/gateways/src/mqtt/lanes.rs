//! What has come and is not dealt with yet: of each device one after the other, of all of them several at once.
use super::message::{Desk, Heard, Message, Reply};
use rumqttc::{AsyncClient, PublishOptions};
use std::{
    collections::{HashMap, VecDeque, hash_map::Entry},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};
use tokio::{sync::Semaphore, time::sleep};
use tokio_util::sync::{CancellationToken, DropGuard};

/// How many are dealt with at once: they share the database with the requests of people.
const AT_ONCE: usize = 6;

/// How many may wait of a device that is too fast. They hold places that others need: further ones are turned away.
pub const HELD: usize = 2;

/// How long to wait until the database is asked once more; longer each time.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How often a message is tried that goes wrong each time. For ever, and it would hold a place for ever.
const TRIES: u32 = 6;

/// Those that came over one connection. What is not dealt with when that ends will come once more.
pub struct Lanes<D> {
    desk: Arc<D>,
    client: AsyncClient,
    at_once: Arc<Semaphore>,
    lanes: Arc<Mutex<HashMap<String, Lane>>>,
    ended: CancellationToken,
}

/// What is waiting of one device, beside the one that is being dealt with.
#[derive(Default)]
struct Lane {
    messages: VecDeque<Message>,
    is_too_fast: bool,
}

impl<D> Clone for Lanes<D> {
    fn clone(&self) -> Self {
        Self {
            desk: Arc::clone(&self.desk),
            client: self.client.clone(),
            at_once: Arc::clone(&self.at_once),
            lanes: Arc::clone(&self.lanes),
            ended: self.ended.clone(),
        }
    }
}

impl<D: Desk> Lanes<D> {
    pub fn new(desk: Arc<D>, client: AsyncClient) -> Self {
        Self {
            desk,
            client,
            at_once: Arc::new(Semaphore::new(AT_ONCE)),
            lanes: Arc::default(),
            ended: CancellationToken::new(),
        }
    }

    /// Lets `message` be dealt with, after those of the same device. Must not wait: the connection is read by who calls.
    pub fn take(&self, message: Message) {
        let mut lanes = self.lock();
        match lanes.entry(message.device.clone()) {
            Entry::Vacant(place) => {
                let device = place.key().clone();
                place.insert(Lane { messages: [message].into(), is_too_fast: false });
                let lanes = self.clone();
                tokio::spawn(async move { lanes.work(&device).await });
            }
            Entry::Occupied(mut lane) => {
                let lane = lane.get_mut();
                if !lane.is_too_fast || lane.messages.len() < HELD {
                    return lane.messages.push_back(message);
                }
                let lanes = self.clone();
                tokio::spawn(async move { lanes.settle(&message, lanes.desk.turn_away()).await });
            }
        }
    }

    /// Once what this gives is dropped nothing more is begun: it is for the next connection.
    pub fn until_dropped(&self) -> DropGuard {
        self.ended.clone().drop_guard()
    }

    async fn work(&self, device: &str) {
        while let Some(message) = self.next(device) {
            self.deal_with(&message).await;
        }
    }

    fn next(&self, device: &str) -> Option<Message> {
        let mut lanes = self.lock();
        let next = lanes.get_mut(device).and_then(|lane| lane.messages.pop_front());
        let next = next.filter(|_| !self.ended.is_cancelled());
        if next.is_none() {
            lanes.remove(device);
        }
        next
    }

    /// Until it is settled, or the connection ends.
    async fn deal_with(&self, message: &Message) {
        let (mut pause, mut failed) = (FIRST_PAUSE, 0);
        let mut longer = || {
            let wait = pause;
            pause = LONGEST_PAUSE.min(pause * 2);
            wait
        };
        loop {
            let heard = {
                let Ok(_place) = self.at_once.acquire().await else { return };
                self.desk.hear(message).await
            };
            self.note(&message.device, matches!(heard, Heard::Wait(_))).await;
            let wait = match heard {
                Heard::Settled(reply) => return self.settle(message, reply).await,
                Heard::Failed(reply) if failed + 1 == TRIES => {
                    return self.settle(message, reply).await;
                }
                Heard::Failed(_) => {
                    failed += 1;
                    longer()
                }
                Heard::Wait(wait) => wait,
                Heard::Later => longer(),
            };
            if self.ended.run_until_cancelled(sleep(wait)).await.is_none() {
                return;
            }
        }
    }

    /// Notes whether `device` is too fast; if so, those are turned away that came last.
    async fn note(&self, device: &str, is_too_fast: bool) {
        let surplus = {
            let mut lanes = self.lock();
            let Some(lane) = lanes.get_mut(device) else { return };
            lane.is_too_fast = is_too_fast;
            let kept =
                if is_too_fast { HELD.min(lane.messages.len()) } else { lane.messages.len() };
            lane.messages.split_off(kept)
        };
        for message in surplus {
            self.settle(&message, self.desk.turn_away()).await;
        }
    }

    /// Acknowledges, and answers: whoever hears an answer knows that the broker was told. It comes at most once, and who
    /// has heard none sends again. Where the connection has ended neither is said, and the message comes once more.
    async fn settle(&self, message: &Message, reply: Reply) {
        let _ = self.client.ack(message.publish()).await;
        if let Some(topic) = message.answered_at() {
            let options = PublishOptions::at_most_once().properties(reply.properties(message));
            let _ = self.client.publish(topic, reply.body, options).await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Lane>> {
        self.lanes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
