//! The settings of the private cluster, written anew on every start.

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};

use super::{OWNER, Version, text};

/// What happens to acknowledged data when the machine stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    Kept,
    Disposable,
}

/// Small, private, silent: no port, no clinical text in the log.
///
/// Errors are not logged at all, because their messages and details quote what was typed
/// (`Key (email)=(…) already exists`); the server reports them its own way, without the values.
const SETTINGS: &str = "\
listen_addresses = ''
port = 5432
unix_socket_permissions = 0700
max_connections = 100
shared_buffers = 128MB
jit = off
password_encryption = 'scram-sha-256'
timezone = 'UTC'
log_timezone = 'UTC'
log_statement = 'none'
log_duration = off
log_min_duration_statement = -1
log_min_duration_sample = -1
log_min_messages = 'log'
log_min_error_statement = 'panic'
log_error_verbosity = 'terse'
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
log_checkpoints = off
log_lock_waits = off
log_temp_files = -1
log_autovacuum_min_duration = -1
log_line_prefix = '%m [%p] '
";

const DISPOSABLE: &str = "\
fsync = off
synchronous_commit = off
full_page_writes = off
";

pub(super) fn write(version: &Version, sockets: &Path, durability: Durability) -> Result<()> {
    // A list of folders, each in double quotes, the whole in single ones.
    let sockets = quote(&format!("\"{}\"", text(sockets)?.replace('"', "\"\"")));
    let access = quote(text(&version.access())?);
    let written = match durability {
        Durability::Kept => "fsync = on\nsynchronous_commit = on\nfull_page_writes = on\n",
        Durability::Disposable => DISPOSABLE,
    };
    replace(
        &version.settings(),
        &format!(
            "# Written by medconnect on every start.\n{SETTINGS}{written}\
             unix_socket_directories = {sockets}\nhba_file = {access}\n"
        ),
    )?;
    replace(
        &version.access(),
        &format!("local all all scram-sha-256\nlocal replication {OWNER} scram-sha-256\n"),
    )
}

/// In one step, so that a running server never reads half a file. PostgreSQL's account must be
/// able to read it, whatever our umask is; the folder keeps everybody else out.
fn replace(path: &Path, content: &str) -> Result<()> {
    let new = path.with_extension("new");
    fs::write(&new, content)
        .and_then(|()| fs::set_permissions(&new, Permissions::from_mode(0o644)))
        .and_then(|()| fs::rename(&new, path))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn quote(value: &str) -> String {
    format!("'{}'", value.replace('\\', "\\\\").replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use super::quote;

    #[test]
    fn values_are_quoted_as_the_settings_file_wants() {
        assert_eq!(quote(r"/it's/a\folder"), r"'/it''s/a\\folder'");
    }
}
