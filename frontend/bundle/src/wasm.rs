//! The browser's half: compiled, bound to JavaScript, optimised.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, ensure};
use wasm_bindgen_cli_support::Bindgen;

use crate::{
    Bundle, NAME, run,
    stamp::{Stamp, digest},
    step,
    toolchain::{self, TARGET},
};

/// The instructions that every browser with WASM modules, and rustc's output, have had for years.
const FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// Compiles the `frontend` crate. Cargo itself knows whether there is anything to do.
pub(crate) fn compile(bundle: &Bundle) -> Result<PathBuf> {
    step("compiled", || {
        let mut cargo = toolchain::cargo(&bundle.root)?;
        cargo.current_dir(&bundle.root);
        cargo.args(["build", "--package", "frontend", "--target", TARGET]);
        cargo.arg("--target-dir").arg(&bundle.target);
        if bundle.release {
            // Without the flags of .cargo/config.toml: erased components compile sooner and run
            // larger.
            cargo.args(["--profile", "wasm-release"]).env("CARGO_ENCODED_RUSTFLAGS", "");
        }
        // Not through `run`: its warnings and errors are for the one who waits.
        ensure!(cargo.status().context("cannot run cargo")?.success(), "cargo build failed");
        let profile = if bundle.release { "wasm-release" } else { "debug" };
        Ok(bundle.target.join(TARGET).join(profile).join("frontend.wasm"))
    })
}

/// Makes `medconnect.js` and `medconnect.wasm`, and gives the folder they are in.
pub(crate) fn bind(bundle: &Bundle, binary: &Path) -> Result<PathBuf> {
    let folder = bundle.work.join("scripts");
    let stamp_file = bundle.work.join("scripts.stamp");
    let bytes = fs::read(binary)?;
    let mut stamp = bundle.tools()?;
    stamp.text(&fingerprint(binary, &bytes, bundle)?);
    if stamp.matches(&stamp_file) {
        return Ok(folder);
    }

    let _ = fs::remove_dir_all(&folder);
    step("bound", || {
        Bindgen::new()
            .input_bytes(NAME, bytes)
            .out_name(NAME)
            .web(true)?
            .typescript(false)
            // The page names the file, whose name has a hash in it.
            .omit_default_module_path(true)
            .remove_name_section(bundle.release)
            .remove_producers_section(bundle.release)
            .generate(&folder)?;
        fs::rename(folder.join(format!("{NAME}_bg.wasm")), wasm(&folder))?;
        Ok(())
    })?;
    if bundle.release {
        step("optimised", || {
            let mut tool = bundle.npm("wasm-opt")?;
            tool.arg("-Oz").args(FEATURES).arg(wasm(&folder)).arg("-o").arg(wasm(&folder));
            run(tool)
        })?;
    }
    stamp.write(&stamp_file)?;
    Ok(folder)
}

fn wasm(folder: &Path) -> PathBuf {
    folder.join(format!("{NAME}.wasm"))
}

/// Cargo touches the file also when the same comes out again: then optimising it again, which
/// takes longest of all, changes nothing. A debug build is too large to look at so closely.
fn fingerprint(binary: &Path, bytes: &[u8], bundle: &Bundle) -> Result<String> {
    if bundle.release {
        return Ok(digest(bytes));
    }
    let mut stamp = Stamp::default();
    stamp.file(binary)?;
    Ok(stamp.into_text())
}
