use crate::dom::listen;
use leptos::{html, leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{cell::RefCell, rc::Rc, time::Duration};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, FocusEvent, HtmlElement, KeyboardEvent};

/// How long a toast stays. The same again while it is pointed at or has the focus.
const STAY: Duration = Duration::from_secs(8);

/// A message in the corner, read out politely, until it has been there for long enough or is closed;
/// no message, no toast. What it says must stand on the page as well.
#[component]
pub fn Toast(message: RwSignal<String>) -> impl IntoView {
    let toast = NodeRef::<html::Div>::new();
    let button = NodeRef::<html::Button>::new();
    let shown = move || !message.read().is_empty();
    let timer = StoredValue::new(None::<TimeoutHandle>);
    Effect::new(move || {
        if let (Some(toast), Some(button)) = (toast.get(), button.get()) {
            let_close(toast.into(), &button, message);
        }
    });
    Effect::new(move || {
        if let (Some(toast), true) = (toast.get(), shown()) {
            wait(timer, toast.into(), message);
        }
    });
    view! {
        <div class="toasts">
            <div class="toast toast-information" node_ref=toast data-shown=move || shown().then_some("")>
                <p role="status">{message}</p>
                <button class="toast-close" type="button" node_ref=button hidden=move || !shown()>
                    "Close"
                </button>
            </div>
        </div>
    }
}

/// Lets the button close the toast, and Escape from anywhere. The focus goes back to where it was
/// before it came there.
fn let_close(toast: Element, button: &Element, message: RwSignal<String>) {
    let origin = Rc::new(RefCell::new(None::<HtmlElement>));
    let came_from = origin.clone();
    listen(button, "focus", move |event: FocusEvent| {
        let from = event.related_target().and_then(|from| from.dyn_into().ok());
        came_from.replace(from);
    });
    let close = move || {
        let focused = toast.matches(":focus-within") == Ok(true);
        message.set(String::new());
        if let Some(origin) = origin.borrow().as_ref().filter(|_| focused) {
            let _ = origin.focus();
        }
    };
    let closing = close.clone();
    listen(button, "click", move |_: Event| closing());
    listen(&document(), "keydown", move |event: KeyboardEvent| {
        let open = message.with_untracked(|message| !message.is_empty());
        if open && event.key() == "Escape" && !event.default_prevented() {
            close();
        }
    });
}

/// Clears the message once its time is over and nobody is at it.
fn wait(timer: StoredValue<Option<TimeoutHandle>>, toast: Element, message: RwSignal<String>) {
    if let Some(before) = timer.get_value() {
        before.clear();
    }
    let over = move || {
        if toast.matches(":hover, :focus-within") == Ok(true) {
            wait(timer, toast, message);
        } else {
            message.set(String::new());
        }
    };
    timer.set_value(set_timeout_with_handle(over, STAY).ok());
}

/// A button that shows a toast, for the gallery of components.
#[island]
pub fn ToastSample() -> impl IntoView {
    let message = RwSignal::new(String::new());
    let button = NodeRef::<html::Button>::new();
    Effect::new(move || {
        if let Some(button) = button.get() {
            listen(&button, "click", move |_: Event| {
                message.set("One of these times, 09:20, has just been taken.".to_owned());
            });
        }
    });
    view! {
        <button class="button button-secondary" type="button" node_ref=button>"Show a toast"</button>
        <Toast message />
    }
}
