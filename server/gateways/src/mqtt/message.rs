//! What devices publish, and where they hear what became of it.
use rumqttc::{Publish, PublishProperties};
use std::time::Duration;

/// What the topics of all devices begin with.
pub const TOPICS: &str = "medconnect/devices";

/// What devices tell us, each at a topic of this name.
pub const ACTS: [&str; 3] = ["data", "verify", "error"];

/// The user property with the key of a device.
pub const KEY: &str = "x-api-key";

/// The user property of an answer with its status, as that of an answer over HTTP.
pub const STATUS: &str = "status";

/// Below the device's own topics, so that nobody is made to answer in another place.
pub(super) fn answers(device: &str) -> String {
    format!("{TOPICS}/{device}/answers")
}

/// What a device has published at `medconnect/devices/{device}/{act}`.
#[derive(Clone)]
pub struct Message {
    publish: Publish,
    /// Whose topic it is. Only its key says who it is from.
    pub device: String,
    pub act: String,
}

/// Without its key, and without what it says.
impl std::fmt::Debug for Message {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Message").field("act", &self.act).finish_non_exhaustive()
    }
}

impl Message {
    /// `None`: at no topic of a device.
    pub(super) fn read(publish: &Publish) -> Option<Self> {
        let topic = std::str::from_utf8(&publish.topic).ok()?;
        let rest = topic.strip_prefix(TOPICS)?.strip_prefix('/')?;
        let (device, act) = rest.split_once('/')?;
        let (device, act) = (device.to_owned(), act.to_owned());
        Some(Self { publish: publish.clone(), device, act })
    }

    pub fn payload(&self) -> &[u8] {
        &self.publish.payload
    }

    /// The key that was shown beside the payload.
    pub fn key(&self) -> Option<&str> {
        let properties = &self.publish.properties.as_ref()?.user_properties;
        properties.iter().find(|(name, _)| name == KEY).map(|(_, key)| key.as_str())
    }

    pub(super) fn publish(&self) -> &Publish {
        &self.publish
    }

    /// Where it is to be answered, if anywhere: among the answers to the same device and nowhere else, or whoever may
    /// publish could let us publish what they may not.
    pub(super) fn answered_at(&self) -> Option<&str> {
        let topic = self.publish.properties.as_ref()?.response_topic.as_deref()?;
        let below = topic.strip_prefix(answers(&self.device).as_str())?;
        ((below.is_empty() || below.starts_with('/')) && !below.contains(['+', '#']))
            .then_some(topic)
    }
}

/// What a device is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// As over HTTP.
    pub status: u16,
    /// JSON.
    pub body: Vec<u8>,
}

impl Reply {
    /// With what `message` is told from others that its device has sent.
    pub(super) fn properties(&self, message: &Message) -> PublishProperties {
        let sent = message.publish.properties.as_ref();
        let kind = if self.status < 400 { "application/json" } else { "application/problem+json" };
        PublishProperties {
            payload_format_indicator: Some(1),
            content_type: Some(kind.to_owned()),
            correlation_data: sent.and_then(|sent| sent.correlation_data.clone()),
            user_properties: vec![(STATUS.to_owned(), self.status.to_string())],
            ..PublishProperties::default()
        }
    }
}

/// What becomes of a message.
#[derive(Debug)]
pub enum Heard {
    /// It is dealt with, for good or for ill, and the broker may forget it.
    Settled(Reply),
    /// Its device is too fast: it is looked at again after a while.
    Wait(Duration),
    /// It cannot be dealt with now.
    Later,
    /// It went wrong on our side in a way that may be of this message: tried again some times, and no more.
    Failed(Reply),
}

/// Who deals with messages.
pub trait Desk: Send + Sync + 'static {
    fn hear(&self, message: &Message) -> impl Future<Output = Heard> + Send;

    /// What is said to a device that is too fast and has too many waiting already.
    fn turn_away(&self) -> Reply;
}

#[cfg(test)]
mod tests {
    use super::*;
    use rumqttc::QoS;

    fn sent(topic: &str, answered_at: Option<&str>) -> Option<Message> {
        let properties = PublishProperties {
            response_topic: answered_at.map(str::to_owned),
            user_properties: vec![(KEY.to_owned(), "mcd_secret".to_owned())],
            ..PublishProperties::default()
        };
        Message::read(&Publish::new(topic, QoS::AtLeastOnce, "{}", Some(properties)))
    }

    #[test]
    fn a_topic_names_a_device_and_what_it_does() {
        let message = sent("medconnect/devices/7/data", None).unwrap();
        assert_eq!((message.device.as_str(), message.act.as_str()), ("7", "data"));
        assert_eq!((message.key(), message.payload()), (Some("mcd_secret"), &b"{}"[..]));
        assert!(!format!("{message:?}").contains("secret"));
        for wrong in ["medconnect/devices/7", "medconnect/devicesX/7/data", "7/data", ""] {
            assert!(sent(wrong, None).is_none(), "{wrong}");
        }
    }

    #[test]
    fn a_message_is_answered_among_the_answers_to_its_device_and_nowhere_else() {
        let topic = "medconnect/devices/7/data";
        for right in ["medconnect/devices/7/answers", "medconnect/devices/7/answers/now"] {
            assert_eq!(sent(topic, Some(right)).unwrap().answered_at(), Some(right));
        }
        for wrong in [
            "medconnect/devices/8/answers",
            "medconnect/devices/7/data",
            "medconnect/devices/7/answersX",
            "medconnect/devices/7/answers/#",
            "$SYS/broker",
        ] {
            assert_eq!(sent(topic, Some(wrong)).unwrap().answered_at(), None, "{wrong}");
        }
        assert_eq!(sent(topic, None).unwrap().answered_at(), None);
    }
}
