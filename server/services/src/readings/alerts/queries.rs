use super::{Alert, Heard};
use crate::{Conn, directory::Page, kept::kept, live::ALERTS};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Double, Integer, Nullable, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{
        Beyond, Concern, MetricKind, Reading, ReadingAlertId, ReadingId, Severity, Side, Unit,
    },
};
use jiff::Timestamp;
use jiff_diesel::ToDiesel;
use std::collections::HashMap;

fn number(count: u32) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX)
}

/// The last reading of an alert, and how much it asks for by itself.
#[derive(Debug, Clone, Copy)]
pub struct Last {
    pub heard: Heard,
    pub severity: Severity,
}

macro_rules! of_reading {
    ($query:expr, $last:expr) => {{
        let Last { heard, severity } = $last;
        $query
            .bind::<Uuid, _>(heard.id)
            .bind::<Double, _>(heard.reading.value())
            .bind::<Nullable<Double>, _>(heard.reading.diastolic())
            .bind::<Text, _>(heard.unit)
            .bind::<Timestamptz, _>(heard.recorded_at.to_diesel())
            .bind::<Text, _>(severity)
    }};
}

/// Begins an alert that stands on so many readings, with the last of them.
pub async fn open(
    conn: &mut Conn,
    patient: UserId,
    last: Last,
    (beyond, readings): (Beyond, u32),
    now: Timestamp,
) -> QueryResult<ReadingAlertId> {
    let id = ReadingAlertId::generate();
    let query = sql_query(
        "INSERT INTO reading_alerts (id, reading_id, value, diastolic, unit, recorded_at, reading_severity, patient_id, kind, \
             severity, side, concern, readings, opened_at, raised_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, CASE WHEN $10 = 'critical' THEN $14 END)",
    )
    .bind::<Uuid, _>(id);
    kept(
        of_reading!(query, last)
            .bind::<Uuid, _>(patient)
            .bind::<Text, _>(last.heard.reading.kind())
            .bind::<Text, _>(beyond.severity)
            .bind::<Text, _>(beyond.side)
            .bind::<Text, _>(beyond.concern)
            .bind::<Integer, _>(number(readings))
            .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(id)
}

/// Makes an alert worse, which is to be seen anew.
pub async fn raise(
    conn: &mut Conn,
    id: ReadingAlertId,
    last: Last,
    (beyond, more): (Beyond, u32),
    now: Timestamp,
) -> QueryResult<()> {
    let query = sql_query(
        "UPDATE reading_alerts SET reading_id = $2, value = $3, diastolic = $4, unit = $5, recorded_at = $6, reading_severity = $7, \
             severity = $8, side = $9, concern = $10, readings = readings + $11, raised_at = $12, acknowledged_at = NULL, \
             acknowledged_by = NULL, escalated_at = NULL \
         WHERE id = $1",
    )
    .bind::<Uuid, _>(id);
    kept(
        of_reading!(query, last)
            .bind::<Text, _>(beyond.severity)
            .bind::<Text, _>(beyond.side)
            .bind::<Text, _>(beyond.concern)
            .bind::<Integer, _>(number(more))
            .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that so many more readings were beyond the limits, with the last of them.
pub async fn went(conn: &mut Conn, id: ReadingAlertId, last: Last, more: u32) -> QueryResult<()> {
    let query = sql_query(
        "UPDATE reading_alerts SET reading_id = $2, value = $3, diastolic = $4, unit = $5, recorded_at = $6, reading_severity = $7, \
             readings = readings + $8 \
         WHERE id = $1",
    )
    .bind::<Uuid, _>(id);
    kept(of_reading!(query, last).bind::<Integer, _>(number(more))).execute(conn).await?;
    Ok(())
}

/// Lets an alert that cannot wait be seen anew, if somebody has seen it before `before`; whether it is so.
pub async fn unsee(conn: &mut Conn, id: ReadingAlertId, before: Timestamp) -> QueryResult<bool> {
    let set = kept(
        sql_query(
            "UPDATE reading_alerts SET acknowledged_at = NULL, acknowledged_by = NULL, escalated_at = NULL \
             WHERE id = $1 AND severity = 'critical' AND ended_at IS NULL AND acknowledged_at <= $2",
        )
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(before.to_diesel()),
    );
    Ok(set.execute(conn).await? > 0)
}

/// Lets an alert stand on other readings than before, so many, with the last of them; it never becomes worse by that.
pub async fn reground(
    conn: &mut Conn,
    id: ReadingAlertId,
    last: Last,
    (beyond, severity, readings): (Beyond, Severity, u32),
) -> QueryResult<()> {
    let query = sql_query(
        "UPDATE reading_alerts SET reading_id = $2, value = $3, diastolic = $4, unit = $5, recorded_at = $6, reading_severity = $7, \
             severity = $8, concern = $9, readings = $10, raised_at = CASE WHEN $8 = 'critical' THEN raised_at END \
         WHERE id = $1",
    )
    .bind::<Uuid, _>(id);
    kept(
        of_reading!(query, last)
            .bind::<Text, _>(severity)
            .bind::<Text, _>(beyond.concern)
            .bind::<Integer, _>(number(readings)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn end(
    conn: &mut Conn,
    id: ReadingAlertId,
    outcome: &str,
    now: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query("UPDATE reading_alerts SET ended_at = $2, outcome = $3 WHERE id = $1 AND ended_at IS NULL")
            .bind::<Uuid, _>(id)
            .bind::<Timestamptz, _>(now.to_diesel())
            .bind::<Text, _>(outcome),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// An alert that goes on, as far as it has to be known to look at its readings anew.
#[derive(QueryableByName)]
pub struct Standing {
    #[diesel(sql_type = Uuid)]
    pub reading_id: ReadingId,
    #[diesel(sql_type = Text)]
    pub severity: Severity,
    #[diesel(sql_type = Text)]
    pub side: Side,
    #[diesel(sql_type = Text)]
    pub concern: Concern,
    #[diesel(sql_type = Integer)]
    pub readings: i32,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    pub opened_at: Timestamp,
}

/// Holds an alert that goes on until the transaction ends.
pub async fn standing(conn: &mut Conn, id: ReadingAlertId) -> QueryResult<Option<Standing>> {
    kept(
        sql_query(
            "SELECT reading_id, severity, side, concern, readings, opened_at FROM reading_alerts WHERE id = $1 AND ended_at IS NULL \
             FOR NO KEY UPDATE",
        )
        .bind::<Uuid, _>(id),
    )
    .get_result(conn)
    .await
    .optional()
}

pub async fn notify(conn: &mut Conn, patients: &[UserId]) -> QueryResult<()> {
    kept(
        sql_query("SELECT pg_notify($1, patient::text) FROM unnest($2) AS patient")
            .bind::<Text, _>(ALERTS)
            .bind::<Array<Uuid>, _>(patients),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Notes that it was seen; whether nobody had before, and it goes on.
pub async fn acknowledge(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
    now: Timestamp,
) -> QueryResult<bool> {
    let set = kept(
        sql_query(
            "UPDATE reading_alerts SET acknowledged_at = $3, acknowledged_by = $2 \
             WHERE id = $1 AND patient_id = $2 AND acknowledged_at IS NULL AND ended_at IS NULL",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(now.to_diesel()),
    );
    Ok(set.execute(conn).await? > 0)
}

pub async fn is_there(conn: &mut Conn, patient: UserId, id: ReadingAlertId) -> QueryResult<bool> {
    let found = kept(
        sql_query("SELECT FROM reading_alerts WHERE id = $1 AND patient_id = $2")
            .bind::<Uuid, _>(id)
            .bind::<Uuid, _>(patient),
    );
    Ok(found.execute(conn).await? > 0)
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many alerts of `patient` are over; `most` at most.
pub async fn count_over(conn: &mut Conn, patient: UserId, most: i64) -> QueryResult<i64> {
    let counted: Count = kept(
        sql_query(
            "SELECT count(*) AS count FROM (SELECT FROM reading_alerts WHERE patient_id = $1 AND ended_at IS NOT NULL LIMIT $2) AS counted",
        )
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(most),
    )
    .get_result(conn)
    .await?;
    Ok(counted.count)
}

#[derive(QueryableByName)]
struct AlertRow {
    #[diesel(sql_type = Uuid)]
    id: ReadingAlertId,
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = Text)]
    severity: Severity,
    #[diesel(sql_type = Text)]
    side: Side,
    #[diesel(sql_type = Text)]
    concern: Concern,
    #[diesel(sql_type = Text)]
    reading_severity: Severity,
    #[diesel(sql_type = Double)]
    value: f64,
    #[diesel(sql_type = Nullable<Double>)]
    diastolic: Option<f64>,
    #[diesel(sql_type = Text)]
    unit: Unit,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    recorded_at: Timestamp,
    #[diesel(sql_type = Integer)]
    readings: i32,
    #[diesel(sql_type = Timestamptz, deserialize_as = jiff_diesel::Timestamp)]
    opened_at: Timestamp,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    acknowledged_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    escalated_at: Option<Timestamp>,
    #[diesel(sql_type = Nullable<Timestamptz>, deserialize_as = jiff_diesel::NullableTimestamp)]
    ended_at: Option<Timestamp>,
}

impl AlertRow {
    /// `None`: its reading was possible once and is so no more.
    fn alert(self) -> Option<Alert> {
        Some(Alert {
            id: self.id,
            kind: self.kind,
            severity: self.severity,
            side: self.side,
            concern: self.concern,
            reading_severity: self.reading_severity,
            reading: Reading::stored(self.kind, self.value, self.diastolic)?,
            unit: self.unit,
            recorded_at: self.recorded_at,
            readings: self.readings,
            opened_at: self.opened_at,
            acknowledged_at: self.acknowledged_at,
            escalated_at: self.escalated_at,
            ended_at: self.ended_at,
        })
    }
}

const ALERT: &str = "id, kind, severity, side, concern, reading_severity, value, diastolic, unit, recorded_at, readings, opened_at, acknowledged_at, \
     escalated_at, ended_at";

/// Those of `patient` that go on: there is one of each kind at most.
pub async fn open_alerts(conn: &mut Conn, patient: UserId) -> QueryResult<Vec<Alert>> {
    let rows: Vec<AlertRow> = kept(
        sql_query(format!(
            "SELECT {ALERT} FROM reading_alerts WHERE patient_id = $1 AND ended_at IS NULL \
             ORDER BY acknowledged_at IS NOT NULL, severity, opened_at DESC"
        ))
        .bind::<Uuid, _>(patient),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter_map(AlertRow::alert).collect())
}

/// One page of those that are over, the newest first.
pub async fn over(conn: &mut Conn, patient: UserId, page: Page) -> QueryResult<Vec<Alert>> {
    let rows: Vec<AlertRow> = kept(
        sql_query(format!(
            "SELECT {ALERT} FROM reading_alerts WHERE patient_id = $1 AND ended_at IS NOT NULL \
             ORDER BY opened_at DESC, id LIMIT $2 OFFSET $3"
        ))
        .bind::<Uuid, _>(patient)
        .bind::<BigInt, _>(page.size)
        .bind::<BigInt, _>(page.offset()),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().filter_map(AlertRow::alert).collect())
}

#[derive(QueryableByName)]
struct WorstRow {
    #[diesel(sql_type = Uuid)]
    patient_id: UserId,
    #[diesel(sql_type = Text)]
    severity: Severity,
}

/// The worst that goes on with each of `patients`.
pub async fn worst(conn: &mut Conn, patients: &[UserId]) -> QueryResult<HashMap<UserId, Severity>> {
    let rows: Vec<WorstRow> = kept(
        sql_query(
            // The worse word is the first one.
            "SELECT patient_id, min(severity) AS severity FROM reading_alerts \
             WHERE patient_id = ANY($1) AND ended_at IS NULL GROUP BY patient_id",
        )
        .bind::<Array<Uuid>, _>(patients),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.patient_id, row.severity)).collect())
}
