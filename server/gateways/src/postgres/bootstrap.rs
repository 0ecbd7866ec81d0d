//! Making a cluster. It is made aside and renamed when it is complete, so that one that was
//! interrupted is never mistaken for one.

use std::{
    fs::{self, File},
    path::Path,
    process::Stdio,
};

use anyhow::{Context as _, Result, bail};
use secrecy::ExposeSecret as _;
use tokio::{
    io::AsyncWriteExt as _,
    process::{Child, Command},
};

use super::{
    APP, DATABASE, OWNER, Version,
    folders::{self, Home},
    programs::Programs,
    secrets::{self, Passwords},
};

/// Begins the names of clusters that are not complete.
const UNFINISHED: &str = "new-";

pub(super) async fn cluster(programs: &Programs, home: &Home, version: &Version) -> Result<()> {
    sweep(home.path());
    // Never the same name twice: `initdb` may live on for a moment when its caller was killed.
    let folder = home.path().join(format!("{UNFINISHED}{}", secrets::random()?));
    let new = Version(folder.clone());
    folders::private(&folder)?;
    folders::open_to(home.account(), &folder)?;
    folders::private(&new.data())?;
    home.account().give(&new.data())?;

    let passwords = Passwords::generate()?;
    passwords.write(&new.passwords())?;
    init(programs, &new.data()).await?;
    create_roles(programs, &new.data(), &passwords).await?;
    sync(programs, &new.data()).await?;

    fs::rename(&folder, &version.0)?;
    File::open(home.path())?.sync_all()?;
    Ok(())
}

/// Deletes what interrupted attempts left, as far as possible: it is only in the way.
fn sweep(home: &Path) {
    for entry in fs::read_dir(home).into_iter().flatten().flatten() {
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

async fn init(programs: &Programs, data: &Path) -> Result<()> {
    let mut command = programs.command("initdb");
    command.arg("-D").arg(data).args(["-U", OWNER, "-E", "UTF8", "--lc-messages=C"]);
    // Nobody gets in by the rules that initdb writes: ours are in a file of their own.
    command.args(["-A", "reject", "--no-sync", "--no-instructions"]);
    // The same order of letters everywhere, whatever library or language the machine has.
    match programs.major {
        17.. => command.args(["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]),
        _ => command.arg("--locale-provider=libc"),
    };
    command.arg(if programs.major < 17 && cfg!(target_os = "linux") {
        "--locale=C.UTF-8"
    } else {
        "--locale=C"
    });
    finish("initdb", start(command)?).await
}

/// Makes the roles and the database with the one way in that needs no password yet.
async fn create_roles(programs: &Programs, data: &Path, passwords: &Passwords) -> Result<()> {
    let owner = passwords.owner.expose_secret();
    let app = passwords.app.expose_secret();
    // One statement a line: that is how the single-user server reads.
    let sql = format!(
        "ALTER ROLE {OWNER} PASSWORD '{owner}'\n\
         CREATE ROLE {APP} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION PASSWORD '{app}'\n\
         CREATE DATABASE {DATABASE} OWNER {OWNER}\n\
         REVOKE ALL ON DATABASE {DATABASE} FROM PUBLIC\n\
         GRANT CONNECT ON DATABASE {DATABASE} TO {APP}\n"
    );
    let mut command = programs.command("postgres");
    command.arg("--single").arg("-D").arg(data);
    for setting in [
        "exit_on_error=on",
        // All is synced at the end, in one go.
        "fsync=off",
        "password_encryption=scram-sha-256",
        // An error message must not quote a password.
        "log_min_error_statement=panic",
    ] {
        command.args(["-c", setting]);
    }
    command.arg("postgres").stdin(Stdio::piped());
    let mut server = start(command)?;
    let mut input = server.stdin.take().context("the server has no input")?;
    input.write_all(sql.as_bytes()).await?;
    drop(input);
    finish("postgres --single", server).await
}

async fn sync(programs: &Programs, data: &Path) -> Result<()> {
    let mut command = programs.command("initdb");
    command.arg("--sync-only").arg("-D").arg(data);
    finish("initdb --sync-only", start(command)?).await
}

fn start(mut command: Command) -> Result<Child> {
    command.stdout(Stdio::null()).stderr(Stdio::piped()).kill_on_drop(true);
    command.spawn().with_context(|| format!("cannot run {:?}", command.as_std().get_program()))
}

async fn finish(name: &str, child: Child) -> Result<()> {
    let output = child.wait_with_output().await?;
    if !output.status.success() {
        bail!("{name}: {}\n{}", output.status, String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(())
}
