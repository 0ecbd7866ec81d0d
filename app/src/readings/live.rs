//! `/live/alerts`: whether readings of who looks need attention, at once and each time that changes. What they are about
//! is on their page alone: a page that was left open tells nobody else.
use super::ALERTS;
use crate::Page;
use axum::{
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use domain::readings::Severity;
use futures_util::{Stream, stream};
use leptos::prelude::*;
use services::{
    identity::Patient,
    live::News,
    readings::alerts::{self, Alert},
};
use std::{convert::Infallible, time::Duration};
use tokio::{sync::broadcast::error::RecvError, time::Instant};
use ui::{Notice, Tone};

/// For so long a page listens before it has to ask again, as whoever is signed in by then.
const LONGEST: Duration = Duration::from_secs(600);

/// Each event is the worst severity of what was not seen and how many there are, as `critical 2`, or `none`.
/// Whoever is no patient, or not any more, is told not to ask again.
pub async fn events(
    page: Page,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let patient = page.caller::<Patient>().map_err(|_| StatusCode::NO_CONTENT)?;
    let clinic = page.clinic().clone();
    // Before the first look, so that nothing is missed between.
    let news = clinic.live().subscribe();
    let end = Instant::now() + LONGEST;
    let state = (clinic, patient, news, true);
    let events =
        stream::unfold(state, move |(clinic, patient, mut news, mut is_first)| async move {
            loop {
                if !is_first {
                    match tokio::time::timeout_at(end, news.recv()).await {
                        Ok(Ok(News::AlertsChanged(changed))) if changed == patient.user => {}
                        // Too many to follow: ours may have been among them.
                        Ok(Err(RecvError::Lagged(_))) => {}
                        Ok(Ok(News::AlertsChanged(_) | News::ScheduleChanged(_))) => continue,
                        Ok(Ok(News::Stopping) | Err(RecvError::Closed)) | Err(_) => return None,
                    }
                }
                is_first = false;
                match alerts::open(&clinic, &patient).await {
                    Ok(open) => {
                        let data = Event::default().data(summary(&open));
                        return Some((Ok(data), (clinic, patient, news, false)));
                    }
                    // The mail tells it in any case.
                    Err(error) => error.report(),
                }
            }
        });
    Ok(Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15))))
}

/// What a page says of itself that shows `open`, as [`events`] says it.
pub(super) fn summary(open: &[Alert]) -> String {
    let unseen: Vec<_> = open.iter().filter(|alert| alert.acknowledged_at.is_none()).collect();
    match unseen.iter().map(|alert| alert.severity).max() {
        Some(severity) => format!("{severity} {}", unseen.len()),
        None => "none".to_owned(),
    }
}

/// Where /alerts.js shows it, on every page; what it shows is drawn already.
pub fn region() -> AnyView {
    let notice = |severity: Severity| {
        let (tone, words) = match severity {
            Severity::Critical => (Tone::Critical, "A reading of yours needs attention now."),
            Severity::Warning => (Tone::Caution, "A reading of yours needs a look today."),
        };
        view! {
            <template data-severity=severity.as_str()>
                <Notice tone announce=true><p>{words}" "<a href=ALERTS>"See what to do"</a></p></Notice>
            </template>
        }
    };
    view! {
        <div class="live-alerts" id="live-alerts">
            {notice(Severity::Critical)}
            {notice(Severity::Warning)}
        </div>
        <script src="/alerts.js" r#type="module"></script>
    }
    .into_any()
}
