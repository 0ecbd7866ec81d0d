use super::{
    cancel_page::with_whom,
    not_free::nearest_times,
    visit_page::visit_to_change,
    week_times::{Choosing, Week, week_times},
};
use crate::{
    Page, PageResult, document::Waking, failure::form_problem, fields::Fields, page::see_other,
    times::Moment,
};
use axum::{extract::Path, http::StatusCode};
use domain::booking::can_be_rescheduled;
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, Change, IdempotencyKey, Visit},
    identity::Patient,
};
use ui::{BackLink, Button, Notice, Tone};

/// `/visits/{id}/reschedule?week=` to choose, `?start=` to confirm.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let now = page.clinic().now();
    if can_be_rescheduled(visit.status, visit.starts_at, visit.policy(), now).is_err() {
        return Ok(see_other(&format!("/visits/{}", visit.id)));
    }
    let query = Fields::of_query(page.query());
    match query.parse("start") {
        Some(start) => Ok(confirm(page, &visit, start)),
        None => choose(page, &visit, &query).await,
    }
}

async fn choose(page: Page, visit: &Visit, query: &Fields) -> PageResult {
    let id = visit.provider_id;
    let kind = Some(visit.appointment_type);
    let details = services::directory::provider(page.clinic(), id).await?;
    let week = Week::new(&page, &details.provider, query.parse("week"));
    let (_, offers) = booking::free_times(page.clinic(), id, week.window(), page.viewer()).await?;
    let next = week.next_free(&page, &details.provider, &offers, kind).await?;
    let choosing = Choosing { path: page.path(), target: page.path(), kind, next };
    let times = week_times(&page, &details.provider, &week, &offers, &choosing);
    let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
    let back = format!("/visits/{}", visit.id);
    let with = with_whom(&page, visit);
    Ok(page.with_islands(Waking::AtOnce).show("Choose another time", move || {
        view! {
            <article class="stack">
                <BackLink href=back label="Back to the visit" />
                <h1>"Choose another time"</h1>
                <p>"Your visit with "{with}" is on "{moment.view()}". It stays yours until you have confirmed a new time."</p>
                {times}
            </article>
        }
    }))
}

fn confirm(page: Page, visit: &Visit, start: Timestamp) -> axum::response::Response {
    let reader = page.zone();
    let old = Moment::new(visit.starts_at, reader.as_ref(), &visit.time_zone);
    let new = Moment::new(start, reader.as_ref(), &visit.time_zone);
    let path = format!("/visits/{}/reschedule", visit.id);
    let key = IdempotencyKey::fresh();
    let with = with_whom(&page, visit);
    let following = visit.series_id.map(|_| format!("{path}/following?start={start}"));
    page.show("Move this visit?", move || {
        view! {
            <article class="narrow stack">
                <BackLink href=path.clone() label="Choose another time" />
                <h1>"Move this visit?"</h1>
                <dl class="facts card">
                    <dt>"With"</dt><dd>{with}</dd>
                    <dt>"Now"</dt><dd>{old.view()}</dd>
                    <dt>"New"</dt><dd><strong>{new.view()}</strong></dd>
                    <dt>"Cost"</dt><dd>"Moving a visit costs nothing. Your payment stays with it."</dd>
                </dl>
                <form method="post" novalidate=true action=path.clone()>
                    <input type="hidden" name="start" value=start.to_string() />
                    <input type="hidden" name="key" value=key.as_str().to_owned() />
                    <Button>"Move this visit"</Button>
                </form>
                {following.map(|href| view! { <p><a href=href>"Move all visits of the series after it, too"</a></p> })}
            </article>
        }
    })
}

pub async fn reschedule(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let path = format!("/visits/{}", visit.id);
    let Some(start) = fields.parse::<Timestamp>("start") else {
        return Ok(see_other(&format!("{path}/reschedule")));
    };
    let change = Change { start: Some(start), reason: None };
    // Going back and pressing again must not undo what was changed since.
    let key = IdempotencyKey::checked(fields.get("key")).ok();
    let moved = booking::change(page.clinic(), &patient, visit.id, &change, key.as_ref()).await;
    let problem = match moved {
        Ok(_) => return Ok(see_other(&format!("{path}?moved=1"))),
        // Other times would not help, and nothing was typed that could be lost.
        Err(error @ (Error::Unavailable(_) | Error::Interrupted(_))) => return Err(error.into()),
        Err(error) => form_problem(error)?,
    };
    let message = match problem.fields.first() {
        Some(field) => field.message.to_string(),
        None => problem.message.to_string(),
    };
    let kind = Some(visit.appointment_type);
    let nearest = booking::alternatives(page.clinic(), visit.provider_id, start, kind).await?;
    let details = services::directory::provider(page.clinic(), visit.provider_id).await?;
    let target = format!("{path}/reschedule");
    let times = nearest_times(&page, &details.provider, &nearest, (&target, None));
    Ok(page.with_status(StatusCode::CONFLICT).show("Your visit was not moved", move || {
        view! {
            <article class="narrow stack">
                <h1>"Your visit was not moved"</h1>
                <Notice tone=Tone::Caution announce=true>{message}</Notice>
                <p>"It stays at the time it had."</p>
                {times}
                <p><a href=path>"Back to the visit"</a></p>
            </article>
        }
    }))
}
