//! A data folder a test, a way to ask the cluster in it, and a server that answers what a test wants.

use std::{
    fs,
    path::PathBuf,
    sync::{Arc, Mutex},
};

use gateways::postgres::Cluster;
use rustix::process::{Pid, Signal, kill_process};
use secrecy::{ExposeSecret as _, SecretString};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};
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

/// A server that gives `answers` in turn, the last one again and again, and remembers what it was asked.
pub async fn serve(answers: &[&'static str]) -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (asked, answers) = (Arc::new(Mutex::new(Vec::new())), answers.to_vec());
    let heard = asked.clone();
    tokio::spawn(async move {
        loop {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut request = String::new();
            let mut bytes = [0; 4_096];
            while !is_whole(&request) {
                let read = stream.read(&mut bytes).await.unwrap();
                if read == 0 {
                    break;
                }
                request.push_str(&String::from_utf8_lossy(bytes.get(..read).unwrap()));
            }
            let count = heard.lock().unwrap().len();
            heard.lock().unwrap().push(request);
            let answer = answers.get(count).or(answers.last()).unwrap();
            let (status, body) = answer.split_once('|').unwrap();
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    (url, asked)
}

/// Whether all of a request is there: its head, and a body as long as that says.
fn is_whole(request: &str) -> bool {
    let Some((head, body)) = request.split_once("\r\n\r\n") else { return false };
    let mut lines = head.lines().filter_map(|line| line.split_once(": "));
    let length = lines.find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    length.is_none_or(|(_, length)| body.len() >= length.parse().unwrap())
}
