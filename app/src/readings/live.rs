//! `/live/alerts`: whether readings of who looks need attention, at once and each time that changes. What they are about
//! is on their page alone: a page that was left open tells nobody else.
use super::ALERTS;
use crate::Page;
use axum::{
    http::StatusCode,
    response::sse::{Event, KeepAlive, Sse},
};
use domain::{identity::UserId, readings::Severity};
use futures_util::{Stream, stream};
use leptos::prelude::*;
use services::{
    Clinic, Error,
    identity::{
        self, Caller, Doctor, Patient,
        sessions::{self, Asking},
    },
    live::News,
    readings::{
        self, Standing,
        alerts::{self, Alert},
    },
};
use std::{convert::Infallible, time::Duration};
use tokio::{sync::broadcast::error::RecvError, time::Instant};
use ui::{Notice, Tone};

/// For so long a page listens before it has to ask again, as whoever is signed in by then.
const LONGEST: Duration = Duration::from_secs(600);

/// Whose alerts a page listens to.
enum Listener {
    Patient(Caller<Patient>),
    /// With those whom they follow, once these were looked up.
    Doctor(Caller<Doctor>, Option<Standing>),
}

impl Listener {
    fn is_concerned_by(&self, changed: UserId) -> bool {
        match self {
            Self::Patient(patient) => patient.user == changed,
            Self::Doctor(_, found) => found.as_ref().is_none_or(|found| found.concerns(changed)),
        }
    }

    /// Whether they are still signed in where they asked, as somebody who may see this.
    async fn is_still(&self, clinic: &Clinic, session: Option<i128>) -> Result<bool, Error> {
        let Some(id) = session else { return Ok(false) };
        let signed_in = sessions::actor(clinic, id, Asking::Watching).await?;
        let signed_in = signed_in.map(|(actor, _)| actor);
        Ok(match self {
            Self::Patient(patient) => {
                identity::require::<Patient>(signed_in).is_ok_and(|now| now.user == patient.user)
            }
            Self::Doctor(doctor, _) => {
                identity::require::<Doctor>(signed_in).is_ok_and(|now| now.user == doctor.user)
            }
        })
    }

    /// What the page is told.
    async fn look(&mut self, clinic: &Clinic) -> Result<String, Error> {
        match self {
            Self::Patient(patient) => Ok(summary(&alerts::open(clinic, patient).await?)),
            Self::Doctor(doctor, found) => {
                let standing = readings::standing(clinic, doctor).await?;
                Ok(changed(found.insert(standing)))
            }
        }
    }
}

/// Each event is the worst severity of what was not seen and how many there are, as `critical 2`, or `none`.
/// Whoever is no patient, or not any more, is told not to ask again. Whoever is signed out hears nothing more.
pub async fn events(
    page: Page,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let patient = page.caller::<Patient>().map_err(|_| StatusCode::NO_CONTENT)?;
    Ok(listen(&page, Listener::Patient(patient)))
}

/// `/live/attention`: whether alerts of the patients of a doctor are others than they were. Each event is `changed` and how
/// they stand, of which nobody can tell more; otherwise the same.
pub async fn attention(
    page: Page,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, StatusCode> {
    let doctor = page.caller::<Doctor>().map_err(|_| StatusCode::NO_CONTENT)?;
    Ok(listen(&page, Listener::Doctor(doctor, None)))
}

fn listen(
    page: &Page,
    listener: Listener,
) -> Sse<impl Stream<Item = Result<Event, Infallible>> + use<>> {
    let (clinic, session) = (page.clinic().clone(), page.session_id());
    // Before the first look, so that nothing is missed between.
    let news = clinic.live().subscribe();
    let end = Instant::now() + LONGEST;
    let state = (clinic, listener, news, true);
    let events =
        stream::unfold(state, move |(clinic, mut listener, mut news, mut is_first)| async move {
            loop {
                if !is_first {
                    match tokio::time::timeout_at(end, news.recv()).await {
                        Ok(Ok(News::AlertsChanged(changed)))
                            if listener.is_concerned_by(changed) => {}
                        // Too many to follow: ours may have been among them.
                        Ok(Err(RecvError::Lagged(_))) => {}
                        Ok(Ok(News::AlertsChanged(_) | News::ScheduleChanged(_))) => continue,
                        Ok(Ok(News::Stopping) | Err(RecvError::Closed)) | Err(_) => return None,
                    }
                    match listener.is_still(&clinic, session).await {
                        Ok(true) => {}
                        Ok(false) => return None,
                        Err(error) => {
                            error.report();
                            continue;
                        }
                    }
                }
                is_first = false;
                match listener.look(&clinic).await {
                    Ok(told) => {
                        let event = Event::default().data(told);
                        return Some((Ok(event), (clinic, listener, news, false)));
                    }
                    // The mail tells it in any case.
                    Err(error) => error.report(),
                }
            }
        });
    Sse::new(events).keep_alive(KeepAlive::new().interval(Duration::from_secs(15)))
}

/// What a page says of itself that shows `open`, as [`events`] says it.
pub(super) fn summary(open: &[Alert]) -> String {
    let unseen: Vec<_> = open.iter().filter(|alert| alert.acknowledged_at.is_none()).collect();
    match unseen.iter().map(|alert| alert.severity.max(alert.reading_severity)).max() {
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
        <div class="live-alerts" id="live-alerts" data-live="/live/alerts">
            {notice(Severity::Critical)}
            {notice(Severity::Warning)}
        </div>
        <script src="/alerts.js" r#type="module"></script>
    }
    .into_any()
}

fn changed(standing: &Standing) -> String {
    format!("changed {}", standing.mark)
}

/// The same on the list of a doctor's patients, whose alerts stood so when it was drawn. What has changed is said by the
/// list alone, which is put on record.
pub(super) fn region_of_list(standing: &Standing) -> AnyView {
    view! {
        <div data-live="/live/attention" data-told=changed(standing)>
            <template data-severity="changed">
                <Notice tone=Tone::Caution announce=true>
                    <p>"What readings of your patients ask for has changed. "<a href="/doctor/readings">"See how it is now"</a></p>
                </Notice>
            </template>
        </div>
        <script src="/alerts.js" r#type="module"></script>
    }
    .into_any()
}
