use crate::{Page, PageResult, fields::Fields};
use domain::{
    booking::{Priority, Slot, VisitKind},
    zone::{clock, closing, day, short_day},
};
use jiff::{ToSpan, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::{
    booking::{self, Visit},
    directory,
    identity::{Caller, Doctor},
};
use ui::{Agenda, AgendaItem, Badge, EmptyState, Icon, IconName, Tone};

use super::visit_page::tone;

/// The doctor's own zone: their working day is theirs, wherever they look from.
pub async fn own_zone(page: &Page, doctor: &Caller<Doctor>) -> PageResult<TimeZone> {
    Ok(directory::provider(page.clinic(), doctor.provider()?).await?.provider.zone())
}

/// The stretch of `days` from the midnight that `first` begins with.
pub fn span(first: Date, days: i64, zone: &TimeZone) -> PageResult<Slot> {
    let midnight = |date: Date| {
        date.to_zoned(zone.clone())
            .map(|midnight| midnight.timestamp())
            .map_err(|_| services::Error::NotFound)
    };
    Ok(Slot { start: midnight(first)?, end: midnight(first.saturating_add(days.days()))? })
}

/// `/doctor?day=`
pub async fn show(page: Page) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let zone = own_zone(&page, &doctor).await?;
    let today = page.clinic().now().to_zoned(zone.clone()).date();
    let shown = Fields::of_query(page.query()).parse("day").unwrap_or(today);
    let visits = booking::day_of(page.clinic(), &doctor, span(shown, 1, &zone)?).await?;
    let requests = booking::requests(page.clinic(), &doctor).await?;
    let own_page = format!("/doctors/{}", doctor.provider()?);
    let heading = if shown == today { "Today".to_owned() } else { day(shown) };
    let now = page.clinic().now();
    Ok(page.show(heading.clone(), move || {
        let lines: Vec<_> = visits.iter().map(|visit| agenda_line(visit, &zone, now)).collect();
        let none = lines.is_empty();
        let requests: Vec<_> =
            requests.iter().map(|visit| request_line(visit, &zone)).collect();
        let link = |date: Date| format!("/doctor?day={date}");
        view! {
            <header class="page-head">
                <div>
                    <h1>{heading}</h1>
                    <p class="muted">
                        {format!("{}, {}. ", day(shown), count(visits.len()))}
                        <a href=own_page>"My public page"</a>
                    </p>
                </div>
                <nav class="cluster" aria-label="Days">
                    <a class="button button-secondary" rel="prev" href=link(shown.saturating_sub(1.day()))>
                        <Icon name=IconName::ChevronLeft />{short_day(shown.saturating_sub(1.day()))}
                    </a>
                    {(shown != today).then(|| view! { <a class="button button-secondary" href="/doctor">"Today"</a> })}
                    <a class="button button-secondary" rel="next" href=link(shown.saturating_add(1.day()))>
                        {short_day(shown.saturating_add(1.day()))}<Icon name=IconName::ChevronRight />
                    </a>
                </nav>
            </header>
            {(!requests.is_empty()).then(|| view! {
                <section class="stack" aria-labelledby="requests">
                    <h2 id="requests">"Waiting for your answer"</h2>
                    <Agenda>{requests}</Agenda>
                </section>
                <h2>"Visits of the day"</h2>
            })}
            {if none {
                view! {
                    <EmptyState
                        icon=IconName::Calendar title="No visits on this day"
                        text="As soon as somebody books, the visit is here."
                        action_href="/doctor/hours" action_label="Look at my hours"
                    />
                }.into_any()
            } else {
                view! { <Agenda>{lines}</Agenda> }.into_any()
            }}
        }
    }))
}

fn count(visits: usize) -> String {
    match visits {
        0 => "no visits".to_owned(),
        1 => "1 visit".to_owned(),
        _ => format!("{visits} visits"),
    }
}

/// Says that a visit is urgent, and nothing of others.
pub fn urgent_badge(priority: Priority) -> Option<AnyView> {
    let urgent = priority == Priority::Urgent;
    urgent.then(|| view! { <Badge tone=Tone::Critical>"Urgent"</Badge> " " }.into_any())
}

/// The icon of a kind of visit.
pub fn kind_icon(kind: VisitKind) -> IconName {
    match kind {
        VisitKind::Video => IconName::Video,
        VisitKind::Phone => IconName::Phone,
        VisitKind::InPerson => IconName::Person,
    }
}

/// A visit that waits to be confirmed: it may be on any day.
fn request_line(visit: &Visit, zone: &TimeZone) -> AnyView {
    let starts = visit.starts_at.to_zoned(zone.clone());
    let priority = visit.priority;
    view! {
        <AgendaItem
            starts=clock(&starts)
            ends=short_day(starts.date())
            title=visit.patient_name.clone()
            href=format!("/visits/{}", visit.id)
            note=visit.chief_complaint.clone()
            icon=kind_icon(visit.appointment_type)
            kind=visit.appointment_type.label()
            now=false
            state=move || view! { {urgent_badge(priority)} <Badge tone=Tone::Information>"Confirm or decline"</Badge> }
        />
    }
    .into_any()
}

fn agenda_line(visit: &Visit, zone: &TimeZone, now: jiff::Timestamp) -> AnyView {
    let starts = visit.starts_at.to_zoned(zone.clone());
    let ends = visit.ends_at.to_zoned(zone.clone());
    let (status, priority) = (visit.status, visit.priority);
    let running = visit.starts_at <= now && now < visit.ends_at;
    view! {
        <AgendaItem
            starts=clock(&starts)
            ends=closing(ends.time())
            title=visit.patient_name.clone()
            href=format!("/visits/{}", visit.id)
            note=visit.chief_complaint.clone()
            icon=kind_icon(visit.appointment_type)
            kind=visit.appointment_type.label()
            now=running
            state=move || view! { {urgent_badge(priority)} <Badge tone=tone(status)>{status.label()}</Badge> }
        />
    }
    .into_any()
}
