//! Readings: each is kept once, whatever devices, networks and clocks do.
use crate::{devices::World, schema::lines};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use domain::{
    devices::{
        ApiKey, BatteryLevel, DeviceStatus, NewDevice, PAUSED, READINGS_A_DAY, REPLACED, REVOKED,
        UNVERIFIED,
    },
    readings::{
        ManualReading, MetricKind, Outcome, Quarantine, RawReading, Reading, ReadingId,
        ReadingRefusal, Tally, is_near_duplicate,
    },
};
use jiff::{SignedDuration, Timestamp, ToSpan, tz::TimeZone};
use serde_json::{Value, json};
use services::{
    Clinic, Error, Result,
    account::{closing, export::export},
    devices::{self, Sender},
    directory::Page,
    identity::{Caller, Patient, blocking},
    readings::{self, Answer},
};
use testkit::{TestDb, at};

/// What [`World`] has for the time.
const NOW: &str = "2026-03-02T08:00:00Z";

type Item = Result<RawReading, ReadingRefusal>;

#[tokio::test(flavor = "multi_thread")]
async fn nobody_fills_the_table_by_one_device_in_a_day() {
    let world = World::new().await;
    let watch = world.sending("Watch").await;
    let send =
        async |value| readings::ingest(&world.clinic, &watch, &[beat(value, NOW)], None).await;
    send(60.0).await.unwrap();
    world.db.execute(&format!("UPDATE device_days SET accepted = {READINGS_A_DAY}")).await;
    let refused = send(61.0).await;
    assert!(matches!(refused, Err(Error::TooMany(wait)) if wait == SignedDuration::from_hours(16)));
    world.db.set_now("2026-03-03T00:00:00Z");
    send(62.0).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused_is_counted_once_however_often_the_batch_is_sent() {
    let world = World::new().await;
    let watch = world.sending("Watch").await;
    for _ in 0..3 {
        let batch = [beat(60.0, NOW), beat(1e308, NOW)];
        readings::ingest(&world.clinic, &watch, &batch, None).await.unwrap();
    }
    let counted = world.device(watch.device()).await.signs.week;
    assert_eq!((counted.accepted, counted.duplicates, counted.refused), (1, 2, 1));
}

/// Closing holds the account before its devices, and a batch its device before what is kept of the account.
#[tokio::test(flavor = "multi_thread")]
async fn a_batch_and_the_end_of_its_account_never_wait_for_each_other() {
    let world = World::new().await;
    let person = world.db.person(&world.clinic).await;
    let owner = world.db.caller(&world.clinic, person.user).await;
    let form = crate::devices::form("Watch");
    let (_, key) = devices::register(&world.clinic, &owner, &form).await.unwrap();
    let sender = devices::identify(&world.clinic, key.reveal(), None).await.unwrap();
    devices::verify(&world.clinic, &sender, None).await.unwrap();
    let sender = devices::identify(&world.clinic, key.reveal(), None).await.unwrap();
    let caller = world.db.caller(&world.clinic, person.user).await;

    let mut gate = world.db.gate_in_line("quarantined_readings").await;
    let early = [beat(60.0, "1970-01-01T00:00:00Z"), beat(60.0, NOW)];
    let send = readings::ingest(&world.clinic, &sender, &early, None);
    let close = async {
        // The batch holds its device, and has written nothing yet.
        gate.wait_for(1).await;
        let closing = closing::close(&world.clinic, &caller, person.password.into(), None);
        let open = async {
            gate.wait_for(2).await;
            gate.open().await;
        };
        tokio::join!(closing, open).0
    };
    let (sent, closed) = tokio::join!(send, close);
    closed.unwrap();
    sent.unwrap();
}

fn item(json: Value) -> Item {
    serde_json::from_value(json).map_err(|_| ReadingRefusal::Unreadable)
}

fn beat(value: f64, at: &str) -> Item {
    item(json!({"type": "heart_rate", "value": value, "unit": "bpm", "timestamp": at}))
}

/// Of every sort: timely and late ones, with ids and without, near to each other, of impossible times, twice the same,
/// and some that are wrong. The outcome of each, when it is sent for the first time.
fn batch() -> Vec<(Item, Outcome)> {
    use Outcome::{Accepted, Duplicate, Quarantined, Refused};
    let mut batch: Vec<_> = (0..40)
        .map(|minute| {
            (beat(60.0 + f64::from(minute), &format!("2026-03-02T07:{minute:02}:00Z")), Accepted)
        })
        .collect();
    let more = [
        (
            json!({"type": "spo2", "value": 97, "timestamp": "2026-03-02T07:59:00Z", "id": "a-1"}),
            Accepted,
        ),
        (
            json!({"type": "glucose", "value": 5.5, "unit": "mmol/L", "timestamp": "2026-03-01T07:00:00Z"}),
            Accepted,
        ),
        // Live and once more from its memory.
        (
            json!({"type": "glucose", "value": 99, "unit": "mg/dL", "timestamp": "2026-03-01T07:00:09Z"}),
            Accepted,
        ),
        (
            json!({"type": "blood_pressure", "systolic": 128, "diastolic": 82, "timestamp": "2026-03-02T07:00:00Z"}),
            Accepted,
        ),
        (
            json!({"type": "weight", "value": 154.3, "unit": "lb", "timestamp": "2024-03-04T07:00:00Z"}),
            Accepted,
        ),
        (
            json!({"type": "steps", "value": 900, "timestamp": "2026-03-02T08:05:00.000001Z"}),
            Quarantined,
        ),
        (json!({"type": "steps", "value": 900, "timestamp": "1970-01-01T00:00:07Z"}), Quarantined),
        (
            json!({"type": "steps", "value": 900, "timestamp": "1969-12-31T00:00:07Z", "id": "old"}),
            Quarantined,
        ),
        (json!({"type": "steps", "value": -1, "timestamp": "2026-03-02T07:00:00Z"}), Refused),
        (json!(7), Refused),
        (json!({"type": "steps", "value": 901, "timestamp": "2026-03-02T07:00:00Z"}), Accepted),
        (
            json!({"type": "steps", "value": 901, "timestamp": "2026-03-02T07:00:00+00:00"}),
            Duplicate,
        ),
    ];
    batch.extend(more.map(|(json, outcome)| (item(json), outcome)));
    batch
}

/// The same in another order, a different one for each `round`.
fn shuffled<T>(mut items: Vec<T>, round: u64) -> Vec<T> {
    let mut state = round.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    for last in (1..items.len()).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        items.swap(last, usize::try_from(state >> 33).unwrap() % (last + 1));
    }
    items
}

/// All that is stored of readings, a line each; without what depends on whose they are.
async fn stored(db: &TestDb, columns: &str) -> Vec<String> {
    lines(
        db,
        &format!(
            "SELECT concat_ws(' ', {columns}, kind, value, diastolic, unit, recorded_at, is_late, near_duplicate_of IS NOT NULL) AS line FROM readings \
             UNION ALL SELECT concat_ws(' ', {columns}, kind, value, diastolic, unit, recorded_at, reason) FROM quarantined_readings ORDER BY 1"
        ),
    )
    .await
}

async fn send(world: &World, sender: &Sender, items: &[Item]) -> Vec<Answer> {
    readings::ingest(&world.clinic, sender, items, None).await.unwrap()
}

fn outcomes(answers: &[Answer]) -> Vec<Outcome> {
    answers.iter().map(|answer| answer.outcome).collect()
}

async fn list(world: &World, kind: Option<MetricKind>) -> Vec<readings::StoredReading> {
    readings::readings(&world.clinic, &world.ana, kind, Page::new(1, 100)).await.unwrap().items
}

/// Everything a device has sent so far, by what became of it.
async fn tally(world: &World, sender: &Sender) -> Tally {
    world.device(sender.device()).await.signs.week
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_batch_posted_five_times_shuffled_leaves_the_same_rows() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let (items, expected): (Vec<_>, Vec<_>) = batch().into_iter().unzip();
    let first = send(&world, &sender, &items).await;
    assert_eq!(outcomes(&first), expected);
    let rows = stored(&world.db, "patient_id, source, id, created_at").await;
    let counted = Tally { accepted: 46, duplicates: 1, quarantined: 3, refused: 2 };
    assert_eq!((rows.len(), tally(&world, &sender).await), (49, counted));

    for round in 1..=5 {
        let again: Vec<_> = shuffled(items.iter().zip(&first).collect(), round);
        let sent: Vec<_> = again.iter().map(|(item, _)| (*item).clone()).collect();
        for (answer, (_, before)) in send(&world, &sender, &sent).await.iter().zip(again) {
            let is_refused = before.outcome == Outcome::Refused;
            let outcome = if is_refused { Outcome::Refused } else { Outcome::Duplicate };
            assert_eq!(
                (answer.outcome, answer.id, answer.refusal),
                (outcome, before.id, before.refusal)
            );
        }
        assert_eq!(stored(&world.db, "patient_id, source, id, created_at").await, rows);
    }
    let counted = Tally { duplicates: 1 + 5 * 50, ..counted };
    assert_eq!(tally(&world, &sender).await, counted);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_order_of_a_batch_changes_nothing() {
    let (items, _): (Vec<_>, Vec<_>) = batch().into_iter().unzip();
    let mut before = None;
    for round in 1..=3 {
        let world = World::new().await;
        let sender = world.sending("Watch").await;
        send(&world, &sender, &shuffled(items.clone(), round)).await;
        let rows = stored(&world.db, "''").await;
        assert_eq!(*before.get_or_insert_with(|| rows.clone()), rows);
    }
    let marked = before.unwrap().into_iter().filter(|row| row.ends_with(" t")).count();
    assert_eq!(marked, 1);
}

/// Lets `senders` send at once, from a server each, until every one waits for the first or for the table.
async fn at_once(world: &World, senders: Vec<(&Sender, Vec<Item>)>) -> Vec<Vec<Answer>> {
    let mut gate = world.db.gate_in_line("readings").await;
    let waiting = senders.len();
    let open = async {
        gate.wait_for(waiting).await;
        gate.open().await;
    };
    let servers: Vec<Clinic> = senders.iter().map(|_| world.db.clinic_with(1)).collect();
    let sent = senders.iter().zip(&servers).map(|((sender, items), clinic)| async move {
        readings::ingest(clinic, sender, items, None).await.unwrap()
    });
    tokio::join!(futures_util::future::join_all(sent), open).0
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_that_comes_to_three_servers_at_once_is_kept_once() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let (items, expected): (Vec<_>, Vec<_>) = batch().into_iter().unzip();
    let orders = [items.clone(), shuffled(items.clone(), 1), items.iter().rev().cloned().collect()];
    let answers = at_once(&world, orders.into_iter().map(|items| (&sender, items)).collect()).await;

    let all: Tally = answers.iter().flatten().map(|answer| answer.outcome).collect();
    let once: Tally = expected.into_iter().collect();
    assert_eq!((all.accepted, all.quarantined), (once.accepted, once.quarantined));
    // What no batch was the first to say is refused once, too.
    assert_eq!(Tally { refused: once.refused, ..all }, tally(&world, &sender).await);
    assert_eq!(stored(&world.db, "id").await.len(), 49);
}

#[tokio::test(flavor = "multi_thread")]
async fn near_duplicates_are_marked_though_both_come_at_once() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let one = vec![beat(72.0, "2026-03-02T07:59:00Z")];
    let other = vec![beat(72.0, "2026-03-02T07:59:00.4Z")];
    let answers = at_once(&world, vec![(&sender, one), (&sender, other)]).await;
    let marks = answers.iter().flatten().filter(|answer| answer.near_duplicate_of.is_some());
    assert_eq!(marks.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_devices_that_measure_the_same_at_once_are_both_heard() {
    let world = World::new().await;
    let (watch, strap) = (world.sending("Watch").await, world.sending("Strap").await);
    let items =
        || (0..50).map(|second| beat(72.0, &format!("2026-03-02T07:00:{second:02}Z"))).collect();
    let answers = at_once(&world, vec![(&watch, items()), (&strap, items())]).await;
    for answer in answers.iter().flatten() {
        assert_eq!((answer.outcome, answer.near_duplicate_of), (Outcome::Accepted, None));
    }
    assert_eq!(stored(&world.db, "id").await.len(), 100);
}

/// What a device measures, and by how much another one differs: kind, value, lower number, difference.
fn pairs() -> Vec<(&'static str, f64, Option<f64>, f64)> {
    [
        ("heart_rate", 72.0, None, [0.4, 0.5, 0.6]),
        ("oxygen_saturation", 97.0, None, [0.5, 0.6, -0.5]),
        ("body_temperature", 36.6, None, [0.05, 0.06, -0.05]),
        ("weight", 70.0, None, [0.05, 0.051, -0.05]),
        ("steps", 900.0, None, [0.0, 1.0, -1.0]),
        ("blood_pressure", 128.0, Some(82.0), [0.0, 0.5, 0.6]),
    ]
    .into_iter()
    .flat_map(|(kind, value, lower, more)| more.map(|more| (kind, value, lower, more)))
    .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_database_marks_what_the_rule_calls_near() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let start = at("2026-02-01T00:00:00Z");
    let (mut first, mut then, mut near) = (Vec::new(), Vec::new(), Vec::new());
    let millis = [0, 400, 500, 501, 30_000, 30_001];
    for (number, ((kind, value, lower, more), later)) in
        pairs().into_iter().flat_map(|pair| millis.map(|later| (pair, later))).enumerate()
    {
        let metric = MetricKind::read(kind).unwrap();
        let time = start + SignedDuration::from_hours(i64::try_from(number).unwrap());
        let late = time + SignedDuration::from_millis(later);
        let of = |value: f64, lower: Option<f64>, time: Timestamp| {
            let json = json!({"type": kind, "value": value, "diastolic": lower, "unit": metric.unit(), "timestamp": time.to_string()});
            ((time, Reading::new(metric, value, lower, metric.unit()).unwrap()), item(json))
        };
        // Of a pressure the lower number is the one that differs.
        let (one, sent) = of(value, lower, time);
        let (other, again) = match lower {
            Some(lower) => of(value, Some(lower + more), late),
            None => of(value + more, None, late),
        };
        if one != other {
            first.push(sent);
            then.push(again);
            near.push(is_near_duplicate(one, other));
        }
    }
    assert!(near.iter().any(|near| *near) && near.iter().any(|near| !near));
    let before = send(&world, &sender, &first).await;
    assert!(before.iter().all(|answer| answer.outcome == Outcome::Accepted));
    let answers = send(&world, &sender, &then).await;
    for (number, (answer, near)) in answers.iter().zip(near).enumerate() {
        assert_eq!(answer.outcome, Outcome::Accepted);
        let original = near.then_some(before[number].id).flatten();
        assert_eq!(answer.near_duplicate_of, original, "{:?}", then[number]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn late_and_near_ones_are_kept_and_marked() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let answers = send(
        &world,
        &sender,
        &[
            beat(72.0, "2026-03-02T07:00:00Z"),
            beat(72.0, "2026-03-02T06:59:59Z"),
            beat(72.2, "2026-03-02T07:00:00.3Z"),
        ],
    )
    .await;
    let late: Vec<_> = answers.iter().map(|answer| answer.is_late).collect();
    assert_eq!(late, [false, true, false]);
    assert_eq!(answers[2].near_duplicate_of, answers[0].id);
    let kept = list(&world, None).await;
    let shown: Vec<_> = kept.iter().map(|kept| (kept.reading.value(), kept.is_late)).collect();
    assert_eq!(shown, [(72.2, false), (72.0, false), (72.0, true)]);
    assert_eq!(kept[0].near_duplicate_of, answers[0].id);
    let watch = (sender.device(), "Watch".to_owned());
    assert_eq!((kept[0].device.clone(), kept[0].received_at), (Some(watch), at(NOW)));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_have_been_then_is_kept_apart_and_stays_so() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let items = [beat(72.0, "2026-03-02T08:10:00Z"), beat(71.0, "2001-01-01T00:00:00Z")];
    let answers = send(&world, &sender, &items).await;
    let why: Vec<_> = answers.iter().map(|answer| answer.quarantine).collect();
    assert_eq!(why, [Some(Quarantine::Future), Some(Quarantine::Ancient)]);
    assert!(list(&world, None).await.is_empty());
    let apart = readings::quarantined(&world.clinic, &world.ana, Page::first()).await.unwrap();
    assert_eq!((apart.count, apart.items.len()), (2, 2));
    assert!(apart.items.iter().any(|(stored, why)| {
        *why == Quarantine::Future && stored.recorded_at == at("2026-03-02T08:10:00Z")
    }));
    let theirs = readings::quarantined(&world.clinic, &world.ben, Page::first()).await.unwrap();
    assert_eq!(theirs.count, 0);

    // Once its time has come, it is still what was sent before that.
    world.db.set_now("2026-03-02T08:10:00Z");
    assert_eq!(outcomes(&send(&world, &sender, &items).await), [Outcome::Duplicate; 2]);
    let kept = send(&world, &sender, &[beat(70.0, "2026-03-02T08:09:00Z")]).await;
    assert_eq!(outcomes(&kept), [Outcome::Accepted]);
    // And what was kept is not quarantined when it has become too old.
    world.db.set_now("2028-03-03T08:10:00Z");
    let again = send(&world, &sender, &[beat(70.0, "2026-03-02T08:09:00Z")]).await;
    assert_eq!(outcomes(&again), [Outcome::Duplicate]);
    assert_eq!(world.db.count("quarantined_readings").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_tells_how_its_device_is() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    world.db.set_now("2026-03-02T08:30:00Z");
    let ingest = async |items: &[Item], battery| {
        let battery = BatteryLevel::new(battery);
        readings::ingest(&world.clinic, &sender, items, battery).await.unwrap();
        world.device(sender.device()).await.signs
    };
    let newest = at("2026-03-02T08:29:00Z");
    let signs =
        ingest(&[beat(72.0, "2026-03-02T08:29:00Z"), Err(ReadingRefusal::Unreadable)], 80).await;
    assert_eq!((signs.last_seen, signs.last_reading), (Some(world.clinic.now()), Some(newest)));
    assert_eq!(signs.battery.map(|battery| battery.level.percent()), Some(80));
    assert_eq!(signs.week, Tally { accepted: 1, refused: 1, ..Tally::default() });

    // A level that it does not say is as it was; older readings make none older; a day later is another day.
    world.db.set_now("2026-03-03T00:10:00Z");
    let later = ingest(&[beat(70.0, "2026-03-02T07:00:00Z")], -1).await;
    assert_eq!((later.last_reading, later.battery), (Some(newest), signs.battery));
    assert_eq!(later.last_seen, Some(world.clinic.now()));
    let days = lines(
        &world.db,
        "SELECT concat_ws(' ', day, accepted, duplicates, quarantined, refused) AS line FROM device_days ORDER BY day",
    )
    .await;
    assert_eq!(days, ["2026-03-02 1 0 0 1", "2026-03-03 1 0 0 0"]);
    world.db.set_now("2026-03-09T00:00:00Z");
    let week = world.device(sender.device()).await.signs.week;
    assert_eq!(week, Tally { accepted: 1, ..Tally::default() }, "of the last seven days");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_batch_is_kept_and_counted_or_neither() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    world.db.execute("ALTER TABLE device_days ADD CONSTRAINT broken CHECK (accepted < 2)").await;
    let items = [beat(72.0, "2026-03-02T07:29:00Z"), beat(73.0, "2026-03-02T07:30:00Z")];
    assert!(readings::ingest(&world.clinic, &sender, &items, None).await.is_err());
    assert_eq!(stored(&world.db, "id").await, Vec::<String>::new());
    assert_eq!(world.device(sender.device()).await.signs.last_reading, None);

    world.db.execute("ALTER TABLE device_days DROP CONSTRAINT broken").await;
    assert_eq!(outcomes(&send(&world, &sender, &items).await), [Outcome::Accepted; 2]);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_a_batch_is_a_batch() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let items = vec![Err(ReadingRefusal::Unreadable); 501];
    let refused = readings::ingest(&world.clinic, &sender, &items, None).await;
    assert!(matches!(refused, Err(Error::Invalid(_))), "{refused:?}");
    let most: Vec<_> = (0..500)
        .map(|second| {
            let time = at("2026-03-02T07:00:00Z") + SignedDuration::from_secs(second);
            beat(72.0, &time.to_string())
        })
        .collect();
    let kept: Tally =
        send(&world, &sender, &most).await.iter().map(|answer| answer.outcome).collect();
    assert_eq!(kept, Tally { accepted: 500, ..Tally::default() });
    let found =
        readings::readings(&world.clinic, &world.ana, None, Page::new(5, 100)).await.unwrap();
    assert_eq!((found.count, found.items.len()), (500, 100));
    assert_eq!(found.items[99].recorded_at, at("2026-03-02T07:00:00Z"));
}

#[tokio::test(flavor = "multi_thread")]
async fn only_an_active_device_of_an_open_account_sends() {
    use DeviceStatus::{Paused, Revoked};
    let world = World::new().await;
    let (id, key) = world.register("Watch").await;
    let items = [beat(72.0, "2026-03-02T07:59:00Z")];
    let ingest =
        async |sender: &Sender| readings::ingest(&world.clinic, sender, &items, None).await;
    let as_now = async |key: &ApiKey| ingest(&world.sender(key).await.unwrap()).await;
    assert!(matches!(as_now(&key).await, Err(Error::Refused(UNVERIFIED))));
    devices::verify(&world.clinic, &world.sender(&key).await.unwrap(), None).await.unwrap();

    // Whoever has shown the key in time is refused all the same.
    let shown = world.sender(&key).await.unwrap();
    for (status, refusal) in [(Paused, PAUSED), (Revoked, REVOKED)] {
        devices::advance(&world.clinic, &world.ana, id, status).await.unwrap();
        for refused in [as_now(&key).await, ingest(&shown).await] {
            assert!(matches!(&refused, Err(Error::Refused(why)) if *why == refusal), "{refused:?}");
        }
    }
    let old = world.sending("Strap").await;
    let form =
        NewDevice { name: "Belt".into(), device_type: "other".into(), ..NewDevice::default() };
    devices::replace(&world.clinic, &world.ana, old.device(), &form).await.unwrap();
    assert!(matches!(ingest(&old).await, Err(Error::Refused(REPLACED))));

    let scale = world.sending("Scale").await;
    let manager = world.db.role_manager(&world.clinic).await;
    blocking::block(&world.clinic, &manager, world.ana.user).await.unwrap();
    let blocked = ingest(&scale).await;
    assert!(matches!(blocked, Err(Error::SignedOut)), "{blocked:?}");
    assert_eq!(stored(&world.db, "id").await, Vec::<String>::new());
    assert_eq!(world.db.count("device_days").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_closed_account_sends_no_more_and_takes_its_readings_along_before() {
    let world = World::new().await;
    let person = world.db.person(&world.clinic).await;
    let owner: Caller<Patient> = world.db.caller(&world.clinic, person.user).await;
    let form =
        NewDevice { name: "Belt".into(), device_type: "other".into(), ..NewDevice::default() };
    let (_, key) = devices::register(&world.clinic, &owner, &form).await.unwrap();
    devices::verify(&world.clinic, &world.sender(&key).await.unwrap(), None).await.unwrap();
    let sender = world.sender(&key).await.unwrap();
    let items = [beat(72.0, "2026-03-02T07:59:00Z"), beat(72.0, "1999-03-02T07:59:00Z")];
    send(&world, &sender, &items).await;
    let caller = world.db.caller(&world.clinic, person.user).await;
    let all = export(&world.clinic, &caller).await.unwrap();
    assert_eq!(
        (&all["readings"][0]["value"], &all["readings"][0]["unit"]),
        (&json!(72.0), &json!("/min"))
    );
    assert_eq!(all["quarantined_readings"][0]["quarantine"], "ancient");

    closing::close(&world.clinic, &caller, person.password.into(), None).await.unwrap();
    let late = readings::ingest(&world.clinic, &sender, &items, None).await;
    assert!(matches!(late, Err(Error::SignedOut)), "{late:?}");
    let typed = readings::add(&world.clinic, &owner, &weight("70", NOW)).await;
    assert!(matches!(typed, Err(Error::SignedOut)), "{typed:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_of_any_time_that_is_allowed_has_its_partition() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let everywhere = async |now: &str| {
        world.db.set_now(now);
        let oldest = at(now) - SignedDuration::from_hours(2 * 365 * 24);
        let newest = at(now) + SignedDuration::from_mins(5);
        let month = |months: i64| {
            let first =
                oldest.to_zoned(TimeZone::UTC).saturating_add(months.months()).first_of_month();
            first.unwrap().start_of_day().unwrap().timestamp()
        };
        let edges = (1..=24).flat_map(|months| {
            let first = month(months);
            [first - SignedDuration::from_micros(1), first]
        });
        let times = edges.chain([oldest, newest]).filter(|time| *time <= newest);
        let items: Vec<_> = times.map(|time| beat(72.0, &time.to_string())).collect();
        let answers = send(&world, &sender, &items).await;
        assert!(answers.iter().all(|answer| answer.outcome != Outcome::Quarantined));
    };
    readings::make_partitions(&world.clinic).await.unwrap();
    assert_eq!(readings::make_partitions(&world.clinic).await.unwrap(), 0);
    everywhere(NOW).await;
    assert_eq!(world.db.count("readings_default").await, 0);

    // Had nobody made partitions for years, nothing were lost, and all were where it belongs later on.
    everywhere("2150-06-30T23:58:00Z").await;
    let early = world.db.count("readings_default").await;
    let all = stored(&world.db, "id").await;
    assert!(early > 40, "{early}");
    let (one, other) = (world.db.clinic_with(1), world.db.clinic_with(1));
    let (one, other) =
        tokio::join!(readings::make_partitions(&one), readings::make_partitions(&other));
    assert_eq!(one.unwrap() + other.unwrap(), 28, "of two servers each makes what is missing");
    assert_eq!(world.db.count("readings_default").await, 0);
    assert_eq!(stored(&world.db, "id").await, all);
    assert_eq!(world.db.count("readings_2150_07").await, 1);
}

/// A weight as it is typed.
fn weight(value: &str, recorded_at: &str) -> ManualReading {
    ManualReading {
        kind: "weight".into(),
        value: value.into(),
        unit: "kg".into(),
        recorded_at: Some(at(recorded_at)),
        notes: "After breakfast".into(),
        ..ManualReading::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_twice_is_kept_once_and_can_be_taken_away() {
    let world = World::new().await;
    let (clinic, ana, ben) = (&world.clinic, &world.ana, &world.ben);
    let form = weight("70,4", "2026-03-02T07:00:00Z");
    let wrong = readings::add(clinic, ana, &weight("7000", NOW)).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    let id = readings::add(clinic, ana, &form).await.unwrap();
    assert_eq!(readings::add(clinic, ana, &form).await.unwrap(), id);
    let other = readings::add(clinic, ana, &weight("70,5", "2026-03-02T07:00:00Z")).await.unwrap();
    assert_ne!(readings::add(clinic, ben, &form).await.unwrap(), id);
    let kept = list(&world, Some(MetricKind::Weight)).await;
    assert_eq!(kept.len(), 2);
    let first = kept.iter().find(|kept| kept.id == id).unwrap();
    assert_eq!((first.device.clone(), first.notes.as_deref()), (None, Some("After breakfast")));
    assert!(list(&world, Some(MetricKind::Steps)).await.is_empty());

    let remove = async |who, id| readings::remove(clinic, who, id).await;
    assert!(matches!(remove(ben, id).await, Err(Error::NotFound)));
    assert!(matches!(remove(ana, ReadingId::generate()).await, Err(Error::NotFound)));
    assert!(matches!(remove(ana, uuid::Uuid::nil().into()).await, Err(Error::NotFound)));
    remove(ana, id).await.unwrap();
    remove(ana, id).await.unwrap();
    let left: Vec<_> = list(&world, None).await.iter().map(|kept| kept.id).collect();
    assert_eq!(left, [other]);
    readings::add(clinic, ana, &form).await.unwrap();
    assert_eq!(list(&world, None).await.len(), 2, "typed anew it is back");
    let done = lines(
        &world.db,
        "SELECT action AS line FROM audit_events WHERE subject_type = 'reading' ORDER BY id",
    )
    .await;
    let add = "reading.add";
    assert_eq!(done, [add, add, add, "reading.remove", add]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_does_not_bring_back_what_was_taken_away() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let items = [beat(72.0, "2026-03-02T07:59:00Z")];
    let id = send(&world, &sender, &items).await[0].id.unwrap();
    readings::remove(&world.clinic, &world.ana, id).await.unwrap();
    assert_eq!(outcomes(&send(&world, &sender, &items).await), [Outcome::Duplicate]);
    assert!(list(&world, None).await.is_empty());
}

/// How many readings the application sees in `table` that reads as `reader`.
async fn seen(world: &World, table: &str, reader: Option<&Caller<Patient>>) -> i64 {
    use diesel_async::RunQueryDsl;
    #[derive(diesel::QueryableByName)]
    struct Count {
        #[diesel(sql_type = diesel::sql_types::BigInt)]
        count: i64,
    }
    let conn = &mut *world.clinic.db().await.unwrap();
    conn.transaction(async |conn| {
        if let Some(reader) = reader {
            conn.batch_execute(&format!("SET LOCAL medconnect.reader = '{}'", reader.user)).await?;
        }
        let counted: Count = diesel::sql_query(format!("SELECT count(*) AS count FROM {table}"))
            .get_result(conn)
            .await?;
        Ok::<_, Error>(counted.count)
    })
    .await
    .unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn who_does_not_say_who_reads_sees_no_readings() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    send(
        &world,
        &sender,
        &[beat(72.0, "2026-03-02T07:59:00Z"), beat(72.0, "1999-03-02T07:59:00Z")],
    )
    .await;
    for table in ["readings", "quarantined_readings", "reading_hours", "reading_days"] {
        assert_eq!(seen(&world, table, None).await, 0, "{table}");
        assert_eq!(seen(&world, table, Some(&world.ben)).await, 0, "{table}");
        assert_eq!(seen(&world, table, Some(&world.ana)).await, 1, "{table}");
    }
    // A partition is not the way around it, and what was measured stays as it was.
    let (ana, ben, device) = (world.ana.user, world.ben.user, sender.device());
    let as_ana = format!("BEGIN; SET LOCAL medconnect.reader = '{ana}'");
    let insert = "INSERT INTO readings (patient_id, id, recorded_at, source, kind, value, unit, created_at) VALUES";
    let reading = "gen_random_uuid(), '2026-03-02T07:00:00Z'";
    for forbidden in [
        "SELECT * FROM readings_2026_03".to_owned(),
        "SELECT * FROM readings_default".to_owned(),
        "UPDATE readings SET value = 60".to_owned(),
        "DELETE FROM readings".to_owned(),
        "UPDATE readings SET utc_offset = 60".to_owned(),
        "UPDATE reading_days SET day = '2026-03-01'".to_owned(),
        format!(
            "INSERT INTO reading_hours (patient_id, kind, hour, count, lowest, highest, total, squares, in_range) VALUES ('{ben}', 'steps', now(), 1, 1, 1, 1, 1, 0)"
        ),
        format!("{insert} ('{ben}', {reading}, '{ben}', 'steps', 1, '{{steps}}', now())"),
        format!("{insert} ('{ana}', {reading}, '{ben}', 'steps', 1, '{{steps}}', now())"),
        format!("{insert} ('{ana}', {reading}, '{ana}', 'steps', 'NaN', '{{steps}}', now())"),
        format!(
            "{insert} ('{ana}', {reading}, '{device}', 'steps', 'infinity', '{{steps}}', now())"
        ),
    ] {
        let conn = &mut *world.clinic.db().await.unwrap();
        conn.batch_execute(&as_ana).await.unwrap();
        assert!(conn.batch_execute(&forbidden).await.is_err(), "{forbidden}");
        conn.batch_execute("ROLLBACK").await.unwrap();
    }
    let conn = &mut *world.clinic.db().await.unwrap();
    let right =
        format!("{insert} ('{ana}', {reading}, '{device}', 'steps', 1, '{{steps}}', now())");
    conn.batch_execute(&format!("{as_ana}; {right}; ROLLBACK")).await.unwrap();
}
