//! A doctor as typed, and as they are stored.
use super::{
    check::{Check, empty_as_none},
    queries,
};
use crate::{Error, Result};
use domain::{
    FieldProblem,
    booking::VisitKind,
    directory::{Gender, HospitalId, Language, Specialty},
    identity::Email,
    money::Currency,
    zone::Zone,
};

/// How many places a doctor may have.
const MOST_PLACES: usize = 20;

/// A doctor as an admin fills them in.
#[derive(Debug, Clone, Default)]
pub struct ProviderForm {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone_number: String,
    pub specialization: String,
    pub license_number: String,
    pub gender: String,
    pub bio: String,
    pub years_of_experience: String,
    /// In whole minor units.
    pub consultation_fee_minor: Option<i64>,
    pub currency: String,
    pub languages: Vec<String>,
    pub visit_kinds: Vec<String>,
    pub time_zone: String,
    pub lead_minutes: String,
    pub horizon_days: String,
    pub free_until_minutes: String,
    pub late_percent: String,
    pub accepting_new_patients: bool,
    pub is_active: bool,
    /// The first one is the primary place.
    pub hospitals: Vec<HospitalId>,
}

impl ProviderForm {
    pub(super) fn check(&self) -> Result<queries::ProviderRow> {
        let mut check = Check::default();
        let small = |number: i32| i16::try_from(number).unwrap_or(i16::MAX);
        let row = queries::ProviderRow {
            first_name: check.text("first_name", "The first name", &self.first_name, 1..=80),
            last_name: check.text("last_name", "The last name", &self.last_name, 1..=80),
            email: check
                .keep(Email::checked("email", &self.email))
                .map_or_else(String::new, String::from),
            phone_number: empty_as_none(check.text(
                "phone_number",
                "The phone number",
                &self.phone_number,
                0..=40,
            )),
            specialization: check
                .choice("specialization", &self.specialization, "Choose a specialty.")
                .unwrap_or(Specialty::GeneralPractice),
            license_number: check.text(
                "license_number",
                "The licence number",
                &self.license_number,
                3..=40,
            ),
            gender: check
                .choice("gender", &self.gender, "Choose a gender.")
                .unwrap_or(Gender::Unknown),
            bio: check.text("bio", "The text about the doctor", &self.bio, 0..=2_000),
            years_of_experience: small(check.number(
                "years_of_experience",
                &self.years_of_experience,
                0..=80,
            )),
            consultation_fee_minor: self.consultation_fee_minor.unwrap_or_default(),
            currency: self.currency.clone(),
            languages: self.languages.clone(),
            visit_kinds: self.visit_kinds.clone(),
            time_zone: check
                .keep(Zone::checked("time_zone", &self.time_zone))
                .map_or_else(String::new, String::from),
            lead_minutes: check.number("lead_minutes", &self.lead_minutes, 0..=43_200),
            horizon_days: check.number("horizon_days", &self.horizon_days, 1..=365),
            free_until_minutes: check.number(
                "free_until_minutes",
                &self.free_until_minutes,
                0..=43_200,
            ),
            late_percent: small(check.number("late_percent", &self.late_percent, 0..=100)),
            accepting_new_patients: self.accepting_new_patients,
            is_active: self.is_active,
        };
        let mut problem = |wrong: bool, field, message| {
            if wrong {
                check.0.push(FieldProblem::new(field, message));
            }
        };
        problem(
            !self.consultation_fee_minor.is_some_and(|fee| (0..=100_000_000).contains(&fee)),
            "consultation_fee",
            "Enter the fee as an amount, such as 45 or 45.50.",
        );
        problem(
            row.horizon_days > 0 && row.horizon_days * 24 * 60 < row.lead_minutes,
            "horizon_days",
            "Nothing could be booked: this is less than the notice before a visit.",
        );
        problem(
            Currency::from_code(&self.currency).is_none(),
            "currency",
            "Choose a currency, such as EUR.",
        );
        problem(
            self.languages.is_empty()
                || self.languages.iter().any(|word| word.parse::<Language>().is_err()),
            "languages",
            "Choose at least one language.",
        );
        problem(
            self.visit_kinds.is_empty()
                || self.visit_kinds.iter().any(|word| word.parse::<VisitKind>().is_err()),
            "visit_kinds",
            "Choose at least one kind of visit.",
        );
        problem(self.hospitals.len() > MOST_PLACES, "hospitals", "Choose 20 places or fewer.");
        if check.0.is_empty() { Ok(row) } else { Err(Error::Invalid(check.0)) }
    }
}
