//! A patient's readings, as their doctor sees them: the pages of the patient.
use super::{
    Reader,
    dashboard_page::{cards, period, periods},
    kind_page::{asked, kind_page},
};
use crate::{Page, PageResult};
use axum::extract::Path;
use domain::{identity::UserId, readings::MetricKind};
use leptos::prelude::*;
use services::{Error, identity::Doctor, readings};
use ui::{EmptyState, IconName, PageHeader};

const LEDE: &str =
    "What was measured, what it comes to, and where it is going: as the patient sees it.";

pub fn patient(id: &str) -> PageResult<UserId> {
    Ok(id.parse().map_err(|_| Error::NotFound)?)
}

/// `/doctor/patients/{id}/readings?period=`
pub async fn dashboard(page: Page, Path(id): Path<String>) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let patient = patient(&id)?;
    let period = period(&page);
    let of = readings::dashboard_of_patient(page.clinic(), &doctor, patient, period).await?;
    let reader = Reader::Doctor { patient, name: of.name };
    let cards = cards(&page, &of.seen, period, &reader);
    let title = reader.title();
    Ok(page.show(title.clone(), move || {
        let body = match cards.is_empty() {
            true => view! {
                <EmptyState icon=IconName::Chart title="No readings yet" text="The patient has entered and sent nothing so far." />
            }
            .into_any(),
            false => view! {
                {periods(period, &reader)}
                <div class="grid">{cards}</div>
                <p class="muted">"Where you or a colleague have set a target, figures go by that; elsewhere by what is usual in adults. The patient can see that you have looked."</p>
            }
            .into_any(),
        };
        view! {
            <PageHeader title lede=LEDE back_href=format!("/doctor/patients/{patient}") back_label="The record" />
            {body}
        }
    }))
}

/// `/doctor/patients/{id}/readings/{kind}?period=&on=`
pub async fn kind(page: Page, Path((id, kind)): Path<(String, String)>) -> PageResult {
    let doctor = page.caller::<Doctor>()?;
    let patient = patient(&id)?;
    let kind: MetricKind = kind.parse().map_err(|_| Error::NotFound)?;
    let (period, last) = asked(&page);
    let clinic = page.clinic();
    let of = readings::course_of_patient(clinic, &doctor, patient, kind, period, last).await?;
    Ok(kind_page(page, &of.seen, &Reader::Doctor { patient, name: of.name }))
}
