//! Starting, finding and ending the server process.

use std::{
    fs::{self, File, OpenOptions},
    os::unix::{fs::OpenOptionsExt as _, net::UnixStream},
    path::{Path, PathBuf},
    process::Stdio,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, bail};
use rustix::{
    io::Errno,
    process::{Pid, test_kill_process},
};
use secrecy::{ExposeSecret as _, SecretString};
use tokio::time::sleep;

use super::{Version, folders::SOCKET, programs::Programs, text};

/// How long a start may take: a server that was killed first repeats what is in its log.
const PATIENCE: Duration = Duration::from_secs(120);
const PAUSE: Duration = Duration::from_millis(50);
/// A log larger than this is put aside at the next start.
const LARGEST_LOG: u64 = 4 << 20;

#[derive(Debug)]
pub(super) struct Server {
    programs: Programs,
    version: Version,
    sockets: PathBuf,
    /// The folder of the socket, in the letters of a URL.
    host: String,
}

impl Server {
    /// Starts the server, or finds the one that is running.
    pub async fn start(
        programs: Programs,
        version: &Version,
        sockets: PathBuf,
        progress: &impl Fn(&str),
    ) -> Result<Self> {
        let data = version.data();
        let asked = Instant::now();
        let mut told = false;
        let sockets = loop {
            match Postmaster::of(&data) {
                Some(running) if running.answers() => break running.sockets,
                Some(_) => {}
                None => match start_new(&programs, version).await {
                    Ok(()) => break sockets,
                    // The processes of a server that was killed take a moment to notice.
                    Err(error) if !error.to_string().contains("still in use") => return Err(error),
                    Err(error) if asked.elapsed() > PATIENCE => return Err(error),
                    Err(_) => {}
                },
            }
            if asked.elapsed() > PATIENCE {
                bail!(
                    "PostgreSQL is running but does not answer; {} may tell why.",
                    version.log().display()
                );
            }
            if !told && asked.elapsed() > Duration::from_secs(1) {
                progress("Waiting for the database");
                told = true;
            }
            sleep(PAUSE).await;
        };
        let host = percent_encode(text(&sockets)?);
        Ok(Self { programs, version: version.clone(), sockets, host })
    }

    /// Starts the server again if it has ended; whether it had.
    pub async fn revive(&self) -> Result<bool> {
        if Postmaster::of(&self.version.data()).is_some() {
            return Ok(false);
        }
        start_new(&self.programs, &self.version).await?;
        Ok(true)
    }

    pub fn sockets(&self) -> &Path {
        &self.sockets
    }

    /// The folder of the socket, as a URL names it.
    pub fn host(&self) -> &str {
        &self.host
    }

    /// Ends the server and waits for it; one that has ended already is fine.
    pub async fn stop(self, mode: &str) -> Result<()> {
        let mut command = self.programs.command("pg_ctl");
        let data = self.version.data();
        command.env("PGDATA", &data).args(["stop", "-w", "-s", "-t", "60", "-m", mode]);
        let output = command.output().await?;
        if !output.status.success() && Postmaster::of(&data).is_some() {
            bail!("PostgreSQL did not stop: {}", String::from_utf8_lossy(&output.stderr).trim());
        }
        Ok(())
    }
}

pub(super) fn url(host: &str, role: &str, password: &SecretString, database: &str) -> SecretString {
    let password = password.expose_secret();
    format!("postgres://{role}:{password}@{host}/{}", percent_encode(database)).into()
}

/// The host of the server of `version` that answers, if one does.
pub(super) fn running_host(version: &Version) -> Result<Option<String>> {
    let running = Postmaster::of(&version.data()).filter(Postmaster::answers);
    running.map(|running| Ok(percent_encode(text(&running.sockets)?))).transpose()
}

async fn start_new(programs: &Programs, version: &Version) -> Result<()> {
    let log = open_log(&version.log())?;
    let before = log.metadata()?.len();
    let settings = text(&version.settings())?.replace('\'', r"'\''");

    let mut command = programs.command("pg_ctl");
    // Not as `-D`, which would reach a shell in double quotes only.
    command.env("PGDATA", version.data()).args(["start", "-w", "-s", "-t", "120"]);
    command.arg("-o").arg(format!("-c config_file='{settings}'"));
    // The server keeps these open, so a pipe would never end.
    command.stdout(Stdio::from(log.try_clone()?)).stderr(Stdio::from(log));
    if command.status().await?.success() {
        return Ok(());
    }
    let said = fs::read(version.log())?;
    let said = said.get(usize::try_from(before)?..).unwrap_or_default();
    bail!(
        "PostgreSQL did not start. {} ends with:\n{}",
        version.log().display(),
        String::from_utf8_lossy(said).trim()
    );
}

/// Opened by us and handed on, so that it need not be in a folder of PostgreSQL's account.
fn open_log(path: &Path) -> Result<File> {
    if fs::metadata(path).is_ok_and(|log| log.len() > LARGEST_LOG) {
        fs::rename(path, path.with_extension("log.1"))?;
    }
    OpenOptions::new()
        .append(true)
        .create(true)
        .mode(0o600)
        .open(path)
        .with_context(|| format!("cannot write {}", path.display()))
}

/// What a running server says of itself in its data folder.
struct Postmaster {
    pid: Pid,
    sockets: PathBuf,
    ready: bool,
}

impl Postmaster {
    /// The server of this folder, unless there is none or only its note is left.
    fn of(data: &Path) -> Option<Self> {
        let note = data.join("postmaster.pid");
        let found = Self::parse(&fs::read_to_string(&note).ok()?)?;
        if matches!(test_kill_process(found.pid), Err(Errno::SRCH)) {
            return None;
        }
        if is_something_else(found.pid, data) {
            // Such as after a restart of the machine. PostgreSQL would take the process for
            // itself and refuse to start.
            let lock = found.sockets.join(format!("{SOCKET}.lock"));
            if fs::read_to_string(&lock).is_ok_and(|lock| first_pid(&lock) == Some(found.pid)) {
                let _ = fs::remove_file(lock);
            }
            let _ = fs::remove_file(note);
            return None;
        }
        Some(found)
    }

    /// Lines: process, data folder, start time, port, folder of the socket, address, shared
    /// memory, status.
    fn parse(note: &str) -> Option<Self> {
        let mut lines = note.lines().skip(4);
        let sockets = lines.next().map(PathBuf::from).unwrap_or_default();
        let ready = lines.nth(2).is_some_and(|status| status.trim() == "ready");
        Some(Self { pid: first_pid(note)?, sockets, ready })
    }

    fn answers(&self) -> bool {
        self.ready && UnixStream::connect(self.sockets.join(SOCKET)).is_ok()
    }
}

fn first_pid(note: &str) -> Option<Pid> {
    Pid::from_raw(note.lines().next()?.trim().parse().ok()?)
}

/// Is it certain that the process is not the server of this folder? Its number may have gone to
/// another program, or nobody has asked yet how it died. (Where there is no /proc, nothing is
/// certain.)
fn is_something_else(pid: Pid, data: &Path) -> bool {
    let process = PathBuf::from(format!("/proc/{}", pid.as_raw_nonzero()));
    let stat = fs::read_to_string(process.join("stat")).unwrap_or_default();
    if stat.rsplit(')').next().is_some_and(|fields| fields.starts_with(" Z")) {
        return true;
    }
    match fs::read_link(process.join("cwd")) {
        Ok(folder) => data.canonicalize().is_ok_and(|data| data != folder),
        Err(_) => fs::read_to_string(process.join("comm")).is_ok_and(|name| name != "postgres\n"),
    }
}

fn percent_encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + 16);
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_socket_folder_survives_the_way_through_a_url() {
        assert_eq!(percent_encode("/run/Müller & co"), "%2Frun%2FM%C3%BCller%20%26%20co");
    }

    #[test]
    fn a_note_whose_number_went_to_another_program_is_deleted() {
        let data = tempfile::tempdir().unwrap();
        let note = data.path().join("postmaster.pid");
        let lock = data.path().join(".s.PGSQL.5432.lock");
        let (us, sockets) = (std::process::id(), data.path().display());
        fs::write(&note, format!("{us}\n/data\n1\n5432\n{sockets}\n\n\nready\n")).unwrap();
        fs::write(&lock, format!("{us}\n/data\n")).unwrap();

        assert!(Postmaster::of(data.path()).is_none());
        assert!(!note.exists());
        assert!(!lock.exists());
    }
}
