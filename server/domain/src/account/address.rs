//! Another address for an account.
use crate::{Id, Refusal};
use jiff::SignedDuration;

/// That an account is to have another address.
#[derive(Debug)]
pub enum AddressChange {}
pub type AddressChangeId = Id<AddressChange>;

/// How long the link works that goes to the new address, and the one that goes to the old.
pub const LINK_LIFETIME: SignedDuration = SignedDuration::from_mins(30);
pub const UNDO_LIFETIME: SignedDuration = SignedDuration::from_hours(7 * 24);

pub const CHANGE_OVER: Refusal = Refusal::new(
    "account.address_change_over",
    "This link works no longer. Please ask for the change again.",
);
pub const UNDO_OVER: Refusal = Refusal::new(
    "account.address_undo_over",
    "This link works no longer. If somebody has taken your account, please write to the clinic at once.",
);
