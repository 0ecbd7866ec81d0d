//! A visit of a series and all that follow it, cancelled or moved at once.
use super::{cancel_page::with_whom, visit_page::visit_to_change};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::extract::Path;
use domain::{
    Problem,
    booking::can_be_rescheduled,
    money::{Currency, Money},
};
use jiff::Timestamp;
use leptos::prelude::*;
use services::{
    booking::{self, PlannedMove, Visit},
    identity::Patient,
};
use ui::{BackLink, Button, ButtonKind, Notice, Tone};

fn moment(page: &Page, visit: &Visit, start: Timestamp) -> Moment {
    Moment::new(start, page.zone().as_ref(), &visit.time_zone)
}

/// `/visits/{id}/cancel/following`: what all of them cost together, before it is done.
pub async fn show_cancel(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    cancel_form(page, &visit, None).await
}

pub async fn cancel(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let done = format!("/visits/{}?cancelled=1", visit.id);
    if visit.status == domain::booking::AppointmentStatus::Cancelled {
        return Ok(see_other(&done));
    }
    let quoted = fields
        .parse("cost_minor")
        .zip(fields.some("currency").and_then(Currency::from_code))
        .map(|(minor, currency)| Money::new(minor, currency));
    let Some(quoted) = quoted else { return cancel_form(page, &visit, None).await };
    match booking::cancel_following(page.clinic(), &patient, visit.id, quoted).await {
        Ok(()) => Ok(see_other(&done)),
        Err(error) => {
            let problem = form_problem(error)?;
            cancel_form(page, &visit, Some(problem)).await
        }
    }
}

async fn cancel_form(page: Page, visit: &Visit, problem: Option<Problem>) -> PageResult {
    let all = booking::following(page.clinic(), visit).await?;
    let cost = booking::cost_of_all(&all, page.clinic().now());
    let path = format!("/visits/{}", visit.id);
    // Nothing is left to cancel, or it can only be quoted visit by visit.
    let Some(cost) = cost.filter(|_| all.first().is_some_and(|first| first.id == visit.id)) else {
        return Ok(see_other(&path));
    };
    let problem = problem.as_ref();
    let sentence = match cost.is_zero() {
        true => "Cancelling all of them costs nothing.".to_owned(),
        false => format!("Cancelling all of them now costs {cost} in all."),
    };
    let rows: Vec<_> = all
        .iter()
        .map(|one| view! { <li>{moment(&page, one, one.starts_at).short_view()}</li> })
        .collect();
    let with = with_whom(&page, visit);
    let title = format!("Cancel {}?", visits(all.len()));
    let button = format!("Cancel {}", visits(all.len()));
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, &title), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=path.clone() label="Back to the visit" />
                <h1>{title.clone()}</h1>
                <p>"With "{with}". This visit, and all of its series after it:"</p>
                <ul class="plain-list card stack-small">{rows}</ul>
                <Notice tone=Tone::Information>{sentence}</Notice>
                <form method="post" novalidate=true action=format!("{path}/cancel/following") class="cluster">
                    <input type="hidden" name="cost_minor" value=cost.minor.to_string() />
                    <input type="hidden" name="currency" value=cost.currency.code() />
                    <Button kind=ButtonKind::Danger>{button}</Button>
                    <a class="button button-secondary" href=path.clone()>"Keep them"</a>
                </form>
            </article>
        }
    }))
}

fn visits(count: usize) -> String {
    if count == 1 { "1 visit".to_owned() } else { format!("{count} visits") }
}

/// `/visits/{id}/reschedule/following?start=`: where each of them gets, before it is done.
pub async fn show_move(page: Page, Path(id): Path<String>) -> PageResult {
    let visit = visit_to_change(&page, &id).await?;
    let start = Fields::of_query(page.query()).parse("start");
    move_form(page, &visit, start, None).await
}

/// `POST /visits/{id}/reschedule/following`
pub async fn change(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let start: Option<Timestamp> = fields.parse("start");
    let done = format!("/visits/{}?moved=1", visit.id);
    // Pressed twice.
    if start == Some(visit.starts_at) {
        return Ok(see_other(&done));
    }
    let Some(to) = start else { return move_form(page, &visit, None, None).await };
    let expected: Vec<_> = fields.all("visit").filter_map(|id| id.parse().ok()).collect();
    let clinic = page.clinic();
    match booking::move_following(clinic, &patient, visit.id, to, &expected).await {
        Ok(()) => Ok(see_other(&done)),
        Err(error) => {
            let problem = form_problem(error)?;
            move_form(page, &visit, start, Some(problem)).await
        }
    }
}

async fn move_form(
    page: Page,
    visit: &Visit,
    start: Option<Timestamp>,
    problem: Option<Problem>,
) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let now = page.clinic().now();
    let path = format!("/visits/{}/reschedule", visit.id);
    let may = can_be_rescheduled(visit.status, visit.starts_at, visit.policy(), now).is_ok();
    let Some(start) = start.filter(|_| may && visit.series_id.is_some()) else {
        return Ok(see_other(&path));
    };
    let moves = booking::plan_following(page.clinic(), &patient, visit.id, start).await?;
    let count = moves.iter().filter(|planned| planned.to.is_some()).count();
    let problem = problem.as_ref();
    let rows: Vec<_> = moves.iter().map(|planned| move_row(&page, visit, planned)).collect();
    let ids: Vec<_> = moves
        .iter()
        .filter(|planned| planned.to.is_some())
        .map(|planned| view! { <input type="hidden" name="visit" value=planned.id.to_string() /> })
        .collect();
    let stays = moves.len() - count;
    let stays = (stays > 0).then(|| {
        let text = match (count, stays) {
            (0, _) => "None of them can move as far. Please choose another time.".to_owned(),
            (_, 1) => "One of them cannot move as far. It stays where it is.".to_owned(),
            (_, stays) => format!("{stays} of them cannot move as far. They stay where they are."),
        };
        view! { <Notice tone=Tone::Caution>{text}</Notice> }
    });
    let with = with_whom(&page, visit);
    let title = "Move this visit and all that follow?";
    let button = format!("Move {}", visits(count));
    let page = page.with_status(form_status(problem));
    Ok(page.show(forms::title(problem, title), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=path.clone() label="Choose another time" />
                <h1>{title}</h1>
                <p>"With "{with}". Each visit moves as far on the clock as this one. Moving them costs nothing."</p>
                <dl class="facts card">{rows}</dl>
                {stays}
                {(count > 0).then(|| view! {
                    <form method="post" novalidate=true action=format!("{path}/following") class="cluster">
                        <input type="hidden" name="start" value=start.to_string() />
                        {ids}
                        <Button>{button}</Button>
                    </form>
                })}
            </article>
        }
    }))
}

fn move_row(page: &Page, visit: &Visit, planned: &PlannedMove) -> AnyView {
    let from = moment(page, visit, planned.from).short();
    let to = match planned.to {
        Some(to) => view! { <strong>{moment(page, visit, to).short_view()}</strong> }.into_any(),
        None => view! { <span class="muted">"Stays where it is"</span> }.into_any(),
    };
    view! { <dt>{from}</dt><dd>{to}</dd> }.into_any()
}
