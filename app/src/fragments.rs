//! Parts of answers that many people get, kept as text by all that they are made from.
//!
//! A part is never out of date: what it shows is in its key, the version of the doctor among it.
use crate::marks::without_marks;
use leptos::prelude::*;
use quick_cache::{Weighter, sync::Cache};
use services::directory::CardKey;
use std::{convert::Infallible, sync::Arc};

/// How many bytes are kept, keys included.
const KEPT: u64 = 6 * 1024 * 1024;

/// What a part is made from, all of it: two parts of the same key are the same text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct FragmentKey {
    /// Which part it is.
    pub name: &'static str,
    /// The doctor it is about, and their next free times.
    pub card: Option<CardKey>,
    /// Whatever else the text depends on.
    pub asked: Arc<str>,
}

#[derive(Debug, Clone)]
struct Length;

impl Weighter<FragmentKey, Arc<str>> for Length {
    fn weight(&self, key: &FragmentKey, text: &Arc<str>) -> u64 {
        (size_of::<FragmentKey>() + key.asked.len() + text.len()) as u64
    }
}

/// The parts that were used last.
#[derive(Debug)]
pub struct Fragments(Cache<FragmentKey, Arc<str>, Length>);

impl Default for Fragments {
    fn default() -> Self {
        Self(Cache::with_weighter(2_000, KEPT, Length))
    }
}

impl Fragments {
    /// What is kept under `key`, or else what `make` makes.
    ///
    /// `key` must say everything that the text depends on.
    pub fn text<E>(
        &self,
        key: FragmentKey,
        make: impl FnOnce() -> Result<String, E>,
    ) -> Result<Arc<str>, E> {
        if let Some(kept) = self.0.get(&key) {
            return Ok(kept);
        }
        let made: Arc<str> = make()?.into();
        self.0.insert(key, made.clone());
        Ok(made)
    }

    /// The HTML of a view.
    pub fn html(&self, key: FragmentKey, view: impl FnOnce() -> AnyView) -> Arc<str> {
        let Ok(html) = self.text(key, || Ok::<_, Infallible>(without_marks(&view().to_html())));
        html
    }
}

#[cfg(test)]
mod tests {
    use super::{FragmentKey, Fragments};

    #[test]
    fn a_part_is_made_once() {
        let fragments = Fragments::default();
        let key = FragmentKey { name: "card", card: None, asked: "all".into() };
        let made = |text: Result<&str, ()>| {
            fragments.text(key.clone(), || text.map(str::to_owned)).map(|kept| kept.to_string())
        };
        assert_eq!(made(Err(())), Err(()));
        assert_eq!(made(Ok("first")).unwrap(), "first");
        assert_eq!(made(Ok("second")).unwrap(), "first");
    }
}
