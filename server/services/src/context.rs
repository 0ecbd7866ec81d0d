use crate::{
    Result,
    devices::{Keyed, ShownKey},
    directory::{KnownChoices, KnownProviders},
    gateways::Gateways,
    identity::{Hashing, Keys, passkeys::RelyingParty, signing::Ring},
    live::Live,
    readings::Intake,
    together::Together,
};
use diesel_async::{AsyncPgConnection, pooled_connection::deadpool};
use domain::{account::phone::TextLimits, readings::Retention};
use jiff::Timestamp;
use std::sync::Arc;

pub type Conn = AsyncPgConnection;
pub type Pool = deadpool::Pool<Conn>;

/// Tells the time. Tests bring their own.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Everything a use case may need. Cheap to clone: each request does, several times.
#[derive(Clone)]
pub struct Clinic(Arc<Parts>);

#[derive(Clone)]
struct Parts {
    pool: Pool,
    clock: Clock,
    live: Live,
    keys: Arc<Keys>,
    ring: Arc<Ring>,
    hashing: Arc<Hashing>,
    known_providers: Arc<KnownProviders>,
    known_choices: Arc<KnownChoices>,
    gateways: Gateways,
    requires_factor: bool,
    relying_party: Option<Arc<RelyingParty>>,
    text_limits: TextLimits,
    shown_keys: Arc<Together<ShownKey, Option<Keyed>>>,
    intake: Arc<Intake>,
    retention: Retention,
}

impl std::fmt::Debug for Clinic {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Clinic").field("pool", &self.0.pool.status()).finish_non_exhaustive()
    }
}

impl Clinic {
    pub fn new(pool: Pool, clock: Clock, keys: Keys) -> Self {
        let intake = Arc::new(Intake::of(pool.status().max_size));
        Self(Arc::new(Parts {
            shown_keys: Arc::new(Together::in_lanes(1)),
            intake,
            pool,
            clock,
            live: Live::default(),
            keys: Arc::new(keys),
            ring: Arc::default(),
            hashing: Arc::default(),
            known_providers: Arc::default(),
            known_choices: Arc::default(),
            gateways: Gateways::default(),
            requires_factor: false,
            relying_party: None,
            text_limits: TextLimits::default(),
            retention: Retention::default(),
        }))
    }

    fn with(self, change: impl FnOnce(&mut Parts)) -> Self {
        let mut parts = Arc::unwrap_or_clone(self.0);
        change(&mut parts);
        Self(Arc::new(parts))
    }

    /// The same clinic, connected to `gateways`.
    pub fn with_gateways(self, gateways: Gateways) -> Self {
        self.with(|parts| parts.gateways = gateways)
    }

    /// The same clinic, in which doctors and admins without a second factor may do nothing but set one up.
    pub fn requiring_factor(self, requires_factor: bool) -> Self {
        self.with(|parts| parts.requires_factor = requires_factor)
    }

    /// The same clinic, which keeps single readings as long as `retention` says.
    pub fn keeping_readings(self, retention: Retention) -> Self {
        self.with(|parts| parts.retention = retention)
    }

    /// The same clinic for people who open it at `public_url`: there its passkeys work.
    pub fn reached_at(self, public_url: &str) -> Self {
        self.with(|parts| parts.relying_party = RelyingParty::at(public_url).map(Arc::new))
    }

    /// The same clinic, which sends no more text messages than `limits` say.
    pub fn texting_at_most(self, text_limits: TextLimits) -> Self {
        self.with(|parts| parts.text_limits = text_limits)
    }

    pub fn now(&self) -> Timestamp {
        (self.0.clock)()
    }

    pub async fn db(&self) -> Result<deadpool::Object<Conn>> {
        Ok(self.0.pool.get().await?)
    }

    /// How the connections to the database are used.
    pub(crate) fn pool_status(&self) -> ::deadpool::Status {
        self.0.pool.status()
    }

    pub fn live(&self) -> &Live {
        &self.0.live
    }

    pub(crate) fn requires_factor(&self) -> bool {
        self.0.requires_factor
    }

    pub(crate) fn relying_party(&self) -> Option<&RelyingParty> {
        self.0.relying_party.as_deref()
    }

    pub(crate) fn text_limits(&self) -> TextLimits {
        self.0.text_limits
    }

    pub(crate) fn retention(&self) -> Retention {
        self.0.retention
    }

    /// Keys that devices show at the moment.
    pub(crate) fn shown_keys(&self) -> &Arc<Together<ShownKey, Option<Keyed>>> {
        &self.0.shown_keys
    }

    /// What comes from devices.
    pub(crate) fn intake(&self) -> &Intake {
        &self.0.intake
    }

    pub(crate) fn gateways(&self) -> &Gateways {
        &self.0.gateways
    }

    pub(crate) fn keys(&self) -> &Keys {
        &self.0.keys
    }

    pub(crate) fn ring(&self) -> &Ring {
        &self.0.ring
    }

    pub(crate) fn known_providers(&self) -> &KnownProviders {
        &self.0.known_providers
    }

    pub(crate) fn known_choices(&self) -> &KnownChoices {
        &self.0.known_choices
    }

    pub(crate) fn hashing(&self) -> &Hashing {
        &self.0.hashing
    }
}
