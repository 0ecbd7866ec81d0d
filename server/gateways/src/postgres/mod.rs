//! The private PostgreSQL: a cluster that belongs to one data folder, made on the first start,
//! reached through a socket that only its owner may open.
//!
//! It outlives the server that started it. A server that was killed finds it again, and nothing
//! that was acknowledged is lost by killing either of the two.

mod account;
mod bootstrap;
mod conf;
mod folders;
mod postmaster;
mod programs;
mod secrets;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use secrecy::SecretString;

use account::Account;
use conf::Durability;
use folders::{Home, Lock};
use postmaster::Server;
use programs::Programs;
use secrets::Passwords;

pub use programs::find_binaries;

/// The database of the clinic.
const DATABASE: &str = "medconnect";
/// Owns the database and may do everything in the cluster: for migrations and tests.
const OWNER: &str = "medconnect_owner";
/// What the server signs in as: may use what the migrations grant, owns nothing.
const APP: &str = "medconnect_app";

/// A running private cluster.
///
/// Dropping it leaves PostgreSQL running, for the next start to find; [`stop`](Self::stop) ends it.
#[derive(Debug)]
pub struct Cluster {
    server: Server,
    home: Home,
    passwords: Passwords,
    urls: ClusterUrls,
    /// Held as long as this cluster is: one data folder, one server.
    _lock: Lock,
}

/// Where the database `medconnect` is, and who to sign in as.
#[derive(Debug)]
pub struct ClusterUrls {
    pub owner: SecretString,
    pub app: SecretString,
}

impl ClusterUrls {
    fn at(host: &str, passwords: &Passwords) -> Self {
        let url = |role, password| postmaster::url(host, role, password, DATABASE);
        Self { owner: url(OWNER, &passwords.owner), app: url(APP, &passwords.app) }
    }
}

impl Cluster {
    /// Starts the cluster under `data_dir`/postgres, which is made the first time. One that a
    /// killed server left running is taken over.
    ///
    /// `progress` hears one sentence about each step that may take a moment.
    pub async fn start(data_dir: &Path, progress: impl Fn(&str)) -> Result<Self> {
        Self::start_with(data_dir, Durability::Kept, progress).await
    }

    /// The same for tests: quicker, because what was written may be lost when the machine stops.
    pub async fn start_disposable(data_dir: &Path, progress: impl Fn(&str)) -> Result<Self> {
        Self::start_with(data_dir, Durability::Disposable, progress).await
    }

    async fn start_with(
        data_dir: &Path,
        durability: Durability,
        progress: impl Fn(&str),
    ) -> Result<Self> {
        let data_dir = folders::create(data_dir)?;
        let Some(lock) = folders::lock(&data_dir)? else {
            bail!(
                "Another medconnect is using the data folder {}. Stop it first, or choose another \
                 folder with MEDCONNECT_DATA_DIR.",
                data_dir.display()
            );
        };
        let account = Account::for_data_in(&data_dir)?;
        let home = Home::open(&data_dir, account)?;
        let programs = Programs::choose(account, &home.majors()?, home.path())?;
        let version = home.version(programs.major);

        if !version.exists() {
            progress(&format!("Making the database (PostgreSQL {})", programs.major));
            bootstrap::cluster(&programs, &home, &version).await?;
        }
        let passwords = Passwords::read(&version.passwords())?;

        let sockets = home.socket_folder(&data_dir)?;
        conf::write(&version, &sockets, durability)?;
        let server = Server::start(programs, &version, sockets, &progress).await?;

        let urls = ClusterUrls::at(server.host(), &passwords);
        Ok(Self { server, home, passwords, urls, _lock: lock })
    }

    /// Where the cluster under `data_dir` is while another medconnect runs it; `None`: none does.
    pub fn of_another(data_dir: &Path) -> Result<Option<ClusterUrls>> {
        let data_dir = folders::create(data_dir)?;
        if folders::lock(&data_dir)?.is_some() {
            return Ok(None);
        }
        let home = Home::open(&data_dir, Account::for_data_in(&data_dir)?)?;
        for major in home.majors()? {
            let version = home.version(major);
            if let Some(host) = postmaster::running_host(&version)? {
                let passwords = Passwords::read(&version.passwords())?;
                return Ok(Some(ClusterUrls::at(&host, &passwords)));
            }
        }
        bail!("The database of the medconnect that uses {} does not run.", data_dir.display());
    }

    pub fn urls(&self) -> &ClusterUrls {
        &self.urls
    }

    /// Another database of this cluster, as its owner.
    pub fn owner_url(&self, database: &str) -> SecretString {
        postmaster::url(self.server.host(), OWNER, &self.passwords.owner, database)
    }

    /// Starts PostgreSQL again if it has ended by itself, such as on a full disk; whether it had.
    pub async fn revive(&self) -> Result<bool> {
        self.server.revive().await
    }

    /// Ends PostgreSQL: running transactions are rolled back, and all else is on the disk when
    /// this returns.
    pub async fn stop(self) -> Result<()> {
        self.server.stop("fast").await
    }

    /// Ends PostgreSQL and deletes all its data.
    pub async fn remove(self) -> Result<()> {
        let sockets = self.server.sockets().to_owned();
        self.server.stop("immediate").await?;
        self.home.remove(&sockets)
    }
}

/// Reads a path as text: the settings and URLs of PostgreSQL know nothing else.
fn text(path: &Path) -> Result<&str> {
    let text = path.to_str().with_context(|| format!("{} is not valid UTF-8", path.display()))?;
    if text.contains(['\n', '\r']) {
        bail!("{text:?} has a line break in its name");
    }
    Ok(text)
}

/// The files of one major version's cluster: its data cannot be read by another.
#[derive(Debug, Clone)]
struct Version(PathBuf);

impl Version {
    fn exists(&self) -> bool {
        self.data().join("PG_VERSION").is_file()
    }
    fn data(&self) -> PathBuf {
        self.0.join("data")
    }
    fn settings(&self) -> PathBuf {
        self.0.join("postgresql.conf")
    }
    fn access(&self) -> PathBuf {
        self.0.join("pg_hba.conf")
    }
    fn passwords(&self) -> PathBuf {
        self.0.join("passwords")
    }
    fn log(&self) -> PathBuf {
        self.0.join("server.log")
    }
}
