//! `/live/doctors/{id}`: the free times of a doctor, again each time they change. `/live/doctors?ids=`: the
//! addresses at which those of several are booked.
use crate::Page;
use axum::{
    extract::{Path, Query},
    response::sse::{Event, KeepAlive, Sse},
};
use domain::{
    booking::{Offer, Slot, VisitKind},
    directory::ProviderId,
};
use futures_util::{Stream, stream};
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use services::{
    booking,
    directory::{self, PAGE_SIZE},
    live::News,
};
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// The stretch of time that the page shows.
#[derive(Deserialize)]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
    /// Only times for visits of this kind.
    visit: Option<VisitKind>,
}

/// Many changes within this time are told as one.
const PAUSE: Duration = Duration::from_millis(200);

pub async fn events(
    page: Page,
    Path(provider): Path<ProviderId>,
    Query(window): Query<Window>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (site, viewer) = (page.site().clone(), page.viewer());
    let end = window.from.saturating_add(booking::LONGEST_WINDOW).unwrap_or(Timestamp::MAX);
    let end = window.until.min(end);
    let (window, kind) = (Slot { start: window.from, end }, window.visit);
    let news = site.clinic().live().subscribe();
    let events = stream::unfold((site, news), move |(site, mut news)| async move {
        loop {
            match news.recv().await {
                Ok(News::ScheduleChanged(changed)) if changed == provider => {}
                // Too many to follow: ours may have been among them.
                Err(RecvError::Lagged(_)) => {}
                Ok(News::ScheduleChanged(_) | News::AlertsChanged(_)) => continue,
                Ok(News::Stopping) | Err(RecvError::Closed) => return None,
            }
            tokio::time::sleep(PAUSE).await;
            match booking::free_times(site.clinic(), provider, window, viewer).await {
                Ok((_, free)) => {
                    let fits = |offer: &&Offer| kind.is_none_or(|kind| offer.kinds.contains(kind));
                    let starts = free.iter().filter(fits).map(|offer| offer.slot.start.to_string());
                    let starts: Vec<_> = starts.collect();
                    return Some((Ok(Event::default().data(starts.join(" "))), (site, news)));
                }
                // The next change tells again; booking itself asks the database.
                Err(error) => error.report(),
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// The doctors that a page of results shows, and until when it shows times.
#[derive(Deserialize)]
pub struct Shown {
    ids: String,
    until: Timestamp,
}

/// How far ahead the times of results are followed.
const FURTHEST: SignedDuration = SignedDuration::from_hours(24 * 367);

pub async fn of_several(
    page: Page,
    Query(shown): Query<Shown>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let site = page.site().clone();
    let most = usize::try_from(PAGE_SIZE).unwrap_or_default();
    let ids: Vec<ProviderId> =
        shown.ids.split(',').filter_map(|id| id.parse().ok()).take(most).collect();
    let news = site.clinic().live().subscribe();
    let events = stream::unfold((site, news), move |(site, mut news)| {
        let ids = ids.clone();
        async move {
            loop {
                match news.recv().await {
                    Ok(News::ScheduleChanged(changed)) if ids.contains(&changed) => {}
                    // Too many to follow: ours may have been among them.
                    Err(RecvError::Lagged(_)) => {}
                    Ok(News::ScheduleChanged(_) | News::AlertsChanged(_)) => continue,
                    Ok(News::Stopping) | Err(RecvError::Closed) => return None,
                }
                tokio::time::sleep(PAUSE).await;
                let now = site.clinic().now();
                let last = shown.until.saturating_add(SignedDuration::from_secs(1));
                let furthest = now.saturating_add(FURTHEST).unwrap_or(Timestamp::MAX);
                let end = last.unwrap_or(Timestamp::MAX).min(furthest).max(now);
                match directory::free_starts(site.clinic(), &ids, Slot { start: now, end }).await {
                    Ok(free) => {
                        let addresses: Vec<_> = free
                            .iter()
                            .map(|(id, start)| format!("/doctors/{id}/book?start={start}"))
                            .collect();
                        let data = Event::default().data(addresses.join(" "));
                        return Some((Ok(data), (site, news)));
                    }
                    // The next change tells again; booking itself asks the database.
                    Err(error) => error.report(),
                }
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
