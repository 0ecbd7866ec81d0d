//! The browser's entry point: wakes the islands of the page.
#![cfg(target_arch = "wasm32")]

// Linked for the islands it exports.
use islands as _;

#[wasm_bindgen::prelude::wasm_bindgen]
pub fn hydrate() {
    console_error_panic_hook::set_once();
    leptos::mount::hydrate_islands();
}
