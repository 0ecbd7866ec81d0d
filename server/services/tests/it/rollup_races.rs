//! Hours and days while several write to them at once: what they say is what the readings say, and nobody waits for ever.
use crate::{
    devices::World,
    rollups::{HOUR, Item, check, item, send, weight, world},
};
use domain::readings::{ManualReading, Outcome, ReadingId};
use jiff::SignedDuration;
use serde_json::json;
use services::{
    Clinic,
    devices::Sender,
    identity::{Caller, Patient},
    readings,
};
use testkit::at;

/// Lets all `work` wait for the rows that are there, then go at once.
pub async fn at_once<F: Future>(world: &World, table: &str, work: Vec<F>) -> Vec<F::Output> {
    let mut gate = world.db.gate_at_rows(table).await;
    let waiting = work.len();
    let open = async {
        gate.wait_for(waiting).await;
        gate.open().await;
    };
    tokio::join!(futures_util::future::join_all(work), open).0
}

/// Hours of two kinds; `step` tells in which order.
fn hours(from: i64, step: i64) -> Vec<Item> {
    let time = |number: i64| {
        at("2026-04-20T00:00:00Z") + HOUR * i32::try_from(from + step * number).unwrap()
    };
    let both = |number| {
        [item("heart_rate", 70.0, None, time(number)), item("steps", 10.0, None, time(number))]
    };
    (0..24).flat_map(both).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_of_one_person_wait_for_each_other_and_none_for_ever() {
    let world = world("Europe/Lisbon").await;
    let (watch, strap) = (world.sending("Watch").await, world.sending("Strap").await);
    send(&world, &watch, &hours(0, 1)).await;
    for (round, table) in ["reading_hours", "reading_days", "reading_hours"].into_iter().enumerate()
    {
        let servers = [world.db.clinic_with(1), world.db.clinic_with(1)];
        // Each has hours that the other has, and some that are new.
        let minute = SignedDuration::from_mins(i64::try_from(round + 1).unwrap());
        let later = |items: Vec<Item>| -> Vec<Item> {
            items.into_iter().map(|item| moved(item, minute)).collect()
        };
        let batches = [later(hours(0, 1)), later(hours(35, -1))];
        let sent = [&watch, &strap].into_iter().zip(&servers).zip(&batches);
        let work = sent.map(|((sender, clinic), items)| ingest(clinic, sender, items)).collect();
        assert_eq!(at_once(&world, table, work).await, [48, 48], "{table}");
        check(&world.db).await;
    }
}

fn moved(item: Item, by: SignedDuration) -> Item {
    let item = item.unwrap();
    let mut json = json!({"type": "heart_rate", "value": 70, "timestamp": ""});
    let of = domain::readings::checked(&item, at("2026-05-02T08:00:00Z")).unwrap();
    json["type"] = of.reading.kind().as_str().into();
    json["value"] = of.reading.value().into();
    json["timestamp"] = (of.recorded_at + by).to_string().into();
    Ok(serde_json::from_value(json).unwrap())
}

async fn ingest(clinic: &Clinic, sender: &Sender, items: &[Item]) -> usize {
    let answers = readings::ingest(clinic, sender, items, None).await.unwrap();
    answers.iter().filter(|answer| answer.outcome == Outcome::Accepted).count()
}

enum Act<'w> {
    Send(&'w Sender, Vec<Item>),
    Remove(ReadingId),
    Type(ManualReading),
}

async fn act(clinic: Clinic, ana: &Caller<Patient>, act: Act<'_>) {
    match act {
        Act::Send(sender, items) => assert_eq!(ingest(&clinic, sender, &items).await, items.len()),
        Act::Remove(id) => readings::remove(&clinic, ana, id).await.unwrap(),
        Act::Type(form) => drop(readings::add(&clinic, ana, &form).await.unwrap()),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_is_taken_away_and_typed_while_its_day_is_written() {
    let world = world("Europe/Lisbon").await;
    let (scale, other) = (world.sending("Scale").await, world.sending("Other").await);
    let time = |minute: i64| at("2026-04-20T08:00:00Z") + SignedDuration::from_mins(minute);
    let send_at = |minute| vec![item("weight", 70.0, None, time(minute))];
    let mut kept = send(&world, &scale, &[send_at(0), send_at(1), send_at(2)].concat()).await;
    for round in 0..4_i64 {
        let acts = [
            Act::Remove(kept.pop().unwrap_or_else(ReadingId::generate)),
            Act::Send(&scale, send_at(10 + round)),
            Act::Type(weight("71", time(20 + round))),
            Act::Send(&other, send_at(30 + round)),
        ];
        let acts: Vec<_> = acts
            .into_iter()
            .filter(|act| !kept.is_empty() || !matches!(act, Act::Remove(_)))
            .collect();
        let table = if round % 2 == 0 { "reading_hours" } else { "reading_days" };
        let work = acts.into_iter().map(|what| act(world.db.clinic_with(1), &world.ana, what));
        at_once(&world, table, work.collect()).await;
        check(&world.db).await;
    }
}
