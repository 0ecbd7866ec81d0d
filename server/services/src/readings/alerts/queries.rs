use super::{Alert, Heard};
use crate::{Conn, directory::Page, kept::kept, live::ALERTS};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{
        Array, BigInt, Date as SqlDate, Double, Integer, Nullable, Text, Timestamptz, Uuid,
    },
};
use diesel_async::RunQueryDsl;
use domain::{
    identity::UserId,
    readings::{
        Baseline, Beyond, Concern, MetricKind, Reading, ReadingAlertId, ReadingId, Severity, Side,
        Streak, Unit, Watch,
    },
};
use jiff::{Timestamp, civil::Date};
use jiff_diesel::ToDiesel;
use serde::Deserialize;
use std::collections::HashMap;

/// How a series stands, as it is kept.
#[derive(Debug, Clone, Deserialize)]
pub struct Followed {
    pub kind: MetricKind,
    pub alert_id: Option<ReadingAlertId>,
    alert_severity: Option<Severity>,
    streak_side: Option<Side>,
    streak_since: Option<Timestamp>,
    streak_count: Option<u32>,
    streak_last_at: Option<Timestamp>,
    critical_since: Option<Timestamp>,
    critical_count: u32,
    calm_count: u32,
    seen_at: Option<Timestamp>,
    baseline_median: Option<f64>,
    baseline_spread: Option<f64>,
    baseline_lower_median: Option<f64>,
    baseline_lower_spread: Option<f64>,
    pub baseline_on: Option<Date>,
}

impl Followed {
    pub fn watch(&self) -> Watch {
        let streak = self.streak_side.zip(self.streak_since).zip(self.streak_last_at);
        let streak = streak.map(|((side, since), last)| Streak {
            side,
            since,
            count: self.streak_count.unwrap_or_default(),
            critical_since: self.critical_since,
            critical_count: self.critical_count,
            last,
        });
        Watch { streak, open: self.alert_severity, calm: self.calm_count, seen: self.seen_at }
    }

    pub fn set(&mut self, watch: Watch, alert: Option<ReadingAlertId>) {
        let streak = watch.streak;
        self.alert_id = alert;
        self.alert_severity = watch.open;
        self.streak_side = streak.map(|streak| streak.side);
        self.streak_since = streak.map(|streak| streak.since);
        self.streak_count = streak.map(|streak| streak.count);
        self.streak_last_at = streak.map(|streak| streak.last);
        self.critical_since = streak.and_then(|streak| streak.critical_since);
        self.critical_count = streak.map_or(0, |streak| streak.critical_count);
        self.calm_count = watch.calm;
        self.seen_at = watch.seen;
    }

    pub fn baseline(&self) -> Option<Baseline> {
        let (median, spread) = self.baseline_median.zip(self.baseline_spread)?;
        let lower = self.baseline_lower_median.zip(self.baseline_lower_spread);
        Some(Baseline { median, spread, lower })
    }

    pub fn set_baseline(&mut self, baseline: Option<Baseline>, on: Date) {
        let lower = baseline.and_then(|baseline| baseline.lower);
        self.baseline_median = baseline.map(|baseline| baseline.median);
        self.baseline_spread = baseline.map(|baseline| baseline.spread);
        (self.baseline_lower_median, self.baseline_lower_spread) = lower.unzip();
        self.baseline_on = Some(on);
    }
}

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
                 baseline_on = $17 \
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
        .bind::<Nullable<SqlDate>, _>(of.baseline_on.map(ToDiesel::to_diesel)),
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

/// Lets a series begin anew, without an alert.
pub async fn calm(conn: &mut Conn, patient: UserId, kind: MetricKind) -> QueryResult<()> {
    kept(
        sql_query(
            "UPDATE reading_watches SET alert_id = NULL, alert_severity = NULL, streak_side = NULL, streak_since = NULL, \
                 streak_count = NULL, streak_last_at = NULL, critical_since = NULL, critical_count = 0, calm_count = 0 \
             WHERE patient_id = $1 AND kind = $2",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Text, _>(kind),
    )
    .execute(conn)
    .await?;
    Ok(())
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

macro_rules! of_reading {
    ($query:expr, $heard:expr) => {{
        let reading = $heard.reading;
        $query
            .bind::<Uuid, _>($heard.id)
            .bind::<Double, _>(reading.value())
            .bind::<Nullable<Double>, _>(reading.diastolic())
            .bind::<Text, _>($heard.unit)
            .bind::<Timestamptz, _>($heard.recorded_at.to_diesel())
    }};
}

/// Begins an alert that stands on so many readings, the last of which is `heard`.
pub async fn open(
    conn: &mut Conn,
    patient: UserId,
    heard: &Heard,
    (beyond, readings): (Beyond, u32),
    now: Timestamp,
) -> QueryResult<ReadingAlertId> {
    let id = ReadingAlertId::generate();
    let query = sql_query(
        "INSERT INTO reading_alerts (id, reading_id, value, diastolic, unit, recorded_at, patient_id, kind, severity, side, concern, \
             readings, opened_at, raised_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, CASE WHEN $9 = 'critical' THEN $13 END)",
    )
    .bind::<Uuid, _>(id);
    kept(
        of_reading!(query, heard)
            .bind::<Uuid, _>(patient)
            .bind::<Text, _>(heard.reading.kind())
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
    heard: &Heard,
    (beyond, more): (Beyond, u32),
    now: Timestamp,
) -> QueryResult<()> {
    let query = sql_query(
        "UPDATE reading_alerts SET reading_id = $2, value = $3, diastolic = $4, unit = $5, recorded_at = $6, severity = $7, side = $8, \
             concern = $9, readings = readings + $10, raised_at = $11, acknowledged_at = NULL, acknowledged_by = NULL \
         WHERE id = $1",
    )
    .bind::<Uuid, _>(id);
    kept(
        of_reading!(query, heard)
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

/// Notes that so many more readings were beyond the limits, the last of which is `heard`.
pub async fn went(
    conn: &mut Conn,
    id: ReadingAlertId,
    heard: &Heard,
    more: u32,
) -> QueryResult<()> {
    let query = sql_query(
        "UPDATE reading_alerts SET reading_id = $2, value = $3, diastolic = $4, unit = $5, recorded_at = $6, readings = readings + $7 \
         WHERE id = $1",
    )
    .bind::<Uuid, _>(id);
    kept(of_reading!(query, heard).bind::<Integer, _>(number(more))).execute(conn).await?;
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

#[derive(QueryableByName)]
struct Standing {
    #[diesel(sql_type = Uuid)]
    id: ReadingAlertId,
    #[diesel(sql_type = Text)]
    kind: MetricKind,
    #[diesel(sql_type = BigInt)]
    left: i64,
}

/// The alert that stands on a reading and goes on, and how many readings it has without that one; both it and its series
/// are held.
pub async fn standing_on(
    conn: &mut Conn,
    patient: UserId,
    reading: ReadingId,
) -> QueryResult<Option<(ReadingAlertId, MetricKind, i64)>> {
    let found: Option<Standing> = kept(
        sql_query(
            "SELECT a.id, a.kind, a.readings::bigint - 1 AS \"left\" FROM reading_watches w JOIN reading_alerts a ON a.id = w.alert_id \
             WHERE a.patient_id = $1 AND a.reading_id = $2 AND a.ended_at IS NULL AND w.patient_id = $1 FOR UPDATE",
        )
        .bind::<Uuid, _>(patient)
        .bind::<Uuid, _>(reading),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| (found.id, found.kind, found.left)))
}

pub async fn set_readings(conn: &mut Conn, id: ReadingAlertId, readings: i64) -> QueryResult<()> {
    kept(
        sql_query("UPDATE reading_alerts SET readings = $2 WHERE id = $1")
            .bind::<Uuid, _>(id)
            .bind::<Integer, _>(i32::try_from(readings).unwrap_or(i32::MAX)),
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// From when somebody else is told of an alert that nobody has seen.
pub async fn await_seeing(
    conn: &mut Conn,
    id: ReadingAlertId,
    patient: UserId,
    due_at: Timestamp,
) -> QueryResult<()> {
    kept(
        sql_query(
            "INSERT INTO unseen_alerts (alert_id, patient_id, due_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient)
        .bind::<Timestamptz, _>(due_at.to_diesel()),
    )
    .execute(conn)
    .await?;
    Ok(())
}

pub async fn forget_unseen(conn: &mut Conn, ids: &[ReadingAlertId]) -> QueryResult<()> {
    kept(
        sql_query("DELETE FROM unseen_alerts WHERE alert_id = ANY($1)").bind::<Array<Uuid>, _>(ids),
    )
    .execute(conn)
    .await?;
    Ok(())
}

#[derive(QueryableByName)]
struct DueRow {
    #[diesel(sql_type = Uuid)]
    alert_id: ReadingAlertId,
    #[diesel(sql_type = Uuid)]
    patient_id: UserId,
}

/// Takes alerts that nobody has seen in time, `limit` at most: another server takes others.
pub async fn take_due(
    conn: &mut Conn,
    now: Timestamp,
    limit: i64,
) -> QueryResult<Vec<(ReadingAlertId, UserId)>> {
    let rows: Vec<DueRow> = kept(
        sql_query(
            "DELETE FROM unseen_alerts WHERE alert_id = ANY (ARRAY( \
                 SELECT alert_id FROM unseen_alerts WHERE due_at <= $1 ORDER BY due_at LIMIT $2 FOR UPDATE SKIP LOCKED)) \
             RETURNING alert_id, patient_id",
        )
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<BigInt, _>(limit),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.alert_id, row.patient_id)).collect())
}

/// Notes that somebody else is told; whether there is still something to tell.
pub async fn set_escalated(
    conn: &mut Conn,
    id: ReadingAlertId,
    now: Timestamp,
) -> QueryResult<bool> {
    let set = kept(
        sql_query(
            "UPDATE reading_alerts SET escalated_at = $2 \
             WHERE id = $1 AND ended_at IS NULL AND acknowledged_at IS NULL AND escalated_at IS NULL",
        )
        .bind::<Uuid, _>(id)
        .bind::<Timestamptz, _>(now.to_diesel()),
    );
    Ok(set.execute(conn).await? > 0)
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

#[derive(QueryableByName)]
struct NameRow {
    #[diesel(sql_type = Text)]
    name: String,
}

/// Whose alert it is, if it goes on and nobody has seen it.
pub async fn name_of_unseen(
    conn: &mut Conn,
    patient: UserId,
    id: ReadingAlertId,
) -> QueryResult<Option<String>> {
    let found: Option<NameRow> = kept(
        sql_query(
            "SELECT u.first_name || ' ' || u.last_name AS name FROM reading_alerts a JOIN users u ON u.id = a.patient_id \
             WHERE a.id = $1 AND a.patient_id = $2 AND a.ended_at IS NULL AND a.acknowledged_at IS NULL AND u.is_active",
        )
        .bind::<Uuid, _>(id)
        .bind::<Uuid, _>(patient),
    )
    .get_result(conn)
    .await
    .optional()?;
    Ok(found.map(|found| found.name))
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

const ALERT: &str = "id, kind, severity, side, concern, value, diastolic, unit, recorded_at, readings, opened_at, acknowledged_at, \
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
