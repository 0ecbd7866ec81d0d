use super::{Line, Written};
use crate::{
    Conn, Error,
    devices::Sender,
    kept::kept,
    readings::{alerts::Followed, limits::queries::NUMBERS, rollups::Ranges},
};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Bool, Double, Jsonb, Nullable, SmallInt, Text, Timestamptz, Uuid},
};
use diesel_async::RunQueryDsl;
use domain::{
    devices::{BatteryLevel, DeviceStatus},
    readings::{
        LimitNumbers, MetricKind, PersonalLimits, Reading, ReadingId, Timing, near_window,
        utc_offset,
    },
    zone,
};
use jiff::{SignedDuration, Timestamp, tz::TimeZone};
use jiff_diesel::ToDiesel;
use serde::Deserialize;
use std::collections::HashMap;

/// What one statement writes.
pub struct Batch<'b> {
    pub sender: &'b Sender,
    pub now: Timestamp,
    pub battery: Option<BatteryLevel>,
    /// How many items of it are readings; some of them may be the same.
    pub valid: usize,
    pub refused: usize,
    /// Each reading once, sorted by id.
    pub lines: &'b [Line<'b>],
}

/// No reading is near another one that is further away from it.
const AROUND: SignedDuration = SignedDuration::from_mins(1);

impl Batch<'_> {
    /// Around all times of the batch.
    fn span(&self) -> (Timestamp, Timestamp) {
        let times = || self.lines.iter().map(|line| line.checked.recorded_at);
        let from = times().min().unwrap_or(self.now);
        let until = times().max().unwrap_or(self.now);
        (from - AROUND, until + AROUND)
    }
}

#[derive(QueryableByName)]
pub struct Held {
    #[diesel(sql_type = Text)]
    pub status: DeviceStatus,
    /// How many of its readings have been kept today, or kept apart.
    #[diesel(sql_type = BigInt)]
    pub kept_today: i64,
    #[diesel(sql_type = Text)]
    time_zone: String,
    #[diesel(sql_type = Jsonb)]
    watches: serde_json::Value,
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
        Vec::deserialize(&self.watches).map_err(|error| Error::Internal(error.into()))
    }

    /// What doctors have set for its owner.
    pub fn limits(&self) -> Vec<PersonalLimits> {
        let rows: Option<Vec<(MetricKind, LimitNumbers)>> =
            self.limits.clone().and_then(|limits| serde_json::from_value(limits).ok());
        let stored = |(kind, set)| PersonalLimits::stored(kind, set);
        rows.unwrap_or_default().into_iter().map(stored).collect()
    }
}

/// Holds the device, so that its batches come one after the other, and says that it reads and writes as its owner;
/// `None`: the owner has no account any more.
///
/// What [`write`] does is planned once a connection, as a plan for each batch would cost more than the batch; and so that
/// it is right when a partition, which is empty at first, has millions of rows.
pub async fn hold(conn: &mut Conn, sender: &Sender, now: Timestamp) -> QueryResult<Option<Held>> {
    kept(
        // Who reads is said first, in a part of its own: what is set for the owner is behind the wall.
        sql_query(format!(
            "WITH held AS MATERIALIZED (SELECT d.status, coalesce((SELECT accepted + quarantined FROM device_days \
                     WHERE device_id = d.id AND day = ($2 AT TIME ZONE 'UTC')::date), 0) AS kept_today, u.time_zone, \
                 set_config('medconnect.reader', d.patient_id::text, true) AS reader, \
                 set_config('plan_cache_mode', 'force_generic_plan', true), set_config('enable_seqscan', 'off', true) \
             FROM devices d JOIN users u ON u.id = d.patient_id AND u.is_active WHERE d.id = $1 FOR NO KEY UPDATE OF d) \
             SELECT status, kept_today, time_zone, (SELECT jsonb_agg(jsonb_build_array(l.kind, {NUMBERS})) \
                 FROM reading_limits l WHERE l.patient_id = held.reader::uuid) AS limits, \
                 (SELECT coalesce(jsonb_agg(to_jsonb(w)), '[]') FROM reading_watches w WHERE w.patient_id = held.reader::uuid) AS watches \
             FROM held"
        ))
        .bind::<Uuid, _>(sender.device())
        .bind::<Timestamptz, _>(now.to_diesel()),
    )
    .get_result(conn)
    .await
    .optional()
}

#[derive(QueryableByName)]
struct WrittenRow {
    #[diesel(sql_type = Uuid)]
    id: ReadingId,
    #[diesel(sql_type = Nullable<Uuid>)]
    near_duplicate_of: Option<ReadingId>,
    #[diesel(sql_type = Bool)]
    is_apart: bool,
}

/// Writes what is new of the batch, what it adds to the figures of the day, and that the device was heard.
///
/// They are counted in the zone of the owner, and in the ranges that hold for them.
pub async fn write(
    conn: &mut Conn,
    batch: &Batch<'_>,
    held: &Held,
) -> QueryResult<HashMap<ReadingId, Written>> {
    let (lines, ranges, zone) = (batch.lines, Ranges::of(&held.limits()), held.zone());
    let (from, until) = batch.span();
    let readings = || lines.iter().map(|line| line.checked.reading);
    let rows: Vec<WrittenRow> = kept(
        sql_query(include_str!("ingest.sql"))
            .bind::<Uuid, _>(batch.sender.owner())
            .bind::<Uuid, _>(batch.sender.device())
            .bind::<Timestamptz, _>(batch.now.to_diesel())
            .bind::<Array<Uuid>, _>(lines.iter().map(|line| line.id).collect::<Vec<_>>())
            .bind::<Array<Text>, _>(readings().map(Reading::kind).collect::<Vec<_>>())
            .bind::<Array<Double>, _>(readings().map(Reading::value).collect::<Vec<_>>())
            .bind::<Array<Nullable<Double>>, _>(
                readings().map(Reading::diastolic).collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(lines.iter().map(|line| line.checked.unit).collect::<Vec<_>>())
            .bind::<Array<Timestamptz>, _>(
                lines.iter().map(|line| line.checked.recorded_at.to_diesel()).collect::<Vec<_>>(),
            )
            .bind::<Array<Bool>, _>(
                lines.iter().map(|line| line.checked.timing == Timing::Late).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Uuid>>, _>(
                lines.iter().map(|line| line.near).collect::<Vec<_>>(),
            )
            .bind::<Array<Nullable<Text>>, _>(
                lines.iter().map(Line::quarantine).collect::<Vec<_>>(),
            )
            .bind::<Array<Double>, _>(
                readings()
                    .map(|reading| near_window(reading.kind()).as_secs_f64())
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Double>, _>(
                readings().map(|reading| reading.kind().looks_same_within()).collect::<Vec<_>>(),
            )
            .bind::<Timestamptz, _>(from.to_diesel())
            .bind::<Timestamptz, _>(until.to_diesel())
            .bind::<BigInt, _>(i64::try_from(batch.valid).unwrap_or(i64::MAX))
            .bind::<BigInt, _>(i64::try_from(batch.refused).unwrap_or(i64::MAX))
            .bind::<Nullable<SmallInt>, _>(batch.battery.map(|level| i16::from(level.percent())))
            .bind::<Array<SmallInt>, _>(
                lines
                    .iter()
                    .map(|line| utc_offset(line.checked.recorded_at, &zone))
                    .collect::<Vec<_>>(),
            )
            .bind::<Array<Text>, _>(ranges.kinds)
            .bind::<Array<Double>, _>(ranges.low)
            .bind::<Array<Double>, _>(ranges.below)
            .bind::<Array<Double>, _>(ranges.lower_low)
            .bind::<Array<Double>, _>(ranges.lower_below),
    )
    .load(conn)
    .await?;
    let written = |row: WrittenRow| match row.is_apart {
        true => (row.id, Written::Apart),
        false => (row.id, Written::Kept { near_duplicate_of: row.near_duplicate_of }),
    };
    Ok(rows.into_iter().map(written).collect())
}
