//! From the page of a visit to the page of the payment gateway, and back.
use crate::{
    Page, PageResult,
    booking::visit_page::{render, visit_to_change},
    failure::form_problem,
    fields::Fields,
    page::see_other,
};
use axum::extract::Path;
use domain::{
    booking::PaymentStatus,
    payments::{AttemptStatus, can_be_paid},
};
use leptos::prelude::*;
use services::{
    Error,
    booking::{IdempotencyKey, Visit},
    identity::Patient,
    payments,
};
use ui::Button;

/// `POST /visits/{id}/pay`
pub async fn begin(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let key = IdempotencyKey::checked(fields.get("key")).ok();
    let back_to = format!("/visits/{}/paid", visit.id);
    match payments::begin(page.clinic(), &patient, visit.id, back_to, key.as_ref()).await {
        Ok(begun) => Ok(see_other(&begun.page.unwrap_or_else(|| format!("/visits/{}", visit.id)))),
        Err(error) => {
            let problem = form_problem(error)?;
            render(page, visit, &fields, Some(problem)).await
        }
    }
}

/// `/visits/{id}/paid`: where the gateway leads people back to. What it says of itself counts, not the
/// way they came.
pub async fn come_back(page: Page, Path(id): Path<String>) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let news = match payments::look_up(page.clinic(), &patient, visit.id).await {
        Ok(None | Some(AttemptStatus::Closed)) => "",
        Ok(Some(AttemptStatus::Succeeded)) => "?paid=1",
        Ok(Some(AttemptStatus::Declined)) => "?declined=1",
        // The worker asks again.
        Ok(Some(AttemptStatus::Started)) => "?checking=1",
        Err(error @ Error::Silent(_)) => {
            error.report();
            "?checking=1"
        }
        Err(error) => return Err(error.into()),
    };
    Ok(see_other(&format!("/visits/{}{news}", visit.id)))
}

/// Whether the patient can pay for `visit` here and now.
pub fn is_offered(page: &Page, visit: &Visit) -> bool {
    payments::are_offered(page.clinic())
        && visit.payment_status == PaymentStatus::Pending
        && can_be_paid(visit.status, visit.payment()).is_ok()
}

/// The button on the page of the visit.
pub fn button(visit: &Visit) -> AnyView {
    let key = IdempotencyKey::fresh();
    view! {
        <form method="post" action=format!("/visits/{}/pay", visit.id) class="stack">
            <input type="hidden" name="key" value=key.as_str().to_owned() />
            <div class="cluster">
                <Button>{format!("Pay {} now", visit.payment())}</Button>
                <span class="muted">"Or later: it can be paid until after the visit."</span>
            </div>
        </form>
    }
    .into_any()
}

/// Where the money for `visit` is, to its patient or to its doctor.
pub fn standing(visit: &Visit, mine: bool) -> String {
    let (amount, back) = (visit.payment(), visit.refund());
    match visit.payment_status {
        PaymentStatus::Pending => format!("{amount}, to be paid"),
        PaymentStatus::Paid if back.is_zero() => format!("{amount}, paid"),
        PaymentStatus::Paid => format!(
            "{amount}, paid; {back} of it {}",
            if mine { "goes back to you" } else { "goes back" }
        ),
        PaymentStatus::Refunded => format!("{amount}, paid back"),
        PaymentStatus::Cancelled => "Nothing to pay".to_owned(),
    }
}
