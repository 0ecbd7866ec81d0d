//! A recording of real readings, sent by a device: see `server/src/demo/ride/SOURCE.md`.
use crate::{api_devices::Device, support::TestApp};
use jiff::SignedDuration;
use serde_json::{Value, json};
use testkit::at;

const RIDE: &str = include_str!("../../src/demo/ride/heart_rate.txt");

/// The time of the recording, moved by 306 weeks.
const START: &str = "2026-02-28T11:10:44Z";

fn beats() -> Vec<u32> {
    RIDE.split_whitespace().map(|beats| beats.parse().unwrap()).collect()
}

fn batch(all: &[(usize, u32)]) -> Value {
    let metric = |(second, beats): &(usize, u32)| {
        let time = at(START) + SignedDuration::from_secs(i64::try_from(*second).unwrap());
        json!({"type": "heart_rate", "value": beats, "unit": "bpm", "timestamp": time.to_string()})
    };
    json!({ "metrics": all.iter().map(metric).collect::<Vec<_>>() })
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recorded_ride_is_kept_second_by_second_and_counted_once() {
    let app = TestApp::new().await;
    let person = app.db.person(&app.clinic).await;
    let owner = app.with_token(&person);
    let strap = Device::new(&app, &owner).await;
    let mut ride: Vec<(usize, u32)> = beats().into_iter().enumerate().collect();
    let count = ride.len();
    assert_eq!(count, 5_159);
    let mut outcomes = [0_u64; 4];
    let mut send = async |ride: &[(usize, u32)], size: usize| {
        let mut all = [0_u64; 4];
        for part in ride.chunks(size) {
            let sent = strap.post(&app, "/api/iot/data/stream", batch(part)).await;
            assert_eq!(sent.status, 200, "{}", sent.body);
            let names = ["accepted", "duplicates", "quarantined", "refused"];
            for (sum, name) in all.iter_mut().zip(names) {
                *sum += sent.json()[name].as_u64().unwrap();
            }
        }
        outcomes = all;
        outcomes
    };

    assert_eq!(send(&ride, 500).await, [5_159, 0, 0, 0]);

    let day =
        owner.get("/api/health-metrics/heart_rate/summary?period=day&on=2026-02-28").await.json();
    // Eleven minutes short of an hour, and what is left.
    let until_noon = 49 * 60 + 16;
    let hours = [&ride[..until_noon], &ride[until_noon..]];
    for (point, hour) in day["points"].as_array().unwrap().iter().zip(hours) {
        let values = || hour.iter().map(|(_, beats)| f64::from(*beats));
        assert_eq!(point["readings"], json!(hour.len()));
        assert_eq!(point["lowest"]["value"], json!(values().fold(f64::INFINITY, f64::min)));
        assert_eq!(point["highest"]["value"], json!(values().fold(0.0, f64::max)));
        let mean = values().sum::<f64>() / f64::from(u32::try_from(hour.len()).unwrap());
        assert_eq!(point["average"]["value"], json!((mean * 10.0).round() / 10.0));
    }
    assert_eq!(day["points"].as_array().unwrap().len(), 2);
    assert_eq!(app.db.count("readings").await, 5_159);

    // Once more, the other way round and in other parts.
    ride.reverse();
    assert_eq!(send(&ride, 333).await, [0, 5_159, 0, 0]);
    let again =
        owner.get("/api/health-metrics/heart_rate/summary?period=day&on=2026-02-28").await.json();
    assert_eq!(again, day);
    assert_eq!(
        (
            app.db.count("readings").await,
            app.db.count("reading_hours").await,
            app.db.count("reading_days").await
        ),
        (5_159, 2, 1)
    );
}
