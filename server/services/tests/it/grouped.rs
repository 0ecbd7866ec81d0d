//! Batches that come at the same moment are written together, and each is answered for itself.
use crate::{
    devices::{World, form},
    schema::lines,
};
use diesel::{QueryableByName, sql_query, sql_types::BigInt};
use diesel_async::{AsyncConnection, SimpleAsyncConnection};
use domain::readings::{Outcome, RawReading, ReadingRefusal};
use futures_util::{FutureExt, future::join_all, poll};
use serde_json::json;
use services::{
    Clinic, Error, Result,
    devices::{self, Sender},
    identity::{Caller, Patient},
    readings::{self, Answer},
};

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

type Item = Result<RawReading, ReadingRefusal>;

fn beat(value: f64, minute: u32) -> Item {
    let timestamp = format!("2026-03-02T07:{minute:02}:00Z");
    Ok(serde_json::from_value(
        json!({ "type": "heart_rate", "value": value, "timestamp": timestamp }),
    )
    .unwrap())
}

async fn sending(clinic: &Clinic, owner: &Caller<Patient>, name: &str) -> Sender {
    let (_, key) = devices::register(clinic, owner, &form(name)).await.unwrap();
    let sender = devices::identify(clinic, key.reveal(), None).await.unwrap();
    devices::verify(clinic, &sender, None).await.unwrap();
    devices::identify(clinic, key.reveal(), None).await.unwrap()
}

/// One go at a time, and devices of two people: whoever comes while the first waits is written in the second go.
async fn world() -> (World, Clinic, Vec<Sender>) {
    let world = World::new().await;
    // Half of its connections are for devices.
    let clinic = world.db.clinic_with(2);
    let mut senders = Vec::new();
    for owner in [&world.ana, &world.ben] {
        for name in ["Watch", "Ring"] {
            senders.push(sending(&clinic, owner, name).await);
        }
    }
    (world, clinic, senders)
}

fn outcomes(answers: Result<Vec<Answer>>) -> Vec<Outcome> {
    answers.unwrap().into_iter().map(|answer| answer.outcome).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_while_others_are_written_is_written_together() {
    use Outcome::{Accepted, Duplicate, Refused};
    let (world, clinic, senders) = world().await;
    let send = |device: usize, items: Vec<Item>| {
        let (clinic, sender) = (clinic.clone(), senders[device].clone());
        async move { readings::ingest(&clinic, &sender, &items, None).await }.boxed()
    };
    let mut gate = world.db.gate("readings").await;
    let mut first = send(0, vec![beat(60.0, 0)]);
    assert!(poll!(&mut first).is_pending());
    gate.wait_for(1).await;
    let mut others = [
        send(1, vec![beat(61.0, 1), beat(61.0, 1), beat(1e308, 2)]),
        send(2, vec![beat(62.0, 1), beat(63.0, 2)]),
        send(3, vec![beat(1e308, 1)]),
    ];
    for other in &mut others {
        assert!(poll!(other).is_pending());
    }
    gate.open().await;
    let answers: Vec<_> = join_all(others).await.into_iter().map(outcomes).collect();
    assert_eq!(answers, [vec![Accepted, Duplicate, Refused], vec![Accepted; 2], vec![Refused]]);
    assert_eq!(outcomes(first.await), [Accepted]);
    let of_transactions = lines(
        &world.db,
        "SELECT string_agg(value::text, ' ' ORDER BY value) AS line FROM readings GROUP BY xmin::text ORDER BY 1",
    );
    assert_eq!(of_transactions.await, ["60", "61 62 63"]);
    let counted = lines(
        &world.db,
        "SELECT concat_ws(' ', count, total) AS line FROM reading_days ORDER BY total",
    );
    assert_eq!(counted.await, ["2 121", "2 125"], "each person's own");
    let days = lines(
        &world.db,
        "SELECT concat_ws(' ', accepted, duplicates, refused) AS line FROM device_days ORDER BY 1",
    );
    assert_eq!(days.await, ["0 0 1", "1 0 0", "1 1 1", "2 0 0"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_written_costs_no_other() {
    let (world, clinic, senders) = world().await;
    world
        .db
        .execute(
            "CREATE FUNCTION stumble() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'stumbles'; END $$; \
             CREATE TRIGGER stumbles BEFORE INSERT ON readings FOR EACH ROW WHEN (NEW.value = 99) EXECUTE FUNCTION stumble()",
        )
        .await;
    let send = |device: usize, value| {
        let (clinic, sender) = (clinic.clone(), senders[device].clone());
        async move { readings::ingest(&clinic, &sender, &[beat(value, 1)], None).await }.boxed()
    };
    let mut gate = world.db.gate("readings").await;
    let mut first = send(0, 60.0);
    assert!(poll!(&mut first).is_pending());
    gate.wait_for(1).await;
    let mut others = [send(1, 61.0), send(2, 99.0), send(3, 62.0)];
    for other in &mut others {
        assert!(poll!(other).is_pending());
    }
    gate.open().await;
    let [before, wrong, after] = join_all(others).await.try_into().unwrap();
    assert_eq!(
        (outcomes(before), outcomes(after)),
        (vec![Outcome::Accepted], vec![Outcome::Accepted])
    );
    assert!(matches!(wrong, Err(Error::Internal(_))), "{wrong:?}");
    assert_eq!(outcomes(first.await), [Outcome::Accepted]);
    assert_eq!(world.db.count("readings").await, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_the_device_of_somebody_else() {
    let (world, clinic, senders) = world().await;
    let send = |device: usize| {
        let (clinic, sender) = (clinic.clone(), senders[device].clone());
        async move { readings::ingest(&clinic, &sender, &[beat(60.0, 1)], None).await }.boxed()
    };
    let mut gate = world.db.gate("readings").await;
    let mut first = send(0);
    assert!(poll!(&mut first).is_pending());
    gate.wait_for(1).await;
    let mut elsewhere = world.db.owner().await;
    let held = senders[1].device();
    let hold = format!("BEGIN; SELECT FROM devices WHERE id = '{held}' FOR UPDATE");
    elsewhere.batch_execute(&hold).await.unwrap();
    let (mut waits, mut goes) = (send(1), send(2));
    assert!(poll!(&mut waits).is_pending() && poll!(&mut goes).is_pending());
    gate.open().await;
    assert_eq!(outcomes(goes.await), [Outcome::Accepted]);
    assert!(poll!(&mut waits).is_pending());
    elsewhere.batch_execute("COMMIT").await.unwrap();
    assert_eq!(outcomes(waits.await), [Outcome::Accepted]);
    assert_eq!(outcomes(first.await), [Outcome::Accepted]);
}

/// Locks are taken in one order, whoever is served together.
#[tokio::test(flavor = "multi_thread")]
async fn two_servers_write_for_the_same_people_at_once() {
    let (world, one, senders) = world().await;
    let another = world.db.clinic();
    let all = (0..8).flat_map(|minute| {
        let senders = senders.iter().enumerate();
        senders.map(move |(place, sender)| (minute, place, sender.clone()))
    });
    let sent = all.map(|(minute, place, sender)| {
        let clinic = if (minute as usize + place).is_multiple_of(2) { &one } else { &another };
        async move {
            // Every other one asks for attention.
            let value = if minute % 2 == 0 { 70.0 } else { 170.0 };
            readings::ingest(clinic, &sender, &[beat(value, minute)], None).await
        }
    });
    for answers in join_all(sent.collect::<Vec<_>>()).await {
        assert_eq!(outcomes(answers), [Outcome::Accepted]);
    }
    let wrong = lines(
        &world.db,
        "SELECT d.patient_id::text AS line FROM reading_days d JOIN (SELECT patient_id, count(*), sum(value) FROM readings \
             WHERE near_duplicate_of IS NULL GROUP BY 1) r USING (patient_id) WHERE d.count <> r.count OR d.total <> r.sum",
    );
    assert_eq!(wrong.await, Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread")]
async fn for_whom_devices_are_heard_is_for_the_transaction_to_say() {
    use diesel_async::RunQueryDsl;
    let (world, clinic, senders) = world().await;
    for sender in &senders {
        readings::ingest(&clinic, sender, &[beat(60.0, 1)], None).await.unwrap();
    }
    let conn = &mut *clinic.db().await.unwrap();
    let ana = world.ana.user;
    for (heard, seen) in [("", 0), (&*format!("{{{ana}}}"), 2)] {
        let counted = conn
            .transaction(async |conn| {
                conn.batch_execute(&format!("SET LOCAL medconnect.heard = '{heard}'")).await?;
                sql_query("SELECT count(*) AS count FROM readings").get_result::<Count>(conn).await
            })
            .await
            .unwrap();
        assert_eq!(counted.count, seen, "{heard}");
    }
    let of_another = conn
        .transaction(async |conn| {
            conn.batch_execute(&format!("SET LOCAL medconnect.heard = '{{{ana}}}'")).await?;
            sql_query(format!(
                "INSERT INTO reading_hours (patient_id, kind, hour, count, lowest, highest, total, squares, in_range) \
                 VALUES ('{}', 'heart_rate', '2026-03-02T01:00:00Z', 1, 60, 60, 60, 3600, 1)",
                world.ben.user
            ))
            .execute(conn)
            .await
        })
        .await;
    let refused = of_another.unwrap_err().to_string();
    assert!(refused.contains("row-level security"), "{refused}");
}
