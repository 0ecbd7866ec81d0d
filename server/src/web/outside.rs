//! What the outside may do with us, as the settings say.
use super::peer::Proxies;
use anyhow::{Context, bail};
use app::Site;
use axum::{
    http::{HeaderName, HeaderValue, Method, header},
    response::{IntoResponse, Response},
};
use domain::identity::Email;
use jiff::SignedDuration;
use std::{fmt, str::FromStr, time::Duration};
use tower_http::cors::CorsLayer;

/// Who is believed, who may call, and where to report what is wrong.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    pub proxies: Proxies,
    pub origins: Origins,
    pub security_contact: Option<SecurityContact>,
}

/// The other sites whose scripts may call the API.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origins(Vec<HeaderValue>);

impl fmt::Display for Origins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let said: Vec<_> = self.0.iter().filter_map(|origin| origin.to_str().ok()).collect();
        f.write_str(if said.is_empty() { "not set" } else { "" })?;
        f.write_str(&said.join(","))
    }
}

impl FromStr for Origins {
    type Err = anyhow::Error;

    /// Origins as browsers send them, with commas between them: `https://app.example.org,http://localhost:8080`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let parts = text.split(',').map(str::trim).filter(|part| !part.is_empty());
        parts.map(origin).collect::<anyhow::Result<_>>().map(Self)
    }
}

/// Exactly what a browser would send: anything else would never match.
fn origin(part: &str) -> anyhow::Result<HeaderValue> {
    let host = part.strip_prefix("https://").or_else(|| part.strip_prefix("http://"));
    let host = host.with_context(|| format!("{part} begins with neither https:// nor http://"))?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || ".-:[]".contains(c);
    if host.is_empty() || !host.chars().all(plain) {
        bail!("{part} is no origin: a lower-case host, perhaps a port, and nothing after it");
    }
    Ok(HeaderValue::from_str(part)?)
}

impl Origins {
    /// Lets their scripts call what is below it with a token; cookies are never sent along. `None`: there
    /// are no such sites.
    pub fn layer(&self) -> Option<CorsLayer> {
        if self.0.is_empty() {
            return None;
        }
        let methods = [Method::GET, Method::POST, Method::PUT, Method::PATCH, Method::DELETE];
        let key = HeaderName::from_static("idempotency-key");
        let replayed = HeaderName::from_static("idempotency-replayed");
        let layer = CorsLayer::new()
            .allow_origin(self.0.clone())
            .allow_methods(methods)
            .allow_headers([header::AUTHORIZATION, header::CONTENT_TYPE, key])
            .expose_headers([header::LOCATION, header::RETRY_AFTER, replayed])
            .max_age(Duration::from_secs(3_600));
        Some(layer)
    }
}

/// Where somebody writes who has found a hole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecurityContact(String);

impl fmt::Display for SecurityContact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for SecurityContact {
    type Err = anyhow::Error;

    /// An email address, or an address that begins with `https://`.
    fn from_str(text: &str) -> anyhow::Result<Self> {
        let text = text.trim();
        let page = text.starts_with("https://") && text.chars().all(|c| c.is_ascii_graphic());
        match text.parse::<Email>() {
            Ok(email) => Ok(Self(format!("mailto:{email}"))),
            Err(_) if page => Ok(Self(text.to_owned())),
            Err(_) => bail!("{text} is neither an email address nor a page"),
        }
    }
}

/// How long the file may be relied on (RFC 9116 asks for less than a year).
const GOOD_FOR: SignedDuration = SignedDuration::from_hours(180 * 24);

/// `/.well-known/security.txt` (RFC 9116).
pub fn security_txt(site: Site, contact: SecurityContact) -> Response {
    let expires = (site.clinic().now() + GOOD_FOR).strftime("%Y-%m-%dT00:00:00Z");
    let text = format!(
        "Contact: {contact}\nExpires: {expires}\nPreferred-Languages: en\nCanonical: {}/.well-known/security.txt\n",
        site.public_url()
    );
    let kind = HeaderValue::from_static("text/plain; charset=utf-8");
    ([(header::CONTENT_TYPE, kind)], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_origins_that_a_browser_sends_are_taken() {
        let two: Origins = "https://app.example.org, http://localhost:8080,".parse().unwrap();
        assert_eq!(two.to_string(), "https://app.example.org,http://localhost:8080");
        assert!(Origins::default().layer().is_none());
        for wrong in [
            "*",
            "null",
            "app.example.org",
            "https://",
            "https://a.org/",
            "https://A.org",
            "https://*.org",
            "https://a.org b",
        ] {
            assert!(wrong.parse::<Origins>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_contact_is_an_address_or_a_page() {
        let contact =
            |text: &str| text.parse::<SecurityContact>().map(|contact| contact.to_string());
        assert_eq!(contact("Security@Example.org").unwrap(), "mailto:security@example.org");
        assert_eq!(contact("https://example.org/report").unwrap(), "https://example.org/report");
        for wrong in ["", "http://example.org", "https://a b", "https://a\nExpires: x"] {
            assert!(contact(wrong).is_err(), "{wrong:?}");
        }
    }
}
