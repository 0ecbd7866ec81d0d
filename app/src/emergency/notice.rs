//! What patients read of records that were opened in an emergency.
use crate::{Page, PageResult, times::Moment};
use domain::zone::Zone;
use leptos::prelude::*;
use services::{
    emergency::{self, PastAccess},
    identity::{Caller, Patient},
};
use ui::{Badge, DescriptionList, Detail, Tone};

/// Those of the reader and of whom they act for; `None`: there were none.
pub async fn opened(page: &Page, patient: &Caller<Patient>) -> PageResult<Option<AnyView>> {
    let past = emergency::of_family(page.clinic(), patient).await?;
    if past.is_empty() {
        return Ok(None);
    }
    let cards: Vec<_> = past.iter().map(|access| card(page, access)).collect();
    Ok(Some(
        view! {
            <section class="stack" aria-labelledby="emergencies">
                <h2 id="emergencies">"Opened in an emergency"</h2>
                {cards}
            </section>
        }
        .into_any(),
    ))
}

fn card(page: &Page, access: &PastAccess) -> AnyView {
    let PastAccess { patient_name, doctor, opened_at, reason, is_justified, finding } =
        access.clone();
    let when = Moment::new(opened_at, page.zone().as_ref(), Zone::UTC).dated();
    let (tone, state) = match is_justified {
        None => (Tone::Information, "Not reviewed yet"),
        Some(true) => (Tone::Positive, "Reviewed: there was reason for it"),
        Some(false) => (Tone::Critical, "Reviewed: there was not reason enough"),
    };
    view! {
        <section class="card stack-small">
            <h3>{format!("{doctor}, {when}")}</h3>
            <p><Badge tone>{state}</Badge></p>
            <DescriptionList>
                <Detail term="Whose record">{patient_name}</Detail>
                <Detail term="The doctor’s reason"><span class="typed">{reason}</span></Detail>
                {finding.map(|finding| view! {
                    <Detail term="What the review found"><span class="typed">{finding}</span></Detail>
                })}
            </DescriptionList>
        </section>
    }
    .into_any()
}
