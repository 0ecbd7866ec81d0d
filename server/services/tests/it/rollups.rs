//! What readings come to in hours and days: always what the readings say, whatever came in which order.
use crate::{devices::World, schema::lines};
use domain::{
    readings::{
        ManualReading, MetricKind, Outcome, RawReading, ReadingId, ReadingRefusal, Target, day_of,
        hour_of, utc_offset,
    },
    zone::rules,
};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use services::{devices::Sender, readings};
use std::collections::BTreeMap;
use testkit::{TestDb, at};

pub type Item = Result<RawReading, ReadingRefusal>;

pub const HOUR: SignedDuration = SignedDuration::from_hours(1);

pub fn item(kind: &str, value: f64, lower: Option<f64>, at: Timestamp) -> Item {
    let unit = MetricKind::read(kind).unwrap().unit();
    let json = json!({"type": kind, "value": value, "diastolic": lower, "unit": unit, "timestamp": at.to_string()});
    Ok(serde_json::from_value(json).unwrap())
}

/// Chance that is the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u32) -> u32 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from(self.0 >> 33).unwrap() % sides
    }

    fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, self.roll(u32::try_from(last).unwrap() + 1) as usize);
        }
    }
}

/// Of every kind, on days around the edges of summer time in Lisbon, some twice at almost the same time, some of
/// impossible times.
fn sent(dice: &mut Dice) -> Vec<Item> {
    let mut items = Vec::new();
    for start in ["2026-03-28T20:00:00Z", "2025-10-25T20:00:00Z", "2026-04-20T22:30:00Z"] {
        for kind in MetricKind::ALL {
            for _ in 0..8 {
                let later = SignedDuration::from_secs(i64::from(dice.roll(100_000)));
                let time = at(start) + later;
                let (low, high) = kind.possible().into_inner();
                let value = (low + (high - low) * f64::from(dice.roll(1_000)) / 1_000.0).round();
                let value = value.clamp(low.ceil(), high.floor());
                let lower =
                    kind.is_pair().then_some((value - 10.0 - f64::from(dice.roll(20))).max(10.0));
                items.push(item(kind.as_str(), value, lower, time));
                if dice.roll(4) == 0 {
                    items.push(item(
                        kind.as_str(),
                        value,
                        lower,
                        time + SignedDuration::from_millis(300),
                    ));
                }
            }
        }
    }
    items.push(item("steps", 1.0, None, at("1970-01-01T00:00:00Z")));
    items.push(item("steps", 2.0, None, at("2031-01-01T00:00:00Z")));
    items
}

/// The target ranges as rows of SQL.
fn ranges() -> String {
    let targets = MetricKind::ALL.iter().filter_map(|kind| Target::of(*kind));
    let rows = targets.filter(Target::is_of_readings).map(|target| {
        let ((low, below), (lower_low, lower_below)) = target.edges();
        format!("('{}', '{low}'::float8, '{below}'::float8, '{lower_low}'::float8, '{lower_below}'::float8)", target.kind())
    });
    rows.collect::<Vec<_>>().join(", ")
}

const KEPT: &str = "count, lowest, highest, round(total::numeric, 4), round(squares::numeric, 2), in_range, lower_lowest, \
    lower_highest, round(lower_total::numeric, 4), round(lower_squares::numeric, 2)";

/// What is kept of hours and days, a line each.
async fn kept(db: &TestDb) -> Vec<String> {
    lines(
        db,
        &format!(
            "SELECT concat_ws('|', 'hour', patient_id, kind, hour, {KEPT}) AS line FROM reading_hours \
             UNION ALL SELECT concat_ws('|', 'day', patient_id, kind, day, {KEPT}, last_at) FROM reading_days ORDER BY 1"
        ),
    )
    .await
}

/// What the readings themselves say, by the hours and days that PostgreSQL knows of the zone of each patient.
async fn plain(db: &TestDb) -> Vec<String> {
    let figures = "count(*), min(value), max(value), round(sum(value)::numeric, 4), round(sum(value * value)::numeric, 2), \
        count(*) FILTER (WHERE value >= low AND value < below AND coalesce(diastolic, 0) >= lower_low AND coalesce(diastolic, 0) < lower_below), \
        min(diastolic), max(diastolic), round(sum(diastolic)::numeric, 4), round(sum(diastolic * diastolic)::numeric, 2)";
    let ranges = ranges();
    lines(
        db,
        &format!(
            "WITH counted AS (
                 SELECT r.*, t.*, date_trunc('hour', recorded_at, time_zone) AS hour, (recorded_at AT TIME ZONE time_zone)::date AS day
                 FROM readings r JOIN users ON users.id = patient_id
                 LEFT JOIN (VALUES {ranges}) AS t (of_kind, low, below, lower_low, lower_below) ON of_kind = kind
                 WHERE removed_at IS NULL AND near_duplicate_of IS NULL)
             SELECT concat_ws('|', 'hour', patient_id, kind, hour, {figures}) AS line FROM counted GROUP BY patient_id, kind, hour \
             UNION ALL SELECT concat_ws('|', 'day', patient_id, kind, day, {figures}, max(recorded_at)) FROM counted GROUP BY patient_id, kind, day \
             ORDER BY 1"
        ),
    )
    .await
}

pub async fn check(db: &TestDb) {
    let (kept, plain) = (kept(db).await, plain(db).await);
    assert!(!kept.is_empty());
    for (kept, plain) in kept.iter().zip(&plain) {
        assert_eq!(kept, plain);
    }
    assert_eq!(kept.len(), plain.len());
}

pub async fn world(zone: &str) -> World {
    let mut world = World::new().await;
    world.db.set_now("2026-05-02T08:00:00Z");
    readings::make_partitions(&world.clinic).await.unwrap();
    live_in(&mut world, zone).await;
    world
}

/// Lets Ana have her clocks go as in `zone`.
async fn live_in(world: &mut World, zone: &str) {
    let ana = world.ana.user;
    world.db.execute(&format!("UPDATE users SET time_zone = '{zone}' WHERE id = '{ana}'")).await;
    world.ana = world.db.caller(&world.clinic, ana).await;
}

pub async fn send(world: &World, sender: &Sender, items: &[Item]) -> Vec<ReadingId> {
    let answers = readings::ingest(&world.clinic, sender, items, None).await.unwrap();
    let accepted = answers.iter().filter(|answer| answer.outcome == Outcome::Accepted);
    accepted.filter_map(|answer| answer.id).collect()
}

pub fn weight(kilograms: &str, at: Timestamp) -> ManualReading {
    ManualReading {
        kind: "weight".into(),
        value: kilograms.into(),
        unit: "kg".into(),
        recorded_at: Some(at),
        ..ManualReading::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_comes_in_which_order_hours_and_days_are_what_the_readings_say() {
    for round in 1..=4 {
        let mut dice = Dice(round);
        let world = world("Europe/Lisbon").await;
        let devices = [world.sending("Watch").await, world.sending("Strap").await];
        let mut items = sent(&mut dice);
        let again = items.clone();
        items.extend(again.into_iter().filter(|_| dice.roll(3) == 0));
        dice.shuffle(&mut items);
        let mut kept = Vec::new();
        let mut rest = items.as_slice();
        while !rest.is_empty() {
            let size = (1 + dice.roll(60) as usize).min(rest.len());
            let (batch, later) = rest.split_at(size);
            kept.extend(send(&world, &devices[dice.roll(2) as usize], batch).await);
            rest = later;
        }
        check(&world.db).await;

        // Taken away and brought back, here and there, and more comes in between.
        dice.shuffle(&mut kept);
        for id in &kept[..12] {
            readings::remove(&world.clinic, &world.ana, *id).await.unwrap();
        }
        let typed = weight("70.4", at("2026-03-29T00:30:00Z"));
        let id = readings::add(&world.clinic, &world.ana, &typed).await.unwrap();
        check(&world.db).await;
        readings::remove(&world.clinic, &world.ana, id).await.unwrap();
        send(&world, &devices[0], &sent(&mut dice)).await;
        check(&world.db).await;
        readings::add(&world.clinic, &world.ana, &typed).await.unwrap();
        check(&world.db).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_left_of_an_hour_and_a_day_whose_last_reading_is_taken_away() {
    let world = world("Europe/Lisbon").await;
    let sender = world.sending("Cuff").await;
    let pressure = |minute: i64| {
        let time = at("2026-04-20T08:00:00Z") + SignedDuration::from_mins(minute);
        item("blood_pressure", 120.0, Some(80.0), time)
    };
    let kept = send(&world, &sender, &[pressure(0), pressure(10)]).await;
    readings::remove(&world.clinic, &world.ana, kept[0]).await.unwrap();
    check(&world.db).await;
    readings::remove(&world.clinic, &world.ana, kept[1]).await.unwrap();
    assert_eq!(
        (world.db.count("reading_hours").await, world.db.count("reading_days").await),
        (0, 0)
    );
    send(&world, &sender, &[pressure(20)]).await;
    check(&world.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_that_of_the_persons_clock_through_every_change_of_it() {
    for (zone, edges) in [
        ("Europe/Lisbon", ["2026-03-29T01:00:00Z", "2025-10-26T01:00:00Z"]),
        ("America/New_York", ["2026-03-08T07:00:00Z", "2025-11-02T06:00:00Z"]),
        // Half hours, quarters, and a change by half an hour.
        ("Asia/Kolkata", ["2026-03-01T18:30:00Z", "2025-11-01T18:30:00Z"]),
        ("Asia/Kathmandu", ["2026-03-01T18:15:00Z", "2025-11-01T18:15:00Z"]),
        ("Australia/Lord_Howe", ["2026-04-04T15:00:00Z", "2025-10-04T15:30:00Z"]),
        ("America/St_Johns", ["2026-03-08T05:30:00Z", "2025-11-02T04:30:00Z"]),
        // The change is at midnight, so that a day begins at 01:00.
        ("America/Santiago", ["2026-04-05T03:00:00Z", "2025-09-07T04:00:00Z"]),
        ("Pacific/Kiritimati", ["2026-03-01T10:00:00Z", "2025-11-01T10:00:00Z"]),
    ] {
        let world = world(zone).await;
        let sender = world.sending("Watch").await;
        let edge = edges.map(at);
        let times = edge.into_iter().flat_map(|edge| {
            (-140..140).map(move |step| edge + SignedDuration::from_mins(13) * step)
        });
        let times: Vec<_> = times
            .chain(edge)
            .chain(edge.map(|edge| edge - SignedDuration::from_micros(1)))
            .collect();
        let beats: Vec<_> = times
            .iter()
            .zip(0..)
            .map(|(at, number)| item("heart_rate", f64::from(40 + number % 100), None, *at))
            .collect();
        for batch in beats.chunks(500) {
            send(&world, &sender, batch).await;
        }
        check(&world.db).await;

        // The rules in Rust know the same hours and days.
        let rules = rules(zone);
        let mut hours: BTreeMap<Timestamp, u32> = BTreeMap::new();
        let mut days: BTreeMap<_, u32> = BTreeMap::new();
        for time in times {
            let ahead = utc_offset(time, &rules);
            *hours.entry(hour_of(time, ahead)).or_default() += 1;
            *days.entry(day_of(time, ahead)).or_default() += 1;
        }
        let (by_hour, by_day): (Vec<_>, Vec<_>) = (
            hours.iter().map(|(hour, count)| format!("{} {count}", hour.as_second())).collect(),
            days.iter().map(|(day, count)| format!("{day} {count}")).collect(),
        );
        let sql = "SELECT extract(epoch FROM hour)::bigint || ' ' || count AS line FROM reading_hours ORDER BY hour";
        assert_eq!(lines(&world.db, sql).await, by_hour, "{zone}");
        let sql = "SELECT day || ' ' || count AS line FROM reading_days ORDER BY day";
        assert_eq!(lines(&world.db, sql).await, by_day, "{zone}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_moves_keeps_the_days_that_were() {
    let mut world = world("America/Los_Angeles").await;
    let sender = world.sending("Scale").await;
    let beats = |minutes: [i64; 2]| {
        minutes.map(|minute| {
            item(
                "weight",
                70.0,
                None,
                at("2026-04-20T03:00:00Z") + SignedDuration::from_mins(minute),
            )
        })
    };
    let kept = send(&world, &sender, &beats([0, 1])).await;
    live_in(&mut world, "Asia/Tokyo").await;
    send(&world, &sender, &beats([2, 3])).await;
    let days = "SELECT day || ' ' || count AS line FROM reading_days ORDER BY day";
    assert_eq!(lines(&world.db, days).await, ["2026-04-19 2", "2026-04-20 2"]);
    readings::remove(&world.clinic, &world.ana, kept[0]).await.unwrap();
    assert_eq!(lines(&world.db, days).await, ["2026-04-19 1", "2026-04-20 2"]);
}

macro_rules! include_migration {
    ($name:literal) => {
        include_str!(concat!("../../../../migrations/", $name, ".sql"))
    };
}

#[tokio::test(flavor = "multi_thread")]
async fn the_migration_counts_what_is_there_and_goes_back() {
    let mut world = world("Asia/Kolkata").await;
    let sender = world.sending("Watch").await;
    for batch in sent(&mut Dice(7)).chunks(300) {
        let kept = send(&world, &sender, batch).await;
        readings::remove(&world.clinic, &world.ana, kept[0]).await.unwrap();
    }
    std::mem::swap(&mut world.ana, &mut world.ben);
    readings::add(&world.clinic, &world.ana, &weight("70", at("2026-04-20T08:00:00Z")))
        .await
        .unwrap();
    let offsets =
        "SELECT concat_ws(' ', id, recorded_at, utc_offset) AS line FROM readings ORDER BY 1";
    let before = (kept(&world.db).await, lines(&world.db, offsets).await);
    // What came after it stands on it.
    for down in [
        include_migration!("2026-11-26-004610_readings_of_many_at_once/down"),
        include_migration!("2026-11-24-004100_create_reading_rollups/down"),
    ] {
        world.db.execute(down).await;
    }
    for up in [
        include_migration!("2026-11-24-004100_create_reading_rollups/up"),
        include_migration!("2026-11-26-004610_readings_of_many_at_once/up"),
    ] {
        world.db.execute(&format!("BEGIN; {up}; COMMIT")).await;
    }
    assert_eq!(kept(&world.db).await, before.0);
    assert_eq!(lines(&world.db, offsets).await, before.1);
    // And goes on from there.
    send(&world, &sender, &sent(&mut Dice(8))).await;
    check(&world.db).await;
}
