use crate::fragments::Fragments;
use leptos::config::LeptosOptions;
use services::Clinic;
use std::sync::{
    Arc, LazyLock,
    atomic::{AtomicBool, Ordering},
};

/// What the pages are made from and for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Site {
    clinic: Clinic,
    leptos: LeptosOptions,
    public_url: Arc<str>,
    demo: bool,
    ready: Arc<AtomicBool>,
    fragments: Arc<Fragments>,
}

impl Site {
    /// `public_url` is the address people use, without a slash at its end.
    pub fn new(clinic: Clinic, leptos: LeptosOptions, public_url: String, demo: bool) -> Self {
        let ready = Arc::new(AtomicBool::new(true));
        let fragments = Arc::default();
        Self { clinic, leptos, public_url: public_url.into(), demo, ready, fragments }
    }

    /// Whether the database is as this server needs it; until then nothing is asked of it.
    pub fn is_ready(&self) -> bool {
        self.ready.load(Ordering::Relaxed)
    }

    pub fn set_ready(&self, ready: bool) {
        self.ready.store(ready, Ordering::Relaxed);
    }

    pub fn clinic(&self) -> &Clinic {
        &self.clinic
    }

    /// Parts of answers that many people get.
    pub fn fragments(&self) -> &Fragments {
        &self.fragments
    }

    pub fn leptos(&self) -> &LeptosOptions {
        &self.leptos
    }

    pub fn public_url(&self) -> &str {
        &self.public_url
    }

    pub fn is_https(&self) -> bool {
        self.public_url.starts_with("https://")
    }

    /// Whether this is a demo, with its pages under /dev.
    pub fn is_demo(&self) -> bool {
        self.demo
    }
}

/// The path of the style sheet, with the hash of what is in it, which the
/// bundler leaves beside the program.
pub static STYLESHEET: LazyLock<String> = LazyLock::new(|| {
    let program = std::env::current_exe().ok();
    let hashes = program
        .and_then(|program| std::fs::read_to_string(program.parent()?.join("hash.txt")).ok());
    let hash = hashes.as_deref().and_then(|hashes| {
        hashes.lines().find_map(|line| line.strip_prefix("css:")).map(str::trim)
    });
    match hash {
        Some(hash) => format!("/pkg/medconnect.{hash}.css"),
        None => "/pkg/medconnect.css".to_owned(),
    }
});
