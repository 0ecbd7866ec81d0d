use crate::{
    dom::{elements, set, unset},
    toast::Toast,
};
use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, EventSource, MessageEvent};

/// Keeps the times on this page true: one that somebody else takes is marked
/// as taken, within a second or two, and as free again when they let it go. The
/// focus stays where it is.
///
/// `source` is a stream of events (HTML, server-sent events); each holds the
/// starts that are still free, parted by spaces. Elements with `data-start`
/// are the times. Where there are those of several doctors, the addresses to
/// book at stand for the starts.
#[island]
pub fn LiveTimes(source: String) -> impl IntoView {
    let message = RwSignal::new(String::new());
    Effect::new(move || {
        let Ok(events) = EventSource::new(&source) else { return };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(free) = event.data().as_string() {
                let taken = mark_taken(&free);
                if let Some(news) = announcement(&taken) {
                    message.set(news);
                }
            }
        });
        events.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // Both live as long as the page.
        on_message.forget();
    });
    view! { <Toast message /> }
}

fn announcement(taken: &[Element]) -> Option<String> {
    match taken {
        [] => None,
        [one] => {
            let clock = one.query_selector("time").ok().flatten()?.text_content()?;
            Some(format!("One of these times, {clock}, has just been taken."))
        }
        more => Some(format!("{} of these times have just been taken.", more.len())),
    }
}

/// Marks every time that is not among `free`, and unmarks those that are again; gives those that
/// are newly taken.
fn mark_taken(free: &str) -> Vec<Element> {
    let free: Vec<_> = free.split(' ').collect();
    let by_address = free.iter().any(|free| free.starts_with('/'));
    let is_free = |time: &Element| {
        let own = match by_address {
            true => time.get_attribute("href").or_else(|| time.get_attribute("data-href")),
            false => time.get_attribute("data-start"),
        };
        own.is_none_or(|own| own.split('&').next().is_some_and(|own| free.contains(&own)))
    };
    let (taken, free): (Vec<_>, Vec<_>) = elements(None, "[data-start]")
        .into_iter()
        .partition(|time| time.get_attribute("data-state").as_deref() == Some("taken"));
    taken.iter().filter(|time| is_free(time)).for_each(give_back);
    let newly: Vec<_> = free.into_iter().filter(|time| !is_free(time)).collect();
    newly.iter().for_each(take);
    newly
}

/// Shows `time` as taken. It keeps its place, and the focus if it has it.
fn take(time: &Element) {
    set(time, "data-state", "taken");
    set(time, "aria-disabled", "true");
    // A link without an address cannot hold the focus, unless it is told to.
    set(time, "role", "link");
    set(time, "tabindex", "0");
    if let Some(href) = time.get_attribute("href") {
        set(time, "data-href", &href);
    }
    unset(time, "href");
    if let Ok(Some(choice)) = time.query_selector("input") {
        set(&choice, "disabled", "");
    }
    if let Ok(note) = document().create_element("span") {
        set(&note, "class", "time-note");
        note.set_text_content(Some(" taken"));
        let _ = time.append_child(&note);
    }
}

/// Shows `time` as free, as it was before it was taken.
fn give_back(time: &Element) {
    for name in ["data-state", "aria-disabled", "role", "tabindex"] {
        unset(time, name);
    }
    if let Some(href) = time.get_attribute("data-href") {
        set(time, "href", &href);
    }
    if let Ok(Some(choice)) = time.query_selector("input") {
        unset(&choice, "disabled");
    }
    if let Ok(Some(note)) = time.query_selector(".time-note") {
        note.remove();
    }
}
