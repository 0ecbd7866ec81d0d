//! The session of a browser: a cookie with nothing in it but an id.
use app::Site;
use async_trait::async_trait;
use domain::identity::{UserId, session::LONGEST};
use jiff::Timestamp;
use services::{
    Clinic,
    identity::sessions::{self, StoredSession},
};
use time::OffsetDateTime;
use tower_sessions::{
    Expiry, SessionManagerLayer, SessionStore,
    cookie::SameSite,
    session::{Id, Record},
    session_store::{Error, Result},
};

/// Reads and writes the session around the pages.
pub fn layer(site: &Site) -> SessionManagerLayer<Store> {
    SessionManagerLayer::new(Store(site.clinic().clone()))
        .with_name("__Host-session")
        .with_path("/")
        .with_secure(true)
        .with_http_only(true)
        .with_same_site(SameSite::Lax)
        // How long the browser keeps the cookie. When the session is over, its row says.
        .with_expiry(Expiry::OnInactivity(time::Duration::seconds(LONGEST.as_secs())))
}

/// Sessions as rows of PostgreSQL.
#[derive(Debug, Clone)]
pub struct Store(Clinic);

fn backend(error: services::Error) -> Error {
    error.report();
    Error::Backend("the sessions cannot be reached".to_owned())
}

fn stored(record: &Record) -> Result<StoredSession> {
    let user = record.data.get(app::SESSION_USER);
    let version = record.data.get(app::SESSION_VERSION);
    let signed_in_at = record.data.get(app::SESSION_SINCE).and_then(serde_json::Value::as_i64);
    Ok(StoredSession {
        user: user.and_then(|user| serde_json::from_value::<UserId>(user.clone()).ok()),
        version: version
            .and_then(|version| serde_json::from_value(version.clone()).ok())
            .unwrap_or_default(),
        signed_in_at: signed_in_at.and_then(|since| Timestamp::from_second(since).ok()),
        data: serde_json::to_value(&record.data)
            .map_err(|error| Error::Encode(error.to_string()))?,
    })
}

#[async_trait]
impl SessionStore for Store {
    async fn create(&self, record: &mut Record) -> Result<()> {
        while !sessions::create(&self.0, record.id.0, &stored(record)?).await.map_err(backend)? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> Result<()> {
        sessions::save(&self.0, record.id.0, &stored(record)?).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> Result<Option<Record>> {
        let Some(found) = sessions::load(&self.0, id.0).await.map_err(backend)? else {
            return Ok(None);
        };
        Ok(Some(Record {
            id: *id,
            data: serde_json::from_value(found.data)
                .map_err(|error| Error::Decode(error.to_string()))?,
            expiry_date: OffsetDateTime::from_unix_timestamp(found.expires_at.as_second())
                .map_err(|error| Error::Decode(error.to_string()))?,
        }))
    }

    async fn delete(&self, id: &Id) -> Result<()> {
        sessions::delete(&self.0, id.0).await.map_err(backend)
    }
}
