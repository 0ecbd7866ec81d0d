//! A program that posts to a clinic: a device, or whoever registers one. For the simulated device.
use crate::mqtt::Reply;
use anyhow::Context;
use reqwest::{Client, header, redirect::Policy};
use std::time::Duration;

/// How long an answer may take.
const TIME: Duration = Duration::from_secs(20);

/// A connection to the clinic at one address.
#[derive(Debug, Clone)]
pub struct HttpDevice {
    client: Client,
    base: String,
}

impl HttpDevice {
    /// `base` is the address that people use, without a slash at its end.
    pub fn new(base: &str) -> anyhow::Result<Self> {
        let client = Client::builder().redirect(Policy::none()).timeout(TIME).build()?;
        Ok(Self { client, base: base.trim_end_matches('/').to_owned() })
    }

    /// Posts JSON with the header `name`; the answer, and the seconds after which to come back if it says so.
    pub async fn post(
        &self,
        path: &str,
        (name, secret): (&str, &str),
        body: String,
    ) -> anyhow::Result<(Reply, Option<u64>)> {
        let request = self
            .client
            .post(format!("{}{path}", self.base))
            .header(header::CONTENT_TYPE, "application/json")
            .header(name, secret);
        let answer = request.body(body).send().await.context("the clinic does not answer")?;
        let wait = answer.headers().get(header::RETRY_AFTER);
        let wait = wait.and_then(|seconds| seconds.to_str().ok()?.parse().ok());
        let status = answer.status().as_u16();
        let body = answer.bytes().await.context("the clinic's answer broke off")?.to_vec();
        Ok((Reply { status, body }, wait))
    }
}
