//! The system of the hospitals, told over HTTP.
//!
//! `PUT` with an [`Affiliation`]; any success is enough. The `Idempotency-Key` is the same for the same news, and
//! of several the one with the highest `version` holds.
use crate::json::JsonClient;
use reqwest::Method;
use secrecy::SecretString;
use services::gateways::{Affiliation, Answer, HospitalSystem, Silence};

#[derive(Debug)]
pub struct HttpHospitals(JsonClient);

impl HttpHospitals {
    pub fn new(url: &str, token: Option<SecretString>) -> anyhow::Result<Self> {
        Ok(Self(JsonClient::new(url, token)?))
    }
}

impl HospitalSystem for HttpHospitals {
    fn name(&self) -> &str {
        self.0.host()
    }

    fn tell<'a>(&'a self, news: &'a Affiliation) -> Answer<'a, ()> {
        Box::pin(async move {
            let Affiliation { hospital_id, provider_id, version, .. } = news;
            let key = format!("{hospital_id}/{provider_id}/{version}");
            match self.0.send(Method::PUT, Some(&key), news).await? {
                (status, _) if status.is_success() => Ok(()),
                (status, _) => Err(Silence(format!("it answered {}", status.as_u16()))),
            }
        })
    }
}
