//! MQTT 5: devices publish to a broker, and the servers divide what they have published among themselves.
//!
//! Every server has a session of its own, which the broker keeps while that is away, in one shared subscription. The
//! broker forgets a message when it is acknowledged, which is after all of it is committed: what was on its way when a
//! server, the broker or the network went away comes once more, and the readings of it are known by then.
mod address;
pub mod device;
mod lanes;
mod message;
mod session;

pub use address::Address;
pub use lanes::HELD;
pub use message::{ACTS, Desk, Heard, Message, Reply, TOPICS};

use lanes::Lanes;
use rumqttc::{
    AckMode, AsyncClient, ConnectionError, Event, EventLoop, Packet, QoS, SubscribeFilter,
    SubscribeReasonCode,
};
use services::gateways::Broker;
use session::NothingOnTheWay;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::time::sleep;

/// How many messages may be on their way to us, or with us, at once; with the largest ones, 32 MiB.
const WINDOW: u16 = 64;

/// The largest packet that is taken from the broker. What is more than a batch may be, but not more than this, is
/// answered; what is more than this the broker keeps from us.
const PACKET: u32 = 512 * 1024;

/// How long the broker keeps what it has for a server that is away.
const SESSION: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// How long to wait before connecting once more; longer each time.
const FIRST_PAUSE: Duration = Duration::from_millis(200);
const LONGEST_PAUSE: Duration = Duration::from_secs(15);

/// The broker, as one server is connected to it.
#[derive(Debug)]
pub struct Mqtt {
    address: Address,
    /// The same each time this server starts: under it the broker keeps what this server has not acknowledged.
    client: String,
    is_there: AtomicBool,
}

impl Broker for Mqtt {
    fn is_there(&self) -> bool {
        self.is_there.load(Ordering::Relaxed)
    }
}

impl Mqtt {
    /// `client` is another one for each server.
    pub fn new(address: Address, client: String) -> Self {
        Self { address, client, is_there: AtomicBool::new(false) }
    }

    /// Hears devices for as long as the server runs; connects again when the broker went away.
    pub async fn run<D: Desk>(&self, desk: Arc<D>) {
        let (mut pause, mut told) = (FIRST_PAUSE, false);
        loop {
            let error = self.serve(&desk).await;
            if self.is_there.swap(false, Ordering::Relaxed) {
                (pause, told) = (FIRST_PAUSE, false);
            }
            if !told {
                tracing::warn!(
                    "the MQTT broker at {} does not answer ({error}): trying again until it does",
                    self.address.shown()
                );
                told = true;
            }
            sleep(pause).await;
            pause = LONGEST_PAUSE.min(pause * 2);
        }
    }

    /// One connection, from its beginning to its end. It has a client of its own: what is acknowledged too late goes
    /// nowhere, instead of to a broker that has begun to count anew.
    async fn serve<D: Desk>(&self, desk: &Arc<D>) -> Lost {
        let mut options = self.address.options(&self.client, PACKET);
        options
            .set_clean_start(false)
            .set_session_expiry_interval(u32::try_from(SESSION.as_secs()).ok())
            .set_session_store(NothingOnTheWay)
            .set_receive_maximum(Some(WINDOW))
            .set_ack_mode(AckMode::Manual);
        let built = AsyncClient::builder(options).capacity(usize::from(WINDOW)).try_build();
        let (client, mut events) = match built {
            Ok(built) => built,
            Err(error) => return Lost::Elsewhere(error.to_string()),
        };
        let lanes = Lanes::new(Arc::clone(desk), client.clone());
        // Also where the server is told to stop, in the middle of this.
        let _until_then = lanes.until_dropped();
        self.listen(&client, &mut events, &lanes).await
    }

    async fn listen<D: Desk>(
        &self,
        client: &AsyncClient,
        events: &mut EventLoop,
        lanes: &Lanes<D>,
    ) -> Lost {
        loop {
            match events.poll().await {
                // Each time: the broker may have lost the session, or hold one with other topics.
                Ok(Event::Incoming(Packet::ConnAck(_))) => {
                    if client.try_subscribe_many(subscriptions()).is_err() {
                        return Lost::Elsewhere("no room to subscribe".to_owned());
                    }
                }
                Ok(Event::Incoming(Packet::SubAck(ack))) => {
                    let is_granted = |code: &SubscribeReasonCode| {
                        matches!(code, SubscribeReasonCode::Success(QoS::AtLeastOnce))
                    };
                    if !ack.return_codes.iter().all(is_granted) {
                        return Lost::Elsewhere("it does not let us subscribe".to_owned());
                    }
                    self.is_there.store(true, Ordering::Relaxed);
                    tracing::info!("devices are heard at {}, too", self.address.shown());
                }
                Ok(Event::Incoming(Packet::Publish(publish))) => match Message::read(&publish) {
                    Some(message) => lanes.take(message),
                    // Nothing we have subscribed to.
                    None => drop(client.try_ack(&publish)),
                },
                Ok(_) => {}
                Err(error) => return Lost::Connection(error),
            }
        }
    }
}

/// Why a connection ended.
#[derive(Debug)]
enum Lost {
    Connection(ConnectionError),
    Elsewhere(String),
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // Not in its own words: they may be a packet, with what is in it.
            Self::Connection(ConnectionError::NotConnAck(_)) => f.write_str("it is no broker"),
            Self::Connection(error @ ConnectionError::Io(_)) => error.fmt(f),
            Self::Connection(error @ ConnectionError::ConnectionRefused(_)) => error.fmt(f),
            Self::Connection(error @ ConnectionError::Timeout(_)) => error.fmt(f),
            Self::Connection(error @ ConnectionError::Tls(_)) => error.fmt(f),
            Self::Connection(_) => f.write_str("the connection has ended"),
            Self::Elsewhere(why) => f.write_str(why),
        }
    }
}

/// Of all devices what they tell us. Of those who share it, each message reaches one.
fn subscriptions() -> impl Iterator<Item = SubscribeFilter> {
    let filter = |act| format!("$share/medconnect/{TOPICS}/+/{act}");
    ACTS.into_iter().map(move |act| SubscribeFilter::new(filter(act), QoS::AtLeastOnce))
}
