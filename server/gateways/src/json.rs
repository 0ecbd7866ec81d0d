//! Asking a program elsewhere in JSON.
use anyhow::Context;
use reqwest::{Client, Method, StatusCode, Url, header, redirect::Policy};
use secrecy::{ExposeSecret, SecretString};
use serde::Serialize;
use serde_json::Value;
use services::gateways::Silence;
use std::time::Duration;

/// How long one try may take; somebody waits for it.
const TIME: Duration = Duration::from_secs(4);

/// How long to wait before the second and last try.
const BREATH: Duration = Duration::from_millis(250);

/// The largest answer that is read, in bytes.
const SIZE: usize = 64 * 1024;

/// One address that takes JSON, with the token that opens it.
#[derive(Debug, Clone)]
pub struct JsonClient {
    client: Client,
    url: Url,
    token: Option<SecretString>,
}

impl JsonClient {
    /// `url` begins with https://, or http:// on this machine.
    pub fn new(url: &str, token: Option<SecretString>) -> anyhow::Result<Self> {
        let url = Url::parse(url).context("is not an address")?;
        let local = matches!(url.host_str(), Some("localhost" | "127.0.0.1" | "[::1]"));
        anyhow::ensure!(
            url.scheme() == "https" || url.scheme() == "http" && local,
            "must begin with https://"
        );
        let client = Client::builder()
            // A token goes nowhere else than where it was meant to.
            .redirect(Policy::none())
            .timeout(TIME)
            .user_agent(concat!("MedConnect/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, url, token })
    }

    pub fn host(&self) -> &str {
        self.url.host_str().unwrap_or_default()
    }

    /// Sends `body`, twice if the first try finds nobody who can answer. The same `key` both times: a second
    /// message with it is the first one. A question needs none.
    pub async fn send(
        &self,
        method: Method,
        key: Option<&str>,
        body: &impl Serialize,
    ) -> Result<(StatusCode, Value), Silence> {
        let body =
            serde_json::to_vec(body).map_err(|_| Silence("cannot be said in JSON".into()))?;
        match self.once(method.clone(), key, body.clone()).await {
            Ok((status, _))
                if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {}
            Ok(answer) => return Ok(answer),
            Err(_) => {}
        }
        tokio::time::sleep(BREATH).await;
        match self.once(method, key, body).await? {
            (status, _) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                Err(Silence(format!("it answered {}", status.as_u16())))
            }
            answer => Ok(answer),
        }
    }

    async fn once(
        &self,
        method: Method,
        key: Option<&str>,
        body: Vec<u8>,
    ) -> Result<(StatusCode, Value), Silence> {
        // The words of the error are not passed on: they tell what our network is like inside.
        let silent = |error: reqwest::Error| {
            Silence(
                if error.is_timeout() { "it took too long" } else { "it cannot be reached" }.into(),
            )
        };
        let mut request = self
            .client
            .request(method, self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::ACCEPT, "application/json")
            .body(body);
        if let Some(key) = key {
            request = request.header("idempotency-key", key);
        }
        if let Some(token) = &self.token {
            request = request.bearer_auth(token.expose_secret());
        }
        let mut response = request.send().await.map_err(silent)?;
        let status = response.status();
        let mut read = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(silent)? {
            if read.len() + chunk.len() > SIZE {
                return Err(Silence("its answer is too long".into()));
            }
            read.extend_from_slice(&chunk);
        }
        Ok((status, serde_json::from_slice(&read).unwrap_or_default()))
    }
}
