use crate::{
    Page, PageResult, family::who::for_whom, fields::Fields, times::Moment, waitlist::offers_notice,
};
use leptos::prelude::*;
use services::{
    booking::{self, Visit, When},
    directory,
    identity::Patient,
    waitlist,
};
use ui::{Badge, EmptyState, FormMessage, IconName, NavItem, Pagination, Tabs};

use super::{follow_up::suggestion, visit_page::tone};

/// `/patient?show=past&page=`
pub async fn show(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let past = query.get("show") == "past";
    let when = if past { When::Past } else { When::Coming };
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), 10);
    let found = booking::visits(page.clinic(), &patient, when, wanted).await?;
    let offers = waitlist::open_offers(page.clinic(), &patient).await?;
    let offers = offers_notice(&page, &offers);
    let cards: Vec<_> = found.items.iter().map(|visit| visit_card(&page, visit)).collect();
    let name = patient.first_name.clone();
    let news = news(&query);
    let follow_ups = match past {
        true => Vec::new(),
        false => booking::follow_ups(page.clinic(), &patient).await?,
    };
    let follow_ups: Vec<_> = follow_ups.iter().map(suggestion).collect();
    Ok(page.show("My visits", move || {
        let none = cards.is_empty();
        let tabs = tabs(if past { Tab::Past } else { Tab::Coming });
        view! {
            <header class="page-head">
                <div>
                    <h1>"My visits"</h1>
                    <p class="lede">"Hello, "{name}"."</p>
                </div>
                <a class="button button-primary" href="/doctors">"Find a doctor"</a>
            </header>
            {news.map(|news| view! { <FormMessage>{news}</FormMessage> })}
            {offers}
            {follow_ups}
            {tabs}
            {if none { empty(past) } else { view! { <ul class="plain-list stack">{cards}</ul> }.into_any() }}
            <ul class="plain-list stack-small">
                <li><a href="/account/family">"The people you book for"</a></li>
                <li><a href="/account/calendar">"See your visits in your own calendar"</a></li>
            </ul>
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=move |number| format!("/patient?{}", query.query_with("page", &number.to_string()))
            />
        }
    }))
}

/// Which of the lists of a patient is open.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Tab {
    Coming,
    Past,
    Waiting,
}

/// The way from each of a patient's lists to the others.
pub fn tabs(open: Tab) -> AnyView {
    let items = vec![
        NavItem::new("/patient", "Coming").current(open == Tab::Coming),
        NavItem::new("/patient?show=past", "Past and cancelled").current(open == Tab::Past),
        NavItem::new("/patient/waitlist", "Waiting").current(open == Tab::Waiting),
    ];
    view! { <Tabs label="Which visits" items /> }.into_any()
}

/// What became of several bookings at once.
fn news(query: &Fields) -> Option<String> {
    let count = |name| query.parse::<u8>(name).filter(|count| *count > 0);
    match (count("booked"), count("asked")) {
        (Some(1), _) => Some("Your visit is booked.".to_owned()),
        (Some(count), _) => Some(format!("All {count} visits are booked.")),
        (None, Some(count)) => Some(format!(
            "You have asked for {count} visits. Each takes place once the doctor has confirmed it."
        )),
        (None, None) => None,
    }
}

fn empty(past: bool) -> AnyView {
    let (title, text) = if past {
        ("No past visits", "Once you have seen a doctor here, you find the visit in this list.")
    } else {
        ("No coming visits", "Find a doctor and choose one of their free times.")
    };
    view! {
        <EmptyState icon=IconName::Calendar title text action_href="/doctors" action_label="Find a doctor" />
    }
    .into_any()
}

fn visit_card(page: &Page, visit: &Visit) -> AnyView {
    let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
    let whom = for_whom(page, visit).map(|name| view! { <p><strong>"For "{name}</strong></p> });
    let place = visit
        .hospital_name
        .clone()
        .filter(|_| visit.appointment_type == domain::booking::VisitKind::InPerson);
    let status = visit.status;
    view! {
        <li class="card visit-card">
            <div>
                <h2 class="h3"><a href=format!("/visits/{}", visit.id)>{moment.short_view()}</a></h2>
                {whom}
                <p>{format!("{}, {}", visit.provider_name, visit.specialization.label())}</p>
                <p class="muted">{place.unwrap_or_else(|| format!("{} visit", visit.appointment_type.label()))}</p>
            </div>
            <Badge tone=tone(status)>{status.label()}</Badge>
        </li>
    }
    .into_any()
}
