//! A cargo that can compile for the browser.

use std::{
    env,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Result, bail};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";

/// The active toolchain's cargo where rustup has the target; else that of the private toolchain
/// which tools/wasm-toolchain builds from Debian's packages.
pub(crate) fn cargo(root: &Path) -> Result<Command> {
    if has_target(root) {
        return Ok(Command::new("cargo"));
    }
    let Some(private) = private_toolchain().filter(|folder| folder.join("bin/rustc").is_file())
    else {
        bail!(
            "The Rust toolchain cannot compile for the browser yet. Run one of these:\n  \
             rustup target add {TARGET}\n  \
             apt-get install rustc-web cargo-web rust-web-src && tools/wasm-toolchain   \
             (Debian, where rustup cannot fetch it)"
        );
    };
    let mut cargo = Command::new(private.join("bin/cargo"));
    // The cargo that runs us has set these for its own compiler.
    for variable in ["RUSTUP_TOOLCHAIN", "CARGO", "RUSTDOC"] {
        cargo.env_remove(variable);
    }
    cargo.env("RUSTC", private.join("bin/rustc"));
    Ok(cargo)
}

fn has_target(root: &Path) -> bool {
    Command::new("rustc")
        .args(["--print", "target-libdir", "--target", TARGET])
        .current_dir(root)
        .output()
        .ok()
        .filter(|output| output.status.success())
        .and_then(|output| String::from_utf8(output.stdout).ok())
        .is_some_and(|folder| Path::new(folder.trim()).is_dir())
}

fn private_toolchain() -> Option<PathBuf> {
    let cache = || {
        env::var_os("XDG_CACHE_HOME")
            .map(PathBuf::from)
            .or_else(|| Some(PathBuf::from(env::var_os("HOME")?).join(".cache")))
    };
    env::var_os("WASM_TOOLCHAIN")
        .map(PathBuf::from)
        .or_else(|| Some(cache()?.join("medconnect/wasm-toolchain")))
}
