//! What a step was made from, to know whether it needs doing again.

use std::{fmt::Write as _, fs, path::Path, time::UNIX_EPOCH};

use anyhow::{Context as _, Result};
use base64ct::{Base64UrlUnpadded, Encoding as _};
use sha2::{Digest as _, Sha256};
use walkdir::WalkDir;

#[derive(Debug, Default, Clone)]
pub(crate) struct Stamp(String);

impl Stamp {
    pub fn text(&mut self, text: &str) {
        self.0.push_str(text);
        self.0.push('\n');
    }

    pub fn file(&mut self, path: &Path) -> Result<()> {
        let file = fs::metadata(path).with_context(|| format!("cannot find {}", path.display()))?;
        let changed = file.modified()?.duration_since(UNIX_EPOCH)?.as_nanos();
        writeln!(self.0, "{} {changed} {}", path.display(), file.len())?;
        Ok(())
    }

    /// All files under `folder`, if there is one, that have one of the endings (any, when none
    /// is named).
    pub fn folder(&mut self, folder: &Path, endings: &[&str]) -> Result<()> {
        if !folder.is_dir() {
            return Ok(());
        }
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let path = entry?.into_path();
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            if path.is_file() && (endings.is_empty() || endings.contains(&ending)) {
                self.file(&path)?;
            }
        }
        Ok(())
    }

    pub fn into_text(self) -> String {
        self.0
    }

    pub fn matches(&self, path: &Path) -> bool {
        fs::read_to_string(path).is_ok_and(|old| old == self.0)
    }

    pub fn write(&self, path: &Path) -> Result<()> {
        fs::write(path, &self.0).with_context(|| format!("cannot write {}", path.display()))
    }
}

/// 128 bits of a hash, in letters that are fine in a file's name.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    Base64UrlUnpadded::encode_string(hash.get(..16).unwrap_or(&hash))
}
