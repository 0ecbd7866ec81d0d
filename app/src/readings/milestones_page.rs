use super::PATH;
use crate::{Page, PageResult};
use domain::{
    readings::{MetricKind, Reached, Units},
    zone::short_day,
};
use leptos::prelude::*;
use services::{identity::Patient, readings::milestones};
use ui::{EmptyState, Icon, IconName, PageHeader, Section};

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
        false => view! { {going_on(&rows)} {reached(&all, &page.units())} }.into_any(),
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

fn reached(all: &[Reached], units: &Units) -> Option<AnyView> {
    let list = list(all, units);
    (!all.is_empty())
        .then(|| view! { <Section title="Reached" id="reached">{list}</Section> }.into_any())
}

/// Each with its kind word and its day.
fn list(all: &[Reached], units: &Units) -> AnyView {
    let lines: Vec<_> = all
        .iter()
        .map(|reached| {
            let title = format!("{}: {}", reached.kind.label(), reached.title());
            let day = format!("{} {}", short_day(reached.on), reached.on.year());
            let text = reached.text(units.shown_in(reached.kind, reached.kind.unit()));
            view! {
                <li class="insight insight-good">
                    <Icon name=IconName::Star />
                    <div><strong>{title}</strong>" "<span class="muted">{day}</span><p>{text}</p></div>
                </li>
            }
        })
        .collect();
    view! { <ul class="plain-list" role="list">{lines}</ul> }.into_any()
}

/// What was reached last, for the page of all readings; nothing where nothing was.
pub fn latest(newest: &[Reached], units: &Units) -> Option<AnyView> {
    let list = list(newest, units);
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
