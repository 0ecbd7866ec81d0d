use super::queue_page::state;
use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms, page::see_other, times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{Problem, audit::sentence, emergency::EmergencyAccessId, zone::Zone};
use leptos::prelude::*;
use services::{
    Error,
    emergency::review::{self, Reviewed, Sheet},
    identity::{Caller, EmergencyReviewer},
};
use ui::{Button, Choice, ChoiceGroup, DescriptionList, Detail, PageHeader, TextArea};

fn parse(id: &str) -> PageResult<EmergencyAccessId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

/// `/admin/emergencies/{id}`
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    let reviewer = page.caller::<EmergencyReviewer>()?;
    sheet(page, &reviewer, parse(&id)?, &Fields::default(), None).await
}

pub async fn decide(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let reviewer = page.caller::<EmergencyReviewer>()?;
    let id = parse(&id)?;
    let (verdict, finding) = (fields.get("verdict"), fields.get("finding"));
    match review::review(page.clinic(), &reviewer, id, verdict, finding).await {
        Ok(()) => Ok(see_other("/admin/emergencies?reviewed=1")),
        Err(error) => sheet(page, &reviewer, id, &fields, Some(form_problem(error)?)).await,
    }
}

async fn sheet(
    page: Page,
    reviewer: &Caller<EmergencyReviewer>,
    id: EmergencyAccessId,
    fields: &Fields,
    problem: Option<Problem>,
) -> PageResult<Response> {
    let sheet = review::sheet(page.clinic(), reviewer, id).await?;
    let problem = problem.as_ref();
    let concerned = reviewer.user == sheet.doctor_id || reviewer.user == sheet.patient;
    let title = format!("Record opened by Dr {}", sheet.doctor);
    let (facts, deeds) = (facts(&page, &sheet), deeds(&page, &sheet));
    let end = match sheet.reviewed {
        Some(reviewed) => verdict(&page, reviewed),
        None if concerned => view! {
            <p class="muted">"This is about you, so somebody else has to review it."</p>
        }
        .into_any(),
        None => form(id, fields, problem),
    };
    Ok(page.answering(problem).show(forms::title(problem, "Emergency access"), || {
        view! {
            {forms::summary(problem)}
            <PageHeader title back_href="/admin/emergencies" back_label="Emergency access" />
            <div class="narrow stack">{facts} {deeds} {end}</div>
        }
    }))
}

fn facts(page: &Page, sheet: &Sheet) -> AnyView {
    let moment = |at| Moment::new(at, page.zone().as_ref(), Zone::UTC);
    let (doctor, patient) = (format!("Dr {}", sheet.doctor), sheet.patient_name.clone());
    let when = format!("{} to {}", moment(sheet.opened_at).dated(), moment(sheet.ends_at).clock());
    let (reason, state) =
        (sheet.reason.clone(), state(sheet.reviewed.as_ref().map(|it| it.review.is_justified)));
    view! {
        <DescriptionList framed=true>
            <Detail term="Doctor">{doctor}</Detail>
            <Detail term="Patient">{patient}</Detail>
            <Detail term="Open">{when}</Detail>
            <Detail term="Reason given"><span class="typed">{reason}</span></Detail>
            <Detail term="State">{state}</Detail>
        </DescriptionList>
    }
    .into_any()
}

/// What the doctor did with the record while it was open.
fn deeds(page: &Page, sheet: &Sheet) -> AnyView {
    let items: Vec<_> = sheet
        .deeds
        .iter()
        .map(|deed| {
            let at = Moment::new(deed.occurred_at, page.zone().as_ref(), Zone::UTC).clock();
            let words = sentence(&deed.action).unwrap_or(&deed.action).to_owned();
            view! { <li><span class="tabular">{at}</span>" "{words}</li> }
        })
        .collect();
    view! {
        <section class="stack-small" aria-labelledby="deeds">
            <h2 class="h3" id="deeds">"What they did with it"</h2>
            {match items.is_empty() {
                true => view! { <p class="muted">"Nothing so far."</p> }.into_any(),
                false => view! { <ul class="plain-list">{items}</ul> }.into_any(),
            }}
        </section>
    }
    .into_any()
}

fn verdict(page: &Page, reviewed: Reviewed) -> AnyView {
    let when = Moment::new(reviewed.at, page.zone().as_ref(), Zone::UTC).dated();
    let by = reviewed.by;
    view! {
        <section class="card stack-small">
            <h2 class="h3">{format!("Reviewed by {by}")}</h2>
            <p class="muted">{when}</p>
            {reviewed.review.finding.map(|finding| view! { <p class="typed">{finding}</p> })}
        </section>
    }
    .into_any()
}

fn form(id: EmergencyAccessId, fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let options = vec![
        Choice::new("justified", "Yes, there was reason for it"),
        Choice::new("not_justified", "No, there was not reason enough"),
    ];
    view! {
        <form method="post" novalidate=true action=format!("/admin/emergencies/{id}") class="stack">
            <ChoiceGroup
                legend="Was there reason for it?" name="verdict" options required=true
                selected=fields.text("verdict") error=forms::at(problem, "verdict")
            />
            <TextArea
                label="What you found" name="finding" rows=3 maxlength=500
                hint="The patient reads it. If there was not reason enough, say what is done about it."
                value=fields.text("finding") error=forms::at(problem, "finding")
            />
            <Button>"Give the review"</Button>
        </form>
    }
    .into_any()
}
