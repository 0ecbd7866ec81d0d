//! The style sheet: Tailwind, over the classes that the pages use.

use std::path::PathBuf;

use anyhow::Result;

use crate::{Bundle, NAME, run, step};

/// Makes `medconnect.css` and gives its path.
pub(crate) fn make(bundle: &Bundle) -> Result<PathBuf> {
    let file = bundle.work.join(format!("{NAME}.css"));
    let stamp_file = bundle.work.join("styles.stamp");
    let mut stamp = bundle.tools()?;
    stamp.folder(&bundle.root.join("style"), &[])?;
    stamp.folder(&bundle.root.join("app"), &["rs"])?;
    if file.is_file() && stamp.matches(&stamp_file) {
        return Ok(file);
    }
    step("styled", || {
        let mut tailwind = bundle.npm("tailwindcss")?;
        tailwind.args(["--input", "style/main.css", "--output"]).arg(&file);
        if bundle.release {
            tailwind.arg("--minify");
        }
        run(tailwind)
    })?;
    stamp.write(&stamp_file)?;
    Ok(file)
}
