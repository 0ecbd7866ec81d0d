use leptos::prelude::*;
use wasm_bindgen::{JsCast, closure::Closure};
use web_sys::{Element, EventSource, MessageEvent};

/// Keeps the times on this page true: one that somebody else takes is marked
/// as taken, within a second or two, and the focus stays where it is.
///
/// `source` is a stream of events (HTML, server-sent events); each holds the
/// starts that are still free, parted by spaces. Elements with `data-start`
/// are the times.
#[island]
pub fn LiveTimes(source: String) -> impl IntoView {
    let news = RwSignal::new(String::new());
    Effect::new(move || {
        let Ok(events) = EventSource::new(&source) else { return };
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(free) = event.data().as_string() {
                let taken = mark_taken(&free);
                if taken > 0 {
                    news.set(announcement(taken));
                }
            }
        });
        events.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        // Both live as long as the page.
        on_message.forget();
    });
    view! { <p class="visually-hidden" role="status">{news}</p> }
}

fn announcement(taken: usize) -> String {
    match taken {
        1 => "One of these times has just been taken.".to_owned(),
        _ => format!("{taken} of these times have just been taken."),
    }
}

/// Marks every time that is not among `free`; returns how many are new.
fn mark_taken(free: &str) -> usize {
    let free: Vec<_> = free.split(' ').collect();
    let document = document();
    let Ok(times) = document.query_selector_all("[data-start]:not([data-state=taken])") else {
        return 0;
    };
    let times =
        (0..times.length()).filter_map(|index| times.item(index)?.dyn_into::<Element>().ok());
    let gone = times.filter(|time| {
        time.get_attribute("data-start").is_some_and(|start| !free.contains(&start.as_str()))
    });
    gone.map(|time| take(&time)).count()
}

/// Shows `time` as taken. It keeps its place, and the focus if it has it.
fn take(time: &Element) {
    // An attribute that cannot be set leaves a time that the server will refuse.
    let _ = time.set_attribute("data-state", "taken");
    let _ = time.set_attribute("aria-disabled", "true");
    // A link without an address cannot hold the focus, unless it is told to.
    let _ = time.set_attribute("role", "link");
    let _ = time.set_attribute("tabindex", "0");
    let _ = time.remove_attribute("href");
    if let Ok(Some(choice)) = time.query_selector("input") {
        let _ = choice.set_attribute("disabled", "");
    }
}
