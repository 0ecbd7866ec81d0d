//! Devices that send readings of their owner: their life, their keys, and how they are.
//!
//! What FHIR calls a Device. Its key can send readings and nothing else.
mod health;
mod key;
mod kind;
mod pace;
mod registration;
mod status;
#[cfg(test)]
mod tests;

use crate::{Id, Refusal};

pub use health::{
    Battery, BatteryLevel, BatteryStatus, Connectivity, DataQuality, DeviceHealth, ErrorState,
    Issue, LOW_BATTERY, Signs,
};
pub use key::{ApiKey, KEY_BYTES, KEY_KEPT, KEY_OVERLAP, NO_KEY, UNKNOWN_KEY, key_ends};
pub use kind::{BodyPosition, DeviceKind};
pub use pace::{ONE_REQUEST_EACH, READINGS_A_DAY, REQUESTS_AT_ONCE, one_more};
pub use registration::{
    CheckedDevice, ErrorCode, NewDevice, device_name, error_message, firmware_version,
};
pub use status::{DeviceStatus, PAUSED, REPLACED, REVOKED, UNVERIFIED, WRONG_STATUS};

/// A row of `devices`.
#[derive(Debug)]
pub enum Device {}
pub type DeviceId = Id<Device>;

pub const TOO_MANY_DEVICES: Refusal = Refusal::new(
    "devices.too_many",
    "You have twenty devices, which is as many as there can be. Remove one that you no longer use first.",
);
