//! A week of free times: the heart of choosing one.
use crate::{Page, PageResult, times::Moment};
use domain::{
    booking::{Offer, Slot, VisitKind},
    zone::{clock, day, short_day},
};
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use leptos::prelude::*;
use services::{booking::next_free_time, directory::Provider};
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

    /// The free time that a person who sees this week may want to jump to.
    ///
    /// In a week with free times it is the soonest of all, to go back to or to find in the list. In
    /// one without it is the first after it.
    pub async fn next_free(
        &self,
        page: &Page,
        provider: &Provider,
        offers: &[Offer],
        kind: Option<VisitKind>,
    ) -> PageResult<Option<Timestamp>> {
        let fits = |offer: &&Offer| kind.is_none_or(|kind| offer.kinds.contains(kind));
        let shown = offers.iter().find(fits).map(|offer| offer.slot.start);
        let is_first = self.first == self.today;
        // Nothing is free before this week.
        if shown.is_some() && is_first {
            return Ok(shown);
        }
        let after = match shown {
            None => next_free_time(page.clinic(), provider.id, self.window().end, kind).await?,
            Some(_) => None,
        };
        match after {
            None if !is_first => {
                Ok(next_free_time(page.clinic(), provider.id, page.clinic().now(), kind).await?)
            }
            after => Ok(after),
        }
    }

    /// `today, 14:20`
    fn name(&self, start: Timestamp) -> String {
        let start = start.to_zoned(self.zone.clone());
        let date = start.date();
        let day = if date == self.today {
            "today".to_owned()
        } else if date == self.today.saturating_add(1.day()) {
            "tomorrow".to_owned()
        } else {
            day(date)
        };
        format!("{day}, {}", clock(&start))
    }

    fn contains(&self, start: Timestamp) -> bool {
        let window = self.window();
        window.start <= start && start < window.end
    }
}

/// What a link to a time of the list ends in.
fn anchor(start: Timestamp) -> String {
    format!("time-{start}")
}

/// Where choosing a time leads to.
pub struct Choosing<'a> {
    /// The address of this page without its query.
    pub path: &'a str,
    /// The address that takes `?start=`.
    pub target: &'a str,
    /// Only times for visits of this kind.
    pub kind: Option<VisitKind>,
    /// The free time to jump to.
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
    let mut fitting: Vec<_> = offers
        .iter()
        .filter(|offer| choosing.kind.is_none_or(|kind| offer.kinds.contains(kind)))
        .collect();
    // One start may be free with several lengths.
    fitting.dedup_by_key(|offer| offer.slot.start);
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
    let jump = choosing.next.map(|next| {
        let anchor = anchor(next);
        let first = next.to_zoned(week.zone.clone()).date();
        // On the page that is open already, the browser need not ask for it again.
        let href = match week.contains(next) {
            true => format!("#{anchor}"),
            false => format!("{}?week={first}{kind}#{anchor}", choosing.path),
        };
        let label = format!("Next free time: {}", week.name(next));
        view! { <LinkButton kind=ButtonKind::Quiet href=href icon=IconName::Clock>{label}</LinkButton> }
    });
    let window = week.window();
    let source =
        format!("/live/doctors/{}?from={}&until={}{kind}", provider.id, window.start, window.end);
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
            {(count == 0).then(|| nothing_free(week, choosing))}
            {jump.map(|jump| view! { <p class="week-next">{jump}</p> })}
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

fn nothing_free(week: &Week, choosing: &Choosing<'_>) -> AnyView {
    // Whoever moves a visit has one already.
    let wait = choosing.path.starts_with("/doctors/").then(|| {
        let href = format!("{}/waitlist", choosing.path);
        view! { " "<a href=href>"Wait for a time"</a> }
    });
    match choosing.next {
        Some(next) if next >= week.window().end => {
            view! { <p class="week-empty">"Nothing is free in this week."{wait}</p> }.into_any()
        }
        Some(_) => view! {
            <p class="week-empty">"Nothing is free in this week, and no time after it can be booked yet."{wait}</p>
        }
        .into_any(),
        None => view! {
            <p class="week-empty">
                "Nothing is free at the moment, and no later time can be booked yet. "
                <a href="/doctors">"Find another doctor"</a>{wait}
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
            moment.choice(format!("{}?start={start}{kind}", choosing.target)).id(anchor(start))
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
