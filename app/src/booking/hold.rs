//! The chosen time, kept for the person who fills in the form.
use super::book_page::moment;
use crate::{Page, PageResult, failure::form_problem, fields::Fields};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use domain::{
    Problem, Refusal,
    booking::{NOT_OFFERED, SLOT_TAKEN, VisitKind},
    directory::ProviderId,
    zone::clock,
};
use islands::KeptTime;
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, Hold},
    directory::{self, Provider},
    identity::{Caller, Patient},
};
use ui::{Notice, Tone};

/// Whether the chosen time is kept for the person while they fill in the form.
pub enum Kept {
    For(Hold),
    /// With what to say about it.
    Not(Option<&'static str>),
}

/// Keeps the chosen time. The refusal: somebody else has it.
pub async fn keep(
    page: &Page,
    patient: &Caller<Patient>,
    provider: ProviderId,
    (start, kind): (Timestamp, Option<VisitKind>),
    urgent: bool,
) -> Result<Kept, Refusal> {
    let held = match urgent {
        true => booking::hold_urgently(page.clinic(), patient, provider, start, kind).await,
        false => booking::hold(page.clinic(), patient, provider, start, kind).await,
    };
    match held {
        Ok(hold) => Ok(Kept::For(hold)),
        Err(Error::Refused(refusal)) if [SLOT_TAKEN, NOT_OFFERED].contains(&refusal) => {
            Err(refusal)
        }
        Err(Error::Refused(refusal)) => Ok(Kept::Not(Some(refusal.message))),
        Err(Error::Invalid(_)) => Ok(Kept::Not(None)),
        // The form works without: booking itself says what is wrong, and keeps what was typed.
        Err(error) => {
            error.report();
            Ok(Kept::Not(None))
        }
    }
}

/// Whether a person has come to the page by what they did in it: a browser that reads ahead, or
/// another site that leads here, gets nothing kept.
pub fn came_by_choice(headers: &HeaderMap) -> bool {
    let says = |name: &str, words: &[&str]| {
        let value = headers.get(name).and_then(|value| value.to_str().ok());
        value.is_some_and(|value| words.iter().any(|word| value.contains(word)))
    };
    !says("sec-purpose", &["prefetch"]) && !says("sec-fetch-site", &["cross-site", "same-site"])
}

/// `POST /doctors/{id}/hold`: keeps the time for longer. Answers with the seconds it is kept, or, where it
/// cannot be booked any more, with three lines: why, where to go and what is there.
pub async fn renew(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let start: Timestamp = fields.parse("start").ok_or(Error::NotFound)?;
    match booking::check_free(page.clinic(), id, start, page.viewer()).await {
        Ok(()) => longer(&page, &patient, id, start).await,
        Err(error) => {
            let why = said(&form_problem(error)?);
            let nearest = booking::alternatives(page.clinic(), id, start, None).await?;
            let (href, what) = match nearest.first() {
                None => (format!("/doctors/{id}#times"), "All times of the doctor".to_owned()),
                Some(offer) => {
                    let start = offer.slot.start;
                    let details = directory::provider(page.clinic(), id).await?;
                    let moment = moment(&page, &details.provider, start);
                    let what = format!("The nearest free time: {}", moment.short());
                    (format!("/doctors/{id}/book?start={start}"), what)
                }
            };
            Ok(format!("{why}\n{href}\n{what}").into_response())
        }
    }
}

/// `POST /doctors/{id}/hold/urgent`: the same for the form of an urgent visit.
pub async fn renew_urgent(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let start: Timestamp = fields.parse("start").ok_or(Error::NotFound)?;
    longer(&page, &patient, id, start).await
}

async fn longer(
    page: &Page,
    patient: &Caller<Patient>,
    id: ProviderId,
    start: Timestamp,
) -> PageResult {
    let hold = booking::hold(page.clinic(), patient, id, start, None).await?;
    Ok(hold.remaining.as_secs().to_string().into_response())
}

/// What a problem says of the time that was chosen.
pub fn said(problem: &Problem) -> String {
    let field = problem.fields.first().map(|field| &field.message);
    field.unwrap_or(&problem.message).to_string()
}

/// `POST /doctors/{id}/hold/release`: the person has left the form.
pub async fn release(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    booking::release_hold(page.clinic(), &patient, id).await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// Until when the time is kept, alive where scripts run.
pub fn kept_line(
    page: &Page,
    provider: &Provider,
    (start, urgent): (Timestamp, bool),
    kept: &Kept,
) -> Option<AnyView> {
    match kept {
        Kept::Not(message) => message
            .map(|message| view! { <Notice tone=Tone::Caution>{message}</Notice> }.into_any()),
        Kept::For(hold) => {
            let zone = page.zone().unwrap_or_else(|| provider.zone());
            let until = (page.clinic().now() + hold.remaining).to_zoned(zone);
            let path =
                format!("/doctors/{}/hold{}", provider.id, if urgent { "/urgent" } else { "" });
            Some(
                view! {
                    <KeptTime
                        until=clock(&until)
                        seconds=hold.remaining.as_secs()
                        start=start.to_string()
                        path
                    />
                }
                .into_any(),
            )
        }
    }
}
