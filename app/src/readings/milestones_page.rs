use super::PATH;
use crate::{Page, PageResult};
use domain::{
    readings::{MetricKind, Reached},
    zone::short_day,
};
use jiff::civil::Date;
use leptos::prelude::*;
use services::{identity::Patient, readings::milestones};
use ui::{EmptyState, Icon, IconName, PageHeader, Section};

/// So many lines are shown beside the figures.
const LATEST: usize = 3;

const LEDE: &str = "What you have kept up, and what you have reached with it.";

/// `/patient/readings/milestones`
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let all = milestones::all(page.clinic(), &patient).await?;
    let rows = milestones::rows(page.clinic(), &patient).await?;
    let body = match all.is_empty() && rows.is_empty() {
        true => view! {
            <EmptyState
                icon=IconName::Star title="Nothing reached yet"
                text="Measure on seven days in a row, and you find a first milestone here."
                action_href="/patient/readings/new" action_label="Enter a reading"
            />
        }
        .into_any(),
        false => view! { {going_on(&rows)} {reached(&all)} }.into_any(),
    };
    Ok(page.show("What you have reached", move || {
        view! {
            <PageHeader title="What you have reached" lede=LEDE back_href=PATH back_label="Your readings" />
            {body}
        }
    }))
}

fn going_on(rows: &[(MetricKind, u32)]) -> Option<AnyView> {
    let items: Vec<_> = rows
        .iter()
        .map(|(kind, length)| {
            view! { <li><strong class="tabular">{format!("{length} days in a row")}</strong>": "{kind.label()}</li> }
        })
        .collect();
    (!rows.is_empty()).then(|| {
        view! { <Section title="Going on now" id="going-on"><ul class="plain-list stack-small" role="list">{items}</ul></Section> }
            .into_any()
    })
}

fn reached(all: &[Reached]) -> Option<AnyView> {
    let list = list(all, usize::MAX);
    (!all.is_empty())
        .then(|| view! { <Section title="Reached" id="reached">{list}</Section> }.into_any())
}

/// What was reached on one day, with each of these kinds.
struct Line {
    kinds: Vec<&'static str>,
    title: &'static str,
    on: Date,
    text: &'static str,
}

/// A watch reaches the same with all that it measures: where the same is said of it, that is one line.
fn lines(all: &[Reached]) -> Vec<Line> {
    let mut lines: Vec<Line> = Vec::new();
    for reached in all {
        let (title, on, label) = (reached.title(), reached.on, reached.kind.label());
        let text = reached.text();
        let same = |line: &&mut Line| line.on == on && line.title == title && line.text == text;
        match lines.iter_mut().find(same) {
            Some(line) => line.kinds.push(label),
            None => lines.push(Line { kinds: vec![label], title, on, text }),
        }
    }
    lines
}

/// Each with its kind word and its day, and no more than `most` of them.
fn list(all: &[Reached], most: usize) -> AnyView {
    let lines: Vec<_> = lines(all)
        .into_iter()
        .take(most)
        .map(|line| {
            let title = format!("{}: {}", line.kinds.join(", "), line.title);
            let day = format!("{} {}", short_day(line.on), line.on.year());
            view! {
                <li class="insight insight-good">
                    <Icon name=IconName::Star />
                    <div><strong>{title}</strong>" "<span class="muted">{day}</span><p>{line.text}</p></div>
                </li>
            }
        })
        .collect();
    view! { <ul class="plain-list" role="list">{lines}</ul> }.into_any()
}

/// What was reached last, for the page of all readings; nothing where nothing was.
pub fn latest(newest: &[Reached]) -> Option<AnyView> {
    let list = list(newest, LATEST);
    (!newest.is_empty()).then(|| {
        view! {
            <Section title="What you have reached" id="reached">
                {list}
                <p><a href="/patient/readings/milestones">"All you have reached"</a></p>
            </Section>
        }
        .into_any()
    })
}
