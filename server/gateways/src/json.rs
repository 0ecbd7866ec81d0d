//! Asking a program elsewhere in JSON.
use anyhow::Context;
use reqwest::{Client, Method, RequestBuilder, StatusCode, Url, header, redirect::Policy};
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

/// What opens an address.
#[derive(Debug, Clone)]
enum Credentials {
    Token(SecretString),
    Password(String, SecretString),
}

/// One address that answers in JSON, with what opens it.
#[derive(Debug, Clone)]
pub struct JsonClient {
    client: Client,
    url: Url,
    credentials: Option<Credentials>,
}

impl JsonClient {
    /// `url` begins with https://, or http:// on this machine.
    pub fn new(url: &str, token: Option<SecretString>) -> anyhow::Result<Self> {
        Self::opened_by(url, token.map(Credentials::Token))
    }

    /// The same where a name and a password open it.
    pub fn with_password(url: &str, user: &str, password: SecretString) -> anyhow::Result<Self> {
        Self::opened_by(url, Some(Credentials::Password(user.to_owned(), password)))
    }

    fn opened_by(url: &str, credentials: Option<Credentials>) -> anyhow::Result<Self> {
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
        Ok(Self { client, url, credentials })
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
        let request = |body: Vec<u8>| {
            let request = self.request(method.clone(), "application/json").body(body);
            match key {
                Some(key) => request.header("idempotency-key", key),
                None => request,
            }
        };
        match read(request(body.clone())).await {
            Ok((status, _)) if is_busy(status) => {}
            Ok(answer) => return Ok(answer),
            Err(_) => {}
        }
        tokio::time::sleep(BREATH).await;
        usable(read(request(body)).await?)
    }

    /// Sends `form` once: what may have arrived is not sent at once again.
    pub async fn send_form(&self, form: &[(&str, &str)]) -> Result<(StatusCode, Value), Silence> {
        let encoded = Url::parse_with_params("form:", form)
            .ok()
            .and_then(|url| url.query().map(str::to_owned))
            .ok_or_else(|| Silence("cannot be said in a form".into()))?;
        let request = self.request(Method::POST, "application/x-www-form-urlencoded");
        usable(read(request.body(encoded)).await?)
    }

    fn request(&self, method: Method, content_type: &'static str) -> RequestBuilder {
        let request = self
            .client
            .request(method, self.url.clone())
            .header(header::CONTENT_TYPE, content_type)
            .header(header::ACCEPT, "application/json");
        match &self.credentials {
            Some(Credentials::Token(token)) => request.bearer_auth(token.expose_secret()),
            Some(Credentials::Password(user, password)) => {
                request.basic_auth(user, Some(password.expose_secret()))
            }
            None => request,
        }
    }
}

/// Whether a later try may be answered otherwise.
fn is_busy(status: StatusCode) -> bool {
    status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS
}

fn usable((status, answer): (StatusCode, Value)) -> Result<(StatusCode, Value), Silence> {
    match is_busy(status) {
        true => Err(Silence(format!("it answered {}", status.as_u16()))),
        false => Ok((status, answer)),
    }
}

async fn read(request: RequestBuilder) -> Result<(StatusCode, Value), Silence> {
    // The words of the error are not passed on: they tell what our network is like inside.
    let silent = |error: reqwest::Error| {
        Silence(if error.is_timeout() { "it took too long" } else { "it cannot be reached" }.into())
    };
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
