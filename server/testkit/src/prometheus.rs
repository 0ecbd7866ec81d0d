//! A Prometheus of a test's own, which reads one server with our rules.
use serde_json::Value;
use std::{path::Path, process::Stdio, time::Duration};
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt, BufReader},
    process::{Child, Command},
};

/// Where our rules are.
pub const RULES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../monitoring");

/// Where `tools/setup` puts it.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../target/prometheus");

/// Reads five times a second. What it has kept is gone with it.
#[derive(Debug)]
pub struct Prometheus {
    _folder: TempDir,
    _process: Child,
    addr: String,
}

impl Prometheus {
    /// One that reads `/metrics` of `server`.
    pub async fn of(server: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let config = format!(
            "global: {{scrape_interval: 200ms, scrape_timeout: 200ms, evaluation_interval: 200ms}}\n\
             rule_files: [{RULES}/alerts.yml]\n\
             scrape_configs: [{{job_name: medconnect, static_configs: [{{targets: ['{server}']}}]}}]\n"
        );
        std::fs::write(folder.path().join("config.yml"), config).unwrap();
        let mut process = program("prometheus")
            .arg(format!("--config.file={}/config.yml", folder.path().display()))
            .arg(format!("--storage.tsdb.path={}/data", folder.path().display()))
            .arg("--web.listen-address=127.0.0.1:0")
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("prometheus is not installed; `tools/setup --tests` does that");
        let mut lines = BufReader::new(process.stderr.take().unwrap()).lines();
        let mut addr = None;
        while let Some(line) = lines.next_line().await.unwrap() {
            if let Some((_, found)) = line.split_once("msg=\"Listening on\" address=") {
                addr = Some(found.trim().to_owned());
            }
            if line.contains("Server is ready") {
                break;
            }
        }
        tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
        Self { _folder: folder, _process: process, addr: addr.expect("prometheus did not start") }
    }

    /// What `expression` comes to, once that is `wanted`.
    pub async fn wait_for(&self, expression: &str, wanted: &str) {
        let mut now_and_then = tokio::time::interval(Duration::from_millis(200));
        for _ in 0..150 {
            now_and_then.tick().await;
            if self.value(expression).await.as_deref() == Some(wanted) {
                return;
            }
        }
        panic!("{expression} is {:?}, not {wanted}", self.value(expression).await);
    }

    async fn value(&self, expression: &str) -> Option<String> {
        let server = format!("http://{}", self.addr);
        let asked = program("promtool")
            .args(["query", "instant", "-o", "json", &server, expression])
            .output();
        let said: Value = serde_json::from_slice(&asked.await.unwrap().stdout).ok()?;
        Some(said.get(0)?.get("value")?.get(1)?.as_str()?.to_owned())
    }
}

/// Tests the rules with the cases beside them; what is wrong with them, if anything is.
pub async fn test_rules() -> Result<(), String> {
    let cases = Path::new(RULES).join("alerts.test.yml");
    let tested = program("promtool").args(["test", "rules"]).arg(cases).output().await.unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&tested.stdout),
        String::from_utf8_lossy(&tested.stderr)
    );
    tested.status.success().then_some(()).ok_or(said)
}

fn program(name: &str) -> Command {
    let path = std::env::var("PATH").unwrap_or_default();
    let mut command = Command::new(name);
    command.env("PATH", format!("{PROGRAMS}:{path}"));
    command
}
