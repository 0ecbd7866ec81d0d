//! A data folder a test, and a way to ask the cluster in it.

use std::{fs, path::PathBuf};

use gateways::postgres::Cluster;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio_postgres::{Client, NoTls};

pub fn data_dir() -> TempDir {
    tempfile::Builder::new().prefix("medconnect-").tempdir().unwrap()
}

pub async fn start(dir: &TempDir) -> Cluster {
    Cluster::start(dir.path(), |_| {}).await.unwrap()
}

pub async fn start_disposable(dir: &TempDir) -> Cluster {
    Cluster::start_disposable(dir.path(), |_| {}).await.unwrap()
}

pub async fn connect(url: &SecretString) -> Result<Client, tokio_postgres::Error> {
    let (client, connection) = tokio_postgres::connect(url.expose_secret(), NoTls).await?;
    tokio::spawn(connection);
    Ok(client)
}

pub async fn as_owner(cluster: &Cluster) -> Client {
    connect(&cluster.urls().owner).await.unwrap()
}

pub async fn as_app(cluster: &Cluster) -> Client {
    connect(&cluster.urls().app).await.unwrap()
}

/// The first column of the first row, as text.
pub async fn ask(client: &Client, question: &str) -> String {
    client.query_one(question, &[]).await.unwrap().get(0)
}

/// The folder of the only version that there is data of.
pub fn version_folder(dir: &TempDir) -> PathBuf {
    let mut folders: Vec<_> = fs::read_dir(dir.path().join("postgres"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.join("data").is_dir())
        .collect();
    assert_eq!(folders.len(), 1, "{folders:?}");
    folders.remove(0)
}

pub fn postmaster(dir: &TempDir) -> Pid {
    let note = fs::read_to_string(version_folder(dir).join("data/postmaster.pid")).unwrap();
    Pid::from_raw(note.lines().next().unwrap().parse().unwrap()).unwrap()
}

/// `kill -9` of the server process, without a word to the processes of its connections.
pub fn kill_postmaster(dir: &TempDir) {
    kill_process(postmaster(dir), Signal::KILL).unwrap();
}
