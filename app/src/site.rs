use leptos::config::LeptosOptions;
use services::Clinic;
use std::sync::Arc;

/// What the pages are made from and for. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Site {
    clinic: Clinic,
    leptos: LeptosOptions,
    public_url: Arc<str>,
    demo: bool,
    stylesheet: Arc<str>,
}

impl Site {
    /// `public_url` is the address people use, without a slash at its end.
    pub fn new(clinic: Clinic, leptos: LeptosOptions, public_url: String, demo: bool) -> Self {
        let stylesheet = stylesheet(&leptos).into();
        Self { clinic, leptos, public_url: public_url.into(), demo, stylesheet }
    }

    pub fn clinic(&self) -> &Clinic {
        &self.clinic
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

    /// The path of the style sheet, with the hash of what is in it.
    pub fn stylesheet(&self) -> &str {
        &self.stylesheet
    }
}

fn stylesheet(options: &LeptosOptions) -> String {
    let name = &options.output_name;
    let hash = std::env::current_exe()
        .ok()
        .and_then(|program| std::fs::read_to_string(program.parent()?.join("hash.txt")).ok())
        .and_then(|hashes| {
            let line = hashes.lines().find_map(|line| line.strip_prefix("css:"))?;
            Some(line.trim().to_owned())
        });
    match hash {
        Some(hash) => format!("/pkg/{name}.{hash}.css"),
        None => format!("/pkg/{name}.css"),
    }
}
