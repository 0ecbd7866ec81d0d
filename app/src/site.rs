use crate::fragments::Fragments;
use services::{Clinic, calendar::busy::Reach};
use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, Ordering},
};

/// What the pages are made from and for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Site(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    clinic: Clinic,
    public_url: String,
    demo: bool,
    ready: AtomicBool,
    fragments: Fragments,
}

impl Site {
    /// `public_url` is the address people use, without a slash at its end.
    pub fn new(clinic: Clinic, public_url: String, demo: bool) -> Self {
        let clinic = clinic.reached_at(&public_url);
        let (ready, fragments) = (AtomicBool::new(true), Fragments::default());
        Self(Arc::new(Parts { clinic, public_url, demo, ready, fragments }))
    }

    /// Whether the database is as this server needs it; until then nothing is asked of it.
    pub fn is_ready(&self) -> bool {
        self.0.ready.load(Ordering::Relaxed)
    }

    pub fn set_ready(&self, ready: bool) {
        self.0.ready.store(ready, Ordering::Relaxed);
    }

    pub fn clinic(&self) -> &Clinic {
        &self.0.clinic
    }

    /// Parts of answers that many people get.
    pub fn fragments(&self) -> &Fragments {
        &self.0.fragments
    }

    pub fn public_url(&self) -> &str {
        &self.0.public_url
    }

    pub fn is_https(&self) -> bool {
        self.0.public_url.starts_with("https://")
    }

    /// Where calendars may be that doctors keep elsewhere.
    pub fn reach(&self) -> Reach {
        if self.0.demo { Reach::LocalToo } else { Reach::Public }
    }

    /// Whether this is a demo, with its pages under /dev.
    pub fn is_demo(&self) -> bool {
        self.0.demo
    }
}

static PLAIN_NAMES: AtomicBool = AtomicBool::new(false);

/// From now on pages ask for CSS and WASM by names without hashes. To be called before the first page.
pub fn use_plain_names() {
    PLAIN_NAMES.store(true, Ordering::Relaxed);
}

/// The paths of what the bundler made.
#[derive(Debug)]
pub struct Package {
    pub styles: String,
    pub script: String,
    pub wasm: String,
}

/// With the hashes of what is in the files, which the bundler leaves beside the program.
pub static PACKAGE: LazyLock<Package> = LazyLock::new(|| {
    let program = std::env::current_exe().ok().filter(|_| !PLAIN_NAMES.load(Ordering::Relaxed));
    let hashes = program
        .and_then(|program| std::fs::read_to_string(program.parent()?.join("hash.txt")).ok())
        .unwrap_or_default();
    let path = |kind: &str| {
        let mut lines = hashes.lines().filter_map(|line| line.split_once(':'));
        match lines.find(|(name, _)| *name == kind) {
            Some((_, hash)) => format!("/pkg/medconnect.{}.{kind}", hash.trim()),
            None => format!("/pkg/medconnect.{kind}"),
        }
    };
    Package { styles: path("css"), script: path("js"), wasm: path("wasm") }
});
