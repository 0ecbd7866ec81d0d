use crate::dom::{set, unset};
use leptos::prelude::{document, window};
use wasm_bindgen::JsCast;
use web_sys::{Element, Event, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};

/// A list with less room than this below its field goes above it, if there is more.
const ENOUGH: i32 = 240;
/// What stays free between the list and the edge of the screen.
const MARGIN: i32 = 12;

/// The list that pops up at a combobox.
pub struct Listbox {
    element: HtmlElement,
    id: String,
}

impl Listbox {
    /// A closed list at the end of `field`.
    pub fn new(field: &Element, id: String, name: &str) -> Option<Self> {
        let element: HtmlElement = document().create_element("ul").ok()?.dyn_into().ok()?;
        for (attribute, value) in
            [("id", id.as_str()), ("class", "listbox"), ("role", "listbox"), ("aria-label", name)]
        {
            set(&element, attribute, value);
        }
        element.set_hidden(true);
        field.append_child(&element).ok()?;
        Some(Self { element, id })
    }

    pub fn id(&self) -> &str {
        &self.id
    }

    pub fn element(&self) -> &HtmlElement {
        &self.element
    }

    pub fn hide(&self) {
        self.element.set_hidden(true);
    }

    /// Shows these options at `field`, on the side where they have more room.
    pub fn show<'a>(&self, options: impl Iterator<Item = &'a str>, field: &Element) {
        self.element.set_text_content(None);
        for (place, text) in options.enumerate() {
            let Ok(option) = document().create_element("li") else { return };
            set(&option, "id", &self.id_of(place));
            set(&option, "role", "option");
            option.set_text_content(Some(text));
            let _ = self.element.append_child(&option);
        }
        self.fit(field);
        self.element.set_hidden(false);
    }

    /// Keeps the list inside of what can be seen: beside an open keyboard, on a zoomed page.
    fn fit(&self, field: &Element) {
        let Some(seen) = window().visual_viewport() else { return };
        let edges = field.get_bounding_client_rect();
        // Whole pixels are exact enough.
        let above = (edges.top() - seen.offset_top()) as i32 - MARGIN;
        let below = (seen.offset_top() + seen.height() - edges.bottom()) as i32 - MARGIN;
        let turned = below < ENOUGH && above > below;
        let _ = self.element.class_list().toggle_with_force("listbox-above", turned);
        let room = if turned { above } else { below };
        let _ = self.element.style().set_property("--room", &format!("{room}px"));
    }

    fn id_of(&self, place: usize) -> String {
        format!("{}-{place}", self.id)
    }

    /// Marks one option, or none, and gives its id.
    pub fn mark(&self, place: Option<usize>) -> Option<String> {
        if let Ok(Some(before)) = self.element.query_selector("[aria-selected]") {
            unset(&before, "aria-selected");
        }
        let id = self.id_of(place?);
        let option = document().get_element_by_id(&id)?;
        set(&option, "aria-selected", "true");
        let nearest = ScrollIntoViewOptions::new();
        nearest.set_block(ScrollLogicalPosition::Nearest);
        option.scroll_into_view_with_scroll_into_view_options(&nearest);
        Some(id)
    }

    /// The text of the option that an event was at.
    pub fn option_at(&self, event: &Event) -> Option<String> {
        let element: Element = event.target()?.dyn_into().ok()?;
        element.closest("[role=option]").ok()??.text_content()
    }
}
