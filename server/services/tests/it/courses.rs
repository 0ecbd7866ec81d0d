//! What a patient is shown of their hours and days.
use crate::{
    devices::World,
    rollups::{item, send, world},
};
use domain::readings::{Bucket, Certainty, Direction, Figures, MetricKind, Period};
use jiff::{SignedDuration, civil::date};
use services::readings::{self, KindCourse, Series};
use testkit::at;

/// What there is of `kind` in `period`.
async fn course(world: &World, kind: MetricKind, period: Period) -> KindCourse {
    readings::course_of(&world.clinic, &world.ana, kind, period, None).await.unwrap()
}

fn counts<T>(buckets: &[Bucket<T>]) -> Vec<u32> {
    buckets.iter().map(|bucket| bucket.figures.count).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dashboard_shows_what_was_measured_last_first_and_what_it_comes_to() {
    let world = world("Europe/Lisbon").await;
    assert!(
        readings::dashboard(&world.clinic, &world.ana, Period::Month)
            .await
            .unwrap()
            .courses
            .is_empty()
    );
    let (cuff, scale) = (world.sending("Cuff").await, world.sending("Scale").await);
    let day = |ago: i32| at("2026-05-02T07:00:00Z") - SignedDuration::from_hours(24) * ago;
    let falling =
        (0..30).map(|ago| item("blood_pressure", 120.0 + f64::from(ago), Some(80.0), day(ago)));
    send(&world, &cuff, &falling.collect::<Vec<_>>()).await;
    send(&world, &scale, &[item("weight", 70.0, None, day(200))]).await;

    let all = readings::dashboard(&world.clinic, &world.ana, Period::Month).await.unwrap().courses;
    let kinds: Vec<_> = all.iter().map(|course| course.summary.kind).collect();
    assert_eq!(kinds, [MetricKind::BloodPressure, MetricKind::Weight]);
    let pressure = &all[0];
    let newest = pressure.newest.as_ref().unwrap();
    assert_eq!(
        (newest.recorded_at, newest.device.as_ref().map(|(_, name)| name.as_str())),
        (day(0), Some("Cuff"))
    );
    assert_eq!(pressure.summary.coverage.words(), "30 of 30 days");
    assert_eq!(pressure.summary.average.unwrap().shown(pressure.scale), "135/80 mmHg");
    assert_eq!(pressure.summary.in_range.unwrap().percent(), 50);
    let trend = pressure.summary.trend.course().unwrap();
    assert_eq!((trend.direction, trend.certainty), (Direction::Falling, Some(Certainty::Clear)));
    // Of too little nothing is said.
    assert_eq!((all[1].summary.average, all[1].summary.in_range), (None, None));
    assert!(matches!(&all[1].series, Series::Days(days) if days.is_empty()));
    let theirs =
        readings::dashboard(&world.clinic, &world.ben, Period::Month).await.unwrap().courses;
    assert!(theirs.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_is_shown_by_its_hours_and_longer_periods_by_their_days() {
    let world = world("Asia/Kolkata").await;
    let watch = world.sending("Watch").await;
    let start = at("2026-05-01T18:30:00Z");
    let beats = (0..10).map(|number: i32| {
        item("heart_rate", 70.0, None, start + SignedDuration::from_mins(40) * number)
    });
    send(&world, &watch, &beats.collect::<Vec<_>>()).await;
    let today = course(&world, MetricKind::HeartRate, Period::Day).await;
    assert_eq!(today.today, date(2026, 5, 2));
    let Series::Hours(hours) = &today.series else { panic!("{:?}", today.series) };
    assert_eq!((hours[0].at, counts(hours)), (start, vec![2, 1, 2, 1, 2, 1, 1]));
    assert_eq!(today.summary.coverage.words(), "7 of 24 hours");
    let week = course(&world, MetricKind::HeartRate, Period::Week).await;
    let Series::Days(days) = &week.series else { panic!("{:?}", week.series) };
    assert_eq!((days[0].at, counts(days)), (date(2026, 5, 2), vec![10]));
    let last = Some(date(2026, 4, 25));
    let before =
        readings::course_of(&world.clinic, &world.ana, MetricKind::HeartRate, Period::Week, last)
            .await
            .unwrap();
    assert!(
        before.newest.is_some() && matches!(&before.series, Series::Days(days) if days.is_empty())
    );
    let none = course(&world, MetricKind::Steps, Period::Quarter).await;
    assert!(none.newest.is_none());
    let figures: Figures = hours[1].figures;
    assert_eq!((figures.total, figures.in_range), (70.0, 1));
}
