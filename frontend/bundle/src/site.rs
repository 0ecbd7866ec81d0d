//! The site folder: what is in `public`, and `pkg` with names that change with their content.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use walkdir::WalkDir;

use crate::{Bundle, NAME, compress, stamp::digest, step};

/// Where bound JavaScript keeps what it imports from crates.
const SNIPPETS: &str = "snippets";

pub(crate) fn assemble(bundle: &Bundle, scripts: &Path, styles: &Path) -> Result<()> {
    let public = bundle.root.join("public");
    let stamp_file = bundle.site.with_extension("stamp");
    let mut stamp = bundle.tools()?;
    stamp.folder(scripts, &[])?;
    stamp.file(styles)?;
    stamp.folder(&public, &[])?;

    let listed = bundle.site.join("hash.txt");
    if !(listed.is_file() && stamp.matches(&stamp_file)) {
        step("assembled", || {
            // Made aside, so that a server never serves half a site.
            let new = bundle.site.with_extension("new");
            let _ = fs::remove_dir_all(&new);
            fs::create_dir_all(new.join("pkg"))?;
            if public.is_dir() {
                copy(&public, &new)?;
            }
            let hashes = package(&new.join("pkg"), scripts, styles)?;
            if bundle.release {
                compress::folder(&new)?;
            }
            fs::write(new.join("hash.txt"), hashes)?;
            exchange(&new, &bundle.site)
        })?;
        stamp.write(&stamp_file)?;
    }
    let hashes = fs::read_to_string(&listed)?;
    bundle.hash_files.iter().try_for_each(|file| write_if_other(file, &hashes))
}

/// Copies the built files under their hashed names, and lists the hashes as leptos reads them.
fn package(pkg: &Path, scripts: &Path, styles: &Path) -> Result<String> {
    let mut js = fs::read_to_string(scripts.join(format!("{NAME}.js")))?;
    let snippets = scripts.join(SNIPPETS);
    if snippets.is_dir() {
        let folder = format!("{SNIPPETS}.{}", digest_folder(&snippets)?);
        copy(&snippets, &pkg.join(&folder))?;
        js = js.replace(&format!("./{SNIPPETS}/"), &format!("./{folder}/"));
    }

    let mut hashes = String::new();
    for (kind, content) in [
        ("js", js.into_bytes()),
        ("wasm", fs::read(scripts.join(format!("{NAME}.wasm")))?),
        ("css", fs::read(styles)?),
    ] {
        let hash = digest(&content);
        fs::write(pkg.join(format!("{NAME}.{hash}.{kind}")), content)?;
        hashes.push_str(&format!("{kind}: {hash}\n"));
    }
    Ok(hashes)
}

fn digest_folder(folder: &Path) -> Result<String> {
    let mut all = Vec::new();
    for path in files(folder)? {
        all.extend_from_slice(path.as_os_str().as_encoded_bytes());
        all.extend(fs::read(folder.join(path))?);
    }
    Ok(digest(&all))
}

fn copy(from: &Path, to: &Path) -> Result<()> {
    for path in files(from)? {
        let copy = to.join(&path);
        if let Some(folder) = copy.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::copy(from.join(&path), &copy)
            .with_context(|| format!("cannot write {}", copy.display()))?;
    }
    Ok(())
}

/// The files under a folder, by their paths in it. What begins with a dot is not for the public,
/// other than the folder that standards chose.
fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let shown = |entry: &walkdir::DirEntry| {
        let name = entry.file_name().as_encoded_bytes();
        entry.depth() == 0 || !name.starts_with(b".") || name == b".well-known"
    };
    for entry in WalkDir::new(folder).sort_by_file_name().into_iter().filter_entry(shown) {
        let entry = entry?;
        if entry.file_type().is_file() {
            files.push(entry.path().strip_prefix(folder)?.to_owned());
        }
    }
    Ok(files)
}

fn exchange(new: &Path, site: &Path) -> Result<()> {
    let old = site.with_extension("old");
    let _ = fs::remove_dir_all(&old);
    if site.exists() {
        fs::rename(site, &old)?;
    }
    fs::rename(new, site)?;
    let _ = fs::remove_dir_all(&old);
    Ok(())
}

fn write_if_other(file: &Path, content: &str) -> Result<()> {
    if fs::read_to_string(file).is_ok_and(|old| old == content) {
        return Ok(());
    }
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(file, content).with_context(|| format!("cannot write {}", file.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A folder of its own for one test.
    fn folder(test: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("bundle-{}-{test}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(&folder).unwrap();
        folder
    }

    #[test]
    fn names_have_the_hash_that_leptos_is_told() {
        let folder = folder("names");
        let (scripts, pkg) = (folder.join("scripts"), folder.join("pkg"));
        fs::create_dir_all(scripts.join("snippets/one")).unwrap();
        fs::create_dir_all(&pkg).unwrap();
        fs::write(scripts.join("medconnect.js"), "import './snippets/one/a.js';").unwrap();
        fs::write(scripts.join("snippets/one/a.js"), "1").unwrap();
        fs::write(scripts.join("medconnect.wasm"), "wasm").unwrap();
        fs::write(folder.join("medconnect.css"), "css").unwrap();

        let hashes = package(&pkg, &scripts, &folder.join("medconnect.css")).unwrap();

        for line in hashes.lines() {
            let (kind, hash) = line.split_once(": ").unwrap();
            assert!(pkg.join(format!("medconnect.{hash}.{kind}")).is_file(), "{line}");
        }
        let js = hashes.lines().next().unwrap().trim_start_matches("js: ");
        let js = fs::read_to_string(pkg.join(format!("medconnect.{js}.js"))).unwrap();
        let imported = js.split('\'').nth(1).unwrap();
        assert_eq!(fs::read_to_string(pkg.join(imported)).unwrap(), "1");
        fs::remove_dir_all(folder).unwrap();
    }

    #[test]
    fn hidden_files_stay_private() {
        let folder = folder("hidden");
        fs::create_dir_all(folder.join(".git")).unwrap();
        fs::write(folder.join(".git/config"), "").unwrap();
        fs::write(folder.join(".DS_Store"), "").unwrap();
        fs::create_dir_all(folder.join(".well-known")).unwrap();
        fs::write(folder.join(".well-known/security.txt"), "").unwrap();
        fs::write(folder.join("icon.svg"), "").unwrap();

        let shown: Vec<_> = files(&folder).unwrap();

        assert_eq!(shown, [PathBuf::from(".well-known/security.txt"), "icon.svg".into()]);
        fs::remove_dir_all(folder).unwrap();
    }
}
