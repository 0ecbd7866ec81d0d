//! Makes the site folder that the server serves: WASM and its JavaScript, CSS, hashed names,
//! compressed copies.
//!
//! Each step is skipped when nothing that it reads has changed.

mod compress;
mod site;
mod stamp;
mod styles;
mod toolchain;
mod wasm;

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context as _, Result, bail, ensure};

use stamp::Stamp;

/// What leptos calls the site's files: `LEPTOS_OUTPUT_NAME` in .cargo/config.toml.
const NAME: &str = "medconnect";

const USAGE: &str = "\
usage: cargo bundle [--release] [--site <folder>] [--hash-file <file>]

  --release    optimised and compressed
  --site       where to put the site (default: target/site)
  --hash-file  one more place for hash.txt, which leptos reads beside the server's program;
               target/debug and target/release always get one";

fn main() -> Result<()> {
    let began = Instant::now();
    let Some(options) = Options::parse(env::args().skip(1))? else {
        println!("{USAGE}");
        return Ok(());
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize()?;
    let bundle = Bundle::new(root, options)?;
    fs::create_dir_all(&bundle.work)?;

    let binary = wasm::compile(&bundle)?;
    let scripts = wasm::bind(&bundle, &binary)?;
    let styles = styles::make(&bundle)?;
    site::assemble(&bundle, &scripts, &styles)?;

    println!("  site {} in {:.1} s", bundle.shown(&bundle.site), began.elapsed().as_secs_f32());
    Ok(())
}

#[derive(Debug, Default)]
struct Options {
    release: bool,
    site: Option<PathBuf>,
    hash_file: Option<PathBuf>,
}

impl Options {
    /// `None` when help is wanted.
    fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Self>> {
        let mut options = Self::default();
        while let Some(word) = words.next() {
            let mut path = || words.next().map(PathBuf::from).with_context(|| USAGE.to_owned());
            match word.as_str() {
                "--release" => options.release = true,
                "--site" => options.site = Some(path()?),
                "--hash-file" => options.hash_file = Some(path()?),
                "--help" | "-h" => return Ok(None),
                _ => bail!("unknown option {word}\n{USAGE}"),
            }
        }
        Ok(Some(options))
    }
}

/// What is made from what, and where.
#[derive(Debug)]
struct Bundle {
    root: PathBuf,
    target: PathBuf,
    /// What the steps made, and what they made it from.
    work: PathBuf,
    site: PathBuf,
    hash_files: Vec<PathBuf>,
    release: bool,
}

impl Bundle {
    fn new(root: PathBuf, options: Options) -> Result<Self> {
        // Relative to where we were called from.
        let absolute = |path: PathBuf| std::path::absolute(path);
        let target = match env::var_os("CARGO_TARGET_DIR") {
            Some(folder) => absolute(folder.into())?,
            None => root.join("target"),
        };
        let site = match options.site {
            Some(folder) => absolute(folder)?,
            None => target.join("site"),
        };
        let mut hash_files = vec![target.join("debug/hash.txt"), target.join("release/hash.txt")];
        if let Some(file) = options.hash_file {
            hash_files.push(absolute(file)?);
        }
        let profile = if options.release { "release" } else { "debug" };
        let work = target.join("bundle").join(profile);
        Ok(Self { root, target, work, site, hash_files, release: options.release })
    }

    /// A command of npm's, by its path: a `wasm-opt` of the system may be one that breaks WASM.
    fn npm(&self, name: &str) -> Result<Command> {
        let program = self.root.join("node_modules/.bin").join(name);
        ensure!(program.is_file(), "node_modules has no {name}: run `npm ci` first");
        let mut command = Command::new(program);
        command.current_dir(&self.root);
        Ok(command)
    }

    /// The tools that a step is done with, as far as they may change what comes out.
    fn tools(&self) -> Result<Stamp> {
        let mut stamp = Stamp::default();
        stamp.file(&env::current_exe()?)?;
        stamp.file(&self.root.join("package-lock.json"))?;
        Ok(stamp)
    }

    fn shown<'a>(&self, path: &'a Path) -> std::path::Display<'a> {
        path.strip_prefix(&self.root).unwrap_or(path).display()
    }
}

/// Does one step and tells how long it took.
fn step<T>(name: &str, work: impl FnOnce() -> Result<T>) -> Result<T> {
    let began = Instant::now();
    let done = work().with_context(|| format!("cannot make the {name}"))?;
    println!("  {name:<12}{:>6.1} s", began.elapsed().as_secs_f32());
    Ok(done)
}

/// Runs a command to its end; what it says is heard only when it fails.
fn run(mut command: Command) -> Result<()> {
    let output = command.output().with_context(|| format!("cannot run {command:?}"))?;
    ensure!(
        output.status.success(),
        "{command:?}: {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    Ok(())
}
