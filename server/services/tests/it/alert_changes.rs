//! What becomes of an alert when its readings turn, are taken away, or go on after it was seen.
use crate::{
    alerts::{Item, NOW, ago, item, open, outcome, over, pressure, send, told},
    devices::World,
    schema::lines,
};
use domain::readings::{
    Correction, ManualReading, ReadingId, SEEN_WITHIN, Severity, Side, TOLD_AGAIN_AFTER,
};
use jiff::SignedDuration;
use services::{
    directory::Page,
    readings::{self, alerts},
};
use testkit::at;

const FIRST: Page = Page { number: 1, size: 100 };
const SECOND: SignedDuration = SignedDuration::from_secs(1);

fn glucose(value: f64, minutes_ago: i64) -> Item {
    item("blood_glucose", value, None, ago(minutes_ago))
}

/// What was measured so many minutes ago.
async fn measured(world: &World, minutes_ago: i64) -> ReadingId {
    let all = readings::readings(&world.clinic, &world.ana, None, FIRST).await.unwrap().items;
    all.iter().find(|one| one.recorded_at == ago(minutes_ago)).unwrap().id
}

async fn remove(world: &World, minutes_ago: i64) {
    let id = measured(world, minutes_ago).await;
    readings::remove(&world.clinic, &world.ana, id).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn what_turns_to_the_other_side_is_another_alert_with_its_own_words() {
    let world = World::new().await;
    let meter = world.sending("Meter").await;
    send(&world, &meter, &[glucose(45.0, 50), glucose(44.0, 48)]).await;
    let low = open(&world).await.remove(0);
    assert_eq!((low.side, low.severity), (Side::Low, Severity::Critical));
    send(&world, &meter, &[glucose(320.0, 10)]).await;
    let [still] = &open(&world).await[..] else { panic!() };
    assert_eq!((still.id, still.reading.value()), (low.id, 44.0));

    send(&world, &meter, &[glucose(310.0, 5)]).await;

    let [high] = &open(&world).await[..] else { panic!() };
    assert_eq!((high.side, high.severity), (Side::High, Severity::Warning));
    assert_eq!((high.reading.value(), high.readings), (310.0, 2));
    assert_eq!(outcome(&world, &over(&world).await[0]).await, "lapsed");
    assert_eq!(told(&world).await, ["alert.critical", "alert.opened"]);
    assert_eq!(world.db.count("unseen_alerts").await, 0);
}

/// The mail of the morning does not keep the one of noon back, which is about the opposite.
#[tokio::test(flavor = "multi_thread")]
async fn each_side_is_told() {
    let world = World::new().await;
    let meter = world.sending("Meter").await;
    // Slowly enough that how it changes is told by none.
    let send = async |readings: &[(f64, i64)]| {
        for (value, minutes_ago) in readings {
            send(&world, &meter, &[glucose(*value, *minutes_ago)]).await;
        }
        told(&world).await.len()
    };
    assert_eq!(send(&[(260.0, 59), (261.0, 58), (240.0, 57), (221.0, 56)]).await, 1);
    assert!(open(&world).await.is_empty());
    assert_eq!(send(&[(100.0, 40), (65.0, 30), (64.0, 29)]).await, 2);
    // The same side once more does not need another one, what may be worse does.
    assert_eq!(send(&[(100.0, 28), (99.0, 27), (65.0, 26), (64.0, 25)]).await, 2);
    assert_eq!(send(&[(82.0, 24), (81.0, 23), (38.0, 22)]).await, 3);
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.severity, alert.reading_severity), (Severity::Warning, Severity::Critical));
    assert_eq!(told(&world).await, ["alert.opened"; 3]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_alert_becomes_what_it_would_be_without_a_reading_that_is_taken_away() {
    let world = World::new().await;
    world.has_contact().await;
    let cuff = world.sending("Cuff").await;
    send(&world, &cuff, &[pressure(190.0, 30), pressure(165.0, 20), pressure(192.0, 10)]).await;
    let alert = open(&world).await.remove(0);
    assert_eq!((alert.severity, alert.readings), (Severity::Critical, 3));
    assert_eq!(world.db.count("unseen_alerts").await, 1);

    remove(&world, 10).await;

    let [left] = &open(&world).await[..] else { panic!() };
    assert_eq!((left.id, left.severity, left.readings), (alert.id, Severity::Warning, 2));
    assert_eq!((left.reading.value(), left.reading_severity), (165.0, Severity::Warning));
    assert_eq!(world.db.count("unseen_alerts").await, 0);
    // Another one confirms again what is left.
    send(&world, &cuff, &[pressure(191.0, 5)]).await;
    assert_eq!(open(&world).await[0].severity, Severity::Critical);
    // One that was not the last counts as well.
    remove(&world, 30).await;
    assert_eq!(open(&world).await[0].severity, Severity::Warning);
    remove(&world, 5).await;
    assert!(open(&world).await.is_empty());
    assert_eq!(outcome(&world, &over(&world).await[0]).await, "removed");
    // The one that is left is confirmed by the next.
    send(&world, &cuff, &[pressure(166.0, 1)]).await;
    assert_eq!(open(&world).await[0].readings, 2);
}

/// What was told to somebody else, and is less bad without a reading, is told anew when it is as bad again.
#[tokio::test(flavor = "multi_thread")]
async fn what_becomes_critical_again_is_escalated_again() {
    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    world.later(SEEN_WITHIN);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    assert_eq!(world.texts().await.len(), 1);
    remove(&world, 2).await;
    assert_eq!(open(&world).await[0].severity, Severity::Warning);

    let cuff = world.sending("Other cuff").await;
    send(&world, &cuff, &[item("blood_pressure", 195.0, Some(110.0), at(NOW) + SEEN_WITHIN)]).await;
    assert_eq!(open(&world).await[0].severity, Severity::Critical);
    world.later(SEEN_WITHIN + SEEN_WITHIN);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    assert_eq!(world.texts().await.len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_wrong_reading_had_taken_the_place_of_is_back_without_it() {
    let world = World::new().await;
    let meter = world.sending("Meter").await;
    let low = [glucose(45.0, 50), glucose(44.0, 48)];
    send(&world, &meter, &low).await;
    send(&world, &meter, &[glucose(320.0, 20), glucose(330.0, 10)]).await;
    assert_eq!(open(&world).await[0].side, Side::High);

    remove(&world, 10).await;

    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.side, alert.severity), (Side::Low, Severity::Critical));
    assert_eq!((alert.reading.value(), alert.readings), (44.0, 2));
    assert_eq!(world.db.count("unseen_alerts").await, 1);
    assert_eq!(told(&world).await.last().unwrap(), "alert.critical");
}

/// Long after it was measured, a reading is corrected by a little.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_corrected_late_still_confirms() {
    let world = World::new().await;
    let typed = |value: &str, minutes| ManualReading {
        kind: "blood_glucose".into(),
        value: value.into(),
        unit: "mg/dL".into(),
        recorded_at: Some(ago(minutes)),
        ..ManualReading::default()
    };
    for (value, minutes) in [("45", 10), ("46", 5)] {
        readings::add(&world.clinic, &world.ana, &typed(value, minutes)).await.unwrap();
    }
    let alert = open(&world).await.remove(0);
    assert_eq!(alert.severity, Severity::Critical);
    world.later(SignedDuration::from_hours(2));

    let correction = Correction { form: typed("47", 5), ..Correction::default() };
    let id = measured(&world, 5).await;
    readings::change(&world.clinic, &world.ana, id, 1, &correction).await.unwrap();

    let [same] = &open(&world).await[..] else { panic!() };
    assert_eq!((same.id, same.severity, same.readings), (alert.id, Severity::Critical, 2));
    assert_eq!(same.reading.value(), 47.0);
    // And without it there is no second one.
    remove(&world, 5).await;
    assert_eq!(open(&world).await[0].severity, Severity::Warning);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_seen_and_goes_on_is_told_again_after_an_hour() {
    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    let cuff = world.sending("Other cuff").await;
    let id = open(&world).await[0].id;
    alerts::acknowledge(&world.clinic, &world.ana, id).await.unwrap();
    let later = async |after: SignedDuration, value| {
        world.later(after);
        send(&world, &cuff, &[item("blood_pressure", value, Some(110.0), at(NOW) + after)]).await;
        open(&world).await[0].acknowledged_at
    };

    assert!(later(TOLD_AGAIN_AFTER - SECOND, 195.0).await.is_some());
    assert_eq!(told(&world).await, ["alert.critical"]);
    assert_eq!(later(TOLD_AGAIN_AFTER, 188.0).await, None);

    assert_eq!(told(&world).await, ["alert.critical"; 2]);
    world.later(TOLD_AGAIN_AFTER + SignedDuration::from_mins(15));
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    assert_eq!(world.texts().await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_typed_reading_that_cannot_wait_is_not_just_kept() {
    let world = World::new().await;
    let typed = |value: &str| ManualReading {
        kind: "oxygen_saturation".into(),
        value: value.into(),
        unit: "%".into(),
        recorded_at: Some(ago(6)),
        ..ManualReading::default()
    };
    // Though a device has sent one since.
    let ring = world.sending("Ring").await;
    send(&world, &ring, &[item("oxygen_saturation", 97.0, None, ago(2))]).await;
    readings::add(&world.clinic, &world.ana, &typed("78")).await.unwrap();
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.severity, alert.reading_severity), (Severity::Warning, Severity::Critical));
    assert_eq!(told(&world).await, ["alert.opened"]);
}

/// Sent every ten seconds, as much each time: it is no single measurement.
#[tokio::test(flavor = "multi_thread")]
async fn what_stays_low_is_heard_however_steady_it_is() {
    let world = World::new().await;
    let (ring, meter) = (world.sending("Ring").await, world.sending("Meter").await);
    for step in 0..30_i64 {
        let at = ago(20) + SignedDuration::from_secs(10 * step);
        send(&world, &ring, &[item("oxygen_saturation", 85.0, None, at)]).await;
        send(&world, &meter, &[item("blood_glucose", 45.0, None, at)]).await;
    }
    let mut alerts = open(&world).await;
    alerts.sort_by_key(|alert| alert.kind);
    assert_eq!(alerts.len(), 2);
    assert!(alerts.iter().all(|alert| alert.severity == Severity::Critical));
    // Of what is measured all the time each counts; of the rest, one of each half a minute.
    let counted = "SELECT kind || ' ' || count AS line FROM reading_days ORDER BY 1";
    assert_eq!(lines(&world.db, counted).await, ["blood_glucose 8", "oxygen_saturation 30"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_sent_twice_stands_for_the_one_that_is_taken_away() {
    let world = World::new().await;
    let meter = world.sending("Meter").await;
    let again = |seconds: i64| {
        item("blood_glucose", 110.0, None, ago(30) + SignedDuration::from_secs(seconds))
    };
    send(&world, &meter, &[glucose(110.0, 30), again(10), again(20), again(28)]).await;
    let counted = "SELECT count || ' ' || total AS line FROM reading_days";
    assert_eq!(lines(&world.db, counted).await, ["1 110"]);

    remove(&world, 30).await;

    assert_eq!(lines(&world.db, counted).await, ["1 110"]);
    let all = readings::readings(&world.clinic, &world.ana, None, FIRST).await.unwrap().items;
    let first = all.iter().min_by_key(|one| one.recorded_at).unwrap();
    assert_eq!(first.near_duplicate_of, None);
    let marks: Vec<_> = all.iter().filter_map(|one| one.near_duplicate_of).collect();
    assert_eq!(marks, [first.id; 2]);
    world.db.check_readings().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_note_is_not_lost_when_the_same_is_typed_again() {
    let world = World::new().await;
    let mut form = ManualReading {
        kind: "blood_glucose".into(),
        value: "110".into(),
        unit: "mg/dL".into(),
        recorded_at: Some(ago(6)),
        notes: "After lunch".into(),
        ..ManualReading::default()
    };
    let add = async |form: &ManualReading| readings::add(&world.clinic, &world.ana, form).await;
    let id = add(&form).await.unwrap();
    form.notes = String::new();
    assert_eq!(add(&form).await.unwrap(), id);
    let kept = readings::reading(&world.clinic, &world.ana, id).await.unwrap();
    assert_eq!((kept.now.notes.as_deref(), kept.now.version), (Some("After lunch"), 1));
}
