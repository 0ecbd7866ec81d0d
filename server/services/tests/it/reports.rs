//! Reports of a period, and readings taken along as a file.
use crate::{
    corrections::correct,
    rollups::{item, send, weight, world},
};
use domain::readings::{Correction, MetricKind, Period, ReadingId, Step, improvements, next_step};
use jiff::{SignedDuration, civil::date};
use services::{
    Error, Result,
    directory::Page,
    readings::{self, Exported, Wanted},
};
use testkit::at;

/// All that is taken along, and how many came at once.
async fn taken(world: &crate::devices::World, wanted: Wanted) -> (Vec<Exported>, Vec<usize>) {
    let mut export = readings::export(&world.clinic, &world.ana, wanted).await.unwrap();
    let (mut all, mut sizes) = (Vec::new(), Vec::new());
    loop {
        let rows = export.next().await.unwrap();
        if rows.is_empty() {
            assert!(export.next().await.unwrap().is_empty());
            return (all, sizes);
        }
        sizes.push(rows.len());
        all.extend(rows);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_reading_is_taken_along_once_in_the_order_of_time() -> Result<()> {
    let world = world("Asia/Kolkata").await;
    let watch = world.sending("Watch").await;
    // Many in one millisecond, over the ends of pages, hours and months.
    let start = at("2026-03-31T18:00:00Z");
    let items: Vec<_> = (0..2_400_i64)
        .map(|number| {
            let time = start + SignedDuration::from_micros(number / 3 * 700 + number % 3);
            let kind = ["heart_rate", "spo2", "weight"][usize::try_from(number % 3).unwrap()];
            let value = 60.0 + f64::from(i32::try_from(number % 30).unwrap());
            item(kind, value, None, time + SignedDuration::from_secs(number * 9))
        })
        .collect();
    let mut sent = Vec::new();
    for batch in items.chunks(500) {
        sent.extend(send(&world, &watch, batch).await);
    }
    send(&world, &watch, &[item("steps", 1.0, None, at("1999-01-01T00:00:00Z"))]).await;
    let typed = readings::add(&world.clinic, &world.ana, &weight("70", start)).await?;
    let wrong =
        correct(&world, typed, &Correction { form: weight("71", start), ..Correction::default() })
            .await?;
    readings::remove(&world.clinic, &world.ana, sent[7]).await?;

    let (all, sizes) = taken(&world, Wanted::default()).await;

    assert_eq!(sizes, [1_000, 1_000, 400]);
    let mut ids: Vec<ReadingId> = all.iter().map(|row| row.stored.id).collect();
    let mut expected = sent.clone();
    expected.retain(|id| *id != sent[7]);
    expected.push(wrong);
    expected.sort();
    assert!(ids.is_sorted(), "ids sort by time");
    ids.sort();
    assert!(ids == expected);
    assert!(all.iter().all(|row| row.utc_offset == 330));
    let (weights, _) =
        taken(&world, Wanted { kind: Some(MetricKind::Weight), ..Wanted::default() }).await;
    assert_eq!(weights.len(), 801);
    assert!(weights.is_sorted_by_key(|row| (row.stored.recorded_at, row.stored.id)));

    // A list goes on by the last one it has shown.
    for (kind, count) in [(None, 2_400), (Some(MetricKind::Weight), 801)] {
        let first = readings::readings(&world.clinic, &world.ana, kind, Page::new(1, 7)).await?;
        let mut seen = first.items;
        loop {
            let last = seen.last().unwrap().id;
            let more = readings::older(&world.clinic, &world.ana, kind, last, 100).await?;
            if more.is_empty() {
                break;
            }
            seen.extend(more);
        }
        assert_eq!(seen.len(), count);
        let ids: std::collections::BTreeSet<_> = seen.iter().map(|reading| reading.id).collect();
        assert_eq!(ids.len(), count, "each once");
    }
    let theirs = readings::older(&world.clinic, &world.ben, None, wrong, 7).await;
    assert!(matches!(theirs, Err(Error::NotFound)), "{theirs:?}");

    // A day is one of the patient's clock, and the last one is among them.
    for kind in [None, Some(MetricKind::Weight)] {
        let mut days = 0;
        for (from, to, first) in [
            (None, Some(date(2026, 3, 31)), "2026-03-31"),
            (Some(date(2026, 4, 1)), Some(date(2026, 4, 1)), "2026-04-01"),
            (Some(date(2026, 4, 2)), None, ""),
        ] {
            let (part, _) = taken(&world, Wanted { kind, from, to }).await;
            days += part.len();
            for row in part {
                let day = domain::readings::day_of(row.stored.recorded_at, 330).to_string();
                assert!(first.is_empty() || day == first, "{day}");
            }
        }
        assert_eq!(days, if kind.is_some() { 801 } else { 2_400 });
    }
    let (none, _) = taken(
        &world,
        Wanted { from: Some(date(2027, 1, 1)), to: Some(date(2026, 1, 1)), kind: None },
    )
    .await;
    assert!(none.is_empty());
    let theirs =
        readings::export(&world.clinic, &world.ben, Wanted::default()).await?.next().await?;
    assert!(theirs.is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_report_is_of_one_period_beside_the_one_before() {
    let world = world("Europe/Lisbon").await;
    let cuff = world.sending("Cuff").await;
    let day = |ago: i64| at("2026-05-02T07:00:00Z") - SignedDuration::from_hours(24 * ago);
    let pressure = |ago: i64| {
        // High two months ago, better since.
        let value =
            if ago < 30 { 122.0 } else { 150.0 } + f64::from(i32::try_from(ago % 3).unwrap());
        item("blood_pressure", value, Some(value - 45.0), day(ago))
    };
    send(&world, &cuff, &(0..60).map(pressure).collect::<Vec<_>>()).await;
    send(&world, &cuff, &[item("weight", 70.0, None, day(100))]).await;
    let of = async |period, last| {
        readings::report(&world.clinic, &world.ana, period, last).await.unwrap()
    };

    let now = of(Period::Month, None).await;

    assert_eq!((now.span.last, now.today), (date(2026, 5, 2), date(2026, 5, 2)));
    let kinds: Vec<_> = now.parts.iter().map(|part| part.course.summary.kind).collect();
    assert_eq!(
        (kinds, now.not_measured),
        (vec![MetricKind::BloodPressure], vec![MetricKind::Weight])
    );
    let part = &now.parts[0];
    assert_eq!((part.course.summary.coverage.with, part.before.coverage.with), (30, 30));
    let better = improvements(&part.course.summary, &part.before, part.course.scale);
    assert!(better[0].starts_with("In the usual range again: 123/78 mmHg"), "{better:?}");

    let earlier = of(Period::Month, Some(date(2026, 4, 2))).await;
    let part = &earlier.parts[0];
    assert!(improvements(&part.course.summary, &part.before, part.course.scale).len() < 2);
    assert_eq!(next_step(&part.course.summary, None), Step::ShowToDoctor);
    let ahead = of(Period::Week, Some(date(2031, 1, 1))).await;
    assert_eq!(ahead.span.last, date(2026, 5, 2));
    let empty = of(Period::Week, Some(date(2025, 9, 1))).await;
    assert!(empty.parts.is_empty());
    assert_eq!(empty.not_measured.len(), 2);
    assert!(
        readings::report(&world.clinic, &world.ben, Period::Month, None)
            .await
            .unwrap()
            .parts
            .is_empty()
    );
}
