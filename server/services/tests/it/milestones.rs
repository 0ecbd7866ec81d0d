//! What people reach with their readings: once, however often and in whatever order they come.
use crate::{devices::World, schema::lines};
use diesel_async::SimpleAsyncConnection;
use domain::readings::{MetricKind, RawReading, ReadingRefusal};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use services::{
    account::export::export,
    devices::Sender,
    identity::Person,
    readings::{self, milestones},
};
use std::collections::BTreeSet;
use testkit::at;

type Item = Result<RawReading, ReadingRefusal>;

const NOW: &str = "2026-05-31T20:00:00Z";

fn item(kind: &str, value: f64, at: Timestamp) -> Item {
    let kind = MetricKind::read(kind).unwrap();
    let lower = kind.is_pair().then_some(80.0);
    let json = json!({"type": kind, "value": value, "diastolic": lower, "unit": kind.unit(), "timestamp": at.to_string()});
    Ok(serde_json::from_value(json).unwrap())
}

/// At noon so many days ago.
fn noon(days_ago: i64) -> Timestamp {
    at("2026-05-31T12:00:00Z") - SignedDuration::from_hours(24 * days_ago)
}

async fn world() -> (World, Sender) {
    let world = World::new().await;
    world.db.set_now(NOW);
    readings::make_partitions(&world.clinic).await.unwrap();
    let sender = world.sending("Watch").await;
    (world, sender)
}

async fn send(world: &World, sender: &Sender, items: &[Item]) {
    readings::ingest(&world.clinic, sender, items, None).await.unwrap();
}

async fn look(world: &World) -> usize {
    milestones::look(&world.clinic).await.unwrap()
}

const REACHED: &str =
    "SELECT concat_ws(' ', kind, what, reached_on) AS line FROM reading_milestones ORDER BY 1";
const TOLD: &str =
    "SELECT unique_key AS line FROM outbox WHERE topic = 'reading.milestone_reached' ORDER BY 1";

#[tokio::test(flavor = "multi_thread")]
async fn a_week_of_days_is_reached_once_and_told_once() {
    let (world, sender) = world().await;
    let days: Vec<_> = (0..7).map(|day| item("heart_rate", 70.0, noon(day))).collect();
    send(&world, &sender, &days[1..]).await;
    assert_eq!(look(&world).await, 1);
    assert_eq!(lines(&world.db, REACHED).await, Vec::<String>::new());

    send(&world, &sender, &days).await;
    assert_eq!((look(&world).await, look(&world).await), (1, 0), "not before it is over");

    let reached = ["heart_rate days_in_row_7 2026-05-31"];
    assert_eq!(lines(&world.db, REACHED).await, reached);
    assert_eq!(lines(&world.db, TOLD).await.len(), 1);
    for _ in 0..3 {
        send(&world, &sender, &days).await;
        look(&world).await;
    }
    // One more of the same day makes no day new.
    send(&world, &sender, &[item("heart_rate", 71.0, noon(0) + SignedDuration::from_mins(9))])
        .await;
    assert_eq!(look(&world).await, 0);
    world.db.set_now("2026-06-02T01:00:00Z");
    assert_eq!((look(&world).await, look(&world).await), (1, 0));
    assert_eq!(lines(&world.db, REACHED).await, reached);
    assert_eq!(lines(&world.db, TOLD).await.len(), 1);

    let all = milestones::all(&world.clinic, &world.ana).await.unwrap();
    assert_eq!((all.len(), all[0].title()), (1, "7 days in a row"));
    assert!(milestones::all(&world.clinic, &world.ben).await.unwrap().is_empty());
    let person = world.db.caller::<Person>(&world.clinic, world.ana.user).await;
    let given = export(&world.clinic, &person).await.unwrap();
    assert_eq!(
        given["milestones"],
        json!([{"type": "heart_rate", "reached": "days_in_row_7", "reached_on": "2026-05-31"}])
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn days_that_come_late_reach_it_but_nobody_is_told_of_what_is_old() {
    let (world, sender) = world().await;
    let days = |range: std::ops::Range<i64>| -> Vec<_> {
        range.map(|day| item("spo2", 97.0, noon(day))).collect()
    };
    send(&world, &sender, &days(10..16)).await;
    look(&world).await;
    send(&world, &sender, &days(16..17)).await;
    look(&world).await;
    assert_eq!(lines(&world.db, REACHED).await, ["oxygen_saturation days_in_row_7 2026-05-21"]);
    assert_eq!(lines(&world.db, TOLD).await, Vec::<String>::new());
    // It turns out to have been earlier still.
    send(&world, &sender, &days(17..20)).await;
    look(&world).await;
    assert_eq!(lines(&world.db, REACHED).await, ["oxygen_saturation days_in_row_7 2026-05-18"]);
    // What is reached stays so.
    let found =
        readings::readings(&world.clinic, &world.ana, None, services::directory::Page::first());
    for stored in found.await.unwrap().items {
        readings::remove(&world.clinic, &world.ana, stored.id).await.unwrap();
    }
    world.db.set_now("2026-06-02T01:00:00Z");
    look(&world).await;
    assert_eq!(lines(&world.db, REACHED).await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_the_order_and_however_many_look_the_same_is_reached() {
    let mut seen = BTreeSet::new();
    for order in 0..3 {
        let (world, sender) = world().await;
        let mut all: Vec<Item> = Vec::new();
        for day in 1..40 {
            all.push(item("steps", 9_000.0, noon(day)));
            all.push(item("blood_pressure", 120.0, noon(day)));
            all.push(item("weight", 70.0, noon(day)));
        }
        match order {
            0 => all.reverse(),
            1 => all.sort_by_key(|item| format!("{item:?}").len() * 7 % 5),
            _ => {}
        }
        for batch in all.chunks(11) {
            let (clinic, other) = (world.clinic.clone(), world.clinic.clone());
            let send = send(&world, &sender, batch);
            let looks = async { (milestones::look(&clinic).await, milestones::look(&other).await) };
            let ((), (one, other)) = tokio::join!(send, looks);
            assert!(one.is_ok() && other.is_ok());
        }
        while look(&world).await > 0 {}
        world.db.set_now("2026-06-02T01:00:00Z");
        while look(&world).await > 0 {}
        assert_eq!(world.db.count("reading_milestone_looks").await, 0);
        seen.insert(lines(&world.db, REACHED).await);
    }
    assert_eq!(seen.len(), 1, "{seen:#?}");
    assert_eq!(seen.first().unwrap().len(), 7, "{seen:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn two_servers_share_what_there_is_to_look_at() {
    let (world, sender) = world().await;
    let kinds = ["heart_rate", "spo2", "steps", "glucose", "hrv", "sleep"];
    let all: Vec<_> = kinds.iter().map(|kind| item(kind, 90.0, noon(0))).collect();
    send(&world, &sender, &all).await;
    let (clinic, other) = (&world.clinic, world.db.clinic());
    let (one, other) = tokio::join!(milestones::look(clinic), milestones::look(&other));
    assert_eq!(one.unwrap() + other.unwrap(), kinds.len());
}

/// A day that is written while the one before is looked at is not forgotten.
#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_comes_while_somebody_looks_is_looked_at_next() {
    let (world, sender) = world().await;
    send(&world, &sender, &[item("heart_rate", 70.0, noon(1))]).await;
    let ana = world.ana.user;
    let mut owner = world.db.owner().await;
    // A device in the middle of its transaction.
    owner
        .batch_execute(&format!(
            "BEGIN; INSERT INTO reading_days (patient_id, kind, day, count, lowest, highest, total, squares, in_range, last_at) \
             VALUES ('{ana}', 'heart_rate', '2026-05-31', 1, 70, 70, 70, 4900, 1, '2026-05-31T12:00:00Z')"
        ))
        .await
        .unwrap();
    assert_eq!(look(&world).await, 0, "it is held");
    owner.batch_execute("COMMIT").await.unwrap();
    assert_eq!((look(&world).await, look(&world).await), (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_that_of_the_clock_of_whoever_measures() {
    let (mut world, _) = world().await;
    let ana = world.ana.user;
    world
        .db
        .execute(&format!("UPDATE users SET time_zone = 'Pacific/Auckland' WHERE id = '{ana}'"))
        .await;
    world.ana = world.db.caller(&world.clinic, ana).await;
    // Twenty o'clock in UTC is the next morning there: the seventh day has begun.
    let items: Vec<_> = (0..7)
        .map(|day| {
            item("hrv", 40.0, at("2026-05-31T19:30:00Z") - SignedDuration::from_hours(24 * day))
        })
        .collect();
    // What a device sends is on the clock its owner has when it signs in.
    let sender = world.sending("Ring").await;
    send(&world, &sender, &items).await;
    look(&world).await;
    let reached = ["heart_rate_variability days_in_row_7 2026-06-01"];
    assert_eq!(lines(&world.db, REACHED).await, reached);
    let rows = milestones::rows(&world.clinic, &world.ana).await.unwrap();
    assert_eq!(rows, [(MetricKind::HeartRateVariability, 7)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_reads_or_writes_milestones_of_others() {
    let (world, sender) = world().await;
    let days: Vec<_> = (0..7).map(|day| item("heart_rate", 70.0, noon(day))).collect();
    send(&world, &sender, &days).await;
    look(&world).await;
    let app = &mut *world.clinic.db().await.unwrap();
    let (ana, ben) = (world.ana.user, world.ben.user);
    let as_ben = format!("SELECT set_config('medconnect.reader', '{ben}', true)");
    let wrong = format!(
        "BEGIN; {as_ben}; INSERT INTO reading_milestones (patient_id, kind, what, reached_on) VALUES ('{ana}', 'steps', 'days_in_row_7', '2026-05-01')"
    );
    assert!(app.batch_execute(&wrong).await.is_err());
    app.batch_execute("ROLLBACK").await.unwrap();
    let none = format!(
        "BEGIN; {as_ben}; DO $$ BEGIN IF EXISTS (SELECT FROM reading_milestones) THEN RAISE 'seen'; END IF; END $$; ROLLBACK"
    );
    app.batch_execute(&none).await.unwrap();
    for forbidden in ["DELETE FROM reading_milestones", "UPDATE reading_milestones SET what = 'x'"]
    {
        assert!(app.batch_execute(forbidden).await.is_err(), "{forbidden}");
    }
}
