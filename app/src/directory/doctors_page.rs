use super::search_form::{full_form, search_of};
use crate::{
    Page, PageResult, Site, document::Waking, fields::Fields, fragments::FragmentKey, page::encode,
    times::Moment,
};
use domain::directory::{Language, Sort};
use islands::Comboboxes;
use jiff::tz::TimeZone;
use leptos::prelude::*;
use services::directory::{self, Found, HospitalBrief, PAGE_SIZE, ProviderCard, ProviderSearch};
use std::sync::Arc;
use ui::{Avatar, Badge, EmptyState, Icon, IconName, Pagination, Size, TimeList, Tone};

pub const NEW_PATIENTS: &str = "Takes new patients";

/// `/doctors?q=&city=&…&page=`
pub async fn show(page: Page) -> PageResult {
    let query = Fields::of_query(page.query());
    let zone = page.zone().unwrap_or(TimeZone::UTC);
    let offered = directory::choices(page.clinic()).await?;
    let search = search_of(&query, &zone, page.language(), &offered);
    let wanted = directory::Page::new(query.parse("page").unwrap_or(1), PAGE_SIZE);
    let found = directory::find(page.clinic(), &search, wanted).await?;
    let wishes = Wishes { search, reader: page.zone(), site: page.site().clone() };
    let live = live_source(&found);
    let title = match &wishes.search.city {
        Some(city) => format!("Doctors in {city}"),
        None => "Find a doctor".to_owned(),
    };
    let heading = title.clone();
    let asked = format!("{} {}", offered.read_at, page.query()).into();
    let key = FragmentKey { name: "search-form", card: None, asked };
    Ok(page.with_islands(Waking::OnUse).show(title, move || {
        let form = wishes.site.fragments().html(key, || full_form(&query, &offered));
        view! {
            <h1>{heading}</h1>
            <div class="search-columns">
                <aside class="search-filters" inner_html=form></aside>
                <section class="search-results" aria-label="Doctors">
                    {results(&found, &wishes, wanted, &query)}
                </section>
            </div>
            <Comboboxes />
            {live.map(|source| view! { <islands::LiveTimes source /> })}
        }
    }))
}

/// Where the page hears that one of its times is taken or free again.
fn live_source(found: &Found<ProviderCard>) -> Option<String> {
    let starts = found.items.iter().flat_map(|card| &card.next).map(|offer| offer.slot.start);
    let until = starts.max()?;
    let ids: Vec<_> = found.items.iter().map(|card| card.doctor.provider.id.to_string()).collect();
    Some(format!("/live/doctors?until={until}&ids={}", ids.join(",")))
}

/// What a search asked for, and on whose clock it shows times.
struct Wishes {
    search: ProviderSearch,
    reader: Option<TimeZone>,
    site: Site,
}

impl Wishes {
    /// What of it the cards show, in words.
    fn asked(&self) -> Arc<str> {
        let ProviderSearch { q, city, language, visit, near, speaks, .. } = &self.search;
        let reader = self.reader.as_ref().map(TimeZone::iana_name);
        format!("{reader:?} {q:?} {city:?} {language:?} {visit:?} {near:?} {speaks:?}").into()
    }
}

fn results(
    found: &Found<ProviderCard>,
    wishes: &Wishes,
    page: directory::Page,
    query: &Fields,
) -> AnyView {
    if found.items.is_empty() {
        return view! {
            <EmptyState
                icon=IconName::Search
                title="No doctor matches all of that"
                text="Try fewer filters, another city, or a visit by video, which works from anywhere."
                action_href="/doctors"
                action_label="Show all doctors"
            />
            {wait_line(&wishes.search)}
        }
        .into_any();
    }
    let asked = wishes.asked();
    let cards: Vec<_> = found
        .items
        .iter()
        .map(|card| {
            let card_key = Some(card.key());
            let key = FragmentKey { name: "doctor-card", card: card_key, asked: asked.clone() };
            let html = wishes.site.fragments().html(key, || doctor_card(card, wishes));
            view! { <li class="card doctor-card" inner_html=html /> }
        })
        .collect();
    let query = query.clone();
    view! {
        <p class="muted" role="status">{count(found.count, &wishes.search)}</p>
        <details class="more">
            <summary>"How we order doctors"</summary>
            <p>{ORDER}</p>
        </details>
        <ol class="plain-list stack">{cards}</ol>
        {wait_line(&wishes.search)}
        <Pagination
            page=page.number
            pages=page.pages(found.count)
            href=move |number| format!("/doctors?{}", query.query_with("page", &number.to_string()))
        />
    }
    .into_any()
}

/// The way to wait for any doctor of the specialty that was looked for.
fn wait_line(search: &ProviderSearch) -> Option<AnyView> {
    let specialty = search.specialization?;
    let city = search.city.as_deref().map(|city| format!("&city={}", encode(city)));
    let href = format!("/patient/waitlist/new?specialty={specialty}{}", city.unwrap_or_default());
    Some(
        view! {
            <p>"Does nothing suit you? "<a href=href>"Wait for any of these doctors"</a>", and you are asked when a time is free."</p>
        }
        .into_any(),
    )
}

const ORDER: &str = "The best match is who has most in their favour: free soon, near, speaking your language. Each card says \
     so. Nobody can pay for a place.";

fn count(count: i64, search: &ProviderSearch) -> String {
    let around = match &search.near {
        Some(near) => format!(" within 100 km of {}", near.name),
        None => String::new(),
    };
    let order = match search.sort {
        Sort::Best => "best match first",
        Sort::Nearest if search.near.is_some() => "the nearest first",
        Sort::Soonest | Sort::Nearest => "those free soonest first",
    };
    match count {
        1 => format!("1 doctor{around}"),
        _ => format!("{count} doctors{around}, {order}"),
    }
}

/// The places of a doctor in a line: the first, and how many more.
pub fn places_line(places: &[HospitalBrief]) -> String {
    match places {
        [] => "By video or phone".to_owned(),
        [only] => format!("{}, {}", only.name, only.city),
        [first, more @ ..] => format!("{}, {} and {} more", first.name, first.city, more.len()),
    }
}

fn doctor_card(card: &ProviderCard, wishes: &Wishes) -> AnyView {
    let Wishes { search, reader, .. } = wishes;
    let reader = reader.as_ref();
    let provider = &card.doctor.provider;
    let path = format!("/doctors/{}", provider.id);
    let name = provider.full_name();
    let reasons: Vec<_> = reasons(card, search, reader)
        .into_iter()
        .map(|reason| view! { <li><Icon name=IconName::Check />{reason}</li> })
        .collect();
    let kind = search.visit.map(|kind| format!("&visit={kind}")).unwrap_or_default();
    let times: Vec<_> = card
        .next
        .iter()
        .map(|offer| {
            let start = offer.slot.start;
            let moment = Moment::new(start, reader, &provider.time_zone);
            moment.dated_choice(format!("{path}/book?start={start}{kind}"))
        })
        .collect();
    let none = times.is_empty();
    view! {
            <Avatar src=format!("/portraits/{}.svg", provider.id) name=name.clone() size=Size::Medium />
            <div class="doctor-card-about">
                <h2 class="h3"><a href=path.clone()>{name}</a></h2>
                <p>{provider.specialization.label()}</p>
                <p class="muted">{places_line(&card.doctor.hospitals)}</p>
                <p class="cluster">
                    <span class="tabular">{provider.fee().to_string()}</span>
                    {provider.accepting_new_patients.then(|| view! { <Badge tone=Tone::Positive>{NEW_PATIENTS}</Badge> })}
                </p>
                <ul class="reasons" aria-label="Why this doctor is here">{reasons}</ul>
            </div>
            <div class="doctor-card-times">
                <h3 class="h4">"Next free times"</h3>
                {if none {
                    view! { <p class="muted">"Nothing free at the moment"</p> }.into_any()
                } else {
                    view! { <TimeList times label="Next free times" /> }.into_any()
                }}
                <a href=format!("{path}#times")>"All times"</a>
            </div>
    }
    .into_any()
}

/// `800 m`, `2.1 km`, `43 km`
fn kilometres(distance: f64) -> String {
    match distance {
        short if short < 0.95 => format!("{:.0} m", (short * 10.0).ceil().max(1.0) * 100.0),
        middle if middle < 10.0 => format!("{middle:.1} km"),
        long => format!("{long:.0} km"),
    }
}

/// Why the doctor stands where they stand, in words.
pub fn reasons(
    card: &ProviderCard,
    search: &ProviderSearch,
    reader: Option<&TimeZone>,
) -> Vec<String> {
    let provider = &card.doctor.provider;
    let mut reasons = Vec::new();
    if let Some(q) = &search.q {
        reasons.push(format!("Matches “{q}”"));
    }
    if let Some(first) = card.next.first() {
        let moment = Moment::new(first.slot.start, reader, &provider.time_zone);
        reasons.push(format!("Free {}", moment.short()));
    }
    if let Some((near, distance)) =
        search.near.as_ref().and_then(|near| Some((near, card.doctor.distance_km(near)?)))
    {
        reasons.push(format!("{} from {}", kilometres(distance), near.name));
    }
    let speaks = search.speaks.filter(|speaks| provider.languages().any(|known| known == *speaks));
    if let Some(language) = search.language.or(speaks) {
        reasons.push(format!("Speaks {}", Language::label(language)));
    }
    if let Some(city) = &search.city {
        let place =
            card.doctor.hospitals.iter().find(|place| place.city.eq_ignore_ascii_case(city));
        reasons.push(format!("Works in {}", place.map_or(city, |place| &place.city)));
    }
    if let Some(kind) = search.visit {
        reasons.push(format!("Offers visits: {}", kind.label().to_lowercase()));
    }
    reasons
}
