//! Booking: appointments, what may happen to them, and which times are free.
mod availability;
mod follow_up;
mod following;
mod group;
mod policy;
mod reminder;
mod status;

use crate::{
    FieldProblem, Id, Refusal,
    directory::{HospitalId, ProviderId},
    text, text_enum,
};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

pub use availability::*;
pub use follow_up::*;
pub use following::*;
pub use group::*;
pub use policy::*;
pub use reminder::*;
pub use status::*;

/// One visit that is, or was, agreed on.
#[derive(Debug)]
pub enum Appointment {}
pub type AppointmentId = Id<Appointment>;

text_enum! {
    /// How a visit is held.
    pub enum VisitKind {
        Video = "video",
        Phone = "phone",
        InPerson = "in_person",
    }
}

impl VisitKind {
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Video => "Video",
            Self::Phone => "Phone",
            Self::InPerson => "In person",
        }
    }
}

text_enum! {
    /// How soon somebody has to be seen.
    pub enum Priority {
        Routine = "routine",
        /// On the same day. Nobody has two that are not over yet.
        Urgent = "urgent",
    }
}

text_enum! {
    /// Where the money for a visit is.
    pub enum PaymentStatus {
        Pending = "pending",
        Paid = "paid",
        Refunded = "refunded",
        Cancelled = "cancelled",
    }
}

pub const SLOT_TAKEN: Refusal =
    Refusal::new("booking.slot_taken", "That time has just been taken. Please choose another.");
pub const NOT_OFFERED: Refusal = Refusal::new(
    "booking.not_offered",
    "That time is not offered. Please choose one from the list.",
);
pub const ALREADY_BUSY: Refusal = Refusal::new(
    "booking.patient_busy",
    "You already have another visit at that time. Please choose another time.",
);
pub const PERSON_BUSY: Refusal = Refusal::new(
    "booking.patient_busy",
    "This person already has another visit at that time. Please choose another time.",
);
pub const DAY_FULL: Refusal = Refusal::new(
    "booking.day_full",
    "This doctor takes no more visits on that day. Please choose another day.",
);
pub const WEEK_FULL: Refusal = Refusal::new(
    "booking.week_full",
    "This doctor takes no more visits in that week. Please choose another week.",
);
pub const ON_THE_WAY: Refusal = Refusal::new(
    "booking.on_the_way",
    "The doctor is on the way between two places at that time. Please choose another.",
);
pub const OWN_SLOT: Refusal =
    Refusal::new("booking.own_slot", "You cannot book a visit with yourself.");
pub const HOLDING_TOO_MANY: Refusal = Refusal::new(
    "booking.holding_too_many",
    "Three times are being kept for you already. Book one of them, or let it go, to keep another.",
);
pub const NOT_HELD: Refusal = Refusal::new(
    "booking.not_held",
    "This time is no longer kept for you. It can still be booked as long as nobody else takes it.",
);
pub const NOT_ACCEPTING: Refusal = Refusal::new(
    "booking.not_accepting",
    "This doctor is not taking bookings at the moment. Please choose another doctor.",
);
pub const CHANGED_MEANWHILE: Refusal = Refusal::new(
    "booking.changed_meanwhile",
    "This visit was changed in the meantime. Please look at it again.",
);

pub const URGENT_IS_TODAY: Refusal = Refusal::new(
    "booking.urgent_is_today",
    "An urgent visit is on the same day. Please choose one of today's urgent times.",
);
pub const ONE_URGENT: Refusal = Refusal::new(
    "booking.one_urgent",
    "There is an urgent visit already that is not over. Cancel it first, or book an ordinary visit.",
);

/// How long a reason may be, in characters.
pub const REASON_LENGTH: std::ops::RangeInclusive<usize> = 1..=500;

/// What a patient asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BookingRequest {
    pub provider: ProviderId,
    pub start: Timestamp,
    pub kind: VisitKind,
    pub reason: String,
    /// The place the patient expects; refused when the time is offered elsewhere.
    pub place: Option<HospitalId>,
}

impl BookingRequest {
    /// The same request with its reason tidied, or what is wrong with it.
    pub fn check(mut self) -> Result<Self, Vec<FieldProblem>> {
        self.reason =
            text::checked("reason", "The reason for your visit", &self.reason, REASON_LENGTH)
                .map_err(|problem| vec![problem])?;
        Ok(self)
    }
}
