//! What of readings is kept no longer, and what stays.
use crate::{
    devices::World,
    rollups::{Item, item},
};
use diesel_async::SimpleAsyncConnection;
use domain::{
    devices::KEY_KEPT,
    readings::{MetricKind, Outcome, Period, QUARANTINED_FOR, Retention},
};
use jiff::civil::date;
use services::{
    Clinic, Error, Result,
    devices::{self, Sender},
    directory::Page,
    readings::{self, Series, retention},
};
use testkit::at;

const NOW: &str = "2026-03-02T08:00:00Z";

/// Five years are kept here.
fn five(clinic: &Clinic) -> Clinic {
    clinic.clone().keeping_readings(Retention::of(Some(5)))
}

async fn send(world: &World, sender: &Sender, items: &[Item]) {
    let answers = readings::ingest(&world.clinic, sender, items, None).await.unwrap();
    assert!(answers.iter().all(|answer| answer.outcome == Outcome::Accepted), "{answers:?}");
}

/// Ana has a watch since 2020, and pulses on both sides of the edge of what is kept five years later.
async fn world() -> World {
    let world = World::new().await;
    world.db.set_now("2020-12-10T08:00:00Z");
    readings::make_partitions(&world.clinic).await.unwrap();
    let watch = world.sending("Watch").await;
    let beat = |value, time: &str| item("heart_rate", value, None, at(time));
    send(&world, &watch, &[beat(61.0, "2020-12-10T07:00:00Z"), beat(65.0, "2020-12-10T07:10:00Z")])
        .await;
    world.db.set_now("2021-03-02T08:00:00Z");
    readings::make_partitions(&world.clinic).await.unwrap();
    send(&world, &watch, &[beat(70.0, "2021-02-28T23:59:59Z"), beat(80.0, "2021-03-01T00:00:00Z")])
        .await;
    world.db.set_now(NOW);
    readings::make_partitions(&world.clinic).await.unwrap();
    send(&world, &watch, &[beat(90.0, "2026-03-02T07:59:00Z")]).await;
    world
}

async fn drop_all(clinic: &Clinic) -> Result<usize> {
    let mut dropped = 0;
    while retention::drop_month(clinic).await?.is_some() {
        dropped += 1;
    }
    Ok(dropped)
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_forgotten_until_the_clinic_says_so() {
    let world = world().await;
    assert_eq!(drop_all(&world.clinic).await.unwrap(), 0);
    assert_eq!(retention::kept_from(&world.clinic), None);
    assert_eq!(world.db.count("readings").await, 5);
}

#[tokio::test(flavor = "multi_thread")]
async fn whole_months_go_and_what_they_came_to_stays() {
    let world = world().await;
    let clinic = five(&world.clinic);

    // From December 2018, two years before the first reading, to February 2021.
    assert_eq!(drop_all(&clinic).await.unwrap(), 27);

    assert_eq!(world.db.count("readings WHERE recorded_at < '2021-03-01T00:00:00Z'").await, 0);
    assert_eq!(world.db.count("readings").await, 2);
    assert_eq!(
        (world.db.count("reading_hours").await, world.db.count("reading_days").await),
        (4, 4)
    );
    assert_eq!(world.db.count("audit_events WHERE action = 'reading.drop_month'").await, 27);
    let list = readings::readings(&clinic, &world.ana, None, Page::first()).await.unwrap();
    assert_eq!((list.count, list.items.len()), (2, 2));
    let (kind, month) = (MetricKind::HeartRate, Some(date(2020, 12, 31)));
    let course =
        readings::course_of(&clinic, &world.ana, kind, Period::Month, month).await.unwrap();
    let Series::Days(days) = &course.series else { panic!("{course:?}") };
    let figures: Vec<_> = days
        .iter()
        .map(|day| (day.figures.count, day.figures.lowest, day.figures.highest))
        .collect();
    assert_eq!(figures, [(2, 61.0, 65.0)]);
    // What is to be measured next has its place, and nothing more goes.
    readings::make_partitions(&clinic).await.unwrap();
    assert_eq!(drop_all(&clinic).await.unwrap(), 0);
    assert_eq!(world.db.count("readings_default").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_servers_each_month_is_dropped_and_put_on_record_once() {
    let world = world().await;
    let servers = [five(&world.db.clinic_with(1)), five(&world.db.clinic_with(1))];

    let (one, other) = tokio::join!(drop_all(&servers[0]), drop_all(&servers[1]));

    // Who finds the other one at it leaves the rest to it.
    let both = one.unwrap() + other.unwrap() + drop_all(&servers[0]).await.unwrap();
    assert_eq!(both, 27);
    let months = "(SELECT DISTINCT subject_id FROM audit_events WHERE action = 'reading.drop_month') AS months";
    assert_eq!(world.db.count(months).await, 27);
    assert_eq!(world.db.count("audit_events WHERE action = 'reading.drop_month'").await, 27);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_for_long_is_left_alone_and_nobody_waits_for_long() {
    let world = world().await;
    let clinic = five(&world.clinic);
    let reader = &mut world.db.owner().await;
    reader.batch_execute("BEGIN; SELECT FROM readings").await.unwrap();

    let held = retention::drop_month(&clinic).await;

    assert!(matches!(held, Err(Error::Unavailable(_))), "{held:?}");
    // Whoever comes meanwhile reads and writes.
    let watch = world.sending("Watch 2").await;
    send(&world, &watch, &[item("heart_rate", 72.0, None, at("2026-03-02T07:30:00Z"))]).await;
    assert_eq!(world.db.count("readings").await, 6);
    assert_eq!(world.db.count("audit_events WHERE action = 'reading.drop_month'").await, 0);
    reader.batch_execute("COMMIT").await.unwrap();
    assert_eq!(drop_all(&clinic).await.unwrap(), 27);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_forgets_nothing_young_whoever_asks() {
    let world = world().await;
    let conn = &mut *world.clinic.db().await.unwrap();
    for young in [
        "SELECT drop_reading_month(now() - interval '2 years 11 months')",
        "SELECT forget_quarantined_readings(now() - interval '29 days', 10)",
        "SELECT forget_device_keys(now() + interval '1 hour', 10)",
        "DROP TABLE readings_2021_03",
        "DELETE FROM quarantined_readings",
        "DELETE FROM device_keys",
    ] {
        assert!(conn.batch_execute(young).await.is_err(), "{young}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_kept_apart_is_forgotten_after_ninety_days() {
    let world = World::new().await;
    let watch = world.sending("Watch").await;
    let early = [item("heart_rate", 61.0, None, at("1970-01-01T00:00:00Z"))];
    readings::ingest(&world.clinic, &watch, &early, None).await.unwrap();

    world.db.set_now(&(at(NOW) + QUARANTINED_FOR).to_string());
    assert_eq!(retention::sweep_quarantined(&world.clinic).await.unwrap(), 0);
    world.db.set_now("2026-05-31T08:00:01Z");
    assert_eq!(retention::sweep_quarantined(&world.clinic).await.unwrap(), 1);
    assert_eq!(world.db.count("quarantined_readings").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_that_have_ended_are_forgotten_and_those_that_work_are_not() {
    let world = World::new().await;
    let (device, old) = world.register("Watch").await;
    let sender = world.sender(&old).await.unwrap();
    devices::verify(&world.clinic, &sender, None).await.unwrap();
    let new = devices::rotate_key(&world.clinic, &world.ana, device).await.unwrap();
    let ended = at("2026-03-03T08:00:00Z");

    world.db.set_now(&(ended + KEY_KEPT).to_string());
    assert_eq!(devices::sweep_keys(&world.clinic).await.unwrap(), 0);
    world.db.set_now("2026-04-02T08:00:01Z");
    assert_eq!(devices::sweep_keys(&world.clinic).await.unwrap(), 1);

    assert_eq!(world.db.count("device_keys").await, 1);
    assert!(matches!(world.sender(&old).await, Err(Error::SignedOut)));
    world.sender(&new).await.unwrap();
}
