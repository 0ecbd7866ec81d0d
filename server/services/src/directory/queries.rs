use super::{Near, OwnProfile, Page, ProviderSearch};
use crate::{Conn, schedule::hours::rules::queries::BookingRulesRow};
use diesel::{
    dsl::{array, count_star, exists, min, sum},
    pg::Pg,
    prelude::*,
    sql_types::{BigInt, Double, Nullable, Text, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    directory::{
        Gender, HospitalId, Language, Position, ProviderId, Sort, Specialty, rank::RADIUS_KM,
    },
    identity::UserId,
};
use jiff_diesel::ToDiesel;
use schema::{booking_rules, hospitals, provider_hospitals, providers, specialty_counts};
use std::collections::HashMap;

diesel::define_sql_function! {
    /// Lower case without accents.
    fn plain_text(raw: Text) -> Text;
}
diesel::define_sql_function! {
    /// How well the first text matches some words of the second, 0 to 1 (`pg_trgm`).
    fn word_similarity(wanted: Text, text: Text) -> Float;
}
diesel::define_sql_function! {
    /// Kilometres between two positions in degrees; none without both.
    fn distance_km(
        latitude: Nullable<Double>,
        longitude: Nullable<Double>,
        other_latitude: Nullable<Double>,
        other_longitude: Nullable<Double>,
    ) -> Nullable<Double>;
}
diesel::infix_operator!(SimilarToWordsOf, " <% ", backend: Pg);

/// Whether some words of `text` are similar to `wanted`; can use the trigram index.
fn similar_to_words_of<W, T>(wanted: W, text: T) -> SimilarToWordsOf<W, T>
where
    W: Expression<SqlType = Text>,
    T: Expression<SqlType = Text>,
{
    SimilarToWordsOf::new(wanted, text)
}

/// The way to the nearest active place of a doctor.
macro_rules! nearest_place {
    ($near:expr) => {{
        let (latitude, longitude) = ($near.position.latitude, $near.position.longitude);
        provider_hospitals::table
            .inner_join(hospitals::table)
            .filter(provider_hospitals::provider_id.eq(providers::id))
            .filter(hospitals::is_active)
            .select(min(distance_km(
                hospitals::latitude,
                hospitals::longitude,
                latitude,
                longitude,
            )))
            .single_value()
    }};
}

/// A doctor, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = providers, check_for_backend(Pg))]
pub struct Provider {
    pub id: ProviderId,
    pub user_id: Option<UserId>,
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
    pub version: i32,
    pub confirms_by_hand: bool,
    pub first_late_free: bool,
    pub no_show_minutes: Option<i16>,
}

/// A place, as stored.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = hospitals, check_for_backend(Pg))]
pub struct Hospital {
    pub id: HospitalId,
    pub name: String,
    pub hospital_type: String,
    pub address: String,
    pub city: String,
    pub region: Option<String>,
    pub country: String,
    pub time_zone: String,
    pub phone_number: Option<String>,
    pub email: Option<String>,
    pub website: Option<String>,
    pub description: Option<String>,
    pub specialties: Vec<String>,
    pub facilities: Vec<String>,
    pub established_year: Option<i16>,
    pub bed_capacity: Option<i32>,
    pub emergency_services: bool,
    pub appointment_booking_available: bool,
    pub is_active: bool,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

impl Hospital {
    pub fn full_address(&self) -> String {
        format!("{}, {}, {}", self.address, self.city, self.country)
    }
}

/// As much of a place as stands beside a doctor.
#[derive(Debug, Clone, PartialEq, Queryable, Selectable)]
#[diesel(table_name = hospitals, check_for_backend(Pg))]
pub struct HospitalBrief {
    pub id: HospitalId,
    pub name: String,
    pub address: String,
    pub city: String,
    pub country: String,
    pub time_zone: String,
    pub latitude: Option<f64>,
    pub longitude: Option<f64>,
}

impl HospitalBrief {
    pub fn position(&self) -> Option<Position> {
        Some(Position { latitude: self.latitude?, longitude: self.longitude? })
    }
}

type Providers<'a> = providers::BoxedQuery<'a, Pg>;

/// The active doctors that meet every wish of `search`.
fn matching(search: &ProviderSearch) -> Providers<'_> {
    let mut query = providers::table.filter(providers::is_active).into_boxed();
    if let Some(q) = &search.q {
        query = query.filter(similar_to_words_of(plain_text(q), providers::search_text));
    }
    if let Some(specialty) = search.specialization {
        query = query.filter(providers::specialization.eq(specialty));
    }
    if let Some(language) = search.language {
        query = query.filter(providers::languages.contains(vec![language.as_str()]));
    }
    if let Some(gender) = search.gender {
        query = query.filter(providers::gender.eq(gender));
    }
    if let Some(visit) = search.visit {
        query = query.filter(providers::visit_kinds.contains(vec![visit.as_str()]));
    }
    if let Some(fee) = search.max_fee {
        query = query
            .filter(providers::currency.eq(fee.currency.code()))
            .filter(providers::consultation_fee_minor.le(fee.minor));
    }
    if let Some(before) = search.free_before {
        query = query.filter(providers::next_free_at.lt(before.to_diesel()));
    }
    if search.accepting {
        query = query.filter(providers::accepting_new_patients);
    }
    if let Some(city) = &search.city {
        query = query.filter(exists(
            provider_hospitals::table
                .inner_join(hospitals::table)
                .filter(provider_hospitals::provider_id.eq(providers::id))
                .filter(hospitals::is_active)
                .filter(plain_text(hospitals::city).eq(plain_text(city))),
        ));
    }
    if let Some(hospital) = search.hospital {
        query = query.filter(exists(
            provider_hospitals::table
                .filter(provider_hospitals::provider_id.eq(providers::id))
                .filter(provider_hospitals::hospital_id.eq(hospital)),
        ));
    }
    if let Some(near) = &search.near {
        query = query.filter(providers::id.eq_any(providers_near(near)));
    }
    query
}

/// Those with a place around `near`. Degrees of latitude first, which an index finds.
#[diesel::dsl::auto_type(no_type_alias)]
fn providers_near(near: &Near) -> _ {
    let radius: f64 = RADIUS_KM;
    let degrees: f64 = RADIUS_KM / 111.0;
    let (latitude, longitude): (f64, f64) = (near.position.latitude, near.position.longitude);
    provider_hospitals::table
        .inner_join(hospitals::table)
        .filter(hospitals::is_active)
        .filter(hospitals::latitude.between(latitude - degrees, latitude + degrees))
        .filter(
            distance_km(hospitals::latitude, hospitals::longitude, latitude, longitude).le(radius),
        )
        .select(provider_hospitals::provider_id)
}

/// How many doctors match, and one page of them: best match first, then free soonest.
///
/// One statement with one row for both: the answer to the first of two would wake the server early.
pub async fn matching_providers(
    conn: &mut Conn,
    search: &ProviderSearch,
    page: Page,
) -> QueryResult<(i64, Vec<ProviderId>)> {
    let mut query = matching(search);
    if let (Sort::Nearest, Some(near)) = (search.sort, &search.near) {
        query = query.order(nearest_place!(near).asc());
    } else if let (Sort::Best, Some(q)) = (search.sort, &search.q) {
        query = query.order(word_similarity(plain_text(q), providers::search_text).desc());
    }
    let ids = query
        .then_order_by(providers::next_free_at.asc())
        .then_order_by(providers::id.asc())
        .limit(page.size)
        .offset(page.offset())
        .select(providers::id);
    let ids = array::<Uuid, _>(ids);
    let (count, ids): (Option<i64>, _) = if asks_for_specialty_at_most(search) {
        let count = active_providers(search.specialization).single_value();
        diesel::select((count, ids)).get_result(conn).await?
    } else {
        let count = matching(search).select(count_star()).single_value();
        diesel::select((count, ids)).get_result(conn).await?
    };
    Ok((count.unwrap_or_default(), ids))
}

/// A doctor to be ranked among others, and how many match in all.
pub type Candidate = (ProviderId, Option<jiff_diesel::Timestamp>, bool, Option<f64>, Option<i64>);

/// Doctors that match, free soonest first, from `offset` on.
pub async fn candidates(
    conn: &mut Conn,
    search: &ProviderSearch,
    limit: i64,
    offset: i64,
) -> QueryResult<Vec<Candidate>> {
    let speaks = search.speaks.map_or("", Language::as_str);
    let speaks = providers::languages.contains(vec![speaks]);
    let query = matching(search)
        .order((providers::next_free_at.asc(), providers::id.asc()))
        .limit(limit)
        .offset(offset);
    if let Some(near) = &search.near {
        let count = matching(search).select(count_star()).single_value();
        let way = nearest_place!(near);
        query.select((providers::id, providers::next_free_at, speaks, way, count)).load(conn).await
    } else if asks_for_specialty_at_most(search) {
        let count = active_providers(search.specialization).single_value();
        let way = None::<f64>.into_sql::<Nullable<Double>>();
        query.select((providers::id, providers::next_free_at, speaks, way, count)).load(conn).await
    } else {
        let count = matching(search).select(count_star()).single_value();
        let way = None::<f64>.into_sql::<Nullable<Double>>();
        query.select((providers::id, providers::next_free_at, speaks, way, count)).load(conn).await
    }
}

/// Whether the number of doctors that match is kept by the database; the order makes none more or fewer.
fn asks_for_specialty_at_most(search: &ProviderSearch) -> bool {
    let ProviderSearch { specialization, sort, speaks, .. } = *search;
    *search == ProviderSearch { specialization, sort, speaks, ..ProviderSearch::default() }
}

/// How many active doctors there are of a specialty, or of all; kept by the database, not counted.
fn active_providers(
    specialty: Option<Specialty>,
) -> specialty_counts::BoxedQuery<'static, Pg, Nullable<BigInt>> {
    let counts =
        specialty_counts::table.select(sum(specialty_counts::active_providers)).into_boxed();
    match specialty {
        Some(specialty) => counts.filter(specialty_counts::specialization.eq(specialty)),
        None => counts,
    }
}

pub async fn version(conn: &mut Conn, id: ProviderId) -> QueryResult<i32> {
    providers::table.find(id).select(providers::version).first(conn).await
}

pub async fn provider(conn: &mut Conn, id: ProviderId) -> QueryResult<Provider> {
    providers::table.find(id).select(Provider::as_select()).first(conn).await
}

pub async fn set_own_profile(
    conn: &mut Conn,
    id: ProviderId,
    profile: &OwnProfile,
) -> QueryResult<()> {
    let languages: Vec<_> = profile.languages.iter().map(|language| language.as_str()).collect();
    let phone_number = Some(&profile.phone_number).filter(|number| !number.is_empty());
    diesel::update(providers::table.find(id))
        .set((
            providers::bio.eq(&profile.bio),
            providers::phone_number.eq(phone_number),
            providers::years_of_experience.eq(profile.years_of_experience),
            providers::languages.eq(languages),
            providers::accepting_new_patients.eq(profile.accepting_new_patients),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// Each of `ids` that there is, with what the doctor has said about booking.
pub async fn providers_by_id(
    conn: &mut Conn,
    ids: &[ProviderId],
) -> QueryResult<Vec<(Provider, Option<BookingRulesRow>)>> {
    providers::table
        .left_join(booking_rules::table)
        .filter(providers::id.eq_any(ids))
        .select((Provider::as_select(), Option::<BookingRulesRow>::as_select()))
        .load(conn)
        .await
}

/// The active places of each of `ids`, the primary one first.
pub async fn hospitals_of(
    conn: &mut Conn,
    ids: &[ProviderId],
) -> QueryResult<HashMap<ProviderId, Vec<HospitalBrief>>> {
    let rows: Vec<(ProviderId, HospitalBrief)> = provider_hospitals::table
        .inner_join(hospitals::table)
        .filter(provider_hospitals::provider_id.eq_any(ids))
        .filter(hospitals::is_active)
        .order((provider_hospitals::is_primary.desc(), hospitals::name))
        .select((provider_hospitals::provider_id, HospitalBrief::as_select()))
        .load(conn)
        .await?;
    let mut places: HashMap<_, Vec<_>> = HashMap::new();
    for (provider, hospital) in rows {
        places.entry(provider).or_default().push(hospital);
    }
    Ok(places)
}

fn active_hospitals(city: Option<&str>) -> hospitals::BoxedQuery<'_, Pg> {
    let query = hospitals::table.filter(hospitals::is_active).into_boxed();
    match city {
        Some(city) => query.filter(plain_text(hospitals::city).eq(plain_text(city))),
        None => query,
    }
}

pub async fn count_hospitals(conn: &mut Conn, city: Option<&str>) -> QueryResult<i64> {
    active_hospitals(city).select(count_star()).first(conn).await
}

pub async fn hospitals(
    conn: &mut Conn,
    city: Option<&str>,
    page: Page,
) -> QueryResult<Vec<Hospital>> {
    active_hospitals(city)
        .order((hospitals::city, hospitals::name))
        .limit(page.size)
        .offset(page.offset())
        .select(Hospital::as_select())
        .load(conn)
        .await
}

/// Id, name and city of the active hospitals, by name; at most a thousand.
pub async fn hospital_names(conn: &mut Conn) -> QueryResult<Vec<(HospitalId, String, String)>> {
    hospitals::table
        .filter(hospitals::is_active)
        .order(hospitals::name)
        .select((hospitals::id, hospitals::name, hospitals::city))
        .limit(1_000)
        .load(conn)
        .await
}
