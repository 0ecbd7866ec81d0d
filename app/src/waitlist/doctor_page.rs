use crate::{Page, PageResult, fields::Fields};
use axum::extract::Path;
use domain::{
    directory::ProviderId,
    waitlist::{COUNTED_DAYS, OfferOutcome},
    zone::{clock, short_day},
};
use jiff::{Timestamp, tz::TimeZone};
use leptos::prelude::*;
use services::{
    Error, directory,
    identity::{Admin, Doctor, Person},
    waitlist::{self, LoggedOffer},
};
use ui::{
    BackLink, Badge, Cell, Column, EmptyState, IconName, Pagination, RowHead, Stat, Table, Tone,
};

/// `/doctor/waitlist?page=`
pub async fn show(page: Page) -> PageResult {
    let provider = page.caller::<Doctor>()?.provider()?;
    render(page, provider, "/doctor/waitlist".to_owned(), ().into_any()).await
}

/// `/admin/providers/{id}/waitlist?page=`
pub async fn show_to_admin(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Admin>()?;
    let provider: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let href = format!("/admin/providers/{provider}");
    let path = format!("{href}/waitlist");
    render(page, provider, path, view! { <BackLink href label="The doctor" /> }.into_any()).await
}

async fn render(page: Page, provider: ProviderId, path: String, back: AnyView) -> PageResult {
    let caller = page.caller::<Person>()?;
    let zone = directory::provider(page.clinic(), provider).await?.provider.zone();
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), 20);
    let figures = waitlist::figures(page.clinic(), &caller, provider).await?;
    let log = waitlist::log(page.clinic(), &caller, provider, wanted).await?;
    let rate =
        figures.fill_rate().map_or_else(|| "None yet".to_owned(), |rate| format!("{rate} %"));
    let counted = format!("{} of {} visits", figures.filled, figures.given_back);
    let (whom, whose) =
        if caller.provider == Some(provider) { ("you", "your") } else { ("the doctor", "this") };
    let waiting = format!("Waiting for {whom}");
    let any_doctor =
        format!("{} more for any doctor of {whose} specialty", figures.waiting_for_specialty);
    let definition = format!(
        "Filled from the list: of the visits with {whom} that were cancelled or moved in the last {COUNTED_DAYS} days, \
         at least two hours before their start, how many times went to somebody who waited."
    );
    Ok(page.show("Waitlist", move || {
        let rows: Vec<_> = log.items.iter().map(|offer| row(offer, &zone)).collect();
        let none = rows.is_empty();
        let columns = ["Time", "Offered", "Place in line", "What came of it"];
        let columns = columns.into_iter().map(Column::new).collect();
        view! {
            <article class="stack">
                {back}
                <h1>"Waitlist"</h1>
                <p class="lede">"A time that becomes free is offered to one person after the other, first come, first served."</p>
                <div class="grid">
                    <Stat label=waiting value=figures.waiting.to_string() note=any_doctor />
                    <Stat label="Filled from the list" value=rate note=counted />
                </div>
                <p class="muted">{definition}</p>
                <h2>"The last offers"</h2>
                {if none {
                    view! {
                        <EmptyState
                            icon=IconName::Clock title="Nothing was offered yet"
                            text="As soon as a time is free that somebody waits for, you see here what came of it."
                        />
                    }.into_any()
                } else {
                    view! { <Table caption="The last offers" hidden_caption=true columns>{rows}</Table> }.into_any()
                }}
                <Pagination
                    page=wanted.number
                    pages=wanted.pages(log.count)
                    href=move |number| format!("{path}?page={number}")
                />
            </article>
        }
    }))
}

fn row(offer: &LoggedOffer, zone: &TimeZone) -> AnyView {
    let at = |instant: Timestamp| {
        let local = instant.to_zoned(zone.clone());
        format!("{}, {}", short_day(local.date()), clock(&local))
    };
    let (tone, label) = match offer.outcome {
        OfferOutcome::Pending => (Tone::Information, "Waiting for an answer"),
        OfferOutcome::Accepted => (Tone::Positive, "Accepted"),
        OfferOutcome::Declined => (Tone::Neutral, "Declined"),
        OfferOutcome::Lapsed => (Tone::Neutral, "Not answered"),
        OfferOutcome::Withdrawn => (Tone::Neutral, "Withdrawn"),
    };
    let (starts, offered) = (at(offer.starts_at), at(offer.created_at));
    let kind = format!(" {}", offer.appointment_type.label());
    let place = format!("{} of {}", offer.position, offer.waiting);
    let settled = offer.settled_at.map(|settled| format!(" {}", at(settled)));
    view! {
        <tr>
            <RowHead>{starts}<span class="muted">{kind}</span></RowHead>
            <Cell label="Offered">{offered}</Cell>
            <Cell label="Place in line">{place}</Cell>
            // One thing beside the label, on phones.
            <Cell label="What came of it">
                <span><Badge tone=tone>{label}</Badge><span class="muted">{settled}</span></span>
            </Cell>
        </tr>
    }
    .into_any()
}
