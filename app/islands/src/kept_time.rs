use crate::dom::{elements, listen};
use leptos::{leptos_dom::helpers::set_interval_with_handle, prelude::*, task::spawn_local};
use std::time::Duration;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, PageTransitionEvent, RequestInit, Response, UrlSearchParams};

/// How often the time is asked for again while the person is busy with the page.
const RENEWAL: f64 = 60_000.0;

/// When to say aloud that the time is running out, in seconds.
const WARNING: i64 = 60;

const KEPT_NO_LONGER: &str =
    "This time is no longer kept for you. You can still book it as long as nobody else takes it.";

/// Until when a time is kept for the person who fills in the form on this page, counted down without
/// ever taking the focus. Kept for longer while they are busy, and let go when they leave.
///
/// `path` keeps the time that begins at `start` (a form's POST, answered with seconds, or with a
/// [`Refusal`] in three lines), `path`/release lets it go.
#[island]
pub fn KeptTime(until: String, seconds: i64, start: String, path: String) -> impl IntoView {
    let left = RwSignal::new(None::<i64>);
    let news = RwSignal::new(String::new());
    let refusal = RwSignal::new(None::<Refusal>);
    let hold = StoredValue::new(Hold { start, path, ends: 0.0, renewed: 0.0, leaving: false });
    let shown = Shown { left, news, refusal };
    Effect::new(move || {
        hold.update_value(|hold| hold.is_kept(seconds));
        left.set(Some(seconds));
        count_down(hold, shown);
        follow(hold, shown);
    });
    let over = move || left.get().is_some_and(|left| left <= 0);
    let part = move |part: fn(Refusal) -> String| refusal.get().map(part);
    view! {
        <p class="kept" data-over=move || over().then_some("")>
            {move || match left.get() {
                None => format!("This time is kept for you until {until}."),
                Some(left) if left <= 0 => {
                    part(|refusal| refusal.why).unwrap_or_else(|| KEPT_NO_LONGER.to_owned())
                }
                Some(_) => "This time is kept for you for ".to_owned(),
            }}
            <span role="timer" aria-live="off" class="tabular">
                {move || left.get().filter(|left| *left > 0).map(minutes)}
            </span>
            " "
            <a href=move || part(|refusal| refusal.href) hidden=move || refusal.get().is_none()>
                {move || part(|refusal| refusal.what)}
            </a>
        </p>
        <p class="visually-hidden" role="status">{news}</p>
    }
}

/// What the person sees of it.
#[derive(Clone, Copy)]
struct Shown {
    /// The seconds that are left; `None` before the browser counts them.
    left: RwSignal<Option<i64>>,
    news: RwSignal<String>,
    refusal: RwSignal<Option<Refusal>>,
}

/// The time cannot be booked any more, whoever it is kept for.
#[derive(Clone)]
struct Refusal {
    why: String,
    /// Where to go instead, and what is there.
    href: String,
    what: String,
}

impl Refusal {
    fn of(lines: &str) -> Option<Self> {
        let (why, rest) = lines.split_once('\n')?;
        let (href, what) = rest.split_once('\n')?;
        // Whatever else may come is no answer to this.
        href.starts_with('/').then(|| Self {
            why: why.into(),
            href: href.into(),
            what: what.into(),
        })
    }
}

/// What is known of the hold, in milliseconds since the page was opened.
struct Hold {
    start: String,
    path: String,
    ends: f64,
    renewed: f64,
    leaving: bool,
}

impl Hold {
    fn is_kept(&mut self, seconds: i64) {
        self.renewed = now();
        #[expect(clippy::cast_precision_loss, reason = "a hold lasts minutes")]
        let milliseconds = seconds as f64 * 1_000.0;
        self.ends = self.renewed + milliseconds;
    }

    fn left(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "a hold lasts minutes")]
        let seconds = ((self.ends - now()) / 1_000.0).ceil() as i64;
        seconds.max(0)
    }
}

fn now() -> f64 {
    window().performance().map_or(0.0, |performance| performance.now())
}

fn minutes(left: i64) -> String {
    format!("{}:{:02}.", left / 60, left % 60)
}

fn count_down(hold: StoredValue<Hold>, Shown { left, news, .. }: Shown) {
    let tick = move || {
        let before = left.get_untracked();
        let now = hold.with_value(Hold::left);
        if before == Some(now) {
            return;
        }
        left.set(Some(now));
        match now {
            0 => news.set(KEPT_NO_LONGER.to_owned()),
            WARNING => news.set("This time is kept for you for one more minute.".to_owned()),
            _ => {}
        }
    };
    // As long as the page is there.
    let _ = set_interval_with_handle(tick, Duration::from_secs(1));
}

/// Hears what the person does.
fn follow(hold: StoredValue<Hold>, shown: Shown) {
    for sign in ["keydown", "pointerdown", "input"] {
        listen(&document(), sign, move |_: Event| {
            if hold.with_value(|hold| now() - hold.renewed > RENEWAL) {
                renew(hold, shown);
            }
        });
    }
    for form in elements(None, "form[action$=\"/book\"]") {
        listen(&form, "submit", move |_: Event| hold.update_value(|hold| hold.leaving = true));
    }
    listen(&window(), "pagehide", move |_: Event| {
        hold.with_value(|hold| {
            if !hold.leaving {
                let _ = window().navigator().send_beacon(&format!("{}/release", hold.path));
            }
        });
    });
    // Back from the history, with everything as it was but the hold.
    listen(&window(), "pageshow", move |event: PageTransitionEvent| {
        if event.persisted() {
            hold.update_value(|hold| hold.leaving = false);
            renew(hold, shown);
        }
    });
}

fn renew(hold: StoredValue<Hold>, Shown { left, news, refusal }: Shown) {
    // Not again before this one is answered, or has failed for a while.
    hold.update_value(|hold| hold.renewed = now());
    spawn_local(async move {
        let Some(answer) = ask(hold).await else { return };
        let refused = Refusal::of(&answer);
        let seconds = match &refused {
            Some(refused) => {
                news.set(format!("{} {}", refused.why, refused.what));
                0
            }
            None => {
                let Ok(seconds) = answer.parse() else { return };
                news.set(String::new());
                seconds
            }
        };
        hold.update_value(|hold| hold.is_kept(seconds));
        refusal.set(refused);
        left.set(Some(seconds));
    });
}

/// The answer to whether the time is kept for longer.
async fn ask(hold: StoredValue<Hold>) -> Option<String> {
    let (path, start) = hold.with_value(|hold| (hold.path.clone(), hold.start.clone()));
    let body = UrlSearchParams::new().ok()?;
    body.set("start", &start);
    let init = RequestInit::new();
    init.set_method("POST");
    init.set_body(&JsValue::from(body));
    let answer = JsFuture::from(window().fetch_with_str_and_init(&path, &init)).await.ok()?;
    let answer: Response = answer.dyn_into().ok()?;
    JsFuture::from(answer.text().ok()?).await.ok()?.as_string()
}
