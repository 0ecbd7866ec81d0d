//! A Redis of a test's own, which can be killed, started anew and made to hang.
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use std::{path::PathBuf, process::Stdio};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader},
    net::UnixStream,
    process::{Child, Command},
};

/// Listens at a socket in a folder of its own, and keeps nothing on disk. Both are gone with it.
#[derive(Debug)]
pub struct Redis {
    folder: TempDir,
    process: Child,
}

impl Redis {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let process = run(&folder).await;
        Self { folder, process }
    }

    pub fn url(&self) -> SecretString {
        format!("redis+unix://{}", socket(&self.folder).display()).into()
    }

    /// `kill -9`; returns once the process is gone, with all that it has kept.
    pub async fn kill(&mut self) {
        self.process.kill().await.unwrap();
    }

    /// Starts it anew at the same address.
    pub async fn restart(&mut self) {
        self.process = run(&self.folder).await;
    }

    /// From here on it takes connections and says nothing.
    pub fn hang(&self) {
        self.signal(Signal::STOP);
    }

    pub fn go_on(&self) {
        self.signal(Signal::CONT);
    }

    fn signal(&self, signal: Signal) {
        let id = i32::try_from(self.process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), signal).unwrap();
    }

    /// What it says to `command`, one line after the other, as it goes over the wire.
    pub async fn say(&self, command: &str) -> Vec<String> {
        let mut stream = UnixStream::connect(socket(&self.folder)).await.unwrap();
        stream.write_all(format!("{command}\r\nQUIT\r\n").as_bytes()).await.unwrap();
        let mut said = String::new();
        stream.read_to_string(&mut said).await.unwrap();
        let said = said.strip_suffix("+OK\r\n").unwrap();
        said.lines().map(ToOwned::to_owned).collect()
    }
}

fn socket(folder: &TempDir) -> PathBuf {
    folder.path().join("redis.sock")
}

async fn run(folder: &TempDir) -> Child {
    let mut process = Command::new("redis-server")
        .args(["--port", "0", "--save", "", "--appendonly", "no", "--unixsocket"])
        .arg(socket(folder))
        .arg("--dir")
        .arg(folder.path())
        .stdout(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("redis-server is missing: run tools/setup --tests");
    let mut lines = BufReader::new(process.stdout.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.contains("ready to accept connections") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return process;
        }
    }
    panic!("redis-server did not start");
}
