use leptos::prelude::*;

/// A day of a week, and how many times are free on it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WeekDay {
    /// "Tue"
    pub weekday: String,
    /// "3 Mar"
    pub date: String,
    pub count: usize,
    pub href: String,
}

/// Seven days, each a link that says how many times are free; a day without any cannot be chosen.
#[component]
pub fn WeekStrip(
    days: Vec<WeekDay>,
    #[prop(into)] label: String,
    /// Which of the days is open, counting from 0.
    #[prop(optional)]
    selected: Option<usize>,
) -> impl IntoView {
    let days = days
        .into_iter()
        .enumerate()
        .map(|(index, day)| week_day(day, selected == Some(index)))
        .collect_view();
    view! { <nav class="week-strip" aria-label=label><ol>{days}</ol></nav> }
}

fn week_day(day: WeekDay, selected: bool) -> AnyView {
    let content = view! {
        <span class="week-strip-day">{day.weekday}</span>
        " "
        <span class="week-strip-date tabular">{day.date}</span>
        <span class="visually-hidden">": "</span>
        <Free count=day.count />
    }
    .into_any();
    if day.count == 0 {
        return view! { <li><span class="week-strip-none">{content}</span></li> }.into_any();
    }
    let current = selected.then_some("date");
    view! { <li><a href=day.href aria-current=current>{content}</a></li> }.into_any()
}

/// The count, in words for those who listen.
#[component]
fn Free(count: usize) -> impl IntoView {
    let words = match count {
        0 => "no free times",
        1 => " free time",
        _ => " free times",
    };
    let figure = if count == 0 { "–".to_owned() } else { count.to_string() };
    view! {
        <span class="week-strip-count tabular" aria-hidden=(count == 0).then_some("true")>{figure}</span>
        <span class="visually-hidden">{words}</span>
    }
}
