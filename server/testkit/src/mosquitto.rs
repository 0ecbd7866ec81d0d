//! A Mosquitto of a test's own, set up as we tell others to, which can be stopped, killed and started anew.
use rustix::process::{Pid, Signal, kill_process};
use secrecy::SecretString;
use std::process::Stdio;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

const CONFIG: &str = include_str!("../../gateways/mosquitto.conf");
const RULES: &str = include_str!("../../gateways/mosquitto.acl");

/// Listens at a socket in a folder of its own. Both are gone with it.
#[derive(Debug)]
pub struct Mosquitto {
    folder: TempDir,
    process: Child,
}

impl Mosquitto {
    pub async fn start() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path().display();
        // Whoever signs in is who they say: what is tested are the rules, and the keys.
        let config = format!(
            "{CONFIG}\nlistener 0 {at}/socket\npersistence_location {at}/\nacl_file {at}/acl\nallow_anonymous true\n\
             user root\n"
        );
        std::fs::write(folder.path().join("config"), config).unwrap();
        std::fs::write(folder.path().join("acl"), RULES).unwrap();
        let process = run(&folder).await;
        Self { folder, process }
    }

    /// Where `user` reaches it.
    pub fn url(&self, user: &str) -> SecretString {
        format!("mqtt+unix://{user}@localhost{}/socket", self.folder.path().display()).into()
    }

    /// Ends it as the system would, so that it writes what it holds.
    pub async fn stop(&mut self) {
        let id = i32::try_from(self.process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        self.process.wait().await.unwrap();
    }

    /// Starts it anew at the same address.
    pub async fn restart(&mut self) {
        self.process = run(&self.folder).await;
    }
}

async fn run(folder: &TempDir) -> Child {
    // Debian has it where services are, which is not in everybody's path.
    let path = std::env::var("PATH").unwrap_or_default();
    let mut process = Command::new("mosquitto")
        .env("PATH", format!("{path}:/usr/sbin:/usr/local/sbin"))
        .arg("-c")
        .arg(folder.path().join("config"))
        .stderr(Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .expect("mosquitto is missing: run tools/setup --tests");
    let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
    while let Some(line) = lines.next_line().await.unwrap() {
        if line.ends_with("running") {
            tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
            return process;
        }
    }
    panic!("mosquitto did not start");
}
