//! What there is instead, where a doctor has nothing free: other kinds of visit, and other doctors.
use crate::{Page, PageResult, times::Moment};
use domain::{
    booking::{Offer, VisitKind},
    directory::Sort,
};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    booking::next_free_time,
    directory::{self, ProviderCard, ProviderDetails, ProviderSearch},
};

/// How many other doctors are named.
const OTHERS: usize = 3;

/// How many are looked at: this doctor may be among them, and those who were found before.
const LOOKED_AT: i64 = 7;

/// The nearest that would work instead of a visit of `kind` with this doctor from `from` on; `offers` is
/// what was looked at. `None` where there is nothing else either.
pub async fn instead(
    page: &Page,
    details: &ProviderDetails,
    (from, kind): (Timestamp, Option<VisitKind>),
    offers: &[Offer],
) -> PageResult<Option<AnyView>> {
    let other_kind = match (kind, offers.first()) {
        (None, _) => None,
        (Some(_), Some(offer)) => Some(offer.slot.start),
        (Some(_), None) => next_free_time(page.clinic(), details.provider.id, from, None).await?,
    };
    let others = others(page, details, kind).await?;
    if other_kind.is_none() && others.is_empty() {
        return Ok(None);
    }
    let name = details.provider.full_name();
    let other_kind = other_kind.map(|start| {
        let moment = Moment::new(start, page.zone().as_ref(), &details.provider.time_zone);
        let href = format!("/doctors/{}/book?start={start}", details.provider.id);
        view! {
            <li>{name}", another kind of visit: "<a href=href>{moment.sentence()}</a></li>
        }
    });
    let others: Vec<_> = others.iter().map(|card| other(page, card, kind)).collect();
    Ok(Some(
        view! {
            <section class="card stack" aria-labelledby="instead">
                <h2 id="instead" class="h3">"What is free instead"</h2>
                <ul class="plain-list stack-small">{other_kind}{others}</ul>
            </section>
        }
        .into_any(),
    ))
}

/// Doctors of the same specialty who are free soonest: in the same city, and else by video.
async fn others(
    page: &Page,
    details: &ProviderDetails,
    kind: Option<VisitKind>,
) -> PageResult<Vec<ProviderCard>> {
    let specialty = details.provider.specialization;
    let same = ProviderSearch {
        specialization: Some(specialty),
        visit: kind,
        accepting: true,
        sort: Sort::Soonest,
        ..ProviderSearch::default()
    };
    let city = details.hospitals.first().map(|place| place.city.clone());
    let by_video = ProviderSearch { city: None, visit: Some(VisitKind::Video), ..same.clone() };
    let searches = [city.map(|city| ProviderSearch { city: Some(city), ..same }), Some(by_video)];
    let mut found: Vec<ProviderCard> = Vec::new();
    for search in searches.into_iter().flatten() {
        if found.len() >= OTHERS {
            break;
        }
        let wanted = directory::Page::new(1, LOOKED_AT);
        let more = directory::find(page.clinic(), &search, wanted).await?.items;
        let known = |card: &ProviderCard, found: &[ProviderCard]| {
            let id = card.doctor.provider.id;
            id == details.provider.id || found.iter().any(|one| one.doctor.provider.id == id)
        };
        for card in more {
            if found.len() < OTHERS && !card.next.is_empty() && !known(&card, &found) {
                found.push(card);
            }
        }
    }
    Ok(found)
}

fn other(page: &Page, card: &ProviderCard, kind: Option<VisitKind>) -> Option<AnyView> {
    let provider = &card.doctor.provider;
    let start = card.next.first()?.slot.start;
    let moment = Moment::new(start, page.zone().as_ref(), &provider.time_zone);
    let visit = kind.map(|kind| format!("&visit={kind}")).unwrap_or_default();
    let href = format!("/doctors/{}/book?start={start}{visit}", provider.id);
    let place = card.doctor.hospitals.first().map(|place| format!(", {}", place.city));
    Some(
        view! {
            <li>
                <a href=format!("/doctors/{}", provider.id)>{provider.full_name()}</a>
                {place}": "<a href=href>{moment.sentence()}</a>
            </li>
        }
        .into_any(),
    )
}
