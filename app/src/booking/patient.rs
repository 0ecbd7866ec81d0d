//! Who comes to a visit, as its doctor has to know them.
use crate::{Page, PageResult, account::picture_of};
use leptos::prelude::*;
use services::{
    account::{self, PatientAtVisit},
    booking::Visit,
    identity::Doctor,
};
use ui::{Avatar, DescriptionList, Detail, Size};

/// The card of the patient, unless the visit was called off.
pub async fn known(page: &Page, visit: &Visit) -> PageResult<Option<AnyView>> {
    let Ok(doctor) = page.caller::<Doctor>() else { return Ok(None) };
    let patient = account::patient_at_visit(page.clinic(), &doctor, visit.id).await?;
    Ok(patient.map(|patient| card(&patient, visit)))
}

fn card(patient: &PatientAtVisit, visit: &Visit) -> AnyView {
    let src = picture_of(patient.id, patient.picture.as_deref());
    let name = visit.patient_name.clone();
    let said = [
        ("Allergies", &patient.allergies),
        ("Conditions", &patient.medical_conditions),
        ("Medicines", &patient.current_medications),
    ];
    let details: Vec<_> = said
        .into_iter()
        .map(|(term, text)| {
            let text = match text {
                Some(text) => view! { <span class="typed">{text.clone()}</span> }.into_any(),
                // Nothing written is not the same as nothing there.
                None => view! { <span class="muted">"Nothing stated"</span> }.into_any(),
            };
            view! { <Detail term=term>{text}</Detail> }
        })
        .collect();
    view! {
        <section class="card stack-small" aria-labelledby="patient">
            <div class="media">
                <Avatar name=name.clone() src size=Size::Medium />
                <div>
                    <h2 class="h3" id="patient">{name}</h2>
                    <p class="muted">"In the patient’s own words"</p>
                </div>
            </div>
            <DescriptionList>{details}</DescriptionList>
            <p><a href=format!("/doctor/patients/{}", patient.id)>"Open the record"</a></p>
        </section>
    }
    .into_any()
}
