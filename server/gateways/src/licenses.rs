//! A register of doctors, asked over HTTP.
//!
//! `POST` with `{"license_number", "first_name", "last_name", "specialization"}`; it answers 200 and
//! `{"standing": "valid" | "unknown" | "suspended" | "expired"}`, or 404 for a number it does not know.
//! Everything else is no answer, and nobody is added without one.
use crate::json::JsonClient;
use domain::directory::LicenseStanding;
use reqwest::{Method, StatusCode};
use secrecy::SecretString;
use services::gateways::{Answer, License, LicenseRegister, Silence};

#[derive(Debug)]
pub struct HttpRegister(JsonClient);

impl HttpRegister {
    pub fn new(url: &str, token: Option<SecretString>) -> anyhow::Result<Self> {
        Ok(Self(JsonClient::new(url, token)?))
    }
}

impl LicenseRegister for HttpRegister {
    fn name(&self) -> &str {
        self.0.host()
    }

    fn standing<'a>(&'a self, license: &'a License) -> Answer<'a, LicenseStanding> {
        Box::pin(async move {
            let answer = self.0.send(Method::POST, None, license).await?;
            match answer {
                (StatusCode::OK, json) => json
                    .get("standing")
                    .and_then(|word| word.as_str()?.parse().ok())
                    .ok_or_else(|| Silence("its answer cannot be read".into())),
                (StatusCode::NOT_FOUND, _) => Ok(LicenseStanding::Unknown),
                (status, _) => Err(Silence(format!("it answered {}", status.as_u16()))),
            }
        })
    }
}
