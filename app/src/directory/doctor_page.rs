use crate::{
    Page, PageResult,
    booking::week_times::{Choosing, Week, week_times},
    directory::{
        doctors_page::{NEW_PATIENTS, places_line},
        instead::instead,
        urgent::urgent_today,
    },
    document::Waking,
    fields::Fields,
    times::duration,
};
use axum::extract::Path;
use domain::{
    booking::{Offer, VisitKind},
    directory::ProviderId,
};
use leptos::prelude::*;
use services::{
    booking,
    directory::{self, Provider, ProviderDetails},
};
use ui::{Avatar, Badge, NavItem, Size, Tabs, Tone};

/// `/doctors/{id}?week=&visit=`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let id: ProviderId = id.parse().map_err(|_| services::Error::NotFound)?;
    let query = Fields::of_query(page.query());
    let kind: Option<VisitKind> = query.parse("visit");
    let details = directory::provider(page.clinic(), id).await?;
    let week = Week::new(&page, &details.provider, query.parse("week"));
    let (_, offers) = booking::free_times(page.clinic(), id, week.window(), page.viewer()).await?;
    let next = week.next_free(&page, &details.provider, &offers, kind).await?;
    let target = format!("/doctors/{id}/book");
    let choosing = Choosing { path: page.path(), target: &target, kind, next };
    let times = week_times(&page, &details.provider, &week, &offers, &choosing);
    let kinds = kind_choice(page.path(), &details, kind);
    let fits = |offer: &Offer| kind.is_none_or(|kind| offer.kinds.contains(kind));
    let instead = match offers.iter().any(fits) {
        true => None,
        false => instead(&page, &details, (week.window().start, kind), &offers).await?,
    };
    // Whoever looks at a later week can wait.
    let urgent = match week.window().start <= page.clinic().now() {
        true => urgent_today(&page, &details).await?,
        false => None,
    };
    let wait = format!("/doctors/{id}/waitlist");
    let title =
        format!("{}, {}", details.provider.full_name(), details.provider.specialization.label());
    Ok(page.with_islands(Waking::AtOnce).show(title, move || {
        view! {
            <article class="doctor">
                {doctor_head(&details)}
                <div class="doctor-columns">
                    <div class="doctor-times">
                        {urgent}
                        {kinds}
                        {times}
                        {instead}
                        <p>"Does no time suit you? "<a href=wait>"Wait for one"</a>", and you are asked when it is free."</p>
                    </div>
                    {doctor_facts(&details)}
                </div>
            </article>
        }
    }))
}

fn doctor_head(details: &ProviderDetails) -> AnyView {
    let provider = &details.provider;
    let name = provider.full_name();
    let places = places_line(&details.hospitals);
    let accepting = provider.accepting_new_patients;
    view! {
        <header class="doctor-head">
            <Avatar src=format!("/portraits/{}.svg", provider.id) size=Size::Large name=name.clone() />
            <div>
                <h1>{name}</h1>
                <p class="lede">{provider.specialization.label()}</p>
                <p class="muted">{places}</p>
                {if accepting {
                    view! { <Badge tone=Tone::Positive>{NEW_PATIENTS}</Badge> }.into_any()
                } else {
                    view! { <Badge tone=Tone::Caution>"Only for patients seen before"</Badge> }.into_any()
                }}
            </div>
        </header>
    }
    .into_any()
}

/// Links that narrow the times to one kind of visit.
pub fn kind_choice(path: &str, details: &ProviderDetails, chosen: Option<VisitKind>) -> AnyView {
    let any = NavItem::new(format!("{path}#times"), "Any kind").current(chosen.is_none());
    let kinds = details.provider.visit_kinds().map(|kind| {
        NavItem::new(format!("{path}?visit={kind}#times"), kind_and_length(details, kind))
            .current(chosen == Some(kind))
    });
    let items: Vec<_> = std::iter::once(any).chain(kinds).collect();
    view! { <Tabs label="Kind of visit" items /> }.into_any()
}

/// `Video`, or `Video, 20 min` where it has a length of its own.
pub fn kind_and_length(details: &ProviderDetails, kind: VisitKind) -> String {
    match details.plan.own_minutes(kind) {
        Some(minutes) => format!("{}, {minutes} min", kind.label()),
        None => kind.label().to_owned(),
    }
}

/// The cancellation terms in a sentence.
pub fn terms_sentence(provider: &Provider) -> String {
    let until = duration(provider.free_until_minutes.into());
    match provider.late_percent {
        0 => "Cancelling is free until the visit starts.".to_owned(),
        percent => format!(
            "Cancelling is free until {until} before the visit. After that it costs {percent} % of the fee ({}).",
            provider.fee().percent(u8::try_from(percent).unwrap_or(100))
        ),
    }
}

fn doctor_facts(details: &ProviderDetails) -> AnyView {
    let provider = &details.provider;
    let languages: Vec<_> = provider.languages().map(domain::directory::Language::label).collect();
    let kinds: Vec<_> = provider.visit_kinds().map(|kind| kind_and_length(details, kind)).collect();
    let years = match provider.years_of_experience {
        0 => "Less than a year".to_owned(),
        1 => "1 year".to_owned(),
        years => format!("{years} years"),
    };
    let hospitals: Vec<_> = details
        .hospitals
        .iter()
        .map(|place| {
            view! {
                <li>
                    <strong>{place.name.clone()}</strong><br />
                    <span class="muted">{format!("{}, {}, {}", place.address, place.city, place.country)}</span>
                </li>
            }
        })
        .collect();
    let bio = provider.bio.clone();
    view! {
        <aside class="doctor-facts card stack">
            <section>
                <h2 class="h3">"About"</h2>
                <p>{bio}</p>
            </section>
            <dl class="facts">
                <dt>"Fee for a visit"</dt><dd class="tabular">{provider.fee().to_string()}</dd>
                <dt>"Speaks"</dt><dd>{languages.join(", ")}</dd>
                <dt>"Visits"</dt><dd>{kinds.join("; ")}</dd>
                <dt>"Experience"</dt><dd>{years}</dd>
            </dl>
            <section>
                <h2 class="h3">"Where"</h2>
                <ul class="plain-list stack">{hospitals}</ul>
            </section>
            <section>
                <h2 class="h3">"If you need to cancel"</h2>
                <p>{terms_sentence(provider)}</p>
            </section>
        </aside>
    }
    .into_any()
}
