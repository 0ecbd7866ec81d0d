//! All readings of one device taken away: what goes, what stays, and what happens meanwhile.
use crate::{
    devices::World,
    rollup_races::at_once,
    rollups::{Item, check, item, send, weight, world},
    schema::lines,
};
use domain::{
    devices::DeviceId,
    readings::{Outcome, ReadingId},
};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error,
    devices::Sender,
    directory::Page,
    readings::{self, alerts},
};
use std::pin::Pin;
use testkit::at;

/// So many pulses, one a minute.
fn beats(count: i64, from: &str) -> Vec<Item> {
    let time = |minute| at(from) + SignedDuration::from_mins(minute);
    (0..count).map(|minute| item("heart_rate", 70.0, None, time(minute))).collect()
}

/// What the worker does; in how many transactions.
async fn clear_all(clinic: &Clinic) -> usize {
    let mut turns = 0;
    while readings::clear_some(clinic).await.unwrap() {
        turns += 1;
    }
    turns
}

/// How many readings are shown that `source` has sent.
async fn shown(world: &World, source: DeviceId) -> i64 {
    world.db.count(&format!("readings WHERE source = '{source}' AND removed_at IS NULL")).await
}

/// What is to be looked at for milestones and reminders at once.
const LOOKS: &str = "SELECT kind AS line FROM reading_milestone_looks WHERE again_at IS NULL";

#[tokio::test(flavor = "multi_thread")]
async fn all_that_a_device_has_sent_goes_and_nothing_else() {
    let world = world("Europe/Lisbon").await;
    let (clinic, ana) = (&world.clinic, &world.ana);
    let (watch, strap) = (world.sending("Watch").await, world.sending("Strap").await);
    let old = [beats(500, "2026-03-28T20:00:00Z"), beats(400, "2026-04-20T00:00:30Z")];
    for batch in &old {
        send(&world, &watch, batch).await;
    }
    send(&world, &strap, &beats(300, "2026-04-20T00:00:00Z")).await;
    readings::add(clinic, ana, &weight("70", at("2026-04-20T08:00:00Z"))).await.unwrap();
    let others = readings::clear(clinic, &world.ben, watch.device()).await;
    assert!(matches!(others, Err(Error::NotFound)), "{others:?}");
    assert_eq!(clear_all(clinic).await, 0);

    for _ in 0..2 {
        readings::clear(clinic, ana, watch.device()).await.unwrap();
    }
    assert!(world.device(watch.device()).await.is_clearing);
    assert!(!world.device(strap.device()).await.is_clearing);
    world.db.set_now("2026-05-02T08:00:01Z");
    send(&world, &watch, &beats(1, "2026-05-02T07:00:00Z")).await;
    readings::milestones::look(clinic).await.unwrap();
    assert!(lines(&world.db, LOOKS).await.is_empty());
    assert_eq!(clear_all(clinic).await, 4, "500, 500, 202, and nothing left");

    assert!(!world.device(watch.device()).await.is_clearing);
    assert_eq!(
        (shown(&world, watch.device()).await, shown(&world, strap.device()).await),
        (1, 300)
    );
    let listed = readings::readings(clinic, ana, None, Page::first()).await.unwrap();
    assert_eq!(listed.count, 302);
    assert_eq!(world.db.count("readings WHERE removed_at IS NOT NULL AND version = 2").await, 900);
    check(&world.db).await;
    assert_eq!(lines(&world.db, LOOKS).await, ["heart_rate"]);
    assert_eq!(world.db.count("audit_events WHERE action = 'device.clear'").await, 2);

    for batch in &old {
        let answers = readings::ingest(clinic, &watch, batch, None).await.unwrap();
        assert!(answers.iter().all(|answer| answer.outcome == Outcome::Duplicate));
    }
    assert_eq!(shown(&world, watch.device()).await, 1, "sent once more it is not back");
}

/// What [`World`] has for the time, so many minutes before.
fn ago(minutes: i64) -> Timestamp {
    at("2026-03-02T08:00:00Z") - SignedDuration::from_mins(minutes)
}

async fn hear(world: &World, sender: &Sender, kind: &str, value: f64, minutes_ago: &[i64]) {
    let lower = (kind == "blood_pressure").then_some(80.0);
    let items: Vec<_> =
        minutes_ago.iter().map(|minutes| item(kind, value, lower, ago(*minutes))).collect();
    send(world, sender, &items).await;
}

async fn open(world: &World) -> Vec<String> {
    let open = alerts::open(&world.clinic, &world.ana).await.unwrap();
    let mut kinds: Vec<_> = open.iter().map(|alert| alert.kind.to_string()).collect();
    kinds.sort();
    kinds
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_on_what_goes_ends_at_once_and_one_that_others_confirm_goes_on() {
    let world = World::new().await;
    let (cuff, other) = (world.sending("Cuff").await, world.sending("Other").await);
    hear(&world, &cuff, "blood_pressure", 165.0, &[9, 4]).await;
    hear(&world, &other, "body_temperature", 39.5, &[20, 15]).await;
    hear(&world, &cuff, "body_temperature", 39.6, &[10]).await;
    hear(&world, &cuff, "spo2", 93.0, &[8]).await;
    hear(&world, &cuff, "blood_glucose", 100.0, &[8]).await;
    assert_eq!(open(&world).await, ["blood_pressure", "body_temperature"]);

    readings::clear(&world.clinic, &world.ana, cuff.device()).await.unwrap();

    assert_eq!(open(&world).await, ["body_temperature"]);
    let over = alerts::over(&world.clinic, &world.ana, Page::first()).await.unwrap().items;
    assert_eq!(over.len(), 1);
    assert_eq!(world.db.count("reading_alerts WHERE outcome = 'removed'").await, 1);
    hear(&world, &other, "spo2", 93.0, &[3]).await;
    assert_eq!(open(&world).await.len(), 1, "what goes confirms nothing");
    hear(&world, &other, "blood_glucose", 300.0, &[12, 10]).await;
    assert_eq!(open(&world).await, ["blood_glucose", "body_temperature"], "nor is it the last");

    let usual = "reading_watches WHERE baseline_on IS NOT NULL AND kind IN ('blood_pressure', 'body_temperature')";
    assert_eq!(world.db.count(usual).await, 2);
    clear_all(&world.clinic).await;
    assert_eq!(world.db.count(usual).await, 0, "what is usual is found out anew");
    hear(&world, &other, "body_temperature", 39.6, &[1]).await;
    assert_eq!(world.db.count(usual).await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_device_is_just_sending_goes_too() {
    let world = world("Europe/Lisbon").await;
    let watch = world.sending("Watch").await;
    let mut batch = beats(20, "2026-04-20T00:00:00Z");
    batch.push(item("steps", 1.0, None, at("1970-01-01T00:00:00Z")));
    let mut gate = world.db.gate_in_line("quarantined_readings").await;
    let clear = async {
        // The batch holds its device, and has written nothing yet.
        gate.wait_for(1).await;
        let clear = readings::clear(&world.clinic, &world.ana, watch.device());
        let open = async {
            gate.wait_for(2).await;
            gate.open().await;
        };
        tokio::join!(clear, open).0
    };
    let (sent, cleared) = tokio::join!(send(&world, &watch, &batch), clear);
    cleared.unwrap();
    assert_eq!(sent.len(), 20);
    clear_all(&world.clinic).await;
    assert_eq!(shown(&world, watch.device()).await, 0);
}

type Act<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

#[tokio::test(flavor = "multi_thread")]
async fn readings_go_while_their_hours_and_days_are_written() {
    let world = world("Europe/Lisbon").await;
    let (watch, strap) = (world.sending("Watch").await, world.sending("Strap").await);
    let servers: Vec<_> = (0..4).map(|_| world.db.clinic_with(1)).collect();
    let [one, two, three, four] = &servers[..] else { panic!() };
    for (round, table) in ["reading_hours", "reading_days"].into_iter().enumerate() {
        let kept = send(&world, &watch, &beats(90, &format!("2026-04-2{round}T00:00:00Z"))).await;
        readings::clear(&world.clinic, &world.ana, watch.device()).await.unwrap();
        world.db.set_now(&format!("2026-05-02T08:00:0{}Z", round + 1));
        let later = format!("2026-04-2{round}T00:20:10Z");
        let (more, beside) = (beats(60, &later), beats(60, &later));
        let ingest = async |clinic, sender, items: &[Item]| {
            readings::ingest(clinic, sender, items, None).await.unwrap();
        };
        let remove = async |clinic, id: ReadingId| {
            readings::remove(clinic, &world.ana, id).await.unwrap();
        };
        let clear = async |clinic| assert!(readings::clear_some(clinic).await.unwrap());
        let acts: Vec<Act<'_>> = vec![
            Box::pin(clear(one)),
            Box::pin(ingest(two, &watch, &more)),
            Box::pin(ingest(three, &strap, &beside)),
            Box::pin(remove(four, kept[45])),
        ];
        at_once(&world, table, acts).await;
        clear_all(&world.clinic).await;
        check(&world.db).await;
    }
    assert_eq!(
        (shown(&world, watch.device()).await, shown(&world, strap.device()).await),
        (60, 120)
    );
}
