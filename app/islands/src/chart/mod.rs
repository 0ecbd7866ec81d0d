//! Charts that tell of each of their points.
mod cursor;

use crate::dom::{elements, listen, set, unset};
use cursor::{Cursor, Step};
use leptos::{leptos_dom::helpers::TimeoutHandle, prelude::*};
use std::{
    cell::{Cell, RefCell},
    rc::Rc,
    time::Duration,
};
use wasm_bindgen::{JsCast, convert::FromWasmAbi};
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

/// Makes each `data-chart` of the page one stop of the keyboard, in which arrow keys go from point to point; a mouse or a
/// finger goes to the nearest. What the server says of a point stands below the chart, and Enter or a press leads nearer.
#[island]
pub fn Charts() -> impl IntoView {
    let news = RwSignal::new(String::new());
    Effect::new(move || {
        for chart in elements(None, "[data-chart]") {
            if let Some(alive) = Chart::new(&chart, news) {
                Rc::new(alive).wake(&chart);
            }
        }
    });
    view! { <p class="visually-hidden" role="status">{news}</p> }
}

/// How long nobody goes on before a point is read out: who holds a key down hears where they end.
const PAUSE: Duration = Duration::from_millis(150);

/// What the server says of a point.
struct Point {
    /// From the left, as a part of the width: `51.67%`
    left: String,
    /// From the top; of a blood pressure two.
    tops: Vec<String>,
    words: String,
    href: Option<String>,
}

impl Point {
    fn of(mark: &Element) -> Option<Self> {
        let at = mark.get_attribute("data-at")?;
        let mut at = at.split(' ').map(ToOwned::to_owned);
        let words = mark.query_selector("title").ok()??.text_content()?;
        Some(Self { left: at.next()?, tops: at.collect(), words, href: mark.get_attribute("href") })
    }
}

/// `51.67%` in ten-thousandths.
fn whole(share: &str) -> i32 {
    let digits: String = share.chars().filter(char::is_ascii_digit).collect();
    digits.parse().unwrap_or_default()
}

struct Chart {
    field: Element,
    line: Element,
    dots: Vec<Element>,
    readout: Element,
    /// Where a nearer look is; not everywhere there is one.
    open: Option<HtmlElement>,
    points: Vec<Point>,
    cursor: RefCell<Cursor>,
    /// A finger has just come to another point: this press is to read, the next one to go there. A mouse is at the point
    /// that it presses.
    is_first_press: Cell<bool>,
    news: RwSignal<String>,
    pause: Cell<Option<TimeoutHandle>>,
}

impl Chart {
    fn new(chart: &Element, news: RwSignal<String>) -> Option<Self> {
        let part = |selector: &str| chart.query_selector(selector).ok().flatten();
        let points: Vec<_> =
            elements(Some(chart), "[data-at]").iter().filter_map(Point::of).collect();
        let stride = whole(&chart.get_attribute("data-stride")?);
        let cursor = Cursor::new(points.iter().map(|point| whole(&point.left)).collect(), stride);
        Some(Self {
            field: part(".chart-field")?,
            line: part(".chart-cursor")?,
            dots: elements(Some(chart), ".chart-here"),
            readout: part(".chart-readout > span")?,
            open: part(".chart-open").and_then(|open| open.dyn_into().ok()),
            points,
            cursor: RefCell::new(cursor),
            is_first_press: Cell::new(false),
            news,
            pause: Cell::default(),
        })
    }

    fn wake(self: Rc<Self>, chart: &Element) {
        // Not a picture any more but something to use, with keys of its own.
        for (name, value) in
            [("role", "application"), ("aria-roledescription", "chart"), ("tabindex", "0")]
        {
            set(&self.field, name, value);
        }
        set(&self.field, "aria-label", &chart.get_attribute("data-chart").unwrap_or_default());
        self.hear("keydown", |chart, event: KeyboardEvent| {
            if chart.press(&event) {
                event.prevent_default();
            }
        });
        // From here on presses are at the field, which gets the focus, and not at a link in it.
        self.hear("pointerdown", |chart, event: MouseEvent| {
            let is_other = chart.point(&event);
            chart.is_first_press.set(is_other);
        });
        self.hear("pointermove", |chart, event: MouseEvent| {
            chart.point(&event);
        });
        self.hear("pointerup", |chart, _: MouseEvent| chart.tell());
        self.hear("click", |chart, _: MouseEvent| {
            if !chart.is_first_press.take() {
                chart.open_nearer();
            }
        });
    }

    fn hear<E: FromWasmAbi + 'static>(self: &Rc<Self>, kind: &str, hear: fn(&Self, E)) {
        let chart = self.clone();
        listen(&self.field, kind, move |event| hear(&chart, event));
    }

    /// Does what a key is for; false when that is the browser's to do.
    fn press(&self, event: &KeyboardEvent) -> bool {
        if event.alt_key() || event.ctrl_key() || event.meta_key() {
            return false;
        }
        let step = match event.key().as_str() {
            "ArrowLeft" => Step::Earlier,
            "ArrowRight" => Step::Later,
            "PageUp" => Step::FarEarlier,
            "PageDown" => Step::FarLater,
            "Home" => Step::First,
            "End" => Step::Last,
            "Enter" => return self.open_nearer(),
            "Escape" => return self.give_up(),
            _ => return false,
        };
        self.cursor.borrow_mut().step(step);
        self.show();
        self.tell();
        true
    }

    /// Goes to the point that is nearest to a pointer; false when it is there. Nothing is read out: a mouse that crosses
    /// the chart says nothing.
    fn point(&self, event: &MouseEvent) -> bool {
        let before = self.cursor.borrow().at();
        let width = self.field.client_width().max(1);
        self.cursor.borrow_mut().to(event.offset_x() * 10_000 / width);
        let is_other = self.cursor.borrow().at() != before;
        if is_other {
            self.show();
        }
        is_other
    }

    /// Opens a nearer look at the point that is looked at; false where there is none.
    fn open_nearer(&self) -> bool {
        let is_there = self.cursor.borrow().at().is_some();
        match &self.open {
            Some(open) if is_there => {
                open.click();
                true
            }
            _ => false,
        }
    }

    /// As it was before anybody looked; false when it is.
    fn give_up(&self) -> bool {
        let was_there = self.cursor.borrow().at().is_some();
        self.cursor.borrow_mut().give_up();
        self.show();
        was_there
    }

    /// Shows which point is looked at, and what is said of it: without one, of the newest.
    fn show(&self) {
        let at = self.cursor.borrow().at();
        let visible = if at.is_some() { "visible" } else { "hidden" };
        let Some(point) = at.map_or(self.points.last(), |at| self.points.get(at)) else { return };
        for name in ["x1", "x2"] {
            set(&self.line, name, &point.left);
        }
        set(&self.line, "visibility", visible);
        for (dot, top) in self.dots.iter().zip(&point.tops) {
            set(dot, "cx", &point.left);
            set(dot, "cy", top);
            set(dot, "visibility", visible);
        }
        self.readout.set_text_content(Some(&point.words));
        if let Some(open) = &self.open {
            match &point.href {
                Some(href) => set(open, "href", href),
                None => unset(open, "href"),
            }
        }
    }

    /// Has what is said of the point read out, unless somebody goes on before.
    fn tell(&self) {
        if let Some(pause) = self.pause.take() {
            pause.clear();
        }
        let at = self.cursor.borrow().at();
        let Some(words) = at.and_then(|at| self.points.get(at)).map(|point| point.words.clone())
        else {
            return;
        };
        let news = self.news;
        self.pause.set(set_timeout_with_handle(move || news.set(words), PAUSE).ok());
    }
}
