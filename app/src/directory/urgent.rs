//! What cannot wait: the times of today that are kept for urgent visits.
use crate::{Page, PageResult, fields::Fields, times::Moment};
use axum::{http::StatusCode, response::Response};
use domain::booking::Offer;
use leptos::prelude::*;
use services::{
    booking,
    directory::{Provider, ProviderDetails},
};
use ui::{BackLink, ButtonKind, Fold, IconName, LinkButton, Notice, TimeList, Tone};

/// So many times are seen at once; the others are folded away.
const SHOWN: usize = 6;

/// Whom no visit can help.
pub fn emergency() -> AnyView {
    view! {
        <Notice tone=Tone::Caution>
            "Chest pain, trouble breathing or heavy bleeding: call your emergency number, do not book."
        </Notice>
    }
    .into_any()
}

/// The urgent times of today, where the doctor keeps hours for them.
///
/// They are seen one step further on, at `?urgent=1`: most people look for an ordinary time.
pub async fn urgent_today(page: &Page, details: &ProviderDetails) -> PageResult<Option<AnyView>> {
    if !details.plan.keeps_for_urgent() {
        return Ok(None);
    }
    let provider = &details.provider;
    let (_, times) = booking::urgent_times(page.clinic(), provider.id, page.viewer()).await?;
    let asked = Fields::of_query(page.query()).is_on("urgent");
    let list = match asked || times.is_empty() {
        true => list(page, provider, &times),
        false => {
            let href = format!("/doctors/{}?urgent=1#urgent", provider.id);
            view! { <p><LinkButton kind=ButtonKind::Secondary href=href icon=IconName::Clock>"Show today\u{2019}s urgent times"</LinkButton></p> }.into_any()
        }
    };
    Ok(Some(
        view! {
            <section id="urgent" class="card stack-small" aria-labelledby="urgent-heading">
                <h2 id="urgent-heading" class="h3">"It can\u{2019}t wait? Urgent times today"</h2>
                {emergency()}
                {list}
            </section>
        }
        .into_any(),
    ))
}

fn list(page: &Page, provider: &Provider, offers: &[Offer]) -> AnyView {
    let now = page.clinic().now();
    let mut offers: Vec<_> = offers.iter().collect();
    // One start may be free with several lengths.
    offers.dedup_by_key(|offer| offer.slot.start);
    let mut times: Vec<_> = offers
        .into_iter()
        .map(|offer| {
            let start = offer.slot.start;
            let moment = Moment::new(start, page.zone().as_ref(), &provider.time_zone);
            let href = format!("/doctors/{}/book?start={start}&urgent=1", provider.id);
            let time = moment.choice(href);
            if offer.kept_until.is_none_or(|until| until <= now) {
                return time;
            }
            match time.note.clone() {
                None => time.note("urgent only"),
                Some(there) => time.note(format!("{there}, urgent only")),
            }
        })
        .collect();
    if times.is_empty() {
        return view! { <p class="muted">"None is left today."</p> }.into_any();
    }
    let later = times.split_off(times.len().min(SHOWN));
    let later = (!later.is_empty()).then(|| {
        view! { <Fold title="Later today"><TimeList times=later label="Urgent times later today" /></Fold> }
    });
    view! {
        <p class="muted">"One urgent visit at a time. What nobody needs is free to everybody shortly before."</p>
        <TimeList times label="Urgent times today" />
        {later}
    }
    .into_any()
}

/// Says that an urgent time cannot be had, and which can.
pub fn nothing_urgent(
    page: Page,
    provider: &Provider,
    offers: &[Offer],
    message: &str,
) -> Response {
    let list = list(&page, provider, offers);
    let back = format!("/doctors/{}#times", provider.id);
    let message = message.to_owned();
    page.with_status(StatusCode::CONFLICT).show("That time is not free", move || {
        view! {
            <article class="narrow stack">
                <BackLink href=back label="All times of the doctor" />
                <h1>"That time is not free"</h1>
                <Notice tone=Tone::Caution announce=true>{message}</Notice>
                <h2>"Urgent times today"</h2>
                {list}
                {emergency()}
            </article>
        }
    })
}
