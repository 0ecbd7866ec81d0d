use super::intake::{Batch, Line, Ready, Written};
use crate::{
    Conn, Error,
    kept::kept,
    readings::{alerts::Followed, limits::queries::NUMBERS},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Double, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::{BatteryLevel, DeviceId, DeviceStatus},
    readings::{
        LimitNumbers, MetricKind, PersonalLimits, Reading, ReadingId, Timing, near_window,
        utc_offset,
    },
    zone,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use jiff_diesel::ToDiesel;
use serde::Deserialize;
use std::collections::{BTreeSet, HashMap};

/// No reading is near another one that is further away from it.
const AROUND: SignedDuration = SignedDuration::from_mins(1);

#[derive(QueryableByName)]
pub struct Held {
    #[diesel(sql_type = Uuid)]
    device_id: DeviceId,
    #[diesel(sql_type = Text)]
    pub status: DeviceStatus,
    /// How many of its readings have been kept today, or kept apart.
    #[diesel(sql_type = BigInt)]
    pub kept_today: i64,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Nullable<Jsonb>)]
    watches: Option<serde_json::Value>,
    #[diesel(sql_type = Nullable<Jsonb>)]
    limits: Option<serde_json::Value>,
}

impl Held {
    /// Whose clock its days are told by.
    pub fn zone(&self) -> TimeZone {
        zone::rules(&self.time_zone)
    }

    /// How the series of the owner stand. Errors: they cannot be read.
    pub fn watches(&self) -> crate::Result<Vec<Followed>> {
        let read = self.watches.as_ref().map(Vec::deserialize).transpose();
        read.map(Option::unwrap_or_default).map_err(|error| Error::Internal(error.into()))
    }

    /// What doctors have set for its owner.
    pub fn limits(&self) -> Vec<PersonalLimits> {
        let rows: Option<Vec<(MetricKind, LimitNumbers)>> =
            self.limits.clone().and_then(|limits| serde_json::from_value(limits).ok());
        let stored = |(kind, set)| PersonalLimits::stored(kind, set);
        rows.unwrap_or_default().into_iter().map(stored).collect()
    }
}

/// Holds the devices of `batches`, so that the batches of each come one after the other, and says for whom it reads and
/// writes; those whose owner has no account any more are not there. One is waited for, and of several those are left out
/// that somebody else holds.
///
/// What [`write`] does is planned once a connection, as a plan for each batch would cost more than the batch; and so that
/// it is right when a partition, which is empty at first, has millions of rows.
pub async fn hold(
    conn: &mut Conn,
    batches: &[&Batch],
    now: Timestamp,
) -> QueryResult<HashMap<DeviceId, Held>> {
    let devices: Vec<DeviceId> = batches.iter().map(|batch| batch.sender.device()).collect();
    let lines = batches.iter().flat_map(|batch| &batch.lines);
    let kinds: BTreeSet<MetricKind> = lines.map(|line| line.reading.kind()).collect();
    let others = if batches.len() > 1 { "SKIP LOCKED" } else { "" };
    let rows: Vec<Held> = kept(
        // For whom is said first, and asked for after that: what is set for them is behind the wall. How many they are is
        // hidden from the planner, which would plan it for each number anew. Owners are looked up one by one: a join that was
        // planned for few devices could read everybody.
        sql_query(format!(
            "WITH held AS MATERIALIZED (SELECT d.id, d.patient_id, d.status, \
                     (SELECT u.time_zone FROM users u WHERE u.id = d.patient_id AND u.is_active) AS time_zone \
                 FROM devices d WHERE d.id = ANY ((SELECT $1)::uuid[]) ORDER BY d.id FOR NO KEY UPDATE OF d {others}), \
             owned AS MATERIALIZED (SELECT * FROM held WHERE time_zone IS NOT NULL), \
             said AS MATERIALIZED (SELECT \
                 set_config('medconnect.heard', (SELECT array_agg(DISTINCT patient_id) FROM owned)::text, true) AS heard, \
                 set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true)) \
             SELECT owned.id AS device_id, status, time_zone, \
                 coalesce((SELECT accepted + quarantined FROM device_days \
                     WHERE device_id = owned.id AND day = ($2 AT TIME ZONE 'UTC')::date), 0) AS kept_today, \
                 (SELECT jsonb_agg(jsonb_build_array(l.kind, {NUMBERS})) \
                     FROM reading_limits l WHERE l.patient_id = owned.patient_id AND said.heard <> '') AS limits, \
                 (SELECT jsonb_agg(to_jsonb(w)) FROM reading_watches w \
                     WHERE w.patient_id = owned.patient_id AND w.kind = ANY ((SELECT $3)::text[]) AND said.heard <> '') AS watches \
             FROM owned, said"
        ))
        .bind::<Array<Uuid>, _>(devices)
        .bind::<Timestamptz, _>(now.to_diesel())
        .bind::<Array<Text>, _>(kinds.into_iter().collect::<Vec<_>>()),
    )
    .load(conn)
    .await?;
    Ok(rows.into_iter().map(|row| (row.device_id, row)).collect())
}

#[derive(QueryableByName)]
struct WrittenRow {
    #[diesel(sql_type = Uuid)]
    device_id: DeviceId,
    #[diesel(sql_type = Uuid)]
    id: ReadingId,
    #[diesel(sql_type = Nullable<Uuid>)]
    near_duplicate_of: Option<ReadingId>,
    #[diesel(sql_type = Bool)]
    is_apart: bool,
}

/// Around all times of `batches`.
fn span(batches: &[Ready<'_>], now: Timestamp) -> (Timestamp, Timestamp) {
    let times = || batches.iter().flat_map(|one| &one.batch.lines).map(|line| line.recorded_at);
    let from = times().min().unwrap_or(now);
    let until = times().max().unwrap_or(now);
    (from - AROUND, until + AROUND)
}

/// Writes what is new of `batches`, what it adds to the figures of the day, and that the devices were heard.
///
/// They are counted in the zones of the owners, and in the ranges that hold for them.
pub async fn write(
    conn: &mut Conn,
    batches: &[Ready<'_>],
    now: Timestamp,
) -> QueryResult<HashMap<DeviceId, HashMap<ReadingId, Written>>> {
    fn count(number: usize) -> i64 {
        i64::try_from(number).unwrap_or(i64::MAX)
    }
    let (from, until) = span(batches, now);
    let lines =
        || batches.iter().flat_map(|one| one.batch.lines.iter().map(move |line| (one, line)));
    let readings = || lines().map(|(_, line)| line.reading);
    let rows: Vec<WrittenRow> = kept(
        sql_query(include_str!("ingest.sql"))
            .bind::<Timestamptz, _>(now.to_diesel())
            .bind::<Timestamptz, _>(from.to_diesel())
            .bind::<Timestamptz, _>(until.to_diesel())
            .bind::<Array<Uuid>, _>(lines().map(|(_, line)| line.id).collect::<Vec<_>>())
            .bind::<Array<Uuid>, _>(
                lines().map(|(one, _)| one.batch.sender.owner()).collect::<Vec<_>>(),
            )
            .bind::<Array<Uuid>, _>(
                lines().map(|(one, _)| one.batch.sender.device()).collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(readings().map(Reading::kind).collect::<Vec<_>>())
            .bind::<Array<Double>, _>(readings().map(Reading::value).collect::<Vec<_>>())
            .bind::<Array<Nullable<Double>>, _>(
                readings().map(Reading::diastolic).collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(lines().map(|(_, line)| line.unit).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(
                lines().map(|(_, line)| line.recorded_at.to_diesel()).collect::<Vec<_>>(),
            )
            .bind::<Array<SmallInt>, _>(
                lines()
                    .map(|(one, line)| utc_offset(line.recorded_at, &one.zone))
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Bool>, _>(
                lines().map(|(_, line)| line.timing == Timing::Late).collect::<Vec<_>>(),
            )
            .bind::<Array<Bool>, _>(
                lines().map(|(one, line)| one.is_in_range(line.reading)).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Uuid>>, _>(
                lines().map(|(_, line)| line.near).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Text>>, _>(
                lines().map(|(_, line)| Line::quarantine(line)).collect::<Vec<_>>(),
            )
            .bind::<Array<Double>, _>(
                readings()
                    .map(|reading| near_window(reading.kind()).as_secs_f64())
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Double>, _>(
                readings().map(|reading| reading.kind().looks_same_within()).collect::<Vec<_>>(),
            )
            .bind::<Array<Uuid>, _>(
                batches.iter().map(|one| one.batch.sender.device()).collect::<Vec<_>>(),
            )
            .bind::<Array<BigInt>, _>(
                batches.iter().map(|one| count(one.batch.valid)).collect::<Vec<_>>(),
            )
            .bind::<Array<BigInt>, _>(
                batches.iter().map(|one| count(one.batch.refused)).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<SmallInt>>, _>(
                batches
                    .iter()
                    .map(|one| one.batch.battery.map(BatteryLevel::percent).map(i16::from))
                    .collect::<Vec<_>>(),
            ),
    )
    .load(conn)
    .await?;
    let mut written: HashMap<DeviceId, HashMap<ReadingId, Written>> = HashMap::new();
    for WrittenRow { device_id, id, near_duplicate_of, is_apart } in rows {
        let what = if is_apart { Written::Apart } else { Written::Kept { near_duplicate_of } };
        written.entry(device_id).or_default().insert(id, what);
    }
    Ok(written)
}
