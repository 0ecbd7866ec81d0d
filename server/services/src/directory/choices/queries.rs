use crate::Conn;
use diesel::prelude::*;
use diesel_async::RunQueryDsl;
use domain::directory::{HospitalId, Specialty};
use schema::{hospitals, providers, specialty_counts};

/// Id, name, city and position of the active hospitals that have one; at most a thousand.
pub async fn positions(
    conn: &mut Conn,
) -> QueryResult<Vec<(HospitalId, String, String, Option<f64>, Option<f64>)>> {
    hospitals::table
        .filter(hospitals::is_active)
        .filter(hospitals::latitude.is_not_null())
        .order(hospitals::id)
        .select((
            hospitals::id,
            hospitals::name,
            hospitals::city,
            hospitals::latitude,
            hospitals::longitude,
        ))
        .limit(1_000)
        .load(conn)
        .await
}

pub async fn currencies(conn: &mut Conn) -> QueryResult<Vec<String>> {
    providers::table
        .filter(providers::is_active)
        .select(providers::currency)
        .distinct()
        .order(providers::currency)
        .load(conn)
        .await
}

pub async fn count_by_specialty(conn: &mut Conn) -> QueryResult<Vec<(Specialty, i32)>> {
    specialty_counts::table
        .filter(specialty_counts::active_providers.gt(0))
        .order((specialty_counts::active_providers.desc(), specialty_counts::specialization))
        .select((specialty_counts::specialization, specialty_counts::active_providers))
        .load(conn)
        .await
}
