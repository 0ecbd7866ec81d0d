//! A time that cannot be had, and what can.
use super::book_page::{Chosen, moment};
use crate::{
    Page, PageResult,
    directory::{doctor_page::kind_and_length, instead::instead, urgent::nothing_urgent},
};
use axum::http::StatusCode;
use domain::{
    booking::{Offer, VisitKind},
    identity::UserId,
};
use leptos::prelude::*;
use services::{
    booking,
    directory::Provider,
    identity::{Caller, Patient},
};
use ui::{Notice, TimeList, Tone};

/// Says that the time cannot be had, and what can.
pub async fn taken(
    page: Page,
    chosen: &Chosen,
    message: &str,
    kind: Option<VisitKind>,
) -> PageResult {
    let provider = &chosen.details.provider;
    if chosen.urgent {
        let (_, times) = booking::urgent_times(page.clinic(), provider.id, page.viewer()).await?;
        return Ok(nothing_urgent(page, provider, &times, message));
    }
    let nearest = booking::alternatives(page.clinic(), provider.id, chosen.start, kind).await?;
    let wanted = moment(&page, provider, chosen.start).sentence();
    let target = format!("/doctors/{}/book", provider.id);
    let times = nearest_times(&page, provider, &nearest, (&target, kind));
    let instead = match nearest.is_empty() {
        true => instead(&page, &chosen.details, (chosen.start, kind), &[]).await?,
        false => None,
    };
    let urgent = as_urgent(&page, chosen).await?;
    let path = format!("/doctors/{}", provider.id);
    let name = provider.full_name();
    let message = message.to_owned();
    let page = page.with_status(StatusCode::CONFLICT);
    Ok(page.show("That time is not free", move || {
        view! {
            <article class="narrow stack">
                <h1>"That time is not free"</h1>
                <Notice tone=Tone::Caution announce=true>{message}</Notice>
                <p>"You wanted "<strong>{wanted}</strong>" with "{name}". Nothing was booked."</p>
                {times}
                {instead}
                {urgent}
                <p><a href=format!("{path}#times")>"See all times"</a></p>
            </article>
        }
    }))
}

/// Where the chosen time is kept for urgent visits: how who cannot wait books it.
async fn as_urgent(page: &Page, chosen: &Chosen) -> PageResult<Option<AnyView>> {
    if !chosen.details.plan.keeps_for_urgent() {
        return Ok(None);
    }
    let id = chosen.details.provider.id;
    let (_, times) = booking::urgent_times(page.clinic(), id, page.viewer()).await?;
    let is_urgent = times.iter().any(|offer| offer.slot.start == chosen.start);
    let href = format!("/doctors/{id}/book?start={}&urgent=1", chosen.start);
    Ok(is_urgent.then(|| {
        view! { <p>"It can\u{2019}t wait? "<a href=href>"Book this time as an urgent visit"</a>"."</p> }
            .into_any()
    }))
}

/// What can be done where `person` has an urgent visit already.
pub async fn instead_of_second(
    page: &Page,
    patient: &Caller<Patient>,
    person: UserId,
    chosen: &Chosen,
) -> PageResult<Option<AnyView>> {
    let open = booking::open_urgent_visit(page.clinic(), patient, person).await?;
    let times = format!("/doctors/{}#times", chosen.details.provider.id);
    Ok(open.map(|visit| {
        view! {
            <Notice tone=Tone::Information title="What you can do">
                <ul>
                    <li><a href=format!("/visits/{visit}")>"Look at the urgent visit"</a>", to move or cancel it"</li>
                    <li><a href=times>"Book an ordinary visit"</a>" with this doctor"</li>
                </ul>
            </Notice>
        }
        .into_any()
    }))
}

/// The nearest free times, as links to `target`, for visits of `kind` if given.
pub fn nearest_times(
    page: &Page,
    provider: &Provider,
    offers: &[Offer],
    (target, kind): (&str, Option<VisitKind>),
) -> AnyView {
    let visit = kind.map(|kind| format!("&visit={kind}")).unwrap_or_default();
    if offers.is_empty() {
        return view! { <p>"The doctor has no other free time in the next three weeks."</p> }
            .into_any();
    }
    let times: Vec<_> = offers
        .iter()
        .map(|offer| {
            let start = offer.slot.start;
            moment(page, provider, start).dated_choice(format!("{target}?start={start}{visit}"))
        })
        .collect();
    view! {
        <section aria-labelledby="nearest">
            <h2 id="nearest">"The nearest free times"</h2>
            <TimeList times />
        </section>
    }
    .into_any()
}

/// Where kinds of visit have lengths of their own: those that do not begin at the chosen time, and where
/// their times are.
pub fn other_times(chosen: &Chosen) -> Option<AnyView> {
    let provider = &chosen.details.provider;
    if chosen.details.plan.kind_rules.is_empty() {
        return None;
    }
    let others = provider.visit_kinds().filter(|kind| chosen.kinds().all(|(one, _)| one != *kind));
    let links: Vec<_> = others
        .map(|kind| {
            let href = format!("/doctors/{}?visit={kind}#times", provider.id);
            view! { <a href=href>{kind_and_length(&chosen.details, kind)}</a> }
        })
        .collect();
    let any = !links.is_empty();
    any.then(|| view! { <p class="cluster muted">"At other times: "{links}</p> }.into_any())
}
