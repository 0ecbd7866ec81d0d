use super::{
    ALERTS,
    alert_card::{open_card, past_card},
    live::summary,
};
use crate::{
    Page, PageResult,
    devices::{Tab, tabs},
    fields::Fields,
    page::see_other,
};
use axum::extract::Path;
use domain::readings::{ReadingAlertId, SEEN_WITHIN};
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, PAGE_SIZE},
    identity::Patient,
    readings::alerts::{self, Contact},
};
use ui::{EmptyState, IconName, PageHeader, Pagination, Section};

const LEDE: &str = "What in your readings needs attention, and what to do about it.";

/// `/patient/alerts?page=`
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let open = alerts::open(page.clinic(), &patient).await?;
    let over = alerts::over(page.clinic(), &patient, wanted).await?;
    let contact = alerts::contact(page.clinic(), &patient).await?;
    let shown = summary(&open);
    let cards: Vec<_> = open.iter().map(|alert| open_card(&page, alert)).collect();
    let past: Vec<_> = over.items.iter().map(|alert| past_card(&page, alert)).collect();
    Ok(page.show("Alerts", move || {
        let now = match cards.is_empty() {
            true => view! {
                <EmptyState
                    icon=IconName::Check title="Nothing needs attention"
                    text="When a reading is beyond what is safe, or far from what is usual for you, you find it here, and we write to you."
                />
            }
            .into_any(),
            false => view! { <ul class="plain-list stack">{cards}</ul> }.into_any(),
        };
        let past = (!past.is_empty()).then(|| view! {
            <Section title="Over" id="over"><ul class="plain-list stack">{past}</ul></Section>
        });
        view! {
            <PageHeader title="Alerts" lede=LEDE />
            {tabs(Tab::Alerts)}
            <div data-alerts-shown=shown>{now}</div>
            {past}
            <Pagination
                page=wanted.number
                pages=wanted.pages(over.count)
                href=move |number| format!("{ALERTS}?page={number}")
            />
            {who_is_told(contact)}
            <p class="muted">"This is no emergency service: if you feel very ill, call your emergency number."</p>
        }
    }))
}

/// Nobody is promised what the clinic cannot do.
fn who_is_told(contact: Contact) -> AnyView {
    let minutes = SEEN_WITHIN.as_mins();
    let profile = || view! { <a href="/account/profile">"your profile"</a> };
    match contact {
        Contact::Named => view! {
            <p class="muted">{format!("If something is urgent and you have not seen it within {minutes} minutes, we text the person you have named for an emergency in ")}{profile()}"."</p>
        }
        .into_any(),
        Contact::Nobody => view! {
            <p>"Nobody but you is told. Name somebody for an emergency in "{profile()}{format!(", with a phone number with + and its country code, and we text them when something is urgent and you have not seen it within {minutes} minutes.")}</p>
        }
        .into_any(),
        Contact::NoTexts => view! {
            <p class="muted">"Nobody but you is told: this clinic sends no text messages."</p>
        }
        .into_any(),
    }
}

/// `/patient/alerts/{id}/seen`
pub async fn acknowledge(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ReadingAlertId = id.parse().map_err(|_| Error::NotFound)?;
    alerts::acknowledge(page.clinic(), &patient, id).await?;
    Ok(see_other(ALERTS))
}
