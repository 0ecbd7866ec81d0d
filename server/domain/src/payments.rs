//! Paying for visits.
use crate::{Id, Refusal, booking::AppointmentStatus, money::Money, text_enum};

/// One time that the gateway was asked to take money, or to give it back.
#[derive(Debug)]
pub enum Attempt {}
pub type AttemptId = Id<Attempt>;

text_enum! {
    pub enum AttemptKind {
        Charge = "charge",
        Refund = "refund",
    }
}

text_enum! {
    /// What became of an attempt, as far as it is known.
    pub enum AttemptStatus {
        Started = "started",
        Succeeded = "succeeded",
        Declined = "declined",
        /// Nobody paid while there was time.
        Closed = "closed",
    }
}

pub const NOT_OFFERED: Refusal = Refusal::new(
    "payments.not_offered",
    "Paying here is not possible at the moment. You can pay at the clinic.",
);
pub const NOTHING_TO_PAY: Refusal =
    Refusal::new("payments.nothing_to_pay", "There is nothing to pay for this visit.");
pub const NOT_CONFIRMED: Refusal = Refusal::new(
    "payments.not_confirmed",
    "The doctor has not confirmed this visit yet. You can pay as soon as that is done.",
);

/// Whether money may be asked for a visit in this state, of which `amount` is still to be paid.
pub fn can_be_paid(status: AppointmentStatus, amount: Money) -> Result<(), Refusal> {
    match status {
        _ if amount.minor <= 0 => Err(NOTHING_TO_PAY),
        AppointmentStatus::Requested => Err(NOT_CONFIRMED),
        AppointmentStatus::Held | AppointmentStatus::Expired => Err(NOTHING_TO_PAY),
        _ => Ok(()),
    }
}
