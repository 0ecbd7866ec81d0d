//! Accounts that their people close.
use crate::{Id, Refusal};

/// That somebody has closed their account.
#[derive(Debug)]
pub enum Closing {}
pub type ClosingId = Id<Closing>;

pub const HAS_COMING_VISITS: Refusal = Refusal::new(
    "account.has_coming_visits",
    "You have coming visits. Cancel them first, so that you see of each what that costs, or wait until they are over.",
);
pub const IS_DOCTOR: Refusal = Refusal::new(
    "account.is_doctor",
    "Patients rely on your calendar, so the clinic closes the accounts of doctors. Please write to it.",
);
pub const LAST_ADMIN: Refusal = Refusal::new(
    "account.last_admin",
    "You are the last admin of this clinic. Make somebody else one before you go.",
);
