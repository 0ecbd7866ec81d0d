//! The other side: a device that publishes, and hears what became of it. For the simulated device, and for tests.
use super::{Address, Reply, TOPICS, message};
use anyhow::{Context, bail};
use rumqttc::{
    AsyncClient, Event, EventLoop, Packet, PubAckReason, Publish, PublishOptions,
    PublishProperties, PublishResult, QoS,
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{
    sync::oneshot,
    task::AbortHandle,
    time::{sleep, timeout},
};
use uuid::Uuid;

/// The largest answer: 500 results take a fifth of it.
const PACKET: u32 = 1024 * 1024;

const PAUSE: Duration = Duration::from_millis(200);

type Asked = Arc<Mutex<HashMap<Vec<u8>, oneshot::Sender<Reply>>>>;

/// A connection of one device, which lasts until it is dropped; it is made anew when it ends.
#[derive(Debug)]
pub struct MqttDevice {
    device: String,
    client: AsyncClient,
    asked: Asked,
    reader: AbortHandle,
}

impl Drop for MqttDevice {
    fn drop(&mut self) {
        self.reader.abort();
    }
}

impl MqttDevice {
    /// Connects `device` to a broker, within `time`.
    pub async fn connect(address: &Address, device: &str, time: Duration) -> anyhow::Result<Self> {
        let id = format!("device-{}", Uuid::new_v4().simple());
        let options = address.options(&id, PACKET);
        let (client, events) = AsyncClient::builder(options).capacity(16).try_build()?;
        let (asked, (ready, is_ready)) = (Asked::default(), oneshot::channel());
        let reading =
            read(client.clone(), events, message::answers(device), Arc::clone(&asked), ready);
        let reader = tokio::spawn(reading).abort_handle();
        let made = Self { device: device.to_owned(), client, asked, reader };
        timeout(time, is_ready).await.context("the broker does not answer")??;
        Ok(made)
    }

    /// Publishes `body` at the topic `act`; returns once the broker has it, which says nothing about the clinic.
    pub async fn publish(&self, act: &str, key: &str, body: String) -> anyhow::Result<()> {
        self.send(act, key, body, PublishProperties::default()).await
    }

    /// The same, and what the clinic answers. Without an answer within `time` it may be asked once more.
    pub async fn ask(
        &self,
        act: &str,
        key: &str,
        body: String,
        time: Duration,
    ) -> anyhow::Result<Reply> {
        let (sender, answer) = oneshot::channel();
        let number = Uuid::new_v4().into_bytes().to_vec();
        self.lock().insert(number.clone(), sender);
        let properties = PublishProperties {
            response_topic: Some(message::answers(&self.device)),
            correlation_data: Some(number.clone().into()),
            ..PublishProperties::default()
        };
        let answered = timeout(time, async {
            self.send(act, key, body, properties).await?;
            Ok(answer.await?)
        });
        let answered = answered.await.context("the clinic has not answered").flatten();
        self.lock().remove(&number);
        answered
    }

    async fn send(
        &self,
        act: &str,
        key: &str,
        body: String,
        mut properties: PublishProperties,
    ) -> anyhow::Result<()> {
        properties.user_properties.push((message::KEY.to_owned(), key.to_owned()));
        let topic = format!("{TOPICS}/{}/{act}", self.device);
        let options = PublishOptions::at_least_once().properties(properties);
        // The words of these errors hold the whole message.
        let sent = self.client.publish_tracked(topic, body, options).await;
        let sent = sent.map_err(|_| anyhow::anyhow!("it could not be sent"))?;
        match sent.wait_async().await? {
            PublishResult::Qos1(taken) if taken.reason == PubAckReason::Success => Ok(()),
            PublishResult::Qos1(taken) => bail!("the broker says {:?}", taken.reason),
            _ => bail!("the broker does not say that it has it"),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<Vec<u8>, oneshot::Sender<Reply>>> {
        self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Hands answers to those who have asked.
async fn read(
    client: AsyncClient,
    mut events: EventLoop,
    answers: String,
    asked: Asked,
    ready: oneshot::Sender<()>,
) {
    let mut ready = Some(ready);
    loop {
        match events.poll().await {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                let _ = client.try_subscribe(answers.clone(), QoS::AtLeastOnce);
            }
            Ok(Event::Incoming(Packet::SubAck(_))) => {
                if let Some(ready) = ready.take() {
                    let _ = ready.send(());
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => hand_out(&asked, &publish),
            Ok(_) => {}
            Err(_) => sleep(PAUSE).await,
        }
    }
}

fn hand_out(asked: &Asked, publish: &Publish) {
    let Some(properties) = &publish.properties else { return };
    let status = properties.user_properties.iter().find(|(name, _)| name == message::STATUS);
    let status = status.and_then(|(_, status)| status.parse().ok()).unwrap_or_default();
    let number = properties.correlation_data.as_deref().unwrap_or_default();
    let waiting = asked.lock().unwrap_or_else(PoisonError::into_inner).remove(number);
    if let Some(waiting) = waiting {
        let _ = waiting.send(Reply { status, body: publish.payload.to_vec() });
    }
}
