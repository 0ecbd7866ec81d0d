use crate::{
    Page, PageResult, failure::form_problem, fields::Fields, forms,
    identity::confirm_page::require_recent_proof, page::see_other, times::Moment,
};
use axum::response::Response;
use domain::{Problem, emergency::EmergencyForm};
use leptos::prelude::*;
use services::{
    emergency::{self, OpenAccess},
    identity::{Caller, Doctor},
};
use tower_sessions::Session;
use ui::{
    Button, ButtonKind, Card, DateField, Fieldset, FormMessage, Notice, PageHeader, TextArea,
    TextField, Tone,
};

const LEDE: &str = "For somebody who is not your patient, when there is no time to ask them.";

/// `/doctor/emergency`
pub async fn show(page: Page, session: Session) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    require_recent_proof(&page, &session).await?;
    form(page, &doctor, &Fields::default(), None).await
}

pub async fn open(page: Page, session: Session, fields: Fields) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    require_recent_proof(&page, &session).await?;
    let wanted = EmergencyForm {
        email: fields.text("email"),
        first_name: fields.text("first_name"),
        last_name: fields.text("last_name"),
        date_of_birth: fields.text("date_of_birth"),
        reason: fields.text("reason"),
    };
    match emergency::open(page.clinic(), &doctor, &wanted).await {
        Ok(patient) => Ok(see_other(&format!("/doctor/patients/{patient}"))),
        Err(error) => form(page, &doctor, &fields, Some(form_problem(error)?)).await,
    }
}

async fn form(
    page: Page,
    doctor: &Caller<Doctor>,
    fields: &Fields,
    problem: Option<Problem>,
) -> PageResult<Response> {
    let open = emergency::open_now(page.clinic(), doctor).await?;
    let open: Vec<_> = open.iter().map(|access| card(&page, doctor, access)).collect();
    let ended = problem.is_none() && Fields::of_query(page.query()).is_on("ended");
    let problem = problem.as_ref();
    let (whom, why) = (whom(fields, problem), why(fields, problem));
    Ok(page.answering(problem).show(forms::title(problem, "Emergency access"), || {
        view! {
            <PageHeader title="Emergency access" lede=LEDE />
            <div class="narrow stack">
                {forms::summary(problem)}
                {ended.then(|| view! { <FormMessage>"Closed. You no longer see that record."</FormMessage> })}
                {open}
                <Notice tone=Tone::Caution title="What happens when you open a record">
                    <ul>
                        <li>"You see it for 60 minutes: health, medicines, visits, whom to call."</li>
                        <li>"The person is told at once that it was you, and can read your reason."</li>
                        <li>"Somebody else reviews it, with each page that you looked at."</li>
                    </ul>
                </Notice>
                <form method="post" novalidate=true action="/doctor/emergency" class="stack">
                    <Fieldset legend="Who is it?" hint="Their address, or their name and date of birth.">{whom}</Fieldset>
                    {why}
                    <Button kind=ButtonKind::Danger>"Open their record"</Button>
                </form>
            </div>
        }
    }))
}

fn whom(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    let value = |name: &str| fields.text(name);
    let error = |name: &str| forms::at(problem, name);
    view! {
        <TextField
            label="Email of their account" name="email" kind="email" maxlength=254
            value=value("email") error=error("email")
        />
        <p class="muted">"Or"</p>
        <div class="field-row">
            <TextField label="First name" name="first_name" maxlength=80 value=value("first_name") error=error("first_name") />
            <TextField label="Last name" name="last_name" maxlength=80 value=value("last_name") error=error("last_name") />
        </div>
        <DateField label="Date of birth" name="date_of_birth" value=value("date_of_birth") error=error("date_of_birth") />
    }
    .into_any()
}

fn why(fields: &Fields, problem: Option<&Problem>) -> AnyView {
    view! {
        <TextArea
            label="Why is there no time to ask?" name="reason" rows=3 maxlength=500 required=true
            hint="At least 20 characters." value=fields.text("reason") error=forms::at(problem, "reason")
        />
    }
    .into_any()
}

fn card(page: &Page, doctor: &Caller<Doctor>, access: &OpenAccess) -> AnyView {
    let until = Moment::new(access.ends_at, page.zone().as_ref(), doctor.zone.as_str()).clock();
    let href = format!("/doctor/patients/{}", access.patient);
    view! {
        <Card title=access.patient_name.clone() href>
            <p>{format!("Open to you until {until}")}</p>
        </Card>
    }
    .into_any()
}
