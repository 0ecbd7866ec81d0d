//! Admin: who works here, and where.
mod queries;

use crate::{
    Clinic, Conn, Error, OnConstraint, Result,
    audit::{self, Event},
    directory::{Found, Hospital, HospitalBrief, Page, Provider, queries as directory},
    identity::{Admin, Caller},
};
use diesel_async::AsyncConnection;
use domain::{
    FieldProblem, Refusal,
    booking::VisitKind,
    directory::{Gender, HospitalId, Language, ProviderId, Specialty},
    identity::Email,
    money::Currency,
    text,
    zone::Zone,
};
use uuid::Uuid;

pub use queries::ProviderLine;

pub const EMAIL_IN_USE: Refusal =
    Refusal::new("admin.email_in_use", "Another doctor already has that email address.");
pub const LICENSE_IN_USE: Refusal =
    Refusal::new("admin.license_in_use", "Another doctor already has that licence number.");
pub const NAME_IN_USE: Refusal =
    Refusal::new("admin.hospital_name_in_use", "Another hospital already has that name.");

/// Doctors, active or not, by name.
pub async fn providers(
    clinic: &Clinic,
    _: &Caller<Admin>,
    q: Option<&str>,
    page: Page,
) -> Result<Found<ProviderLine>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_providers(conn, q).await?;
    Ok(Found { count, items: queries::providers(conn, q, page).await? })
}

/// Hospitals, active or not, by name.
pub async fn hospitals(
    clinic: &Clinic,
    _: &Caller<Admin>,
    q: Option<&str>,
    page: Page,
) -> Result<Found<Hospital>> {
    let conn = &mut *clinic.db().await?;
    let count = queries::count_hospitals(conn, q).await?;
    Ok(Found { count, items: queries::hospitals(conn, q, page).await? })
}

/// A doctor and the places they work at, active or not.
pub async fn provider(
    clinic: &Clinic,
    _: &Caller<Admin>,
    id: ProviderId,
) -> Result<(Provider, Vec<HospitalBrief>)> {
    let conn = &mut *clinic.db().await?;
    let provider = directory::provider(conn, id).await?;
    let places = directory::hospitals_of(conn, &[id]).await?.remove(&id).unwrap_or_default();
    Ok((provider, places))
}

pub async fn hospital(clinic: &Clinic, _: &Caller<Admin>, id: HospitalId) -> Result<Hospital> {
    Ok(queries::hospital(&mut *clinic.db().await?, id).await?)
}

/// Every place there is to link a doctor to: id and name.
pub async fn hospital_names(
    clinic: &Clinic,
    _: &Caller<Admin>,
) -> Result<Vec<(HospitalId, String)>> {
    let rows = directory::hospital_names(&mut *clinic.db().await?).await?;
    Ok(rows.into_iter().map(|(id, name, city)| (id, format!("{name}, {city}"))).collect())
}

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

/// Gathers what is wrong while the rest is still being read.
#[derive(Default)]
struct Check(Vec<FieldProblem>);

impl Check {
    fn text(
        &mut self,
        field: &'static str,
        label: &str,
        raw: &str,
        length: std::ops::RangeInclusive<usize>,
    ) -> String {
        self.keep(text::checked(field, label, raw, length)).unwrap_or_default()
    }

    fn keep<T>(&mut self, result: Result<T, FieldProblem>) -> Option<T> {
        result.map_err(|problem| self.0.push(problem)).ok()
    }

    fn choice<T: std::str::FromStr>(
        &mut self,
        field: &'static str,
        raw: &str,
        problem: &'static str,
    ) -> Option<T> {
        self.keep(raw.parse().map_err(|_| FieldProblem::new(field, problem)))
    }

    fn number(
        &mut self,
        field: &'static str,
        raw: &str,
        range: std::ops::RangeInclusive<i32>,
    ) -> i32 {
        let number = raw.trim().parse().ok().filter(|number| range.contains(number));
        let problem = || {
            let (from, to) = (range.start(), range.end());
            FieldProblem::new(field, format!("Enter a whole number from {from} to {to}."))
        };
        self.keep(number.ok_or_else(problem)).unwrap_or_default()
    }
}

fn empty_as_none(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}

impl ProviderForm {
    fn check(&self) -> Result<queries::ProviderRow> {
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
        if check.0.is_empty() { Ok(row) } else { Err(Error::Invalid(check.0)) }
    }
}

/// Adds a doctor, with no hours yet.
pub async fn create_provider(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    form: &ProviderForm,
) -> Result<ProviderId> {
    let row = form.check()?;
    let id = ProviderId::generate();
    let event = event(admin, "provider.create", "provider", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        taken(queries::insert_provider(conn, id, &row).await)?;
        link(conn, id, &form.hospitals).await?;
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await?;
    clinic.known_choices().forget();
    Ok(id)
}

/// Changes a doctor. One that is no longer active keeps their visits but is not found any more.
pub async fn change_provider(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    id: ProviderId,
    form: &ProviderForm,
) -> Result<()> {
    let row = form.check()?;
    let event = event(admin, "provider.change", "provider", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        if !taken(queries::set_provider(conn, id, &row).await)? {
            return Err(Error::NotFound);
        }
        link(conn, id, &form.hospitals).await?;
        audit::record_in(conn, event).await?;
        Ok(())
    })
    .await?;
    clinic.known_choices().forget();
    clinic.live().announce(id);
    Ok(())
}

fn taken<T>(result: diesel::QueryResult<T>) -> Result<T> {
    match result {
        Err(error) if crate::error::violates(&error, "providers_email_unique") => {
            Err(EMAIL_IN_USE.into())
        }
        other => other.on_constraint("providers_license_number_unique", LICENSE_IN_USE),
    }
}

async fn link(conn: &mut Conn, id: ProviderId, hospitals: &[HospitalId]) -> Result<()> {
    queries::set_hospitals(conn, id, hospitals).await.on_constraint(
        "provider_hospitals_hospital_id_fkey",
        Error::field("hospitals", "Choose places from the list."),
    )
}

/// A place as an admin fills it in.
#[derive(Debug, Clone, Default)]
pub struct HospitalForm {
    pub name: String,
    pub hospital_type: String,
    pub address: String,
    pub city: String,
    pub country: String,
    pub time_zone: String,
    pub phone_number: String,
    pub website: String,
    pub description: String,
    pub emergency_services: bool,
    pub is_active: bool,
}

impl HospitalForm {
    fn check(&self) -> Result<queries::HospitalRow> {
        let mut check = Check::default();
        let row = queries::HospitalRow {
            name: check.text("name", "The name", &self.name, 2..=120),
            hospital_type: check.text("hospital_type", "The kind", &self.hospital_type, 2..=60),
            address: check.text("address", "The address", &self.address, 2..=200),
            city: check.text("city", "The city", &self.city, 1..=80),
            country: check.text("country", "The country", &self.country, 2..=80),
            time_zone: check
                .keep(Zone::checked("time_zone", &self.time_zone))
                .map_or_else(String::new, String::from),
            phone_number: empty_as_none(check.text(
                "phone_number",
                "The phone number",
                &self.phone_number,
                0..=40,
            )),
            website: empty_as_none(check.text("website", "The website", &self.website, 0..=200)),
            description: empty_as_none(check.text(
                "description",
                "The description",
                &self.description,
                0..=2_000,
            )),
            emergency_services: self.emergency_services,
            is_active: self.is_active,
        };
        if row.website.as_ref().is_some_and(|address| !address.starts_with("https://")) {
            check.0.push(FieldProblem::new("website", "Start the address with https://."));
        }
        if check.0.is_empty() { Ok(row) } else { Err(Error::Invalid(check.0)) }
    }
}

pub async fn create_hospital(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    form: &HospitalForm,
) -> Result<HospitalId> {
    let row = form.check()?;
    let id = HospitalId::generate();
    let event = event(admin, "hospital.create", "hospital", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        queries::insert_hospital(conn, id, &row)
            .await
            .on_constraint("hospitals_name_unique", NAME_IN_USE)?;
        audit::record_in(conn, event).await?;
        Ok::<_, Error>(())
    })
    .await?;
    clinic.known_choices().forget();
    Ok(id)
}

pub async fn change_hospital(
    clinic: &Clinic,
    admin: &Caller<Admin>,
    id: HospitalId,
    form: &HospitalForm,
) -> Result<()> {
    let row = form.check()?;
    let event = event(admin, "hospital.change", "hospital", id.as_uuid());
    let conn = &mut *clinic.db().await?;
    conn.transaction(async |conn| {
        let found = queries::set_hospital(conn, id, &row)
            .await
            .on_constraint("hospitals_name_unique", NAME_IN_USE)?;
        if !found {
            return Err(Error::NotFound);
        }
        audit::record_in(conn, event).await?;
        Ok(())
    })
    .await?;
    clinic.known_choices().forget();
    Ok(())
}

/// The record of who did it, for the transaction that does it.
fn event(
    admin: &Caller<Admin>,
    action: &'static str,
    subject_type: &'static str,
    subject: Uuid,
) -> Event {
    Event { actor: Some(admin.user), action, subject_type, subject, patient: None }
}
