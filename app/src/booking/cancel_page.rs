use super::visit_page::visit_to_change;
use crate::{
    Page, PageResult,
    failure::{form_problem, form_status},
    family::who::for_whom,
    fields::Fields,
    forms,
    page::see_other,
    times::Moment,
};
use axum::{extract::Path, response::Response};
use domain::{
    Problem,
    booking::{AppointmentStatus, CancellationQuote, PaymentStatus, can_be_cancelled},
    money::{Currency, Money},
};
use leptos::prelude::*;
use services::{
    booking::{self, IdempotencyKey, Visit},
    identity::Patient,
};
use ui::{BackLink, Button, ButtonKind, Dialog, Notice, Tone};

/// `/visits/{id}/cancel`: what it costs, before it is done.
pub async fn show(page: Page, Path(id): Path<String>) -> PageResult {
    page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    if can_be_cancelled(visit.status, visit.starts_at, page.clinic().now()).is_err() {
        return Ok(see_other(&format!("/visits/{}", visit.id)));
    }
    Ok(form(page, &visit, None))
}

pub async fn cancel(page: Page, Path(id): Path<String>, fields: Fields) -> PageResult {
    let patient = page.caller::<Patient>()?;
    let visit = visit_to_change(&page, &id).await?;
    let done = format!("/visits/{}?cancelled=1", visit.id);
    if visit.status == AppointmentStatus::Cancelled {
        return Ok(see_other(&done));
    }
    let quoted = fields
        .parse("cost_minor")
        .zip(fields.some("currency").and_then(Currency::from_code))
        .map(|(minor, currency)| Money::new(minor, currency));
    let key = IdempotencyKey::checked(fields.get("key")).ok();
    match booking::cancel(page.clinic(), &patient, visit.id, quoted, key.as_ref()).await {
        Ok(_) => Ok(see_other(&done)),
        Err(error) => {
            let problem = form_problem(error)?;
            Ok(form(page, &visit, Some(problem)))
        }
    }
}

fn form(page: Page, visit: &Visit, problem: Option<Problem>) -> Response {
    let problem = problem.as_ref();
    let moment = Moment::new(visit.starts_at, page.zone().as_ref(), &visit.time_zone);
    let quote = quote(&page, visit);
    let cost = cost(visit, &quote);
    let question = question(visit, &quote, false);
    let path = format!("/visits/{}", visit.id);
    let with = with_whom(&page, visit);
    page.with_status(form_status(problem)).show(forms::title(problem, "Cancel this visit?"), || {
        view! {
            <article class="narrow stack">
                {forms::summary(problem)}
                <BackLink href=path.clone() label="Back to the visit" />
                <h1>"Cancel this visit?"</h1>
                <p>{moment.view()}", with "{with}"."</p>
                <Notice tone=Tone::Information>{cost}</Notice>
                {question}
            </article>
        }
    })
}

/// `Dr José Muñoz, for Mia Silva`
pub fn with_whom(page: &Page, visit: &Visit) -> String {
    match for_whom(page, visit) {
        Some(name) => format!("{}, for {name}", visit.provider_name),
        None => visit.provider_name.clone(),
    }
}

fn quote(page: &Page, visit: &Visit) -> CancellationQuote {
    visit.quote(page.clinic().now())
}

/// What it costs; of a visit that is paid, what comes back.
fn cost(visit: &Visit, quote: &CancellationQuote) -> String {
    let back = match visit.payment_status {
        PaymentStatus::Paid => visit.payment().checked_sub(quote.cost),
        _ => None,
    };
    let back = back.filter(|back| !back.is_zero());
    let back = back.map(|back| format!(" You get {back} back, the way you paid."));
    format!("{}{}", charge(quote), back.unwrap_or_default())
}

fn charge(quote: &CancellationQuote) -> String {
    if quote.is_waived {
        "It is late, but it is your first late cancellation with this doctor: it costs nothing."
            .to_owned()
    } else if quote.cost.is_zero() {
        "Cancelling this visit costs nothing.".to_owned()
    } else {
        format!("Cancelling this visit now costs {}.", quote.cost)
    }
}

/// Cancel it at this cost, or keep it; `dialog` when that is asked on the page of the visit.
fn question(visit: &Visit, quote: &CancellationQuote, dialog: bool) -> AnyView {
    let path = format!("/visits/{}", visit.id);
    let key = IdempotencyKey::fresh();
    view! {
        <form method="post" novalidate=true action=format!("{path}/cancel") class="cluster">
            <input type="hidden" name="key" value=key.as_str().to_owned() />
            <input type="hidden" name="cost_minor" value=quote.cost.minor.to_string() />
            <input type="hidden" name="currency" value=quote.cost.currency.code() />
            <Button kind=ButtonKind::Danger>"Cancel this visit"</Button>
            <a
                class="button button-secondary"
                href=path.clone()
                autofocus=dialog
                data-dialog-close=dialog.then_some("")
            >
                "Keep it"
            </a>
        </form>
    }
    .into_any()
}

/// The id of [`dialog`].
pub const DIALOG: &str = "cancel";

/// The same question, on the page of the visit.
pub fn dialog(page: &Page, visit: &Visit) -> AnyView {
    let quote = quote(page, visit);
    let question = question(visit, &quote, true);
    view! { <Dialog id=DIALOG title="Cancel this visit?" text=cost(visit, &quote)>{question}</Dialog> }
        .into_any()
}
