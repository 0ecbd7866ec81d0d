use super::Corrected;
use crate::{
    Conn,
    kept::kept,
    readings::{
        StoredReading,
        queries::{KEPT_COLUMNS, KeptRow, PlaceRow},
        rollups::Place,
    },
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{CheckedManual, MetricKind, Reading, ReadingId, Unit},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

/// From when until when a reading was measured.
type Around = (Timestamp, Timestamp);

#[derive(QueryableByName)]
struct FoundRow {
    #[diesel(embed)]
    reading: KeptRow,
    #[diesel(sql_type = Bool)]
    is_removed: bool,
    #[diesel(sql_type = SmallInt)]
    utc_offset: i16,
}

/// A reading, be it shown or not.
pub struct Kept {
    pub reading: StoredReading,
    pub is_removed: bool,
    pub utc_offset: i16,
}

/// The reading `id` of `patient`, removed or not.
pub async fn kept_reading(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    (from, until): Around,
) -> QueryResult<Option<Kept>> {
    let found: Option<FoundRow> = kept(
        sql_query(format!(
            "SELECT {KEPT_COLUMNS}, r.removed_at IS NOT NULL AS is_removed, r.utc_offset \
             FROM readings r LEFT JOIN devices d ON d.id = r.source \
             WHERE r.patient_id = $1 AND r.id = $2 AND r.recorded_at >= $3 AND r.recorded_at < $4"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.and_then(|row| {
        let FoundRow { reading, is_removed, utc_offset } = row;
        Some(Kept { reading: reading.stored()?, is_removed, utc_offset })
    }))
}

/// What may be another one a moment later.
#[derive(QueryableByName)]
pub struct Held {
    #[diesel(sql_type = Uuid)]
    pub id: ReadingId,
    #[diesel(sql_type = Integer)]
    pub version: i32,
    #[diesel(sql_type = Nullable<Text>)]
    pub notes: Option<String>,
    #[diesel(sql_type = Bool)]
    pub is_removed: bool,
}

/// Holds those of both readings that are there until the transaction ends: in one order, so that none waits for another
/// that waits for it.
pub async fn hold(
    conn: &mut Conn,
    patient: UserId,
    [one, other]: [ReadingId; 2],
    [around_one, around_other]: [Around; 2],
) -> QueryResult<Vec<Held>> {
    kept(
        sql_query(
            "SELECT id, version, notes, removed_at IS NOT NULL AS is_removed FROM readings \
             WHERE patient_id = $1 AND (id = $2 AND recorded_at >= $3 AND recorded_at < $4 \
                 OR id = $5 AND recorded_at >= $6 AND recorded_at < $7) \
             ORDER BY id FOR NO KEY UPDATE",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(one)
        .bind::<Timestamptz, _>(around_one.0.to_diesel())
        .bind::<Timestamptz, _>(around_one.1.to_diesel())
        .bind::<Uuid, _>(other)
        .bind::<Timestamptz, _>(around_other.0.to_diesel())
        .bind::<Timestamptz, _>(around_other.1.to_diesel()),
    )
    .load(conn)
    .await
}

#[derive(QueryableByName)]
struct ReplacedBy {
    #[diesel(sql_type = Uuid)]
    replaced_by: ReadingId,
}

/// What the reading `id` has become at last; `None`: it was never corrected.
pub async fn replacement(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
) -> QueryResult<Option<ReadingId>> {
    let found: Option<ReplacedBy> = kept(
        sql_query(
            "SELECT replaced_by FROM reading_corrections WHERE patient_id = $1 AND origin = ( \
                 SELECT origin FROM reading_corrections WHERE patient_id = $1 AND reading_id = $2 ORDER BY version DESC LIMIT 1) \
             ORDER BY created_at DESC, version DESC LIMIT 1",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.replaced_by))
}

/// Which reading the reading `$2` was at first.
const ORIGIN: &str = "SELECT origin FROM reading_corrections WHERE patient_id = $1 AND replaced_by = $2 \
    ORDER BY created_at DESC, version DESC LIMIT 1";

#[derive(QueryableByName)]
struct CorrectedRow {
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = Double)]
    value: f64,
    #[diesel(sql_type = Nullable<Double>)]
    diastolic: Option<f64>,
    #[diesel(sql_type = Text)]
    unit: Unit,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    recorded_at: Timestamp,
    #[diesel(sql_type = Nullable<Text>)]
    notes: Option<String>,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
}

impl CorrectedRow {
    /// `None`: it was possible once and is so no more.
    fn corrected(self) -> Option<Corrected> {
        Some(Corrected {
            reading: Reading::stored(self.kind, self.value, self.diastolic)?,
            unit: self.unit,
            recorded_at: self.recorded_at,
            notes: self.notes,
            until: self.created_at,
        })
    }
}

/// What the reading `id` was before, the last first; `most` at most.
pub async fn corrections(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    most: i64,
) -> QueryResult<Vec<Corrected>> {
    let rows: Vec<CorrectedRow> = kept(
        sql_query(format!(
            "SELECT kind, value, diastolic, unit, recorded_at, notes, created_at FROM reading_corrections \
             WHERE patient_id = $1 AND origin = ({ORIGIN}) ORDER BY created_at DESC, version DESC LIMIT $3"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter_map(CorrectedRow::corrected).collect())
}

#[derive(QueryableByName)]
struct ReplacedRow {
    #[diesel(sql_type = Uuid)]
    replaced_by: ReadingId,
    #[diesel(embed)]
    was: CorrectedRow,
}

/// What all readings of `patient` were before, the last first; `most` at most.
pub async fn all_corrections(
    conn: &mut Conn,
    patient: UserId,
    most: i64,
) -> QueryResult<Vec<(ReadingId, Corrected)>> {
    let rows: Vec<ReplacedRow> = kept(
        sql_query(
            "SELECT replaced_by, kind, value, diastolic, unit, recorded_at, notes, created_at FROM reading_corrections \
             WHERE patient_id = $1 ORDER BY created_at DESC, version DESC LIMIT $2",
        )
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(most),
    )
    .load(conn)
    .await?;
    let pair = |row: ReplacedRow| Some((row.replaced_by, row.was.corrected()?));
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// Keeps what the reading `id` is, which becomes `to`.
pub async fn insert_correction(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    to: ReadingId,
    (from, until): Around,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(format!(
            "INSERT INTO reading_corrections (patient_id, reading_id, version, replaced_by, origin, kind, value, diastolic, unit, \
                 recorded_at, notes, created_at) \
             SELECT patient_id, id, version, $3, coalesce(({ORIGIN}), id), kind, value, diastolic, unit, recorded_at, notes, $6 \
             FROM readings WHERE patient_id = $1 AND id = $2 AND recorded_at >= $4 AND recorded_at < $5"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(to)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn set_notes(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    (from, until): Around,
    notes: Option<&str>,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE readings SET notes = $5, version = version + 1 \
             WHERE patient_id = $1 AND id = $2 AND recorded_at >= $3 AND recorded_at < $4",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<Nullable<Text>, _>(notes),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Keeps what a reading was corrected to, of which the patient has seen `version`; or brings it back when it was that
/// once. Where it is counted.
pub async fn insert_corrected(
    conn: &mut Conn,
    patient: UserId,
    (id, version): (ReadingId, i32),
    corrected: &CheckedManual,
    utc_offset: i16,
    now: Timestamp,
) -> QueryResult<Place> {
    let row: PlaceRow = kept(
        sql_query(
            "INSERT INTO readings (patient_id, id, recorded_at, source, kind, value, diastolic, unit, notes, created_at, utc_offset, version) \
             VALUES ($1, $2, $3, $1, $4, $5, $6, $7, $8, $9, $10, $11 + 1) \
             ON CONFLICT (patient_id, id, recorded_at) DO UPDATE SET removed_at = NULL, notes = excluded.notes, \
                 version = greatest(readings.version + 1, excluded.version) \
             RETURNING kind, recorded_at, utc_offset",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(corrected.recorded_at.to_diesel())
        .bind::<Text, _>(corrected.reading.kind())
        .bind::<Double, _>(corrected.reading.value())
        .bind::<Nullable<Double>, _>(corrected.reading.diastolic())
        .bind::<Text, _>(corrected.unit)
        .bind::<Nullable<Text>, _>(&corrected.notes)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<SmallInt, _>(utc_offset)
        .bind::<Integer, _>(version),
    )
    .get_result(conn)
    .await?;
    Ok(row.into())
}
