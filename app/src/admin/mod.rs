//! Running the clinic.
pub mod hospital_page;
pub mod hospitals_page;
pub mod lost_phones_page;
pub mod provider_page;
pub mod providers_page;
