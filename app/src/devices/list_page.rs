use super::{PATH, Tab, badge, path_of, tabs, words};
use crate::{Page, PageResult, fields::Fields};
use leptos::prelude::*;
use services::{
    devices::{self, Device},
    directory::{self, PAGE_SIZE},
    identity::Patient,
};
use ui::{EmptyState, FormMessage, IconName, LinkButton, PageHeader, Pagination};

const LEDE: &str = "What measures for you, and how it is.";

/// `/patient/devices?page=`
pub async fn show(page: Page) -> PageResult {
    let owner = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = devices::devices(page.clinic(), &owner, wanted).await?;
    let cards: Vec<_> = found.items.iter().map(|device| card(&page, device)).collect();
    let is_removed = query.is_on("removed");
    Ok(page.show("Your devices", move || {
        let add = || view! { <LinkButton href="/patient/devices/new" icon=IconName::Plus>"Add a device"</LinkButton> };
        let list = match cards.is_empty() {
            true => view! {
                <EmptyState
                    icon=IconName::Device title="No devices yet"
                    text="Add a watch, a scale or a monitor, and what it measures comes here by itself. You can also enter readings by hand."
                    action_href="/patient/readings/new" action_label="Enter a reading"
                />
            }
            .into_any(),
            false => view! { <ul class="plain-list stack">{cards}</ul> }.into_any(),
        };
        view! {
            <PageHeader title="Your devices" lede=LEDE actions=add />
            {is_removed.then(|| view! { <FormMessage>"Removed. It can send nothing more; what it has sent stays."</FormMessage> })}
            {tabs(Tab::Devices)}
            {list}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("{PATH}?page={number}")
            />
        }
    }))
}

fn card(page: &Page, device: &Device) -> AnyView {
    let href = path_of(device.id);
    let name = device.name.clone();
    let (about, heard) = (words::about(device), words::heard(page, device));
    let issues = words::issues(&device.health.issues());
    let badge = badge(device.status);
    view! {
        <li class="card visit-card">
            <div class="stack-small">
                <h2 class="h3"><a href=href>{name}</a></h2>
                <p>{about}</p>
                <p class="muted">{heard}</p>
                {issues}
            </div>
            {badge}
        </li>
    }
    .into_any()
}
