use super::form::{anything, request_of, wish_fields};
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    fields::Fields,
    forms,
    page::see_other,
};
use axum::{extract::Path, response::Response};
use domain::{
    FieldProblem, Problem,
    booking::VisitKind,
    directory::{ProviderId, Specialty},
    waitlist::Target,
};
use leptos::prelude::*;
use services::{
    Error,
    directory::{self, ProviderDetails},
    identity::{Caller, Patient},
    waitlist,
};
use ui::{BackLink, Choice, SelectField, TextField};

/// What was filled in, over what the form shows at first.
fn first_fields(
    page: &Page,
    patient: &Caller<Patient>,
    kinds: &[VisitKind],
    asked: &[&'static str],
) -> Fields {
    let today = page.clinic().now().to_zoned(patient.zone.rules()).date();
    let query = Fields::of_query(page.query());
    let asked = asked.iter().map(|name| (*name, query.text(name)));
    Fields::from_pairs(anything(today, kinds).into_iter().chain(asked))
}

/// `/doctors/{id}/waitlist`
pub async fn show_doctor(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let details = directory::provider(page.clinic(), id).await?;
    let kinds: Vec<_> = details.provider.visit_kinds().collect();
    let fields = first_fields(&page, &patient, &kinds, &[]);
    Ok(doctor_form(page, &patient, &details, &fields, None))
}

pub async fn join_doctor(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let id: ProviderId = id.parse().map_err(|_| Error::NotFound)?;
    let details = directory::provider(page.clinic(), id).await?;
    match join(&page, &patient, Ok(Target::Doctor(id)), &fields).await {
        Ok(()) => Ok(see_other("/patient/waitlist?joined=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(doctor_form(page, &patient, &details, &fields, Some(problem)))
        }
    }
}

/// `/patient/waitlist/new?specialty=&city=`
pub async fn show_specialty(page: Page) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let fields = first_fields(&page, &patient, VisitKind::ALL, &["specialty", "city"]);
    Ok(specialty_form(page, &patient, &fields, None))
}

pub async fn join_specialty(page: Page, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let specialty = fields.required::<Specialty>("specialty", "Choose a specialty.");
    match join(&page, &patient, specialty.map(Target::Specialty), &fields).await {
        Ok(()) => Ok(see_other("/patient/waitlist?joined=1")),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(specialty_form(page, &patient, &fields, Some(problem)))
        }
    }
}

async fn join(
    page: &Page,
    patient: &Caller<Patient>,
    target: Result<Target, FieldProblem>,
    fields: &Fields,
) -> Result<(), Error> {
    let request = request_of(target?, fields)?;
    waitlist::join(page.clinic(), patient, request).await?;
    Ok(())
}

fn doctor_form(
    page: Page,
    patient: &Caller<Patient>,
    details: &ProviderDetails,
    fields: &Fields,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let provider = &details.provider;
    let path = format!("/doctors/{}", provider.id);
    let places: Vec<_> = std::iter::once(Choice::new("", "Any place"))
        .chain(details.hospitals.iter().map(|place| {
            Choice::new(place.id.to_string(), format!("{}, {}", place.name, place.city))
        }))
        .collect();
    let place = (details.hospitals.len() > 1).then(|| {
        view! {
            <SelectField
                label="Where, for a visit in person" name="hospital_id" options=places
                selected=fields.text("hospital_id") error=forms::at(problem, "hospital_id")
            />
        }
    });
    let kinds: Vec<_> = provider.visit_kinds().collect();
    let wish = wish_fields(fields, problem, &kinds, &patient.zone.city(), place.into_any());
    let (title, action) =
        (format!("Wait for {}", provider.full_name()), format!("{path}/waitlist"));
    let heading = title.clone();
    page.with_status(form_status(problem)).show(forms::title(problem, &title), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=format!("{path}#times") label="Back to the doctor's times" />
                <h1>{heading}</h1>
                <p class="lede">"Say which times would suit you, and you are asked when one is free."</p>
                <form method="post" novalidate=true action=action class="stack">{wish}</form>
            </article>
        }
    })
}

fn specialty_form(
    page: Page,
    patient: &Caller<Patient>,
    fields: &Fields,
    problem: Option<Problem>,
) -> Response {
    let problem = problem.as_ref();
    let specialties: Vec<_> = std::iter::once(Choice::new("", "Choose a specialty"))
        .chain(Specialty::ALL.iter().map(|one| Choice::new(one.to_string(), one.label())))
        .collect();
    let specialty = fields.text("specialty");
    let city = view! {
        <TextField
            label="City, for a visit in person" name="city" optional=true maxlength=100
            value=fields.text("city") error=forms::at(problem, "city")
        />
    };
    let wish = wish_fields(fields, problem, VisitKind::ALL, &patient.zone.city(), city.into_any());
    let wrong = forms::at(problem, "specialty");
    page.with_status(form_status(problem)).show(forms::title(problem, "Wait for any doctor"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href="/patient/waitlist" label="Back to what you wait for" />
                <h1>"Wait for any doctor of a specialty"</h1>
                <p class="lede">"Say which times would suit you, and you are asked when any of these doctors has one."</p>
                <form method="post" novalidate=true action="/patient/waitlist/new" class="stack">
                    <SelectField label="Specialty" name="specialty" options=specialties selected=specialty error=wrong />
                    {wish}
                </form>
            </article>
        }
    })
}
