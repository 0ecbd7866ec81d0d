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
pub const ADDRESS_IS_NEW: Refusal = Refusal::new(
    "account.address_is_new",
    "Your address was changed in the last seven days, and the one before can still take that back. Close the account when they are over.",
);
pub const LAST_ADMIN: Refusal = Refusal::new(
    "account.last_admin",
    "You are the last admin of this clinic. Make somebody else one before you go.",
);
