//! When a doctor would see a patient again: what the doctor says, and what the patient does about it.
use super::visit_page::{render, visit_of};
use crate::{Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other};
use axum::extract::Path;
use domain::{FieldProblem, Problem, booking::can_suggest_follow_up};
use jiff::ToSpan;
use leptos::prelude::*;
use services::{
    Error,
    booking::{self, FollowUp, Visit},
    identity::Doctor,
};
use ui::{Button, ButtonKind, IconName, LinkButton, Notice, TextField, Tone};

/// `12 March`
fn around(day: jiff::civil::Date) -> String {
    day.strftime("%-d %B %Y").to_string()
}

/// Where the doctor says when to come again; only once the visit has begun.
pub fn form(visit: &Visit, fields: &Fields, problem: Option<&Problem>) -> Option<AnyView> {
    can_suggest_follow_up(visit.status).ok()?;
    let action = format!("/visits/{}/follow-up", visit.id);
    let said = visit.next_appointment_recommended.map(|day| {
        view! { <p>"You suggested a follow-up around "<strong>{around(day)}</strong>"."</p> }
    });
    let button = match visit.next_appointment_recommended {
        Some(_) => "Suggest this instead",
        None => "Suggest a follow-up",
    };
    Some(
        view! {
            <section class="card stack-small" aria-labelledby="follow-up">
                <h2 class="h3" id="follow-up">"Follow-up"</h2>
                {said}
                <form method="post" novalidate=true action=action class="stack-small">
                    <TextField
                        label="See again in how many weeks?" name="weeks" inputmode="numeric" maxlength=2
                        hint="From 1 to 52. The patient sees it with the free times around that day."
                        value=fields.text("weeks") error=forms::at(problem, "weeks")
                    />
                    <Button kind=ButtonKind::Secondary>{button}</Button>
                </form>
            </section>
        }
        .into_any(),
    )
}

/// `POST /visits/{id}/follow-up`
pub async fn suggest(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let visit = visit_of(&page, &id).await?;
    let weeks = fields.parse("weeks").ok_or_else(|| {
        let problem = FieldProblem::new("weeks", "Enter a whole number of weeks from 1 to 52.");
        Error::from(problem)
    });
    let suggested = match weeks {
        Ok(weeks) => booking::suggest_follow_up(page.clinic(), &doctor, visit.id, weeks).await,
        Err(error) => Err(error),
    };
    match suggested {
        Ok(()) => Ok(see_other(&format!("/visits/{}?suggested=1", visit.id))),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, visit, &fields, Some(problem)).await
        }
    }
}

/// What the patient reads, with the way to the free times around that day.
pub fn suggestion(follow_up: &FollowUp) -> AnyView {
    let day = follow_up.day;
    // A few days before it, so that it lies in the middle of the week that is shown.
    let week = day.saturating_sub(3.days());
    let href =
        format!("/doctors/{}?week={week}&visit={}#times", follow_up.provider_id, follow_up.kind);
    let whom = follow_up.for_name.clone().map(|name| format!(" for {name}")).unwrap_or_default();
    let text =
        format!("{} suggests a follow-up{whom} around {}.", follow_up.provider_name, around(day));
    view! {
        <Notice tone=Tone::Information>
            <p>{text}</p>
            <p><LinkButton kind=ButtonKind::Secondary href=href icon=IconName::Calendar>"See free times"</LinkButton></p>
        </Notice>
    }
    .into_any()
}
