//! Free text with suggestions.
mod listbox;
mod suggestions;

use crate::dom::{elements, listen, set, unset};
use js_sys::JsString;
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use listbox::Listbox;
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use suggestions::{Suggestions, key_of};
use wasm_bindgen::{JsCast, convert::FromWasmAbi};
use web_sys::{Element, Event, HtmlInputElement, KeyboardEvent, Node};

/// Makes each `data-combobox` of the page an editable combobox with list autocomplete, as the ARIA
/// Authoring Practices describe it.
///
/// The options are those of its `<datalist>`, which serves alone until then.
#[island]
pub fn Comboboxes() -> impl IntoView {
    let news = RwSignal::new(String::new());
    Effect::new(move || {
        for field in elements(None, "[data-combobox]") {
            if let Some(combobox) = Combobox::new(&field, news) {
                Rc::new(combobox).wake(field);
            }
        }
    });
    view! { <p class="visually-hidden" role="status">{news}</p> }
}

/// How long nothing is typed before the number of suggestions is read out.
const PAUSE: Duration = Duration::from_millis(600);

struct Combobox {
    input: HtmlInputElement,
    listbox: Listbox,
    suggestions: RefCell<Suggestions>,
    news: RwSignal<String>,
    pause: Cell<Option<TimeoutHandle>>,
}

impl Combobox {
    fn new(field: &Element, news: RwSignal<String>) -> Option<Self> {
        let input: HtmlInputElement = field.query_selector("input").ok()??.dyn_into().ok()?;
        let options = elements(Some(field), "option");
        let options = options.iter().filter_map(|option| option.get_attribute("value"));
        let suggestions = RefCell::new(Suggestions::new(options.map(|text| {
            let key = compared(&text);
            (text, key)
        })));
        let name = field.get_attribute("data-combobox")?;
        let listbox = Listbox::new(field, format!("{}-listbox", input.id()), &name)?;
        Some(Self { input, listbox, suggestions, news, pause: Cell::default() })
    }

    fn wake(self: Rc<Self>, field: Element) {
        // The browser's own list would lie over ours.
        unset(&self.input, "list");
        for (attribute, value) in [
            ("role", "combobox"),
            ("aria-autocomplete", "list"),
            ("aria-expanded", "false"),
            ("aria-controls", self.listbox.id()),
        ] {
            set(&self.input, attribute, value);
        }
        self.hear("input", |combobox, _: Event| combobox.suggest());
        self.hear("keydown", |combobox, event: KeyboardEvent| {
            if combobox.press(&event) {
                event.prevent_default();
            }
        });
        self.hear("click", |combobox, _: Event| combobox.open());
        self.hear("blur", |combobox, _: Event| combobox.close());
        // The field keeps the focus while something in its list is pressed.
        listen(self.listbox.element(), "mousedown", |event: Event| event.prevent_default());
        let combobox = self.clone();
        listen(self.listbox.element(), "click", move |event: Event| {
            if let Some(text) = combobox.listbox.option_at(&event) {
                combobox.take(&text);
            }
        });
        // On some phones a press on nothing leaves the focus where it is.
        let combobox = self.clone();
        listen(&document(), "pointerdown", move |event: Event| {
            let at = event.target().and_then(|target| target.dyn_into::<Node>().ok());
            if !field.contains(at.as_ref()) {
                combobox.close();
            }
        });
        // Somebody may have begun to type before we came.
        let typing = document().active_element().as_ref() == Some(self.input.unchecked_ref())
            && self.input.value() != self.input.default_value();
        if typing {
            self.suggest();
        }
    }

    fn hear<E: FromWasmAbi + 'static>(self: &Rc<Self>, kind: &str, hear: fn(&Self, E)) {
        let combobox = self.clone();
        listen(&self.input, kind, move |event| hear(&combobox, event));
    }

    /// Suggests what fits the text.
    fn suggest(&self) {
        self.suggestions.borrow_mut().suggest(&compared(&self.input.value()));
        self.draw();
    }

    /// Shows every option, and marks the one that the field holds: it may be about to be replaced.
    fn open(&self) {
        if self.suggestions.borrow().is_open() {
            return;
        }
        let mut suggestions = self.suggestions.borrow_mut();
        suggestions.suggest("");
        suggestions.mark(&self.input.value());
        drop(suggestions);
        self.draw();
    }

    fn close(&self) {
        self.suggestions.borrow_mut().close();
        self.draw();
    }

    /// Does what a key is for; false when that is the browser's to do.
    fn press(&self, event: &KeyboardEvent) -> bool {
        if event.is_composing() || event.ctrl_key() || event.meta_key() {
            return false;
        }
        let open = self.suggestions.borrow().is_open();
        match event.key().as_str() {
            "ArrowDown" if event.alt_key() => self.open(),
            "ArrowUp" if event.alt_key() => self.close(),
            "ArrowDown" => self.step(Suggestions::mark_next),
            "ArrowUp" => self.step(Suggestions::mark_previous),
            "Enter" => return self.take_marked(),
            // What is marked is taken, and the focus goes on.
            "Tab" => {
                self.take_marked();
                return false;
            }
            "Escape" if open => self.close(),
            "Escape" if !self.input.value().is_empty() => self.input.set_value(""),
            // The cursor moves in the text: that is where the attention is now.
            "ArrowLeft" | "ArrowRight" | "Home" | "End" => {
                self.suggestions.borrow_mut().unmark();
                self.mark();
                return false;
            }
            _ => return false,
        }
        true
    }

    fn step(&self, step: fn(&mut Suggestions)) {
        let was_open = self.suggestions.borrow().is_open();
        self.open();
        let mut suggestions = self.suggestions.borrow_mut();
        // The option that the field holds is the first to be at.
        if was_open || suggestions.marked().is_none() {
            step(&mut suggestions);
        }
        drop(suggestions);
        self.mark();
    }

    fn take_marked(&self) -> bool {
        let marked = self.suggestions.borrow().marked_text().map(str::to_owned);
        marked.is_some_and(|text| {
            self.take(&text);
            true
        })
    }

    fn take(&self, text: &str) {
        self.input.set_value(text);
        self.close();
    }

    /// Shows what is suggested now.
    fn draw(&self) {
        let suggestions = self.suggestions.borrow();
        let open = suggestions.is_open();
        if open {
            self.listbox.show(suggestions.texts(), &self.input);
        } else {
            self.listbox.hide();
        }
        set(&self.input, "aria-expanded", if open { "true" } else { "false" });
        self.mark();
        self.tell(suggestions.count());
    }

    /// Shows which option is marked.
    fn mark(&self) {
        match self.listbox.mark(self.suggestions.borrow().marked()) {
            Some(id) => set(&self.input, "aria-activedescendant", &id),
            None => unset(&self.input, "aria-activedescendant"),
        }
    }

    /// Has `count` read out, unless something else happens first.
    fn tell(&self, count: Option<String>) {
        if let Some(pause) = self.pause.take() {
            pause.clear();
        }
        let news = self.news;
        news.set(String::new());
        if let Some(count) = count {
            let pause = set_timeout_with_handle(move || news.set(count), PAUSE);
            self.pause.set(pause.ok());
        }
    }
}

/// The text as it is compared with others.
fn compared(text: &str) -> String {
    let decomposed = JsString::from(text).normalize("NFD").to_lower_case();
    key_of(&String::from(decomposed))
}
