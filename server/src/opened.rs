//! What a command opens before it works, and closes again: the database, the data folder, the secret.
use crate::config::Config;
use anyhow::{Context, bail};
use gateways::postgres::Cluster;
use secrecy::SecretString;
use services::database::{connect, is_in_plain};
use std::{
    io::Write,
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::Path,
    time::Duration,
};
use tokio_util::sync::CancellationToken;

/// How often to see whether the private cluster is still there.
const LOOK_AFTER: Duration = Duration::from_secs(1);

/// The database of this run: the one that is named, or a private cluster.
pub struct Database {
    cluster: Option<Cluster>,
    pub app: SecretString,
    pub owner: SecretString,
}

impl Database {
    /// The one that is named, or a cluster that is started now.
    pub async fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(app) = config.database_url.clone() {
            let owner = config.database_owner_url.clone().unwrap_or_else(|| app.clone());
            if is_in_plain(&app) || is_in_plain(&owner) {
                tracing::warn!(
                    "others can read on the way what the database is told: add sslmode=require to its address"
                );
            }
            return Ok(Self { cluster: None, app, owner });
        }
        let progress = |line: &str| tracing::info!("{line}");
        let cluster = Cluster::start(&config.data_dir, progress).await?;
        let (app, owner) = (cluster.urls().app.clone(), cluster.urls().owner.clone());
        Ok(Self { cluster: Some(cluster), app, owner })
    }

    /// The same, or that of a server that is running.
    pub async fn join(config: &Config) -> anyhow::Result<Self> {
        if config.database_url.is_none()
            && let Some(urls) = Cluster::of_another(&config.data_dir)?
        {
            return Ok(Self { cluster: None, app: urls.app, owner: urls.owner });
        }
        Self::open(config).await
    }

    /// Ends the cluster, if it is of this run.
    pub async fn close(self) -> anyhow::Result<()> {
        match self.cluster {
            Some(cluster) => cluster.stop().await,
            None => Ok(()),
        }
    }

    /// Starts the private cluster again whenever it has ended, until `stop`.
    pub async fn keep(&self, stop: &CancellationToken) {
        let Some(cluster) = &self.cluster else { return };
        let mut told = false;
        while stop.run_until_cancelled(tokio::time::sleep(LOOK_AFTER)).await.is_some() {
            match stop.run_until_cancelled(cluster.revive()).await {
                Some(Ok(true)) => {
                    tracing::warn!("the database had ended and was started again");
                    told = false;
                }
                // Said once: it is tried every second, and its own log says the rest.
                Some(Err(error)) if !told => {
                    tracing::error!("the database has ended, starting it is tried again: {error}");
                    told = true;
                }
                _ => {}
            }
        }
    }

    /// A connection of the owner's, for seeding.
    pub async fn owner(&self) -> anyhow::Result<tokio_postgres::Client> {
        let (client, link) = connect(&self.owner).await?;
        tokio::spawn(link.run());
        Ok(client)
    }
}

/// The data folder is for nobody else to look into.
pub fn make_data_dir(config: &Config) -> anyhow::Result<()> {
    std::fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(&config.data_dir)
        .context("cannot make the data folder")
}

/// What this server is called at the broker, which keeps under it what is for this server: made once.
pub fn broker_client(config: &Config) -> anyhow::Result<String> {
    let path = config.data_dir.join("mqtt-client");
    match std::fs::read_to_string(&path) {
        Ok(kept) if !kept.trim().is_empty() => return Ok(kept.trim().to_owned()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("cannot read mqtt-client in the data folder");
        }
        _ => {}
    }
    let made = format!("medconnect-{}", uuid::Uuid::new_v4().simple());
    std::fs::write(&path, &made).context("cannot write mqtt-client into the data folder")?;
    Ok(made)
}

/// The secret of this clinic: given, or made once and kept in the data folder.
pub fn secret(config: &Config) -> anyhow::Result<SecretString> {
    if let Some(secret) = &config.secret {
        return Ok(secret.clone());
    }
    if config.database_url.is_some() && !config.demo {
        bail!("set MEDCONNECT_SECRET: servers that share a database must share their secret");
    }
    kept_secret(&config.data_dir.join("secret"))
}

fn kept_secret(path: &Path) -> anyhow::Result<SecretString> {
    match std::fs::read_to_string(path) {
        Ok(secret) if secret.len() >= 32 => return Ok(secret.into()),
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
            return Err(error).context("cannot read the secret in the data folder");
        }
        _ => {}
    }
    let mut bytes = [0; 48];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("no random numbers"))?;
    let secret = <base64ct::Base64 as base64ct::Encoding>::encode_string(&bytes);
    let mut file = std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .context("cannot write the secret into the data folder")?;
    file.write_all(secret.as_bytes())?;
    file.sync_all()?;
    Ok(secret.into())
}
