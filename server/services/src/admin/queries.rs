use crate::{
    Conn,
    directory::{Hospital, Page, queries::plain_text},
};
use diesel::{dsl::count_star, pg::Pg, prelude::*, sql_types::Text};
use diesel_async::RunQueryDsl;
use domain::directory::{Gender, HospitalId, LicenseStanding, ProviderId, Specialty};
use jiff::Timestamp;
use schema::{hospitals, license_checks, provider_hospitals, providers};
use uuid::Uuid;

/// One line of the list of doctors.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = providers, check_for_backend(Pg))]
pub struct ProviderLine {
    pub id: ProviderId,
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub specialization: Specialty,
    pub license_number: String,
    pub time_zone: String,
    pub is_active: bool,
    pub accepting_new_patients: bool,
}

fn named(q: Option<&str>) -> providers::BoxedQuery<'_, Pg> {
    let query = providers::table.into_boxed();
    match q {
        Some(q) => query.filter(providers::search_text.like(pattern(q))),
        None => query,
    }
}

diesel::define_sql_function! { fn concat(a: Text, b: Text, c: Text) -> Text; }

/// `q` anywhere in a text without accents; its own wildcards mean nothing.
fn pattern(q: &str) -> concat<&'static str, plain_text<String>, &'static str> {
    let literal = q.replace('\\', "\\\\").replace('%', "\\%").replace('_', "\\_");
    concat("%", plain_text(literal), "%")
}

pub async fn count_providers(conn: &mut Conn, q: Option<&str>) -> QueryResult<i64> {
    named(q).select(count_star()).first(conn).await
}

pub async fn providers(
    conn: &mut Conn,
    q: Option<&str>,
    page: Page,
) -> QueryResult<Vec<ProviderLine>> {
    named(q)
        .order((providers::last_name, providers::first_name, providers::id))
        .limit(page.size)
        .offset(page.offset())
        .select(ProviderLine::as_select())
        .load(conn)
        .await
}

fn hospitals_named(q: Option<&str>) -> hospitals::BoxedQuery<'_, Pg> {
    let query = hospitals::table.into_boxed();
    match q {
        Some(q) => query.filter(plain_text(hospitals::name).like(pattern(q))),
        None => query,
    }
}

pub async fn count_hospitals(conn: &mut Conn, q: Option<&str>) -> QueryResult<i64> {
    hospitals_named(q).select(count_star()).first(conn).await
}

pub async fn hospitals(conn: &mut Conn, q: Option<&str>, page: Page) -> QueryResult<Vec<Hospital>> {
    hospitals_named(q)
        .order((hospitals::name, hospitals::id))
        .limit(page.size)
        .offset(page.offset())
        .select(Hospital::as_select())
        .load(conn)
        .await
}

pub async fn hospital(conn: &mut Conn, id: HospitalId) -> QueryResult<Hospital> {
    hospitals::table.find(id).select(Hospital::as_select()).first(conn).await
}

/// What of a doctor an admin sets.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = providers, treat_none_as_null = true)]
pub struct ProviderRow {
    pub first_name: String,
    pub last_name: String,
    pub email: String,
    pub phone_number: Option<String>,
    pub specialization: Specialty,
    pub license_number: String,
    pub gender: Gender,
    pub bio: String,
    pub years_of_experience: i16,
    pub consultation_fee_minor: i64,
    pub currency: String,
    pub languages: Vec<String>,
    pub visit_kinds: Vec<String>,
    pub time_zone: String,
    pub lead_minutes: i32,
    pub horizon_days: i32,
    pub free_until_minutes: i32,
    pub late_percent: i16,
    pub accepting_new_patients: bool,
    pub is_active: bool,
}

pub async fn insert_provider(
    conn: &mut Conn,
    id: ProviderId,
    row: &ProviderRow,
) -> QueryResult<()> {
    diesel::insert_into(providers::table).values((providers::id.eq(id), row)).execute(conn).await?;
    Ok(())
}

/// False when there is no such doctor.
pub async fn set_provider(conn: &mut Conn, id: ProviderId, row: &ProviderRow) -> QueryResult<bool> {
    let changed = diesel::update(providers::table.find(id)).set(row).execute(conn).await?;
    Ok(changed == 1)
}

/// False when there is no such doctor. Else nobody else changes them until the transaction ends.
pub async fn lock_provider(conn: &mut Conn, id: ProviderId) -> QueryResult<bool> {
    let query = providers::table.find(id).select(providers::id).for_no_key_update();
    Ok(query.first::<ProviderId>(conn).await.optional()?.is_some())
}

pub async fn places_of(conn: &mut Conn, id: ProviderId) -> QueryResult<Vec<HospitalId>> {
    provider_hospitals::table
        .filter(provider_hospitals::provider_id.eq(id))
        .select(provider_hospitals::hospital_id)
        .load(conn)
        .await
}

/// What a register has said of a licence.
#[derive(Debug, Clone, PartialEq, Eq, Queryable, Selectable, Insertable)]
#[diesel(table_name = license_checks, check_for_backend(Pg))]
pub struct LicenseCheck {
    pub license_number: String,
    pub standing: LicenseStanding,
    pub register: String,
    #[diesel(deserialize_as = jiff_diesel::Timestamp, serialize_as = jiff_diesel::Timestamp)]
    pub checked_at: Timestamp,
}

/// Without a doctor for a licence that was refused.
pub async fn insert_license_check(
    conn: &mut Conn,
    id: Uuid,
    provider: Option<ProviderId>,
    check: &LicenseCheck,
) -> QueryResult<()> {
    diesel::insert_into(license_checks::table)
        .values((
            license_checks::id.eq(id),
            license_checks::provider_id.eq(provider),
            check.clone(),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// The last one of a doctor.
pub async fn license_check(conn: &mut Conn, id: ProviderId) -> QueryResult<Option<LicenseCheck>> {
    license_checks::table
        .filter(license_checks::provider_id.eq(id))
        .order((license_checks::checked_at.desc(), license_checks::id.desc()))
        .select(LicenseCheck::as_select())
        .first(conn)
        .await
        .optional()
}

/// Replaces the places of a doctor; the first is the primary one.
pub async fn set_hospitals(
    conn: &mut Conn,
    id: ProviderId,
    places: &[HospitalId],
) -> QueryResult<()> {
    diesel::delete(provider_hospitals::table.filter(provider_hospitals::provider_id.eq(id)))
        .execute(conn)
        .await?;
    let rows: Vec<_> = places
        .iter()
        .enumerate()
        .map(|(index, place)| {
            (
                provider_hospitals::provider_id.eq(id),
                provider_hospitals::hospital_id.eq(*place),
                provider_hospitals::is_primary.eq(index == 0),
            )
        })
        .collect();
    diesel::insert_into(provider_hospitals::table).values(rows).execute(conn).await?;
    Ok(())
}

/// What of a place an admin sets.
#[derive(Debug, Insertable, AsChangeset)]
#[diesel(table_name = hospitals, treat_none_as_null = true)]
pub struct HospitalRow {
    pub name: String,
    pub hospital_type: String,
    pub address: String,
    pub city: String,
    pub country: String,
    pub time_zone: String,
    pub phone_number: Option<String>,
    pub website: Option<String>,
    pub description: Option<String>,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
    pub emergency_services: bool,
    pub is_active: bool,
}

pub async fn insert_hospital(
    conn: &mut Conn,
    id: HospitalId,
    row: &HospitalRow,
) -> QueryResult<()> {
    diesel::insert_into(hospitals::table).values((hospitals::id.eq(id), row)).execute(conn).await?;
    Ok(())
}

/// False when there is no such place.
pub async fn set_hospital(conn: &mut Conn, id: HospitalId, row: &HospitalRow) -> QueryResult<bool> {
    Ok(diesel::update(hospitals::table.find(id)).set(row).execute(conn).await? == 1)
}
