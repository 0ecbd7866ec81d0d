//! The few things that islands ask of the page around them.
use leptos::prelude::document;
use wasm_bindgen::{JsCast, closure::Closure, convert::FromWasmAbi};
use web_sys::{Element, EventTarget};

/// The elements that a selector fits, in a part of the page or in all of it.
pub fn elements(within: Option<&Element>, selector: &str) -> Vec<Element> {
    let found = match within {
        Some(element) => element.query_selector_all(selector),
        None => document().query_selector_all(selector),
    };
    let Ok(found) = found else { return Vec::new() };
    (0..found.length()).filter_map(|index| found.item(index)?.dyn_into().ok()).collect()
}

/// Hears events of one kind, for as long as the page is there.
pub fn listen<E: FromWasmAbi + 'static>(
    target: &EventTarget,
    kind: &str,
    hear: impl FnMut(E) + 'static,
) {
    let hear = Closure::<dyn FnMut(E)>::new(hear);
    let _ = target.add_event_listener_with_callback(kind, hear.as_ref().unchecked_ref());
    hear.forget();
}

/// Sets an attribute. That fails only for what is no name of one.
pub fn set(element: &Element, name: &str, value: &str) {
    let _ = element.set_attribute(name, value);
}

/// Takes an attribute away.
pub fn unset(element: &Element, name: &str) {
    let _ = element.remove_attribute(name);
}
