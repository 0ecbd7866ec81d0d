//! Who PostgreSQL runs as. It refuses root, so root lends it another account.

use std::{
    fs::{self, Metadata},
    os::unix::fs::{MetadataExt as _, chown},
    path::Path,
};

use anyhow::{Context as _, Result};

/// The account that POSIX systems keep for programs that should own nothing.
const NOBODY: (u32, u32) = (65_534, 65_534);

#[derive(Debug, Clone, Copy)]
pub(super) struct Account {
    pub uid: u32,
    pub gid: u32,
    /// Another one than ours: its programs are started with it, its folders are given to it.
    pub lent: bool,
}

impl Account {
    /// Ours; for root the one that owns the data already, else `postgres`, else nobody.
    pub fn for_data_in(data_dir: &Path) -> Result<Self> {
        let uid = rustix::process::geteuid();
        if !uid.is_root() {
            let gid = rustix::process::getegid().as_raw();
            return Ok(Self { uid: uid.as_raw(), gid, lent: false });
        }
        let (uid, gid) = owner_of_cluster(&data_dir.join("postgres"))
            .or_else(|| fs::read_to_string("/etc/passwd").ok().and_then(|file| find(&file)))
            .unwrap_or(NOBODY);
        Ok(Self { uid, gid, lent: true })
    }

    /// Gives `path` to this account.
    pub fn give(self, path: &Path) -> Result<()> {
        if self.lent {
            chown(path, Some(self.uid), Some(self.gid))
                .with_context(|| format!("cannot give {} to PostgreSQL", path.display()))?;
        }
        Ok(())
    }

    /// May this account go through the folder?
    pub fn may_enter(self, folder: &Metadata) -> bool {
        let bit = if folder.uid() == self.uid {
            0o100
        } else if folder.gid() == self.gid {
            0o010
        } else {
            0o001
        };
        folder.mode() & bit != 0
    }
}

/// The owner of the data of any version that is there, unless that is root.
fn owner_of_cluster(home: &Path) -> Option<(u32, u32)> {
    fs::read_dir(home)
        .ok()?
        .flatten()
        .filter_map(|version| fs::metadata(version.path().join("data/PG_VERSION")).ok())
        .map(|file| (file.uid(), file.gid()))
        .find(|(uid, _)| *uid != 0)
}

/// The ids of `postgres` in a file like /etc/passwd.
fn find(passwd: &str) -> Option<(u32, u32)> {
    let mut fields = passwd.lines().find(|line| line.starts_with("postgres:"))?.split(':').skip(2);
    let uid = fields.next()?.parse().ok()?;
    let gid = fields.next()?.parse().ok()?;
    (uid != 0).then_some((uid, gid))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_account_is_read_from_the_password_file() {
        let file =
            "root:x:0:0:root:/root:/bin/sh\npostgres:x:101:104:,,,:/var/lib/postgresql:/bin/sh\n";
        assert_eq!(find(file), Some((101, 104)));
    }

    #[test]
    fn an_account_named_postgres_that_is_root_is_not_used() {
        assert_eq!(find("postgres:x:0:0::/:/bin/sh\n"), None);
    }
}
