//! Alerts: written with the readings, one of a series, told once, and seen by somebody.
use crate::{devices::World, schema::lines};
use domain::readings::{
    Concern, ManualReading, MetricKind, RawReading, ReadingRefusal, SEEN_WITHIN, Severity, Side,
};
use futures_util::future::join_all;
use jiff::{SignedDuration, Timestamp};
use serde_json::json;
use services::{
    Clinic, Error,
    account::export::export,
    devices::Sender,
    directory::Page,
    gateways::Gateways,
    readings::{
        self,
        alerts::{self, Alert, Contact},
    },
    sms,
};
use testkit::at;

/// What [`World`] has for the time.
pub const NOW: &str = "2026-03-02T08:00:00Z";
const MINUTE: SignedDuration = SignedDuration::from_mins(1);
const FIRST: Page = Page { number: 1, size: 20 };

pub type Item = Result<RawReading, ReadingRefusal>;

pub fn item(kind: &str, value: f64, lower: Option<f64>, at: Timestamp) -> Item {
    let unit = MetricKind::read(kind).unwrap().unit();
    let json = json!({"type": kind, "value": value, "diastolic": lower, "unit": unit, "timestamp": at.to_string()});
    Ok(serde_json::from_value(json).unwrap())
}

/// So many minutes before now.
pub fn ago(minutes: i64) -> Timestamp {
    at(NOW) - SignedDuration::from_mins(minutes)
}

pub fn pressure(value: f64, minutes_ago: i64) -> Item {
    item("blood_pressure", value, Some(value - 70.0), ago(minutes_ago))
}

pub async fn send(world: &World, sender: &Sender, items: &[Item]) -> Vec<Option<Severity>> {
    let answers = readings::ingest(&world.clinic, sender, items, None).await.unwrap();
    answers.iter().map(|answer| answer.severity).collect()
}

pub async fn open(world: &World) -> Vec<Alert> {
    alerts::open(&world.clinic, &world.ana).await.unwrap()
}

pub async fn over(world: &World) -> Vec<Alert> {
    alerts::over(&world.clinic, &world.ana, FIRST).await.unwrap().items
}

/// What waits to be told, by topic.
pub async fn told(world: &World) -> Vec<String> {
    lines(
        &world.db,
        "SELECT topic AS line FROM outbox WHERE topic LIKE 'alert.%' ORDER BY created_at, id",
    )
    .await
}

pub async fn outcome(world: &World, alert: &Alert) -> String {
    let sql = format!("SELECT outcome AS line FROM reading_alerts WHERE id = '{}'", alert.id);
    lines(&world.db, &sql).await.remove(0)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reading_that_cannot_wait_is_told_at_once_and_a_second_one_confirms_it() {
    let world = World::new().await;
    let cuff = world.sending("Cuff").await;
    assert_eq!(send(&world, &cuff, &[pressure(192.0, 5)]).await, [Some(Severity::Critical)]);
    let [first] = &open(&world).await[..] else { panic!() };
    assert_eq!((first.severity, first.side), (Severity::Warning, Side::High));
    assert_eq!(told(&world).await, ["alert.opened"]);
    assert_eq!(world.db.count("unseen_alerts").await, 0);

    // The same once more confirms nothing.
    for _ in 0..3 {
        send(&world, &cuff, &[pressure(192.0, 5)]).await;
    }
    assert_eq!(open(&world).await[0].readings, 1);

    send(&world, &cuff, &[pressure(190.0, 2)]).await;
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.id, alert.severity, alert.readings), (first.id, Severity::Critical, 2));
    assert_eq!(alert.reading.value(), 190.0);
    assert_eq!(told(&world).await, ["alert.opened", "alert.critical"]);
    assert_eq!(world.db.count("unseen_alerts").await, 1);

    // Two calm readings end it, and then there is nothing left to wait for.
    send(&world, &cuff, &[pressure(130.0, 1)]).await;
    assert_eq!(open(&world).await.len(), 1);
    send(&world, &cuff, &[pressure(131.0, 0)]).await;
    assert!(open(&world).await.is_empty());
    let [past] = &over(&world).await[..] else { panic!() };
    assert_eq!(outcome(&world, past).await, "calmed");
    assert_eq!(world.db.count("unseen_alerts").await, 0);
    let all =
        export(&world.clinic, &world.db.caller(&world.clinic, world.ana.user).await).await.unwrap();
    assert_eq!(all["reading_alerts"][0]["severity"], "critical");
    assert!(alerts::over(&world.clinic, &world.ben, FIRST).await.unwrap().items.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_noisy_series_has_one_alert_however_it_is_sent() {
    let world = World::new().await;
    let watch = world.sending("Watch").await;
    // For half an hour a second: beyond the limit, with some that are just inside.
    let beats: Vec<_> = (0..1_800)
        .map(|second| {
            let value = if second % 7 == 0 { 128.0 } else { 140.0 + f64::from(second % 5) };
            item("heart_rate", value, None, ago(40) + SignedDuration::from_secs(second.into()))
        })
        .collect();
    for batch in beats.chunks(100) {
        send(&world, &watch, batch).await;
    }
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.kind, alert.severity), (MetricKind::HeartRate, Severity::Warning));
    assert_eq!(world.db.count("reading_alerts").await, 1);
    assert_eq!(told(&world).await, ["alert.opened"]);
    // Once more in another order: all of it is known.
    let before = open(&world).await[0].readings;
    for batch in beats.chunks(77).rev() {
        send(&world, &watch, batch).await;
    }
    assert_eq!(open(&world).await[0].readings, before);
    assert_eq!(world.db.count("reading_alerts").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_late_or_twice_tells_nobody() {
    let world = World::new().await;
    let cuff = world.sending("Cuff").await;
    let late = send(&world, &cuff, &[pressure(192.0, 65), pressure(193.0, 63)]).await;
    assert_eq!(late, [Some(Severity::Critical); 2]);
    assert!(open(&world).await.is_empty());
    // Live, and once more from its memory half a minute off.
    let again = item("blood_pressure", 170.0, Some(100.0), ago(5) + SignedDuration::from_secs(20));
    send(&world, &cuff, &[pressure(170.0, 5), again]).await;
    assert!(open(&world).await.is_empty());
    assert!(told(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_usual_for_the_person_counts_beside_what_is_safe() {
    let world = World::new().await;
    let watch = world.sending("Watch").await;
    let days: Vec<_> = (1..=14)
        .map(|day| {
            item(
                "heart_rate_variability",
                80.0 + f64::from(day % 3),
                None,
                ago(i64::from(day) * 1_440),
            )
        })
        .collect();
    send(&world, &watch, &days).await;
    let low = |value: f64, minutes| item("heart_rate_variability", value, None, ago(minutes));
    assert_eq!(send(&world, &watch, &[low(45.0, 30), low(44.0, 20), low(46.0, 10)]).await[2], None);
    // Now it is known what is usual: the first batch of the day has found out.
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.concern, alert.side), (Concern::Unusual, Side::Low));
    assert_eq!(send(&world, &watch, &[low(43.0, 5)]).await, [Some(Severity::Warning)]);
    let median = "SELECT baseline_median::text AS line FROM reading_watches";
    assert_eq!(lines(&world.db, median).await, ["81"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weight_that_rises_fast_is_told() {
    let world = World::new().await;
    let scale = world.sending("Scale").await;
    let weight = |value: f64, minutes| item("weight", value, None, ago(minutes));
    send(&world, &scale, &[weight(80.0, 2 * 1_440)]).await;
    send(&world, &scale, &[weight(81.9, 30)]).await;
    assert!(open(&world).await.is_empty());
    send(&world, &scale, &[weight(82.2, 0)]).await;
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!((alert.concern, alert.side), (Concern::Change, Side::High));
    // As long as it is so it is the same one, and then it is over.
    world.later(SignedDuration::from_hours(24));
    let tomorrow = item("weight", 82.3, None, at(NOW) + SignedDuration::from_hours(24));
    send(&world, &scale, &[tomorrow]).await;
    let [same] = &open(&world).await[..] else { panic!() };
    assert_eq!((same.id, same.readings), (alert.id, 2));
    world.later(SignedDuration::from_hours(96));
    send(&world, &scale, &[item("weight", 82.0, None, at(NOW) + SignedDuration::from_hours(96))])
        .await;
    assert!(open(&world).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_typed_counts_too_and_is_taken_back_with_its_reading() {
    let world = World::new().await;
    let typed = |value: &str, minutes| ManualReading {
        kind: "blood_glucose".into(),
        value: value.into(),
        unit: "mg/dL".into(),
        recorded_at: Some(ago(minutes)),
        ..ManualReading::default()
    };
    let add =
        async |form: &ManualReading| readings::add(&world.clinic, &world.ana, form).await.unwrap();
    let wrong = add(&typed("45", 10)).await;
    assert_eq!(open(&world).await.len(), 1);
    // Typed again, it is the same reading.
    add(&typed("45", 10)).await;
    assert_eq!(open(&world).await[0].readings, 1);
    readings::remove(&world.clinic, &world.ana, wrong).await.unwrap();
    assert!(open(&world).await.is_empty());
    assert_eq!(outcome(&world, &over(&world).await[0]).await, "removed");
    // And the next one begins anew.
    add(&typed("46", 5)).await;
    assert_eq!(open(&world).await[0].severity, Severity::Warning);
    add(&typed("47", 3)).await;
    assert_eq!(open(&world).await[0].severity, Severity::Critical);
}

impl World {
    pub async fn has_contact(&self) {
        let sql = format!(
            "UPDATE users SET emergency_contact_name = 'Eva', emergency_contact_phone = '+351 912 345 678' WHERE id = '{}'",
            self.ana.user
        );
        self.db.execute(&sql).await;
    }

    pub async fn is_critical(&self) {
        let cuff = self.sending("Cuff").await;
        send(self, &cuff, &[pressure(192.0, 5), pressure(190.0, 2)]).await;
        assert_eq!(open(self).await[0].severity, Severity::Critical);
    }

    pub fn later(&self, by: SignedDuration) {
        self.db.set_now(&(at(NOW) + by).to_string());
    }

    /// What went to the number of the emergency contact.
    pub async fn texts(&self) -> Vec<String> {
        self.db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
        while sms::send_waiting(&self.clinic).await.unwrap() > 0 {}
        lines(&self.db, "SELECT body_text AS line FROM demo_mails WHERE is_text_message AND to_address = '+351912345678'").await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn somebody_else_is_told_of_what_nobody_has_seen_in_time() {
    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    world.later(SEEN_WITHIN - SignedDuration::from_secs(1));
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 0);
    world.later(SEEN_WITHIN);
    // Of several servers one does.
    let servers: Vec<Clinic> = (0..4).map(|_| world.db.clinic_with(1)).collect();
    let done = join_all(servers.iter().map(alerts::escalate)).await;
    assert_eq!(done.into_iter().map(Result::unwrap).sum::<usize>(), 1);
    let texts = world.texts().await;
    assert_eq!(texts.len(), 1);
    assert!(texts[0].contains("has named you for an emergency"), "{texts:?}");
    // Not of what, nor how much.
    assert!(!texts[0].contains("pressure") && !texts[0].contains("190"), "{texts:?}");
    assert!(open(&world).await[0].escalated_at.is_some());
    assert_eq!(world.db.count("audit_events WHERE action = 'alert.escalate'").await, 1);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_else_is_told_of_what_was_seen() {
    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    let id = open(&world).await[0].id;
    let by_ben = alerts::acknowledge(&world.clinic, &world.ben, id).await;
    assert!(matches!(by_ben, Err(Error::NotFound)));
    for _ in 0..2 {
        alerts::acknowledge(&world.clinic, &world.ana, id).await.unwrap();
    }
    assert_eq!(world.db.count("audit_events WHERE action = 'alert.acknowledge'").await, 1);
    world.later(SEEN_WITHIN + MINUTE);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 0);
    assert!(world.texts().await.is_empty());
    // It goes on, and stays to be read.
    assert!(open(&world).await[0].acknowledged_at.is_some());
}

/// A message that waited until the patient had seen the alert is not sent.
#[tokio::test(flavor = "multi_thread")]
async fn a_text_message_that_is_not_needed_any_more_is_not_sent() {
    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    world.later(SEEN_WITHIN);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    alerts::acknowledge(&world.clinic, &world.ana, open(&world).await[0].id).await.unwrap();
    assert!(world.texts().await.is_empty());
    assert_eq!(world.db.count("outbox WHERE topic = 'sms' AND done_at IS NOT NULL").await, 1);
}

/// Whoever cannot be reached is not said to have been told: a number that nobody can call, or a clinic without texts.
#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_promised_what_cannot_be_done() {
    let world = World::new().await;
    let contact = async |clinic: &Clinic| alerts::contact(clinic, &world.ana).await.unwrap();
    assert_eq!(contact(&world.clinic).await, Contact::Nobody);
    world.is_critical().await;
    world.db.execute("UPDATE users SET emergency_contact_phone = '912 345 678'").await;
    assert_eq!(contact(&world.clinic).await, Contact::Nobody);
    world.later(SEEN_WITHIN);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    assert!(open(&world).await[0].escalated_at.is_none());

    let world = World::new().await;
    world.has_contact().await;
    world.is_critical().await;
    assert_eq!(alerts::contact(&world.clinic, &world.ana).await.unwrap(), Contact::Named);
    let silent = world.db.clinic().with_gateways(Gateways::default());
    assert_eq!(alerts::contact(&silent, &world.ana).await.unwrap(), Contact::NoTexts);
    world.later(SEEN_WITHIN);
    assert_eq!(alerts::escalate(&silent).await.unwrap(), 1);
    assert!(open(&world).await[0].escalated_at.is_none());
}

/// Where nobody is named, there is nobody to tell, and nothing says that somebody was.
#[tokio::test(flavor = "multi_thread")]
async fn without_a_contact_nobody_is_said_to_have_been_told() {
    let world = World::new().await;
    world.is_critical().await;
    world.later(SEEN_WITHIN);
    assert_eq!(alerts::escalate(&world.clinic).await.unwrap(), 1);
    assert!(open(&world).await[0].escalated_at.is_none());
    assert_eq!(world.db.count("outbox WHERE topic = 'sms'").await, 0);
}

/// Two devices of one person confirm each other, and make one alert.
#[tokio::test(flavor = "multi_thread")]
async fn two_devices_that_send_at_once_make_one_alert() {
    let world = World::new().await;
    let (one, other) = (world.sending("Left").await, world.sending("Right").await);
    let clinics: Vec<Clinic> = (0..2).map(|_| world.db.clinic_with(1)).collect();
    let items = [[pressure(192.0, 5)], [pressure(195.0, 3)]];
    let send =
        |index: usize, sender| readings::ingest(&clinics[index], sender, &items[index], None);
    let sent = world.db.race("reading_hours", vec![send(0, &one), send(1, &other)]).await;
    for answer in sent {
        answer.unwrap();
    }
    let [alert] = &open(&world).await[..] else { panic!() };
    assert_eq!(world.db.count("reading_alerts").await, 1);
    // Which of the two was written first, chance decides: one that was measured before says nothing any more.
    assert!(alert.readings == 2 && alert.severity == Severity::Critical || alert.readings == 1);
}
