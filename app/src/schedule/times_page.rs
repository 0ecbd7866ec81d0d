//! Why is nothing free? One day, hours by hours.
use crate::{
    Page, PageResult, booking::day_page::span, directory::doctor_page::kind_and_length,
    fields::Fields,
};
use axum::extract::Path;
use domain::{
    booking::{Cause, Miss, Offer, VisitKind},
    directory::ProviderId,
    zone::{clock, closing, day, short_day},
};
use jiff::{ToSpan, civil::Date};
use leptos::prelude::*;
use services::{
    Error,
    identity::{Admin, Doctor, Person},
    schedule::{self, Explained, ExplainedHours},
};
use std::collections::BTreeMap;
use ui::{
    BackLink, Badge, Button, ButtonKind, DateField, EmptyState, Icon, IconName, Notice, Tone,
};

/// `/doctor/times?day=`
pub async fn show(page: Page) -> PageResult {
    let provider = page.caller::<Doctor>()?.provider()?;
    render(page, provider, "/doctor/times", ("/doctor/hours", "Weekly hours")).await
}

/// `/admin/providers/{id}/times?day=`
pub async fn show_to_admin(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Admin>()?;
    let provider: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let (path, back) =
        (format!("/admin/providers/{provider}/times"), format!("/admin/providers/{provider}"));
    render(page, provider, &path, (&back, "The doctor")).await
}

async fn render(page: Page, id: ProviderId, path: &str, back: (&str, &'static str)) -> PageResult {
    let caller = page.caller::<Person>()?;
    let asked = Fields::of_query(page.query()).parse("day");
    let explained = schedule::explain(page.clinic(), &caller, id, asked).await?;
    let date = explained.date;
    // A day that no calendar has is no page.
    span(date, 1, &explained.doctor.provider.zone())?;
    let own = caller.provider == Some(id);
    let (path, back) = (path.to_owned(), (back.0.to_owned(), back.1));
    Ok(page.show("Why is a time not free?", move || {
        let link = |date: Date| format!("{path}?day={date}");
        let (earlier, later) = (date.saturating_sub(1.day()), date.saturating_add(1.day()));
        let hours: Vec<_> =
            explained.hours.iter().map(|hours| hours_of_day(&explained, hours, own)).collect();
        let none = hours.is_empty();
        view! {
            <BackLink href=back.0 label=back.1 />
            <header class="page-head">
                <div>
                    <h1>"Why is a time not free?"</h1>
                    <p class="muted">{format!("{}, {}. {}", explained.doctor.provider.full_name(), day(date), summary(&explained))}</p>
                </div>
                <nav class="cluster" aria-label="Days">
                    <a class="button button-secondary" rel="prev" href=link(earlier)>
                        <Icon name=IconName::ChevronLeft />{short_day(earlier)}
                    </a>
                    <a class="button button-secondary" rel="next" href=link(later)>
                        {short_day(later)}<Icon name=IconName::ChevronRight />
                    </a>
                </nav>
            </header>
            <div class="stack">
                <form method="get" action=path.clone() class="cluster cluster-end">
                    <DateField label="Day" name="day" value=date.to_string() />
                    <Button kind=ButtonKind::Secondary>"Show"</Button>
                </form>
                {explained.holiday.map(|name| view! {
                    <Notice tone=Tone::Information>{format!("{name} is a public holiday: the weekly hours are closed.")}</Notice>
                })}
                {if none {
                    view! {
                        <EmptyState
                            icon=IconName::Calendar title="No hours on this day"
                            text="No weekly hours fall on this weekday, and there are no extra hours on this date. That is why nothing can be booked."
                        />
                    }.into_any()
                } else {
                    view! { <div class="stack">{hours}</div> }.into_any()
                }}
            </div>
        }
    }))
}

/// `8 times, 3 free`
fn summary(explained: &Explained) -> String {
    let times = || explained.hours.iter().flat_map(|hours| &hours.times);
    let free = times().filter(|time| time.is_free()).count();
    match times().count() {
        0 => "No times".to_owned(),
        all => format!("{all} times, {free} free"),
    }
}

fn hours_of_day(explained: &Explained, hours: &ExplainedHours, own: bool) -> AnyView {
    let kind = if hours.is_extra { "Extra hours" } else { "Weekly hours" };
    let heading = format!("{kind}, {} to {}", hours.starts.strftime("%H:%M"), closing(hours.ends));
    let place = hours.place.and_then(|id| {
        explained
            .doctor
            .hospitals
            .iter()
            .find(|place| place.id == id)
            .map(|place| place.name.clone())
    });
    let clocks = (hours.zone != explained.doctor.provider.zone())
        .then(|| hours.zone.iana_name().map(|zone| format!("on the clock of {zone}")))
        .flatten();
    let about: Vec<_> = place.into_iter().chain(clocks).collect();
    let body = match hours.miss {
        Some(miss) => view! { <p>{not_kept(miss)}</p> }.into_any(),
        None if hours.times.is_empty() => {
            view! { <p>"These hours are too short for a visit."</p> }.into_any()
        }
        None => {
            let counts = counts(&hours.times, explained.date, own);
            let lines: Vec<_> = hours.times.iter().map(|time| line(explained, time)).collect();
            let short = too_short(explained, hours);
            view! { {counts} {short} <ul class="plain-list time-causes">{lines}</ul> }.into_any()
        }
    };
    view! {
        <section class="card stack">
            <div>
                <h2 class="h3">{heading}</h2>
                {(!about.is_empty()).then(|| view! { <p class="muted">{about.join(", ")}</p> })}
            </div>
            {body}
        </section>
    }
    .into_any()
}

const fn not_kept(miss: Miss) -> &'static str {
    match miss {
        Miss::OtherWeekday => "Not kept on this weekday.",
        Miss::NotYet => "Not kept yet: these hours begin on a later day.",
        Miss::NoLonger => "No longer kept: these hours have ended.",
        Miss::OtherWeek => "Not kept in this week: these hours come in other weeks.",
    }
}

/// How many times each cause takes away, the most first, and where the doctor sees more of it.
fn counts(times: &[Offer], date: Date, own: bool) -> Option<AnyView> {
    let mut causes = BTreeMap::<Cause, usize>::new();
    for cause in times.iter().filter_map(|time| time.cause) {
        *causes.entry(cause).or_default() += 1;
    }
    let mut causes: Vec<_> = causes.into_iter().collect();
    causes.sort_by_key(|&(cause, count)| (std::cmp::Reverse(count), cause));
    let lines: Vec<_> = causes
        .into_iter()
        .map(|(cause, count)| {
            let setting = own.then(|| setting(cause, date)).flatten();
            view! {
                <li>
                    {format!("{}: {count}", cause.explanation())}
                    {setting.map(|(href, label)| view! { " · "<a href=href>{label}</a> })}
                </li>
            }
        })
        .collect();
    let any = !lines.is_empty();
    any.then(|| view! { <ul class="plain-list">{lines}</ul> }.into_any())
}

/// Kinds of visit that are too long for these hours.
fn too_short(explained: &Explained, hours: &ExplainedHours) -> Option<AnyView> {
    let has_times = |kind| hours.times.iter().any(|time| time.kinds.contains(kind));
    let long = hours.kinds.iter().filter(|&kind| !has_times(kind));
    let long: Vec<_> = long.map(|kind| kind_and_length(&explained.doctor, kind)).collect();
    let any = !long.is_empty();
    any.then(|| view! { <p>{format!("Too short for: {}.", long.join("; "))}</p> }.into_any())
}

fn line(explained: &Explained, time: &Offer) -> AnyView {
    let zone = explained.doctor.provider.zone();
    let (starts, ends) = (time.slot.start.to_zoned(zone.clone()), time.slot.end.to_zoned(zone));
    let times = format!("{} to {}", clock(&starts), closing(ends.time()));
    let why = match time.cause {
        None => view! { <Badge tone=Tone::Positive>"Free"</Badge> }.into_any(),
        Some(Cause::KeptForUrgent) => {
            view! { <span>{kept_until(explained, time)}</span> }.into_any()
        }
        Some(cause) => view! { <span>{cause.explanation()}</span> }.into_any(),
    };
    // Where kinds of visit have times of their own, for which this one is.
    let kinds = (!explained.doctor.plan.kind_rules.is_empty()).then(|| {
        let kinds: Vec<_> = time.kinds.iter().map(VisitKind::label).collect();
        view! { <span class="muted">{kinds.join(", ")}</span> }
    });
    view! { <li><span class="tabular">{times}</span><div class="cluster">{why}{kinds}</div></li> }
        .into_any()
}

/// `Kept for urgent visits until 14:00`
fn kept_until(explained: &Explained, time: &Offer) -> String {
    let zone = explained.doctor.provider.zone();
    let kept = Cause::KeptForUrgent.explanation();
    let Some(until) = time.kept_until.map(|until| until.to_zoned(zone.clone())) else {
        return kept.to_owned();
    };
    match until.date() == time.slot.start.to_zoned(zone).date() {
        true => format!("{kept} until {}", clock(&until)),
        false => format!("{kept} until {}, {}", short_day(until.date()), clock(&until)),
    }
}

/// Where the doctor sees more of it, or changes it.
fn setting(cause: Cause, date: Date) -> Option<(String, &'static str)> {
    let to = |path: &str, label| Some((path.to_owned(), label));
    match cause {
        Cause::Booked => Some((format!("/doctor?day={date}"), "Visits of the day")),
        Cause::Closed => to("/doctor/days", "Single days"),
        Cause::Elsewhere => to("/doctor/calendar", "Other calendar"),
        Cause::Notice
        | Cause::Horizon
        | Cause::Buffer
        | Cause::Travel
        | Cause::DayFull
        | Cause::WeekFull => to("/doctor/rules", "Booking rules"),
        Cause::Duplicate | Cause::KeptForUrgent => to("/doctor/hours", "Weekly hours"),
        Cause::ClockGap | Cause::ClockOverlap | Cause::Past | Cause::Held => None,
    }
}
