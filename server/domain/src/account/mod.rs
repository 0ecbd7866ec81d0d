//! Accounts: what people say of themselves, and of their health.
pub mod address;
pub mod closing;
mod health;
pub mod phone;
mod profile;

pub use health::{ActivityLevel, BloodType, Bmi, CheckedHealth, HealthDetails};
pub(crate) use health::{HEIGHT_CM, WEIGHT_KG};
pub use profile::{CheckedProfile, ProfileDetails, USERNAME_TAKEN};
pub(crate) use profile::{kept, some};
