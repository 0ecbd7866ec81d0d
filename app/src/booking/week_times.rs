//! A week of free times: the heart of choosing one.
use crate::{Page, times::Moment};
use domain::{
    booking::{Offer, Slot, VisitKind},
    zone::{clock, day, short_day},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::directory::Provider;
use ui::{ButtonKind, IconName, LinkButton, TimeList, WeekDay, WeekStrip};

/// Seven days on the reader's clock, or on the doctor's when the reader's is not known.
pub struct Week {
    pub first: Date,
    pub zone: TimeZone,
    today: Date,
}

impl Week {
    /// The week that begins at the day `first`; today's when there is none, never an earlier one.
    pub fn new(page: &Page, provider: &Provider, first: Option<Date>) -> Self {
        let zone = page.zone().unwrap_or_else(|| provider.zone());
        let today = page.clinic().now().to_zoned(zone.clone()).date();
        Self { first: first.unwrap_or(today).max(today), zone, today }
    }

    fn start(&self, day: Date) -> Timestamp {
        day.to_zoned(self.zone.clone()).map_or(Timestamp::MAX, |midnight| midnight.timestamp())
    }

    /// The stretch of time it covers.
    pub fn window(&self) -> Slot {
        Slot { start: self.start(self.first), end: self.start(self.first.saturating_add(7.days())) }
    }

    fn days(&self) -> impl Iterator<Item = Date> + '_ {
        (0..7).map(|index| self.first.saturating_add(index.days()))
    }

    fn next(&self) -> Date {
        self.first.saturating_add(7.days())
    }

    fn previous(&self) -> Option<Date> {
        (self.first > self.today).then(|| self.first.saturating_sub(7.days()).max(self.today))
    }
}

/// Where choosing a time leads to.
pub struct Choosing<'a> {
    /// The address of this page without its query.
    pub path: &'a str,
    /// The address that takes `?start=`.
    pub target: &'a str,
    /// Only times for visits of this kind.
    pub kind: Option<VisitKind>,
    /// The next free time after this week, if the week has none.
    pub next: Option<Timestamp>,
}

/// The week as a strip of days and, below it, each day's times as a list of links.
pub fn week_times(
    page: &Page,
    provider: &Provider,
    week: &Week,
    offers: &[Offer],
    choosing: &Choosing<'_>,
) -> AnyView {
    let fitting: Vec<_> = offers
        .iter()
        .filter(|offer| choosing.kind.is_none_or(|kind| offer.kinds.contains(kind)))
        .collect();
    let on = |date: Date| {
        fitting
            .iter()
            .copied()
            .filter(move |offer| offer.slot.start.to_zoned(week.zone.clone()).date() == date)
    };
    let strip: Vec<_> = week
        .days()
        .map(|date| WeekDay {
            weekday: date.strftime("%a").to_string(),
            date: date.strftime("%-d %b").to_string(),
            count: on(date).count(),
            href: format!("#day-{date}"),
        })
        .collect();
    let days: Vec<_> =
        week.days().map(|date| day_times(page, provider, date, on(date), choosing)).collect();
    let kind = choosing.kind.map(|kind| format!("&visit={kind}")).unwrap_or_default();
    let href = |first: Date| format!("{}?week={first}{kind}#times", choosing.path);
    let window = week.window();
    let source =
        format!("/live/doctors/{}?from={}&until={}", provider.id, window.start, window.end);
    let heading =
        format!("{} to {}", short_day(week.first), short_day(week.next().saturating_sub(1.day())));
    let count = fitting.len();
    view! {
        <section id="times" class="week" aria-labelledby="week-heading">
            <div class="week-head">
                <h2 id="week-heading">{heading}</h2>
                <p class="muted" role="status">{free_times(count)}</p>
                <nav class="cluster" aria-label="Weeks">
                    {week.previous().map(|first| view! {
                        <LinkButton kind=ButtonKind::Secondary href=href(first) rel="prev" icon=IconName::ChevronLeft>
                            "Earlier week"
                        </LinkButton>
                    })}
                    <LinkButton kind=ButtonKind::Secondary href=href(week.next()) rel="next">"Later week"</LinkButton>
                </nav>
            </div>
            <WeekStrip days=strip label="Days of this week" />
            {(count == 0).then(|| nothing_free(week, choosing, &href))}
            <div class="week-days">{days}</div>
            <islands::LiveTimes source />
        </section>
    }
    .into_any()
}

fn free_times(count: usize) -> String {
    match count {
        0 => "No free times".to_owned(),
        1 => "1 free time".to_owned(),
        _ => format!("{count} free times"),
    }
}

fn nothing_free(week: &Week, choosing: &Choosing<'_>, href: &dyn Fn(Date) -> String) -> AnyView {
    let next = choosing.next.map(|next| next.to_zoned(week.zone.clone()));
    match next {
        Some(next) => {
            let label = format!("{}, {}", day(next.date()), clock(&next));
            view! {
                <p class="week-empty">
                    "Nothing is free in this week. "
                    <a href=href(next.date())>"The next free time is "{label}</a>
                </p>
            }
            .into_any()
        }
        None => view! {
            <p class="week-empty">
                "Nothing is free in this week, and no time after it can be booked yet. "
                <a href="/doctors">"Find another doctor"</a>
            </p>
        }
        .into_any(),
    }
}

fn day_times<'a>(
    page: &Page,
    provider: &Provider,
    date: Date,
    offers: impl Iterator<Item = &'a Offer>,
    choosing: &Choosing<'_>,
) -> AnyView {
    let reader = page.zone();
    let kind = choosing.kind.map(|kind| format!("&visit={kind}")).unwrap_or_default();
    let times: Vec<_> = offers
        .map(|offer| {
            let start = offer.slot.start;
            let moment = Moment::new(start, reader.as_ref(), &provider.time_zone);
            moment.choice(format!("{}?start={start}{kind}", choosing.target))
        })
        .collect();
    let none = times.is_empty();
    view! {
        <section class="day" id=format!("day-{date}") aria-labelledby=format!("day-{date}-name")>
            <h3 id=format!("day-{date}-name")>{day(date)}</h3>
            {if none {
                view! { <p class="muted">"No free times"</p> }.into_any()
            } else {
                view! { <TimeList times /> }.into_any()
            }}
        </section>
    }
    .into_any()
}
