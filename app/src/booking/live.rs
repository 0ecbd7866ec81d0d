//! `/live/doctors/{id}`: the free times of a doctor, again each time they change.
use crate::Page;
use axum::{
    extract::{Path, Query},
    response::sse::{Event, KeepAlive, Sse},
};
use domain::{booking::Slot, directory::ProviderId};
use futures_util::{Stream, stream};
use jiff::Timestamp;
use serde::Deserialize;
use services::{booking, live::News};
use std::{convert::Infallible, time::Duration};
use tokio::sync::broadcast::error::RecvError;

/// The stretch of time that the page shows.
#[derive(Deserialize)]
pub struct Window {
    from: Timestamp,
    until: Timestamp,
}

/// Many changes within this time are told as one.
const PAUSE: Duration = Duration::from_millis(200);

pub async fn events(
    page: Page,
    Path(provider): Path<ProviderId>,
    Query(window): Query<Window>,
) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let (site, viewer) = (page.site().clone(), page.viewer());
    let end = window.until.min(window.from + booking::LONGEST_WINDOW);
    let window = Slot { start: window.from, end };
    let news = site.clinic().live().subscribe();
    let events = stream::unfold((site, news), move |(site, mut news)| async move {
        loop {
            match news.recv().await {
                Ok(News::ScheduleChanged(changed)) if changed == provider => {}
                // Too many to follow: ours may have been among them.
                Err(RecvError::Lagged(_)) => {}
                Ok(News::ScheduleChanged(_)) => continue,
                Ok(News::Stopping) | Err(RecvError::Closed) => return None,
            }
            tokio::time::sleep(PAUSE).await;
            match booking::free_times(site.clinic(), provider, window, viewer).await {
                Ok((_, free)) => {
                    let starts: Vec<_> =
                        free.iter().map(|offer| offer.slot.start.to_string()).collect();
                    return Some((Ok(Event::default().data(starts.join(" "))), (site, news)));
                }
                // The next change tells again; booking itself asks the database.
                Err(error) => error.report(),
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}
