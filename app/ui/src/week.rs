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
    if count == 0 {
        return view! {
            <span class="week-strip-count" aria-hidden="true">"–"</span>
            <span class="visually-hidden">"no free times"</span>
        }
        .into_any();
    }
    let times = if count == 1 { " time" } else { " times" };
    view! {
        <span class="week-strip-count tabular">
            {count.to_string()}<span class="week-strip-word">" free"</span>
        </span>
        <span class="visually-hidden">{times}</span>
    }
    .into_any()
}
