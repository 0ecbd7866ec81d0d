//! What a doctor does about a visit.
use super::visit_page::{render, visit_of};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    booking::{AppointmentStatus, Party, Priority},
};
use leptos::prelude::*;
use services::{
    booking::{self, Visit},
    identity::Doctor,
};
use ui::{BackLink, Button, ButtonKind, Notice, TextArea, Tone};

/// What each step is called on its button.
const STEPS: [(AppointmentStatus, &str, ButtonKind); 5] = [
    (AppointmentStatus::Confirmed, "Confirm", ButtonKind::Primary),
    (AppointmentStatus::CheckedIn, "Patient is here", ButtonKind::Primary),
    (AppointmentStatus::InProgress, "Begin the visit", ButtonKind::Primary),
    (AppointmentStatus::Completed, "Finish the visit", ButtonKind::Primary),
    (AppointmentStatus::NoShow, "Nobody came", ButtonKind::Secondary),
];

/// The same step may mean something else, depending on where it comes from.
fn label(from: AppointmentStatus, to: AppointmentStatus, label: &'static str) -> &'static str {
    match (from, to) {
        (AppointmentStatus::CheckedIn, AppointmentStatus::Confirmed) => "Not here after all",
        (AppointmentStatus::NoShow, AppointmentStatus::CheckedIn) => "They came after all",
        _ => label,
    }
}

/// The steps that can be taken now, as buttons.
pub fn actions(page: &Page, visit: &Visit) -> AnyView {
    let now = page.clinic().now();
    let may = |to| visit.status.may_become(to, Party::Doctor, visit.starts_at, now).is_ok();
    let action = format!("/visits/{}/status", visit.id);
    let mut first = true;
    let steps: Vec<_> = STEPS
        .into_iter()
        .filter(|(to, ..)| may(*to))
        .map(|(to, text, kind)| {
            let back =
                visit.status == AppointmentStatus::CheckedIn && to == AppointmentStatus::Confirmed;
            // One button leads on; the others stand back.
            let kind = if first && !back { kind } else { ButtonKind::Secondary };
            first &= back;
            let text = label(visit.status, to, text);
            let action = action.clone();
            view! {
                <form method="post" action=action>
                    <input type="hidden" name="to" value=to.to_string() />
                    <Button kind>{text}</Button>
                </form>
            }
        })
        .collect();
    let cancel = may(AppointmentStatus::Cancelled).then(|| {
        let text = match visit.status {
            AppointmentStatus::Requested => "Decline",
            _ => "Cancel this visit",
        };
        view! { <a class="button button-quiet" href=format!("/doctor/visits/{}/cancel", visit.id)>{text}</a> }
    });
    let triage = visit.status.is_live().then(|| {
        let (to, text) = match visit.priority {
            Priority::Routine => (Priority::Urgent, "Mark as urgent"),
            Priority::Urgent => (Priority::Routine, "Not urgent after all"),
        };
        let action = format!("/visits/{}/priority", visit.id);
        view! {
            <form method="post" action=action>
                <input type="hidden" name="to" value=to.to_string() />
                <Button kind=ButtonKind::Quiet>{text}</Button>
            </form>
        }
    });
    view! { <div class="cluster">{steps}{triage}{cancel}</div> }.into_any()
}

/// `POST /visits/{id}/status`
pub async fn advance(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let visit = visit_of(&page, &id).await?;
    let to = fields.parse("to").ok_or(services::Error::NotFound)?;
    match booking::advance(page.clinic(), &doctor, visit.id, to).await {
        Ok(()) => Ok(see_other(&format!("/visits/{}", visit.id))),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, visit, &fields, Some(problem)).await
        }
    }
}

/// `POST /visits/{id}/priority`
pub async fn triage(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let visit = visit_of(&page, &id).await?;
    let to = fields.parse("to").ok_or(services::Error::NotFound)?;
    match booking::set_priority(page.clinic(), &doctor, visit.id, to).await {
        Ok(()) => Ok(see_other(&format!("/visits/{}", visit.id))),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, visit, &fields, Some(problem)).await
        }
    }
}

/// `/doctor/visits/{id}/cancel`: the patient is told why, and pays nothing.
pub async fn show_cancel(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Doctor>()?;
    let visit = visit_of(&page, &id).await?;
    let now = page.clinic().now();
    let cancelled = AppointmentStatus::Cancelled;
    if visit.status.may_become(cancelled, Party::Doctor, visit.starts_at, now).is_err() {
        return Ok(see_other(&format!("/visits/{}", visit.id)));
    }
    Ok(form(page, &visit, &Fields::default(), None))
}

pub async fn cancel(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let visit = visit_of(&page, &id).await?;
    let reason = fields.get("reason");
    match booking::cancel_as_doctor(page.clinic(), &doctor, visit.id, reason).await {
        Ok(()) => Ok(see_other(&format!("/visits/{}?cancelled=1", visit.id))),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &visit, &fields, Some(problem)))
        }
    }
}

fn form(page: Page, visit: &Visit, fields: &Fields, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
    let path = format!("/visits/{}", visit.id);
    let action = format!("/doctor/visits/{}/cancel", visit.id);
    let patient = visit.patient_name.clone();
    let title = match visit.status {
        AppointmentStatus::Requested => "Decline this visit?",
        _ => "Cancel this visit?",
    };
    page.with_status(form_status(problem)).show(forms::title(problem, title), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=path.clone() label="Back to the visit" />
                <h1>{title}</h1>
                <p>{moment.view()}", with "{patient}"."</p>
                <Notice tone=Tone::Information>
                    "The patient is told at once and pays nothing. The time is free again for others."
                </Notice>
                <form method="post" novalidate=true action=action class="stack">
                    <TextArea
                        label="What you tell the patient" name="reason" required=true maxlength=500
                        hint="A sentence or two. The patient reads it."
                        value=fields.text("reason") error=forms::at(problem, "reason")
                    />
                    <div class="cluster">
                        <Button kind=ButtonKind::Danger>"Cancel this visit"</Button>
                        <a class="button button-secondary" href=path.clone()>"Keep it"</a>
                    </div>
                </form>
            </article>
        }
    })
}
