//! What a doctor says of themselves to those who look for one.
use super::queries;
use crate::{
    Clinic, Error, Result,
    audit::{self, Event},
    identity::{Caller, Doctor},
};
use diesel_async::AsyncConnection;
use domain::{FieldProblem, directory::Language, text};

/// What the doctor writes; name, specialty, licence and places are the clinic's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OwnProfile {
    /// Up to 2000 characters.
    pub bio: String,
    /// Empty: none.
    pub phone_number: String,
    pub years_of_experience: i16,
    /// In the order of their declaration, each once.
    pub languages: Vec<Language>,
    /// Whether somebody may book who has never been with the doctor.
    pub accepting_new_patients: bool,
}

pub async fn own_profile(clinic: &Clinic, doctor: &Caller<Doctor>) -> Result<OwnProfile> {
    let id = doctor.provider()?;
    let provider = queries::provider(&mut *clinic.db().await?, id).await?;
    Ok(OwnProfile {
        languages: provider.languages.iter().filter_map(|word| word.parse().ok()).collect(),
        bio: provider.bio,
        phone_number: provider.phone_number.unwrap_or_default(),
        years_of_experience: provider.years_of_experience,
        accepting_new_patients: provider.accepting_new_patients,
    })
}

/// Replaces what the doctor says of themselves; search and pages have it at once.
pub async fn change_own_profile(
    clinic: &Clinic,
    doctor: &Caller<Doctor>,
    profile: OwnProfile,
) -> Result<()> {
    let profile = profile.check()?;
    let id = doctor.provider()?;
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::set_own_profile(conn, id, &profile).await?;
        let event = Event {
            actor: Some(doctor.user),
            action: "provider.change_profile",
            subject_type: "provider",
            subject: id.as_uuid(),
            patient: None,
        };
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await?;
    clinic.known_choices().forget();
    clinic.live().announce(id);
    Ok(())
}

impl OwnProfile {
    fn check(mut self) -> Result<Self, Vec<FieldProblem>> {
        let bio = text::checked("bio", "The text about you", &self.bio, 0..=2_000);
        let phone = text::checked("phone_number", "The phone number", &self.phone_number, 0..=40);
        let years = match self.years_of_experience {
            0..=80 => None,
            _ => {
                Some(FieldProblem::new("years_of_experience", "Enter a whole number from 0 to 80."))
            }
        };
        let languages = self
            .languages
            .is_empty()
            .then(|| FieldProblem::new("languages", "Choose at least one language."));
        match (bio, phone, years, languages) {
            (Ok(bio), Ok(phone_number), None, None) => {
                (self.bio, self.phone_number) = (bio, phone_number);
                Ok(self)
            }
            (bio, phone, years, languages) => {
                Err([bio.err(), phone.err(), years, languages].into_iter().flatten().collect())
            }
        }
    }
}
