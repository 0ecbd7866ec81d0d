//! The way to PostgreSQL: the pool, and the schema it needs.
mod connect;

use crate::{Clinic, Conn, Pool, Result};
use diesel::{ConnectionError, dsl::sql, sql_types::Bool};
use diesel_async::{
    AsyncMigrationHarness, RunQueryDsl, SimpleAsyncConnection,
    pooled_connection::{AsyncDieselConnectionManager, ManagerConfig, RecyclingMethod, deadpool},
};
use diesel_migrations::{EmbeddedMigrations, MigrationHarness, embed_migrations};
use domain::booking::Offer;
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use secrecy::{ExposeSecret, SecretString};
use std::{ops::Bound, time::Duration};

pub use connect::{Link, Unconnected, connect, is_in_plain};

const MIGRATIONS: EmbeddedMigrations = embed_migrations!("../../migrations");

/// Serialises servers that start at once; any number that nobody else uses.
const MIGRATION_LOCK: i64 = 0x6d65_6463_6f6e_6e65;

/// What every connection of the application sets first: it works as the role
/// that owns nothing, and nothing it does may hang.
const SESSION: &str = "SET ROLE medconnect_app; \
     SET TIME ZONE 'UTC'; \
     SET statement_timeout = '10s'; \
     SET lock_timeout = '5s'; \
     SET idle_in_transaction_session_timeout = '10s'; \
     SET pg_trgm.word_similarity_threshold = 0.5";

/// A pool of at most `size` connections to `url`.
///
/// Waiting for one, making one and checking one are each limited to three
/// seconds: with the database gone, a caller learns it soon.
pub fn pool(url: &SecretString, size: usize) -> anyhow::Result<Pool> {
    let mut config = ManagerConfig::<Conn>::default();
    config.recycling_method = RecyclingMethod::Fast;
    let address = url.clone();
    config.custom_setup = Box::new(move |_| {
        let address = address.clone();
        Box::pin(async move {
            let mut conn = connect::establish(&address).await?;
            conn.batch_execute(SESSION)
                .await
                .map_err(ConnectionError::CouldntSetupConfiguration)?;
            Ok(conn)
        })
    });
    let manager =
        AsyncDieselConnectionManager::<Conn>::new_with_config(url.expose_secret(), config);
    let patience = Some(Duration::from_secs(3));
    Ok(deadpool::Pool::builder(manager)
        .max_size(size)
        .runtime(::deadpool::Runtime::Tokio1)
        .wait_timeout(patience)
        .create_timeout(patience)
        .recycle_timeout(patience)
        .build()?)
}

/// No connection to the database can be made; in a moment perhaps one can.
#[derive(Debug, thiserror::Error)]
#[error("cannot reach the database: {0}")]
pub struct Unreachable(#[source] ConnectionError);

/// Brings the schema up to date, as its owner. Safe to call from several servers at once.
///
/// Needs tokio's multi-thread runtime.
pub async fn migrate(owner_url: &SecretString) -> anyhow::Result<()> {
    let done =
        run(owner_url, |harness| harness.run_pending_migrations(MIGRATIONS).map(|done| done.len()))
            .await?;
    if done > 0 {
        tracing::info!(migrations = done, "database migrated");
    }
    Ok(())
}

/// Whether the database at `url` has been migrated as far as to have an audit trail.
pub async fn has_audit_trail(url: &SecretString) -> anyhow::Result<bool> {
    let mut conn = connect::establish(url).await.map_err(Unreachable)?;
    let there = sql::<Bool>("to_regclass('public.audit_batches') IS NOT NULL");
    Ok(diesel::select(there).get_result(&mut conn).await?)
}

/// Takes the whole schema down again, with all that is in it.
pub async fn revert(owner_url: &SecretString) -> anyhow::Result<()> {
    run(owner_url, |harness| harness.revert_all_migrations(MIGRATIONS).map(|done| done.len()))
        .await?;
    Ok(())
}

/// Does `work` on a task of its own: it blocks its thread, and a task that
/// shares it would not hear that it has been woken.
async fn run(
    owner_url: &SecretString,
    work: impl FnOnce(&mut AsyncMigrationHarness<Conn>) -> diesel::migration::Result<usize>
    + Send
    + 'static,
) -> anyhow::Result<usize> {
    let url = owner_url.clone();
    tokio::spawn(async move {
        let mut conn = connect::establish(&url).await.map_err(Unreachable)?;
        conn.batch_execute(&format!("SELECT pg_advisory_lock({MIGRATION_LOCK})")).await?;
        // The lock goes with the connection, whatever happens.
        tokio::task::block_in_place(|| work(&mut AsyncMigrationHarness::new(conn)))
            .map_err(|error| anyhow::anyhow!("migration failed: {error}"))
    })
    .await?
}

/// `instant`, or where it lies before all that we know of the beginning of that: PostgreSQL knows no time as
/// early as some that can be typed.
pub fn known_time(instant: Timestamp) -> Timestamp {
    instant.max(Timestamp::UNIX_EPOCH)
}

/// A range of PostgreSQL, `[)`.
pub type Range = (Bound<jiff_diesel::Timestamp>, Bound<jiff_diesel::Timestamp>);

/// From when until when the doctor sees nobody else because of a visit at `offer`, as it is written with
/// the visit; `None`: for no longer than it lasts.
pub fn with_pauses(offer: &Offer) -> Option<Range> {
    let all = offer.pauses.around(offer.slot)?;
    Some((Bound::Included(all.start.to_diesel()), Bound::Excluded(all.end.to_diesel())))
}

/// Whether the database answers.
pub async fn ping(clinic: &Clinic) -> Result<()> {
    clinic.db().await?.batch_execute("SELECT 1").await?;
    Ok(())
}
