use crate::{Refusal, text_enum};

text_enum! {
    /// Where a device is in its life.
    pub enum DeviceStatus {
        /// Registered, and has not shown its key yet.
        Unverified = "unverified",
        Active = "active",
        /// By its owner, for a while.
        Paused = "paused",
        /// For good.
        Revoked = "revoked",
        /// Another one has its place.
        Replaced = "replaced",
    }
}

pub const WRONG_STATUS: Refusal = Refusal::new(
    "devices.wrong_status",
    "That cannot be done with this device as it is now. Please look at it again.",
);
pub const UNVERIFIED: Refusal = Refusal::new(
    "devices.unverified",
    "This device has not been verified yet. Verify it with its key before it sends readings.",
);
pub const PAUSED: Refusal = Refusal::new(
    "devices.paused",
    "This device is paused. Its owner can let it send readings again.",
);
pub const REVOKED: Refusal =
    Refusal::new("devices.revoked", "This device may send no more. Register it again to go on.");
pub const REPLACED: Refusal = Refusal::new(
    "devices.replaced",
    "This device has been replaced by another one, and may send no more.",
);

impl DeviceStatus {
    /// The statuses a device may move to from this one.
    #[must_use]
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Unverified => &[Self::Active, Self::Revoked, Self::Replaced],
            Self::Active => &[Self::Paused, Self::Revoked, Self::Replaced],
            Self::Paused => &[Self::Active, Self::Revoked, Self::Replaced],
            Self::Revoked | Self::Replaced => &[],
        }
    }

    /// Moves to `to`, or says why not.
    pub fn advance(self, to: Self) -> Result<Self, Refusal> {
        if self.next().contains(&to) { Ok(to) } else { Err(WRONG_STATUS) }
    }

    /// Whether a device with a right key may send readings; verifying is for
    /// [`DeviceStatus::Unverified`] ones alone.
    pub const fn may_send(self) -> Result<(), Refusal> {
        match self {
            Self::Active => Ok(()),
            Self::Unverified => Err(UNVERIFIED),
            Self::Paused => Err(PAUSED),
            Self::Revoked => Err(REVOKED),
            Self::Replaced => Err(REPLACED),
        }
    }

    /// What a person reads.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Unverified => "Not verified yet",
            Self::Active => "Active",
            Self::Paused => "Paused",
            Self::Revoked => "Revoked",
            Self::Replaced => "Replaced",
        }
    }
}
