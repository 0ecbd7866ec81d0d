use super::offered::{card, quoted};
use crate::{
    Page, PageResult,
    booking::visits_page::{Tab, tabs},
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use domain::{
    Problem,
    booking::VisitKind,
    waitlist::{EntryStatus, Weekdays},
    zone::short_day,
};
use jiff::civil::{Time, Weekday};
use leptos::prelude::*;
use services::{
    Error, directory,
    identity::Patient,
    waitlist::{self, Entry},
};
use ui::{Badge, Button, ButtonKind, EmptyState, FormMessage, IconName, Pagination, Tone};

/// `/patient/waitlist?page=`
pub async fn show(page: Page) -> PageResult {
    render(page, None).await
}

/// Answers an offer, or leaves a list.
pub async fn answer(page: Page, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let offer = || fields.parse("offer").ok_or(Error::NotFound);
    let done = match fields.get("answer") {
        "accept" => waitlist::accept(page.clinic(), &patient, offer()?, quoted(&fields))
            .await
            .map(|visit| format!("/visits/{visit}?booked=1")),
        "decline" => waitlist::decline(page.clinic(), &patient, offer()?)
            .await
            .map(|_| "/patient/waitlist?declined=1".to_owned()),
        _ => {
            let entry = fields.parse("entry").ok_or(Error::NotFound)?;
            waitlist::leave(page.clinic(), &patient, entry)
                .await
                .map(|()| "/patient/waitlist?left=1".to_owned())
        }
    };
    match done {
        Ok(path) => Ok(see_other(&path)),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, Some(problem)).await
        }
    }
}

async fn render(page: Page, problem: Option<Problem>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let query = Fields::of_query(page.query());
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), 10);
    let offers = waitlist::open_offers(page.clinic(), &patient).await?;
    let found = waitlist::entries(page.clinic(), &patient, wanted).await?;
    let cards: Vec<_> =
        offers.iter().map(|offer| card(&page, offer, "/patient/waitlist")).collect();
    let entries: Vec<_> = found.items.iter().map(entry_view).collect();
    let none = entries.is_empty();
    let said = [
        ("joined", "You are on the list. As soon as a time fits, we keep it for you and tell you."),
        ("declined", "Thank you. The time goes to the next person, and you stay on the list."),
        ("left", "You have left the list."),
    ];
    let said = said.into_iter().find(|(name, _)| query.is_on(name)).map(|(_, text)| text);
    let problem = problem.as_ref();
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, "Waiting"), || {
        view! {
            {forms::summary(problem)}
            <header class="page-head">
                <div>
                    <h1>"My visits"</h1>
                    <p class="lede">"When a time is free that fits, we keep it for you and tell you."</p>
                </div>
                <a class="button button-secondary" href="/patient/waitlist/new">"Wait for a specialty"</a>
            </header>
            {tabs(Tab::Waiting)}
            {said.map(|said| view! { <FormMessage>{said}</FormMessage> })}
            <div class="stack">{cards}</div>
            {if none {
                view! {
                    <EmptyState
                        icon=IconName::Clock title="You are not waiting for a time"
                        text="Is nothing free that suits you? Open a doctor and wait for a time with them."
                        action_href="/doctors" action_label="Find a doctor"
                    />
                }.into_any()
            } else {
                view! { <ul class="plain-list stack">{entries}</ul> }.into_any()
            }}
            <Pagination
                page=wanted.number
                pages=wanted.pages(found.count)
                href=|number| format!("/patient/waitlist?page={number}")
            />
        }
    }))
}

/// With whom a wish is for: a doctor, or any of a specialty.
fn title_of(entry: &Entry) -> String {
    match (&entry.provider_name, entry.specialization) {
        (Some(name), _) => name.clone(),
        (None, Some(specialty)) => format!("{}, any doctor", specialty.label()),
        (None, None) => String::new(),
    }
}

/// `Mon, Tue and Fri`
fn days_of(days: Weekdays) -> String {
    const NAMES: [(Weekday, &str); 7] = [
        (Weekday::Monday, "Mon"),
        (Weekday::Tuesday, "Tue"),
        (Weekday::Wednesday, "Wed"),
        (Weekday::Thursday, "Thu"),
        (Weekday::Friday, "Fri"),
        (Weekday::Saturday, "Sat"),
        (Weekday::Sunday, "Sun"),
    ];
    let names: Vec<_> =
        NAMES.iter().filter(|(day, _)| days.contains(*day)).map(|(_, name)| *name).collect();
    match names.as_slice() {
        names if names.len() == 7 => "Any day".to_owned(),
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        names => names.concat(),
    }
}

/// `from 09:00 to 12:00`, `at any time`
fn hours_of(entry: &Entry) -> String {
    let text = |time: Time| time.strftime("%H:%M").to_string();
    match (entry.starts == Time::midnight(), entry.ends == Time::midnight()) {
        (true, true) => "at any time".to_owned(),
        (true, false) => format!("before {}", text(entry.ends)),
        (false, true) => format!("from {} on", text(entry.starts)),
        (false, false) => format!("from {} to {}", text(entry.starts), text(entry.ends)),
    }
}

fn entry_view(entry: &Entry) -> AnyView {
    let title = title_of(entry);
    let title = match entry.provider_id {
        Some(id) => view! { <a href=format!("/doctors/{id}")>{title.clone()}</a> }.into_any(),
        None => title.clone().into_any(),
    };
    let kinds: Vec<_> = entry.kinds().iter().map(VisitKind::label).collect();
    let place = entry.hospital_name.clone().or_else(|| entry.city.clone());
    let only_there = entry.kinds() == VisitKind::InPerson.into();
    let place = match place {
        Some(place) if only_there => format!(", {place}"),
        Some(place) => format!(" (in person at {place})"),
        None => String::new(),
    };
    let days = format!(
        "{}, {}, {} to {}",
        days_of(entry.weekdays()),
        hours_of(entry),
        short_day(entry.from_date),
        short_day(entry.until_date),
    );
    let (tone, label) = match entry.status {
        EntryStatus::Waiting => (Tone::Information, "Waiting"),
        EntryStatus::Booked => (Tone::Positive, "Booked"),
        EntryStatus::Left => (Tone::Neutral, "Left"),
        EntryStatus::Expired => (Tone::Neutral, "Ended"),
    };
    let waits = entry.status == EntryStatus::Waiting;
    let id = entry.id.to_string();
    let named = title_of(entry);
    view! {
        <li class="card visit-card">
            <div class="stack-small">
                <h2 class="h3">{title}</h2>
                <p>{days}</p>
                <p class="muted">{format!("{}{place}", kinds.join(", "))}</p>
                {waits.then(|| view! {
                    <form method="post" novalidate=true action="/patient/waitlist">
                        <input type="hidden" name="entry" value=id />
                        <Button kind=ButtonKind::Quiet name="answer" value="leave">
                            "Leave the list"<span class="visually-hidden">{format!(": {named}")}</span>
                        </Button>
                    </form>
                })}
            </div>
            <Badge tone=tone>{label}</Badge>
        </li>
    }
    .into_any()
}
