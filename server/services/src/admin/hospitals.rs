//! The places of the clinic.
use super::{
    NAME_IN_USE,
    check::{Check, empty_as_none},
    event, queries,
};
use crate::{
    Clinic, Error, OnConstraint, Result, audit,
    directory::{Found, Hospital, Page, queries as directory},
    identity::{Admin, Caller},
};
use diesel_async::AsyncConnection;
use domain::{FieldProblem, directory::HospitalId, zone::Zone};

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

/// Degrees from `-most` to `most`; `None` when nothing was typed.
fn degrees(check: &mut Check, field: &'static str, raw: &str, most: i16) -> Option<f64> {
    let raw = raw.trim();
    if raw.is_empty() {
        return None;
    }
    let read = raw.replace(',', ".").parse::<f64>().ok();
    let read = read.filter(|degrees| degrees.abs() <= f64::from(most));
    let problem = || {
        FieldProblem::new(field, format!("Enter degrees from -{most} to {most}, such as 38.7223."))
    };
    check.keep(read.ok_or_else(problem))
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
    /// In degrees (WGS 84), both or neither.
    pub latitude: String,
    pub longitude: String,
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
            latitude: degrees(&mut check, "latitude", &self.latitude, 90),
            longitude: degrees(&mut check, "longitude", &self.longitude, 180),
            emergency_services: self.emergency_services,
            is_active: self.is_active,
        };
        for (field, here, other) in [
            ("latitude", &self.latitude, &self.longitude),
            ("longitude", &self.longitude, &self.latitude),
        ] {
            if here.trim().is_empty() && !other.trim().is_empty() {
                check.0.push(FieldProblem::new(field, "Fill in both, or neither."));
            }
        }
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
