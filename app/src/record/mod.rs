//! The record of a patient, as doctors read it.
pub mod record_page;
