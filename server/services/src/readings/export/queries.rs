use super::Exported;
use crate::{
    Conn,
    kept::kept,
    readings::{
        content::{last_before, span},
        queries::{KEPT_COLUMNS, KeptRow},
    },
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{MetricKind, ReadingId},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

#[derive(QueryableByName)]
struct ExportedRow {
    #[diesel(embed)]
    reading: KeptRow,
    #[diesel(sql_type = SmallInt)]
    utc_offset: i16,
}

fn exported(rows: Vec<ExportedRow>) -> Vec<Exported> {
    let exported = |row: ExportedRow| {
        Some(Exported { utc_offset: row.utc_offset, stored: row.reading.stored()? })
    };
    rows.into_iter().filter_map(exported).collect()
}

/// The next `most` readings of `patient` after that one, in the order of ids, which is that of milliseconds.
pub async fn all(
    conn: &mut Conn,
    patient: UserId,
    (at, id): (Timestamp, ReadingId),
    until: Timestamp,
    most: i64,
) -> QueryResult<Vec<Exported>> {
    // Those of the same millisecond need not be later.
    let from = span(id).map_or(at, |(from, _)| from);
    let rows = kept(
        sql_query(format!(
            "SELECT {KEPT_COLUMNS}, r.utc_offset FROM ( \
                 SELECT * FROM readings WHERE patient_id = $1 AND removed_at IS NULL \
                     AND id > $2 AND id <= $3 AND recorded_at >= $4 AND recorded_at < $5 ORDER BY id LIMIT $6) AS r \
             LEFT JOIN devices d ON d.id = r.source ORDER BY r.id"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(last_before(until))
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await?;
    Ok(exported(rows))
}

/// The same of one kind, in the order of time.
pub async fn of_kind(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    (at, id): (Timestamp, ReadingId),
    until: Timestamp,
    most: i64,
) -> QueryResult<Vec<Exported>> {
    let rows = kept(
        sql_query(format!(
            "SELECT {KEPT_COLUMNS}, r.utc_offset FROM ( \
                 SELECT * FROM readings WHERE patient_id = $1 AND removed_at IS NULL AND kind = $2 \
                     AND recorded_at >= $3 AND recorded_at < $5 AND (recorded_at, id) > ($3, $4) \
                 ORDER BY recorded_at, id LIMIT $6) AS r \
             LEFT JOIN devices d ON d.id = r.source ORDER BY r.recorded_at, r.id"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(at.to_diesel())
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await?;
    Ok(exported(rows))
}
