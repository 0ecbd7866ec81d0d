//! Where a broker is, and as whom it is spoken to.
use anyhow::Context;
use percent_encoding::percent_decode_str;
use rumqttc::{Broker, MqttOptions, Transport};
use secrecy::{ExposeSecret, SecretString};
use std::time::Duration;
use url::Url;

const PORT: u16 = 1883;
const TLS_PORT: u16 = 8883;

/// How long connecting may take.
const TIME: Duration = Duration::from_secs(5);

/// After so many seconds without a word either side asks whether the other one is there.
const KEEP_ALIVE: u16 = 20;

const FORMS: &str = "must be mqtt://user:password@host:port, mqtts://… with TLS, or mqtt+unix://user:password@localhost/path";

/// The address of a broker.
#[derive(Clone)]
pub struct Address {
    broker: Broker,
    transport: Transport,
    login: Option<(String, SecretString)>,
    shown: String,
}

/// Without the password.
impl std::fmt::Debug for Address {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Address").field(&self.shown).finish()
    }
}

impl Address {
    /// `url` is `mqtt://user:password@host:port`, `mqtts://…` with TLS, or `mqtt+unix://user:password@localhost/path`.
    pub fn new(url: &SecretString) -> anyhow::Result<Self> {
        // The library's own words may show what was set.
        let url = Url::parse(url.expose_secret()).ok().context(FORMS)?;
        let host = url.host_str().map(|host| host.trim_matches(['[', ']'])).unwrap_or_default();
        let is_plain = url.query().is_none() && url.fragment().is_none();
        let (broker, transport, shown) = match url.scheme() {
            "mqtt" | "mqtts" if is_plain && !host.is_empty() && matches!(url.path(), "" | "/") => {
                let has_tls = url.scheme() == "mqtts";
                let port = url.port().unwrap_or(if has_tls { TLS_PORT } else { PORT });
                let transport = match has_tls {
                    true => Transport::try_tls_with_default_config()
                        .context("this machine has no certificates to check the broker's with")?,
                    false => Transport::tcp(),
                };
                (Broker::tcp(host, port), transport, format!("{host}:{port}"))
            }
            "mqtt+unix" if is_plain && matches!(host, "" | "localhost") && url.path().len() > 1 => {
                let path = decoded(url.path())?;
                (Broker::unix(&path), Transport::unix(), path)
            }
            _ => anyhow::bail!(FORMS),
        };
        let login = match url.username() {
            "" => None,
            user => {
                let password = decoded(url.password().unwrap_or_default())?;
                Some((decoded(user)?, password.into()))
            }
        };
        Ok(Self { broker, transport, login, shown })
    }

    /// Where it is, without the password.
    pub fn shown(&self) -> &str {
        &self.shown
    }

    /// Whether it says as whom.
    pub fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// The same broker, spoken to as somebody else.
    #[must_use]
    pub fn as_user(self, user: &str, password: SecretString) -> Self {
        Self { login: Some((user.to_owned(), password)), ..self }
    }

    /// How `client` speaks to it; packets of more than `packet` bytes are not for us.
    pub(super) fn options(&self, client: &str, packet: u32) -> MqttOptions {
        let mut options = MqttOptions::new(client, self.broker.clone());
        options
            .set_transport(self.transport.clone())
            .set_keep_alive(KEEP_ALIVE)
            .set_connect_timeout(TIME)
            .set_max_packet_size(Some(packet));
        if let Some((user, password)) = &self.login {
            options.set_credentials(user, password.expose_secret().to_owned());
        }
        options
    }
}

fn decoded(part: &str) -> anyhow::Result<String> {
    let text = percent_decode_str(part).decode_utf8().ok();
    Ok(text.context(FORMS)?.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const WRONG: [&str; 8] = [
        "",
        "localhost:1883",
        "redis://:hunter2@localhost",
        "mqtt://clinic:hunter2@localhost/topic",
        "mqtt://clinic:hunter2@localhost?client_id=7",
        "mqtts://clinic:hunter2@localhost#insecure",
        "mqtt+unix://clinic:hunter2@elsewhere/run/mosquitto.sock",
        "mqtt+unix://clinic:%FF%FE@localhost/run/mosquitto.sock",
    ];

    #[test]
    fn a_wrong_address_is_refused_in_one_line_without_the_password() {
        for url in WRONG {
            let refused = format!("{:#}", Address::new(&url.into()).unwrap_err());
            assert_eq!(refused, FORMS, "{url}");
        }
    }

    #[test]
    fn nothing_shows_the_password_and_it_may_have_any_characters() {
        for (url, shown) in [
            ("mqtt://clinic:hunter2%40%2F@broker.example", "broker.example:1883"),
            ("mqtt://clinic:hunter2%40%2F@[::1]:1999/", "::1:1999"),
            ("mqtt+unix://clinic:hunter2%40%2F@localhost/run/m.sock", "/run/m.sock"),
        ] {
            let address = Address::new(&url.into()).unwrap();
            assert_eq!(address.shown(), shown);
            assert!(!format!("{address:?}").contains("hunter2"), "{address:?}");
            let (user, password) = address.login.unwrap();
            assert_eq!((user.as_str(), password.expose_secret()), ("clinic", "hunter2@/"));
        }
        assert!(Address::new(&"mqtt://localhost".into()).unwrap().login.is_none());
    }
}
