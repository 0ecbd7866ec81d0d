//! A device that sends as fast as it can, beside others.
use crate::{
    floods::Device,
    running::{Answer, Server, ask, tokens},
    support::NOW,
};
use domain::devices::{ONE_REQUEST_EACH, REQUESTS_AT_ONCE};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use std::time::{Duration, Instant, SystemTime};
use testkit::TestDb;
use tokio::sync::watch;

/// From how many connections the loud one sends.
const CONNECTIONS: usize = 32;

/// How many others there are, how often each of them sends, and after how many answers to the loud one each time.
const OTHERS: usize = 5;
const TURNS: usize = 10;
const APART: usize = 40;

async fn send(server: &Server, device: &Device, batch: &[usize]) -> Answer {
    let answer = ask(&server.addr, &device.head("stream"), &device.body(batch)).await;
    answer.expect("the server did not answer")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_sends_as_fast_as_it_can_takes_its_share_and_nothing_of_the_others() {
    let db = TestDb::at(NOW).await;
    let server = Server::start(&db).await;
    let mut devices = Vec::new();
    // So long ago that whatever they send has been.
    let now = Timestamp::try_from(SystemTime::now()).unwrap();
    let start = now - SignedDuration::from_hours(600 * 24);
    for token in tokens(&db, 1 + OTHERS).await {
        devices.push(Device::new(&server, &token, start).await);
    }
    let (loud, others) = devices.split_first().unwrap();
    let (heard, is_over) = (watch::Sender::new(0), watch::Sender::new(false));
    let begun = Instant::now();

    let flood = (0..CONNECTIONS).map(async |connection| {
        let mut answers = Vec::new();
        while !*is_over.borrow() {
            // All of its batches are different.
            let batch = [2 * (answers.len() * CONNECTIONS + connection)];
            answers.push(send(&server, loud, &[batch[0], batch[0] + 1]).await);
            heard.send_modify(|count| *count += 1);
        }
        answers
    });
    let cadence = others.iter().map(async |other| {
        let mut heard = heard.subscribe();
        let mut answers = Vec::new();
        for turn in 0..TURNS {
            heard.wait_for(|count| *count >= APART * turn).await.unwrap();
            answers.push(send(&server, other, &[turn]).await);
        }
        answers
    });
    let cadence = async {
        let answers = join_all(cadence).await;
        is_over.send_replace(true);
        answers.concat()
    };
    let both = async { tokio::join!(join_all(flood), cadence) };
    let (loud_heard, others_heard) =
        tokio::time::timeout(Duration::from_secs(90), both).await.expect("somebody waits for ever");

    assert_eq!(others_heard.len(), OTHERS * TURNS);
    for answer in &others_heard {
        assert_eq!((answer.status, &answer.json()["accepted"]), (200, &1.into()), "{answer:?}");
    }
    let loud_heard = loud_heard.concat();
    let (taken, refused): (Vec<_>, Vec<_>) =
        loud_heard.iter().partition(|answer| answer.status == 200);
    for answer in &refused {
        assert_eq!(
            (answer.status, &answer.json()["code"]),
            (429, &"too_many".into()),
            "{answer:?}"
        );
        assert_eq!(answer.header("retry-after"), Some("1"), "{answer:?}");
        assert!(answer.body.contains("Please wait"), "{answer:?}");
    }
    let share = REQUESTS_AT_ONCE.unsigned_abs() as usize
        + (begun.elapsed().as_millis() / ONE_REQUEST_EACH.unsigned_abs().as_millis()) as usize;
    assert!((1..=share + 1).contains(&taken.len()), "{} of {share}", taken.len());
    let kept = |device: &Device| format!("readings WHERE source = '{}'", device.id);
    assert_eq!(db.count(&kept(loud)).await, 2 * i64::try_from(taken.len()).unwrap());
    for other in others {
        assert_eq!(db.count(&kept(other)).await, i64::try_from(TURNS).unwrap());
    }
    db.check_readings().await;
}
