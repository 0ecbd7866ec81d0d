//! The directory, as people see it.
pub mod doctor_page;
pub mod doctors_page;
pub mod home_page;
pub mod hospitals_page;
pub mod instead;
pub mod own_profile_page;
mod portrait;
pub mod portrait_file;
pub mod search_form;
pub mod urgent;
