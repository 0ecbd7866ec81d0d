//! Admin: who works here, and where.
pub mod analytics;
mod check;
mod hospitals;
mod provider_form;
mod providers;
mod queries;
pub mod sync;

use crate::{
    audit::Event,
    identity::{Admin, Caller},
};
use domain::Refusal;
use uuid::Uuid;

pub use hospitals::{
    HospitalForm, change_hospital, create_hospital, hospital, hospital_names, hospitals,
};
pub use provider_form::ProviderForm;
pub use providers::{
    change_provider, create_provider, license_check, provider, providers, set_hospitals,
};
pub use queries::{LicenseCheck, ProviderLine};

pub const EMAIL_IN_USE: Refusal =
    Refusal::new("admin.email_in_use", "Another doctor already has that email address.");
pub const LICENSE_IN_USE: Refusal =
    Refusal::new("admin.license_in_use", "Another doctor already has that licence number.");
pub const NAME_IN_USE: Refusal =
    Refusal::new("admin.hospital_name_in_use", "Another hospital already has that name.");
/// The register gave no answer.
pub const LICENSE_NOT_CHECKED: Refusal = Refusal::new(
    "admin.license_not_checked",
    "The register of licences does not answer at the moment, so nothing was saved. Please try again in a few minutes.",
);

/// The record of who did it, for the transaction that does it.
fn event(
    admin: &Caller<Admin>,
    action: &'static str,
    subject_type: &'static str,
    subject: Uuid,
) -> Event {
    Event { actor: Some(admin.user), action, subject_type, subject, patient: None }
}
