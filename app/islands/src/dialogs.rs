use crate::dom::listen;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlDialogElement, HtmlElement, MouseEvent};

/// Lets what has `data-opens` open the dialog of that id, instead of leading to the page that asks
/// the same, and what has `data-dialog-close` close it.
///
/// The platform does the rest: it keeps the focus inside, closes on Escape and on a press beside the
/// dialog where `closedby` allows it, and gives the focus back.
#[island]
pub fn Dialogs() -> impl IntoView {
    Effect::new(|| {
        listen(&document(), "click", |event: MouseEvent| {
            // A link can still be opened in a tab of its own.
            let elsewhere = event.ctrl_key() || event.meta_key() || event.shift_key();
            let pressed = event.target().and_then(|target| target.dyn_into::<Element>().ok());
            let done = |pressed| open(&pressed).or_else(|| close(&pressed));
            if !elsewhere && pressed.and_then(done).is_some() {
                event.prevent_default();
            }
        });
    });
}

fn open(pressed: &Element) -> Option<()> {
    let opener: HtmlElement = pressed.closest("[data-opens]").ok()??.dyn_into().ok()?;
    let dialog = document().get_element_by_id(&opener.get_attribute("data-opens")?)?;
    // The focus comes back to where it was, and not every browser focuses what is clicked.
    opener.focus().ok()?;
    dialog.dyn_into::<HtmlDialogElement>().ok()?.show_modal().ok()
}

fn close(pressed: &Element) -> Option<()> {
    // One that was opened by a link to it is closed by the next link.
    let dialog = pressed.closest("[data-dialog-close]").ok()??.closest("dialog[open]").ok()??;
    dialog.dyn_into::<HtmlDialogElement>().ok()?.close();
    Some(())
}
