//! Paying: begun here, done at the gateway, settled by what the gateway says.
//!
//! An attempt is written before the gateway hears of it. Whatever happens to the server, the browser or
//! the way back, a worker asks what became of it until that is known.
pub mod demo;
mod queries;

use crate::{
    Clinic, Conn, Error, Result,
    audit::{self, Event},
    booking::{self, Command, IdempotencyKey, done_before},
    gateways::{Checkout, Paid, PaymentGateway, Silence},
    identity::{Caller, Patient},
    outbox,
};
use diesel_async::AsyncConnection;
use domain::{
    Refusal,
    booking::{AppointmentId, PaymentStatus},
    identity::UserId,
    payments::{AttemptKind, AttemptStatus, NOT_OFFERED, NOTHING_TO_PAY, can_be_paid},
};
use queries::{Attempt, Settling};
use serde_json::json;
use std::{sync::Arc, time::Duration};

pub const NO_ANSWER: Refusal = Refusal::new(
    "payments.no_answer",
    "The payment service does not answer at the moment. Nothing was paid. Please try again shortly.",
);

/// How long the gateway may take to answer.
const TIME: Duration = Duration::from_secs(10);

/// How many attempts are followed up at once.
const BATCH: i64 = 20;

/// A payment that has begun.
#[derive(Debug)]
pub struct Begun {
    /// Where the person pays; `None`: this very command was sent before, and is settled.
    pub page: Option<String>,
    pub replayed: bool,
}

/// Begins to pay for a visit that `patient` may change, who comes back to `back_to`. While a payment is under way,
/// everybody who begins gets the same one.
pub async fn begin(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
    back_to: String,
    key: Option<&IdempotencyKey>,
) -> Result<Begun> {
    let gateway = gateway(clinic)?;
    let (attempt, replayed) = {
        let conn = &mut *clinic.db().await?;
        conn.transaction(async |conn| attempt(conn, patient.user, id, key).await).await?
    };
    let Some(attempt) = attempt else { return Ok(Begun { page: None, replayed }) };
    let checkout = Checkout { attempt: attempt.id, amount: attempt.amount(), back_to };
    let page = in_time(gateway.begin(&checkout)).await.map_err(|silence| {
        tracing::warn!(%silence, attempt = %attempt.id, "the payment gateway does not answer");
        Error::Silent(NO_ANSWER)
    })?;
    Ok(Begun { page: Some(page), replayed })
}

/// The attempt to pay for a visit that is under way, or a new one; `None`: settled, and the command
/// was known. Whether it was known.
async fn attempt(
    conn: &mut Conn,
    patient: UserId,
    id: AppointmentId,
    key: Option<&IdempotencyKey>,
) -> Result<(Option<Attempt>, bool)> {
    let visit = booking::lock_visit(conn, id, patient).await?;
    let replayed = done_before(conn, patient, Command::Pay, key, id, &()).await?;
    let payment = queries::payment(conn, id).await?.ok_or(NOTHING_TO_PAY)?;
    if let Some(open) = queries::open_charge(conn, payment.id).await? {
        return Ok((Some(open), replayed));
    }
    if replayed {
        return Ok((None, true));
    }
    if payment.status != PaymentStatus::Pending {
        return Err(NOTHING_TO_PAY.into());
    }
    can_be_paid(visit.status, payment.amount())?;
    let attempt = queries::insert_charge(conn, &payment).await?;
    let event = event(Some(patient), visit.patient_id, id, "payment.begin");
    audit::record_in(conn, event).await?;
    Ok((Some(attempt), false))
}

/// Asks what became of the latest attempt to pay for such a visit; `None`: there was none.
pub async fn look_up(
    clinic: &Clinic,
    patient: &Caller<Patient>,
    id: AppointmentId,
) -> Result<Option<AttemptStatus>> {
    let gateway = gateway(clinic)?;
    let found = queries::latest_charge(&mut *clinic.db().await?, id, patient.user).await?;
    match found {
        Some(attempt) if attempt.status == AttemptStatus::Started => {
            settle(clinic, gateway.as_ref(), &attempt).await.map(Some)
        }
        found => Ok(found.map(|attempt| attempt.status)),
    }
}

/// Asks what became of attempts that nobody has heard of for a while, and gives money back that is to
/// go back; how many. Called by a worker.
pub async fn follow_up(clinic: &Clinic) -> Result<usize> {
    let Ok(gateway) = gateway(clinic) else { return Ok(0) };
    let due = queries::take_due(&mut *clinic.db().await?, BATCH).await?;
    for attempt in &due {
        // One that fails is tried again later, and keeps nobody else waiting.
        if let Err(error) = settle(clinic, gateway.as_ref(), attempt).await {
            error.report();
        }
    }
    Ok(due.len())
}

/// Whether visits can be paid for here.
pub fn are_offered(clinic: &Clinic) -> bool {
    clinic.gateways().payments.is_some()
}

fn gateway(clinic: &Clinic) -> Result<Arc<dyn PaymentGateway>> {
    clinic.gateways().payments.clone().ok_or(Error::Refused(NOT_OFFERED))
}

async fn in_time<T>(answer: impl Future<Output = Result<T, Silence>>) -> Result<T, Silence> {
    let late = || Silence("no answer in time".into());
    tokio::time::timeout(TIME, answer).await.unwrap_or_else(|_| Err(late()))
}

/// Hears from the gateway what became of `attempt`, and writes it down.
async fn settle(
    clinic: &Clinic,
    gateway: &dyn PaymentGateway,
    attempt: &Attempt,
) -> Result<AttemptStatus> {
    let heard = match (attempt.kind, attempt.paid_by) {
        (AttemptKind::Charge, _) if attempt.is_over => in_time(gateway.close(attempt.id)).await,
        (AttemptKind::Charge, _) => in_time(gateway.look_up(attempt.id)).await,
        (AttemptKind::Refund, Some(charge)) => {
            let refund = gateway.refund(attempt.id, charge, attempt.amount());
            in_time(refund).await.map(|()| Paid::Paid)
        }
        (AttemptKind::Refund, None) => Err(Silence("a refund of what was never paid".into())),
    };
    let heard = heard.map_err(|silence| {
        tracing::warn!(%silence, attempt = %attempt.id, "the payment gateway does not answer");
        Error::Silent(NO_ANSWER)
    })?;
    let status = match heard {
        Paid::Open => return Ok(AttemptStatus::Started),
        Paid::Paid => AttemptStatus::Succeeded,
        Paid::Declined => AttemptStatus::Declined,
        Paid::Closed => AttemptStatus::Closed,
    };
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| write_down(conn, attempt, status).await).await
}

/// Several may hear the same at once: the first writes it down, and the others read it.
async fn write_down(
    conn: &mut Conn,
    attempt: &Attempt,
    status: AttemptStatus,
) -> Result<AttemptStatus> {
    let Settling { status: known, appointment, patient } =
        queries::lock_attempt(conn, attempt.id).await?;
    if known != AttemptStatus::Started {
        return Ok(known);
    }
    queries::set_attempt_status(conn, attempt.id, status).await?;
    if status == AttemptStatus::Succeeded {
        let action = match attempt.kind {
            AttemptKind::Charge => {
                // What it costs may have become less since: the rest goes back.
                queries::set_paid(conn, attempt).await?;
                "payment.paid"
            }
            AttemptKind::Refund => "payment.refunded",
        };
        audit::record_in(conn, event(None, patient, appointment, action)).await?;
        let payload = json!({ "appointment_id": appointment, "attempt_id": attempt.id });
        outbox::enqueue_in(conn, action, format!("{action}/{}", attempt.id), payload).await?;
    }
    Ok(status)
}

fn event(
    actor: Option<UserId>,
    patient: UserId,
    appointment: AppointmentId,
    action: &'static str,
) -> Event {
    Event {
        actor,
        action,
        subject_type: "appointment",
        subject: appointment.as_uuid(),
        patient: Some(patient),
    }
}
