//! The chosen time, kept for the person who fills in the form.
use crate::{Page, PageResult, fields::Fields};
use axum::{
    extract::Path,
    http::{HeaderMap, StatusCode},
    response::IntoResponse,
};
use domain::{
    Refusal,
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
    directory::Provider,
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

/// `POST /doctors/{id}/hold`: keeps the time for longer. Answers with the seconds it is kept.
pub async fn renew(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let start = fields.parse("start").ok_or(Error::NotFound)?;
    let hold = booking::hold(page.clinic(), &patient, id, start, None).await?;
    Ok(hold.remaining.as_secs().to_string().into_response())
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
    start: Timestamp,
    kept: &Kept,
) -> Option<AnyView> {
    match kept {
        Kept::Not(message) => message
            .map(|message| view! { <Notice tone=Tone::Caution>{message}</Notice> }.into_any()),
        Kept::For(hold) => {
            let zone = page.zone().unwrap_or_else(|| provider.zone());
            let until = (page.clinic().now() + hold.remaining).to_zoned(zone);
            let path = format!("/doctors/{}/hold", provider.id);
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
