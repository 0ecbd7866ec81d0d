use crate::{Conn, gateways::Affiliation};
use diesel::{pg::Pg, prelude::*, upsert::excluded};
use diesel_async::RunQueryDsl;
use domain::directory::{HospitalId, ProviderId, Specialty, SyncState};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use schema::{hospital_syncs, hospitals, provider_hospitals, providers};

/// What one hospital was told about one doctor.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = hospital_syncs, check_for_backend(Pg))]
pub struct SyncLine {
    #[diesel(select_expression = (providers::first_name, providers::last_name))]
    pub doctor: (String, String),
    pub provider_id: ProviderId,
    pub state: SyncState,
    pub works_there: bool,
    /// Which system was told.
    pub system: Option<String>,
    #[diesel(deserialize_as = jiff_diesel::NullableTimestamp)]
    pub told_at: Option<Timestamp>,
    /// Why the last try failed.
    pub problem: Option<String>,
}

pub async fn syncs(conn: &mut Conn, hospital: HospitalId) -> QueryResult<Vec<SyncLine>> {
    hospital_syncs::table
        .inner_join(providers::table)
        .filter(hospital_syncs::hospital_id.eq(hospital))
        .order(hospital_syncs::updated_at.desc())
        .limit(20)
        .select(SyncLine::as_select())
        .load(conn)
        .await
}

/// Marks what is to be told to each of `places`, and whether the doctor works there.
pub async fn ask_syncs(
    conn: &mut Conn,
    provider: ProviderId,
    places: &[(HospitalId, bool)],
) -> QueryResult<()> {
    let rows: Vec<_> = places
        .iter()
        .map(|(hospital, works_there)| {
            (
                hospital_syncs::hospital_id.eq(*hospital),
                hospital_syncs::provider_id.eq(provider),
                hospital_syncs::works_there.eq(*works_there),
            )
        })
        .collect();
    diesel::insert_into(hospital_syncs::table)
        .values(rows)
        .on_conflict((hospital_syncs::hospital_id, hospital_syncs::provider_id))
        .do_update()
        .set((
            hospital_syncs::works_there.eq(excluded(hospital_syncs::works_there)),
            hospital_syncs::state.eq(SyncState::Waiting),
            hospital_syncs::problem.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

/// How things are now; `None` when there is no such doctor or place.
pub async fn affiliation(
    conn: &mut Conn,
    hospital: HospitalId,
    provider: ProviderId,
) -> QueryResult<Option<Affiliation>> {
    type Row = (String, i32, bool, bool, String, String, String, Specialty, String);
    let works_there = diesel::dsl::exists(
        provider_hospitals::table
            .filter(provider_hospitals::provider_id.eq(provider))
            .filter(provider_hospitals::hospital_id.eq(hospital)),
    );
    let row: Option<Row> = hospital_syncs::table
        .inner_join(providers::table)
        .inner_join(hospitals::table)
        .filter(hospital_syncs::hospital_id.eq(hospital))
        .filter(hospital_syncs::provider_id.eq(provider))
        .select((
            hospitals::name,
            providers::version,
            works_there,
            providers::is_active,
            providers::first_name,
            providers::last_name,
            providers::email,
            providers::specialization,
            providers::license_number,
        ))
        .first(conn)
        .await
        .optional()?;
    Ok(row.map(
        |(
            hospital_name,
            version,
            linked,
            active,
            first_name,
            last_name,
            email,
            specialization,
            license_number,
        )| {
            Affiliation {
                hospital_id: hospital,
                hospital_name,
                provider_id: provider,
                version,
                works_there: linked && active,
                first_name,
                last_name,
                email,
                specialization,
                license_number,
            }
        },
    ))
}

/// The hospital has heard it. What it heard of a later version stays.
pub async fn set_told(
    conn: &mut Conn,
    told: &Affiliation,
    system: &str,
    now: Timestamp,
) -> QueryResult<()> {
    let not_later = hospital_syncs::told_version
        .is_null()
        .or(hospital_syncs::told_version.assume_not_null().le(told.version));
    diesel::update(hospital_syncs::table.find((told.hospital_id, told.provider_id)))
        .filter(not_later)
        .set((
            hospital_syncs::state.eq(SyncState::Told),
            hospital_syncs::works_there.eq(told.works_there),
            hospital_syncs::system.eq(system),
            hospital_syncs::told_version.eq(told.version),
            hospital_syncs::told_at.eq(now.to_diesel()),
            hospital_syncs::problem.eq(None::<String>),
        ))
        .execute(conn)
        .await?;
    Ok(())
}

pub async fn set_untold(
    conn: &mut Conn,
    hospital: HospitalId,
    provider: ProviderId,
    state: SyncState,
    problem: &str,
) -> QueryResult<()> {
    diesel::update(hospital_syncs::table.find((hospital, provider)))
        .set((hospital_syncs::state.eq(state), hospital_syncs::problem.eq(problem)))
        .execute(conn)
        .await?;
    Ok(())
}
