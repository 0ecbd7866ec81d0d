use super::{super::Heard, Followed};
use crate::{Conn, kept::kept};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, BigInt, Bool, Date as SqlDate, Double, Integer, Nullable, Text, Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::DeviceId,
    identity::UserId,
    readings::{LATE_AFTER, MetricKind, Reading, ReadingId, Unit},
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;

#[derive(QueryableByName)]
struct WatchRow {
    #[diesel(sql_type = diesel::sql_types::Jsonb)]
    watch: serde_json::Value,
}

/// Holds how series of `kinds` stand until the transaction ends, in their order; what is not there yet is made.
pub async fn hold(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
) -> crate::Result<Vec<Followed>> {
    kept(
        sql_query(
            "INSERT INTO reading_watches (patient_id, kind) SELECT $1, kind FROM unnest($2::text[]) AS kind ORDER BY kind \
             ON CONFLICT DO NOTHING",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(kinds),
    )
    .execute(conn)
    .await?;
    let rows: Vec<WatchRow> = kept(
        sql_query(
            "SELECT to_jsonb(w) AS watch FROM reading_watches w WHERE patient_id = $1 AND kind = ANY($2) ORDER BY kind FOR UPDATE",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(kinds),
    )
    .load(conn)
    .await?;
    followed(rows)
}

fn followed(rows: Vec<WatchRow>) -> crate::Result<Vec<Followed>> {
    rows.into_iter()
        .map(|row| serde_json::from_value(row.watch))
        .collect::<Result<_, _>>()
        .map_err(|error| crate::Error::Internal(error.into()))
}

/// How one stands, without holding it.
pub async fn known(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
) -> crate::Result<Option<Followed>> {
    let row: Option<WatchRow> = kept(
        sql_query("SELECT to_jsonb(w) AS watch FROM reading_watches w WHERE patient_id = $1 AND kind = $2")
            .bind::<Uuid, _>(patient)
            .bind::<Text, _>(kind),
    )
    .get_result(conn)
    .await
    .optional()?;
    row.map(|row| serde_json::from_value(row.watch))
        .transpose()
        .map_err(|error| crate::Error::Internal(error.into()))
}

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// Keeps how a series stands that is held.
pub async fn save(conn: &mut Conn, patient: UserId, of: &Followed) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE reading_watches SET alert_id = $3, alert_severity = $4, streak_side = $5, streak_since = $6, streak_count = $7, \
                 streak_last_at = $8, critical_since = $9, critical_count = $10, calm_count = $11, seen_at = $12, \
                 baseline_median = $13, baseline_spread = $14, baseline_lower_median = $15, baseline_lower_spread = $16, \
                 baseline_on = $17, alert_side = $18 \
             WHERE patient_id = $1 AND kind = $2",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(of.kind)
        .bind::<Nullable<Uuid>, _>(of.alert_id)
        .bind::<Nullable<Text>, _>(of.alert_severity)
        .bind::<Nullable<Text>, _>(of.streak_side)
        .bind::<Nullable<Timestamptz>, _>(of.streak_since.map(ToDiesel::to_diesel))
        .bind::<Nullable<Integer>, _>(of.streak_count.map(number))
        .bind::<Nullable<Timestamptz>, _>(of.streak_last_at.map(ToDiesel::to_diesel))
        .bind::<Nullable<Timestamptz>, _>(of.critical_since.map(ToDiesel::to_diesel))
        .bind::<Integer, _>(number(of.critical_count))
        .bind::<Integer, _>(number(of.calm_count))
        .bind::<Nullable<Timestamptz>, _>(of.seen_at.map(ToDiesel::to_diesel))
        .bind::<Nullable<Double>, _>(of.baseline_median)
        .bind::<Nullable<Double>, _>(of.baseline_spread)
        .bind::<Nullable<Double>, _>(of.baseline_lower_median)
        .bind::<Nullable<Double>, _>(of.baseline_lower_spread)
        .bind::<Nullable<SqlDate>, _>(of.baseline_on.map(ToDiesel::to_diesel))
        .bind::<Nullable<Text>, _>(of.alert_side),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Lets a series go on as if there had been no reading of `at`: what is measured then may come again otherwise.
pub async fn forget(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    at: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE reading_watches SET seen_at = NULL WHERE patient_id = $1 AND kind = $2 AND seen_at = $3",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(at.to_diesel()),
    )
    .execute(conn)
    .await?;
    kept(
        sql_query(
            "UPDATE reading_watches SET streak_side = NULL, streak_since = NULL, streak_count = NULL, streak_last_at = NULL, \
                 critical_since = NULL, critical_count = 0 \
             WHERE patient_id = $1 AND kind = $2 AND alert_id IS NULL AND streak_last_at = $3",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(at.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Holds how all series of `patient` stand that there are, in the order of [`hold`].
pub async fn hold_all(conn: &mut Conn, patient: UserId) -> crate::Result<Vec<Followed>> {
    let rows: Vec<WatchRow> = kept(
        sql_query("SELECT to_jsonb(w) AS watch FROM reading_watches w WHERE patient_id = $1 ORDER BY kind FOR UPDATE")
            .bind::<Uuid, _>(patient),
    )
    .load(conn)
    .await?;
    followed(rows)
}

/// Whether there are readings of a kind that `source` has sent, from `from` on.
pub async fn has_sent(
    conn: &mut Conn,
    (patient, kind): (UserId, MetricKind),
    source: DeviceId,
    from: Timestamp,
) -> QueryResult<bool> {
    let found = kept(
        sql_query(
            "SELECT FROM readings WHERE patient_id = $1 AND kind = $2 AND recorded_at >= $3 AND source = $4 \
                 AND removed_at IS NULL LIMIT 1",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Uuid, _>(source),
    );
    Ok(found.execute(conn).await? > 0)
}

/// Lets the series that are held go on as if `source` had sent nothing.
pub async fn forget_source(conn: &mut Conn, patient: UserId, source: DeviceId) -> QueryResult<()> {
    kept(
        sql_query(
            // Looked up one by one, as below: a join could read all that somebody has.
            "UPDATE reading_watches w SET seen_at = NULL WHERE patient_id = $1 AND (SELECT r.id FROM readings r \
                 WHERE r.patient_id = $1 AND r.kind = w.kind AND r.recorded_at = w.seen_at AND r.source = $2 LIMIT 1) IS NOT NULL",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(source),
    )
    .execute(conn)
    .await?;
    kept(
        sql_query(
            "UPDATE reading_watches w SET streak_side = NULL, streak_since = NULL, streak_count = NULL, streak_last_at = NULL, \
                 critical_since = NULL, critical_count = 0 \
             WHERE patient_id = $1 AND alert_id IS NULL AND (SELECT r.id FROM readings r WHERE r.patient_id = $1 AND r.kind = w.kind \
                 AND r.recorded_at BETWEEN w.streak_since AND w.streak_last_at AND r.source = $2 LIMIT 1) IS NOT NULL",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(source),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Forgets what is usual in series of `kinds`, which are held.
pub async fn forget_baselines(
    conn: &mut Conn,
    patient: UserId,
    kinds: &[MetricKind],
) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE reading_watches SET baseline_median = NULL, baseline_spread = NULL, baseline_lower_median = NULL, \
                 baseline_lower_spread = NULL, baseline_on = NULL \
             WHERE patient_id = $1 AND kind = ANY($2) AND baseline_on IS NOT NULL",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Array<Text>, _>(kinds),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct SeriesRow {
    #[diesel(sql_type = Uuid)]
    id: ReadingId,
    #[diesel(sql_type = Double)]
    value: f64,
    #[diesel(sql_type = Nullable<Double>)]
    diastolic: Option<f64>,
    #[diesel(sql_type = Text)]
    unit: Unit,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    recorded_at: Timestamp,
    #[diesel(sql_type = Bool)]
    is_typed: bool,
}

/// What of a series is looked at.
#[derive(Debug, Clone, Copy)]
pub struct Wanted {
    pub kind: MetricKind,
    pub from: Timestamp,
    /// But for this one.
    pub except: Option<ReadingId>,
    /// And what this one has sent.
    pub except_from: Option<DeviceId>,
    /// Of more, the newest.
    pub most: i64,
}

/// The readings of a series that were followed, the oldest first; without those of devices all of whose readings are just
/// taken away. What was typed late was not followed either, unless it stands for what was typed before.
pub async fn series(conn: &mut Conn, patient: UserId, wanted: Wanted) -> QueryResult<Vec<Heard>> {
    let kind = wanted.kind;
    let mut rows: Vec<SeriesRow> = kept(
        sql_query(
            "SELECT id, value, diastolic, unit, recorded_at, source = patient_id AS is_typed FROM readings r \
             WHERE patient_id = $1 AND kind = $2 AND recorded_at >= $3 AND id IS DISTINCT FROM $4 \
                 AND source IS DISTINCT FROM $6 \
                 AND (SELECT c.asked_at FROM device_clearings c WHERE c.device_id = r.source AND r.created_at <= c.asked_at) IS NULL \
                 AND (source <> patient_id OR version > 1 OR created_at <= recorded_at + $7 * interval '1 second') \
                 AND NOT is_late AND removed_at IS NULL AND near_duplicate_of IS NULL \
             ORDER BY recorded_at DESC, id DESC LIMIT $5",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(wanted.from.to_diesel())
        .bind::<Nullable<Uuid>, _>(wanted.except)
        .bind::<BigInt, _>(wanted.most)
        .bind::<Nullable<Uuid>, _>(wanted.except_from)
        .bind::<BigInt, _>(LATE_AFTER.as_secs()),
    )
    .load(conn)
    .await?;
    rows.reverse();
    let heard = |row: SeriesRow| {
        let reading = Reading::stored(kind, row.value, row.diastolic)?;
        let SeriesRow { id, unit, recorded_at, is_typed, .. } = row;
        Some(Heard { id, reading, unit, recorded_at, is_typed })
    };
    Ok(rows.into_iter().filter_map(heard).collect())
}

#[derive(QueryableByName)]
struct Extremes {
    #[diesel(sql_type = Nullable<Double>)]
    lowest: Option<f64>,
    #[diesel(sql_type = Nullable<Double>)]
    highest: Option<f64>,
}

/// The lowest and the highest value of a kind in a stretch of time, its end left out.
pub async fn extremes(
    conn: &mut Conn,
    patient: UserId,
    kind: MetricKind,
    (from, until): (Timestamp, Timestamp),
) -> QueryResult<Option<(f64, f64)>> {
    let found: Extremes = kept(
        sql_query(
            "SELECT min(value) AS lowest, max(value) AS highest FROM ( \
                 SELECT value FROM readings WHERE patient_id = $1 AND kind = $2 AND recorded_at >= $3 AND recorded_at < $4 \
                     AND removed_at IS NULL AND near_duplicate_of IS NULL ORDER BY recorded_at DESC LIMIT 1000) AS before",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind)
        .bind::<Timestamptz, _>(from.to_diesel())
        .bind::<Timestamptz, _>(until.to_diesel()),
    )
    .get_result(conn)
    .await?;
    Ok(found.lowest.zip(found.highest))
}
