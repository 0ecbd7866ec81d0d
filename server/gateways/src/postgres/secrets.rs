//! The passwords of the two roles: random, made with the cluster, in a file only we can read.

use std::{
    fs::{self, OpenOptions},
    io::Write as _,
    os::unix::fs::OpenOptionsExt as _,
    path::Path,
};

use anyhow::{Context as _, Result};
use aws_lc_rs::{digest, rand};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use secrecy::{ExposeSecret as _, SecretString};

#[derive(Debug)]
pub(super) struct Passwords {
    pub owner: SecretString,
    pub app: SecretString,
}

impl Passwords {
    pub fn generate() -> Result<Self> {
        Ok(Self { owner: random()?.into(), app: random()?.into() })
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        let (owner, app) = (self.owner.expose_secret(), self.app.expose_secret());
        write!(file, "owner={owner}\napp={app}\n")?;
        file.sync_all()?;
        Ok(())
    }

    pub fn read(path: &Path) -> Result<Self> {
        let file = fs::read_to_string(path).with_context(|| {
            format!("cannot read the database's passwords in {}", path.display())
        })?;
        let field = |name: &str| {
            file.lines()
                .find_map(|line| line.strip_prefix(name)?.strip_prefix('='))
                .map(SecretString::from)
                .with_context(|| format!("{} has no password for `{name}`", path.display()))
        };
        Ok(Self { owner: field("owner")?, app: field("app")? })
    }
}

/// 192 random bits, in letters that need no quoting in SQL, files and URLs.
pub(super) fn random() -> Result<String> {
    let mut bytes = [0; 24];
    rand::fill(&mut bytes).map_err(|_| anyhow::anyhow!("the system has no randomness to give"))?;
    Ok(Base64UrlUnpadded::encode_string(&bytes))
}

/// A short name for `path`, the same on every start.
pub(super) fn short_name(path: &Path) -> String {
    let hash = digest::digest(&digest::SHA256, path.as_os_str().as_encoded_bytes());
    hash.as_ref().iter().take(6).map(|byte| format!("{byte:02x}")).collect()
}
