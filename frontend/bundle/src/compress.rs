//! Compressed copies, made once here instead of for every visitor.

use std::{
    fs::{self, File},
    io::Write as _,
    path::{Path, PathBuf},
};

use anyhow::Result;
use flate2::{Compression, write::GzEncoder};
use walkdir::WalkDir;

/// Kinds of files that become smaller; images and fonts are compressed already.
const KINDS: [&str; 10] =
    ["css", "html", "ico", "js", "json", "svg", "txt", "wasm", "webmanifest", "xml"];
/// Below this the answer fits in one packet anyway.
const SMALLEST: usize = 1_000;

/// Puts a `.br` and a `.gz` beside each file that is worth it.
pub(crate) fn folder(site: &Path) -> Result<()> {
    for entry in WalkDir::new(site) {
        let path = entry?.into_path();
        let kind = path.extension().and_then(|kind| kind.to_str()).unwrap_or_default();
        if path.is_file() && KINDS.contains(&kind) {
            file(&path)?;
        }
    }
    Ok(())
}

fn file(path: &Path) -> Result<()> {
    let content = fs::read(path)?;
    if content.len() < SMALLEST {
        return Ok(());
    }
    let mut brotli =
        brotli::CompressorWriter::new(File::create(with(path, ".br"))?, 1 << 16, 11, 22);
    brotli.write_all(&content)?;
    brotli.flush()?;

    let mut gzip = GzEncoder::new(File::create(with(path, ".gz"))?, Compression::best());
    gzip.write_all(&content)?;
    gzip.finish()?;
    Ok(())
}

fn with(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    name.into()
}
