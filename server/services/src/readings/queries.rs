use super::{StoredReading, rollups::Place};
use crate::{Conn, directory::Page, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, BigInt, Bool, Double, Integer, Nullable, SmallInt, Text, Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{CheckedManual, MetricKind, Quarantine, Reading, ReadingId, Unit, utc_offset},
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use jiff_diesel::ToDiesel;

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Those of a [`KeptRow`], from `readings` r and `devices` d.
pub const KEPT_COLUMNS: &str = "r.id, r.kind, r.value, r.diastolic, r.unit, r.recorded_at, r.created_at, r.source, \
    d.name AS device_name, r.notes, r.is_late, r.near_duplicate_of, r.version";

/// What of `readings` is shown to its patient.
const SHOWN: &str = "patient_id = $1 AND removed_at IS NULL";

/// How many readings `patient` has, or of one `kind`; `most` at most.
pub async fn count(
    conn: &mut Conn,
    patient: UserId,
    kind: Option<MetricKind>,
    most: i64,
) -> QueryResult<i64> {
    let all = sql_query(match kind {
        None => format!("SELECT count(*) AS count FROM (SELECT FROM readings WHERE {SHOWN} LIMIT $2) AS counted"),
        Some(_) => format!(
            "SELECT count(*) AS count FROM (SELECT FROM readings WHERE {SHOWN} AND kind = $3 LIMIT $2) AS counted"
        ),
    })
    .bind::<Uuid, _>(patient)
    .bind::<BigInt, _>(most);
    let counted: Count = match kind {
        None => kept(all).get_result(conn).await?,
        Some(kind) => kept(all.bind::<Text, _>(kind)).get_result(conn).await?,
    };
    Ok(counted.count)
}

#[derive(QueryableByName)]
pub struct ReadingRow {
    #[diesel(sql_type = Uuid)]
    id: ReadingId,
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
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    created_at: Timestamp,
    #[diesel(sql_type = Uuid)]
    source: DeviceId,
    /// `None`: it is from no device.
    #[diesel(sql_type = Nullable<Text>)]
    device_name: Option<String>,
}

#[derive(QueryableByName)]
pub struct KeptRow {
    #[diesel(embed)]
    reading: ReadingRow,
    #[diesel(sql_type = Nullable<Text>)]
    notes: Option<String>,
    #[diesel(sql_type = Bool)]
    is_late: bool,
    #[diesel(sql_type = Nullable<Uuid>)]
    near_duplicate_of: Option<ReadingId>,
    #[diesel(sql_type = Integer)]
    version: i32,
}

impl ReadingRow {
    /// `None`: it was possible once and is so no more.
    fn stored(self) -> Option<StoredReading> {
        let reading = Reading::stored(self.kind, self.value, self.diastolic)?;
        let source = self.source;
        Some(StoredReading {
            id: self.id,
            reading,
            unit: self.unit,
            recorded_at: self.recorded_at,
            received_at: self.created_at,
            device: self.device_name.map(|name| (source, name)),
            notes: None,
            is_late: false,
            near_duplicate_of: None,
            version: 1,
        })
    }
}

impl KeptRow {
    /// `None`: it was possible once and is so no more.
    pub fn stored(self) -> Option<StoredReading> {
        let Self { reading, notes, is_late, near_duplicate_of, version } = self;
        Some(StoredReading { notes, is_late, near_duplicate_of, version, ..reading.stored()? })
    }
}

/// One page of the readings of `patient`, the newest first. Ids sort by time, so that the primary key finds them.
pub async fn readings(
    conn: &mut Conn,
    patient: UserId,
    kind: Option<MetricKind>,
    page: Page,
) -> QueryResult<Vec<StoredReading>> {
    let (only, order) = match kind {
        None => ("", "id DESC"),
        Some(_) => ("AND kind = $4", "recorded_at DESC, id DESC"),
    };
    let all = sql_query(format!(
        "SELECT {KEPT_COLUMNS} FROM (SELECT * FROM readings WHERE {SHOWN} {only} ORDER BY {order} LIMIT $2 OFFSET $3) AS r \
         LEFT JOIN devices d ON d.id = r.source ORDER BY r.{}",
        order.replace(", ", ", r.")
    ))
    .bind::<Uuid, _>(patient)
    .bind::<BigInt, _>(page.size)
    .bind::<BigInt, _>(page.offset());
    let rows: Vec<KeptRow> = match kind {
        None => kept(all).load(conn).await?,
        Some(kind) => kept(all.bind::<Text, _>(kind)).load(conn).await?,
    };
    Ok(rows.into_iter().filter_map(KeptRow::stored).collect())
}

/// Those that stand after that one in the same order, `most` at most.
pub async fn older(
    conn: &mut Conn,
    patient: UserId,
    kind: Option<MetricKind>,
    (at, id): (Timestamp, ReadingId),
    most: i64,
) -> QueryResult<Vec<StoredReading>> {
    let (only, order) = match kind {
        // Ids sort by milliseconds: of the same one a smaller id may be later.
        None => ("recorded_at < $2 + interval '1 millisecond' AND id < $3", "id DESC"),
        Some(_) => (
            "recorded_at <= $2 AND (recorded_at, id) < ($2, $3) AND kind = $5",
            "recorded_at DESC, id DESC",
        ),
    };
    let all = sql_query(format!(
        "SELECT {KEPT_COLUMNS} FROM (SELECT * FROM readings WHERE {SHOWN} AND {only} ORDER BY {order} LIMIT $4) AS r \
         LEFT JOIN devices d ON d.id = r.source ORDER BY r.{}",
        order.replace(", ", ", r.")
    ))
    .bind::<Uuid, _>(patient)
    .bind::<Timestamptz, _>(at.to_diesel())
    .bind::<Uuid, _>(id)
    .bind::<BigInt, _>(most);
    let rows: Vec<KeptRow> = match kind {
        None => kept(all).load(conn).await?,
        Some(kind) => kept(all.bind::<Text, _>(kind)).load(conn).await?,
    };
    Ok(rows.into_iter().filter_map(KeptRow::stored).collect())
}

/// The readings of `patient` that were measured last of each kind, where it is known when.
pub async fn newest(
    conn: &mut Conn,
    patient: UserId,
    last: &[(MetricKind, Timestamp)],
) -> QueryResult<Vec<StoredReading>> {
    let rows: Vec<KeptRow> = kept(
        sql_query(
            "SELECT r.id, r.kind, r.value, r.diastolic, r.unit, r.recorded_at, r.created_at, r.source, d.name AS device_name, \
                 r.notes, r.is_late, r.near_duplicate_of, r.version \
             FROM unnest($2::text[], $3::timestamptz[]) AS last (kind, at) \
             CROSS JOIN LATERAL ( \
                 SELECT * FROM readings WHERE patient_id = $1 AND removed_at IS NULL AND near_duplicate_of IS NULL \
                     AND kind = last.kind AND recorded_at = last.at ORDER BY id DESC LIMIT 1) AS r \
             LEFT JOIN devices d ON d.id = r.source",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(last.iter().map(|(kind, _)| *kind).collect::<Vec<_>>())
        .bind::<Array<Timestamptz>, _>(
            last.iter().map(|(_, at)| at.to_diesel()).collect::<Vec<_>>(),
        ),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter_map(KeptRow::stored).collect())
}

pub async fn count_quarantined(conn: &mut Conn, patient: UserId, most: i64) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(
            "SELECT count(*) AS count FROM (SELECT FROM quarantined_readings WHERE patient_id = $1 LIMIT $2) AS counted",
        )
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(most),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

#[derive(QueryableByName)]
struct QuarantinedRow {
    #[diesel(embed)]
    reading: ReadingRow,
    #[diesel(sql_type = Text)]
    reason: Quarantine,
}

/// One page of what is quarantined of `patient`, the last to come first.
pub async fn quarantined(
    conn: &mut Conn,
    patient: UserId,
    page: Page,
) -> QueryResult<Vec<(StoredReading, Quarantine)>> {
    let rows: Vec<QuarantinedRow> = kept(
        sql_query(
            "SELECT q.id, q.kind, q.value, q.diastolic, q.unit, q.recorded_at, q.created_at, q.source, d.name AS device_name, q.reason \
             FROM quarantined_readings q LEFT JOIN devices d ON d.id = q.source \
             WHERE q.patient_id = $1 ORDER BY q.created_at DESC, q.id DESC LIMIT $2 OFFSET $3",
        )
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset()),
    )
    .load(conn)
    .await?;
    let pair = |row: QuarantinedRow| Some((row.reading.stored()?, row.reason));
    Ok(rows.into_iter().filter_map(pair).collect())
}

/// Where a reading is counted.
#[derive(QueryableByName)]
pub struct PlaceRow {
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    recorded_at: Timestamp,
    #[diesel(sql_type = SmallInt)]
    utc_offset: i16,
}

impl From<PlaceRow> for Place {
    fn from(row: PlaceRow) -> Self {
        Self { kind: row.kind, recorded_at: row.recorded_at, utc_offset: row.utc_offset }
    }
}

/// Keeps what `patient` typed, or brings it back: where it is to be counted. `None`: it is there already.
pub async fn add(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    typed: &CheckedManual,
    zone: &TimeZone,
    now: Timestamp,
) -> QueryResult<Option<Place>> {
    let added: Option<PlaceRow> = kept(
        sql_query(
            "INSERT INTO readings (patient_id, id, recorded_at, source, kind, value, diastolic, unit, notes, created_at, utc_offset) \
             VALUES ($1, $2, $3, $1, $4, $5, $6, $7, $8, $9, $10) \
             ON CONFLICT (patient_id, id, recorded_at) DO UPDATE SET removed_at = NULL, \
                 notes = coalesce(excluded.notes, readings.notes), version = readings.version + 1 \
             WHERE readings.removed_at IS NOT NULL OR excluded.notes <> coalesce(readings.notes, '') \
             RETURNING kind, recorded_at, utc_offset",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(typed.recorded_at.to_diesel())
        .bind::<Text, _>(typed.reading.kind())
        .bind::<Double, _>(typed.reading.value())
        .bind::<Nullable<Double>, _>(typed.reading.diastolic())
        .bind::<Text, _>(typed.unit)
        .bind::<Nullable<Text>, _>(&typed.notes)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<SmallInt, _>(utc_offset(typed.recorded_at, zone)),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(added.map(Place::from))
}

/// Takes the reading `id`, which was measured in `span`, out of what is shown: where it was counted. `None`: it is not
/// among that.
pub async fn remove(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    (from, until): (Timestamp, Timestamp),
    now: Timestamp,
) -> QueryResult<Option<Place>> {
    let removed: Option<PlaceRow> = kept(
        sql_query(
            "UPDATE readings SET removed_at = $5, version = version + 1 \
             WHERE patient_id = $1 AND id = $2 AND recorded_at >= $3 AND recorded_at < $4 AND removed_at IS NULL \
             RETURNING kind, recorded_at, utc_offset",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(removed.map(Place::from))
}

/// So many readings are marked as one measurement at most.
const TWINS: i64 = 100;

/// Lets the first of those that were marked as the same measurement as `taken` stand for it, and the others, unless they are
/// too far from that one, for nothing: where those are counted that are marked no more.
pub async fn stand_in(
    conn: &mut Conn,
    patient: UserId,
    taken: ReadingId,
    was: Place,
    window: SignedDuration,
) -> QueryResult<Vec<Place>> {
    let rows: Vec<PlaceRow> = kept(
        sql_query(
            "WITH twins AS MATERIALIZED ( \
                 SELECT id, recorded_at FROM readings WHERE patient_id = $1 AND kind = $2 AND recorded_at >= $4 AND recorded_at <= $5 \
                     AND near_duplicate_of = $3 AND removed_at IS NULL ORDER BY recorded_at, id LIMIT $6), \
             first AS (SELECT id, recorded_at FROM twins ORDER BY recorded_at, id LIMIT 1), \
             freed AS (UPDATE readings r SET near_duplicate_of = CASE WHEN r.id <> first.id \
                     AND r.recorded_at - first.recorded_at <= $7 * interval '1 second' THEN first.id END \
                 FROM twins, first \
                 WHERE r.patient_id = $1 AND r.id = twins.id AND r.recorded_at = twins.recorded_at \
                     AND r.recorded_at >= $4 AND r.recorded_at <= $5 \
                 RETURNING r.kind, r.recorded_at, r.utc_offset, r.near_duplicate_of) \
             SELECT kind, recorded_at, utc_offset FROM freed WHERE near_duplicate_of IS NULL",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(was.kind)
        .bind::<Uuid, _>(taken)
        .bind::<Timestamptz, _>((was.recorded_at - window).to_diesel())
        .bind::<Timestamptz, _>((was.recorded_at + window).to_diesel())
        .bind::<BigInt, _>(TWINS)
        .bind::<Double, _>(window.as_secs_f64()),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(Place::from).collect())
}

/// Whether `patient` has the reading `id`, removed or not.
pub async fn is_there(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingId,
    (from, until): (Timestamp, Timestamp),
) -> QueryResult<bool> {
    let found = kept(
        sql_query(
            "SELECT FROM readings WHERE patient_id = $1 AND id = $2 AND recorded_at >= $3 AND recorded_at < $4",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel()),
    );
    Ok(found.execute(conn).await? > 0)
}

#[derive(QueryableByName)]
struct Made {
    #[diesel(sql_type = Integer)]
    made: i32,
}

/// Makes the partitions that are missing around `now`, unless another server is just making them; how many.
pub async fn make_partitions(conn: &mut Conn, now: Timestamp) -> QueryResult<i32> {
    let made: Made = kept(
        // Any number that nobody else uses.
        sql_query(
            "SELECT CASE WHEN pg_try_advisory_xact_lock(5108830442916670013) THEN make_reading_partitions($1) ELSE 0 END AS made",
        )
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await?;
    Ok(made.made)
}
