//! Whoever measured regularly and has stopped is reminded: once, in time, and only if they want to be.
use crate::{devices::World, schema::lines};
use domain::readings::{ManualReading, MetricKind};
use jiff::{SignedDuration, Timestamp};
use services::{
    account::notifications::{self, Notifications},
    identity::Person,
    mail,
    readings::{self, milestones, reminders},
};
use testkit::at;

const NOW: &str = "2026-05-31T20:00:00Z";

const PLANNED: &str = "SELECT concat_ws(' ', kind, due_at AT TIME ZONE 'UTC') AS line FROM reading_reminders ORDER BY 1";
const REMINDED: &str =
    "SELECT unique_key AS line FROM outbox WHERE topic = 'reading.reminder' ORDER BY 1";

/// At noon so many days ago.
fn noon(days_ago: i64) -> Timestamp {
    at("2026-05-31T12:00:00Z") - SignedDuration::from_hours(24 * days_ago)
}

async fn measured(world: &World, kind: &str, value: &str, times: &[Timestamp]) {
    for recorded_at in times {
        let form = ManualReading {
            kind: kind.into(),
            value: value.into(),
            unit: MetricKind::read(kind).unwrap().unit().as_str().into(),
            recorded_at: Some(*recorded_at),
            ..ManualReading::default()
        };
        readings::add(&world.clinic, &world.ana, &form).await.unwrap();
    }
    milestones::look(&world.clinic).await.unwrap();
}

/// Ana, who has measured her blood glucose on four days, today the last time.
async fn world() -> World {
    let world = World::new().await;
    world.db.set_now(NOW);
    readings::make_partitions(&world.clinic).await.unwrap();
    measured(&world, "blood_glucose", "95", &[noon(3), noon(2), noon(1), noon(0)]).await;
    world
}

/// At that time: how many are looked at, and who has been reminded by then.
async fn at_time(world: &World, now: &str) -> (usize, usize) {
    world.db.set_now(now);
    let looked = reminders::remind(&world.clinic).await.unwrap();
    (looked, lines(&world.db, REMINDED).await.len())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_stops_is_reminded_once_in_the_morning_of_the_third_day() {
    let world = world().await;
    assert_eq!(lines(&world.db, PLANNED).await, ["blood_glucose 2026-06-03 08:00:00"]);
    assert_eq!(at_time(&world, "2026-06-03T07:59:59Z").await, (0, 0));
    assert_eq!(at_time(&world, "2026-06-03T08:00:00Z").await, (1, 1));
    assert_eq!(at_time(&world, "2026-06-09T09:00:00Z").await, (0, 1));
    // Nor of what comes late; but once more after they have begun again.
    measured(&world, "blood_glucose", "95", &[at("2026-06-02T12:00:00Z")]).await;
    assert_eq!(lines(&world.db, PLANNED).await, Vec::<String>::new());
    measured(&world, "blood_glucose", "95", &[at("2026-06-09T08:00:00Z")]).await;
    assert_eq!(at_time(&world, "2026-06-12T10:00:00Z").await, (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_new_reading_puts_it_off_and_readings_that_are_taken_away_do_not_count() {
    let world = world().await;
    world.db.set_now("2026-06-02T20:00:00Z");
    measured(&world, "blood_glucose", "95", &[at("2026-06-02T07:00:00Z")]).await;
    assert_eq!(lines(&world.db, PLANNED).await, ["blood_glucose 2026-06-05 08:00:00"]);
    assert_eq!(at_time(&world, "2026-06-03T10:00:00Z").await, (0, 0));
    let page = services::directory::Page::first();
    for stored in readings::readings(&world.clinic, &world.ana, None, page)
        .await
        .unwrap()
        .items
        .iter()
        .take(2)
    {
        readings::remove(&world.clinic, &world.ana, stored.id).await.unwrap();
    }
    assert_eq!(at_time(&world, "2026-06-05T10:00:00Z").await, (1, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn it_is_one_mail_a_day_however_much_is_missed_and_however_many_servers_look() {
    let world = world().await;
    measured(&world, "peak_flow", "410", &[noon(3), noon(2), noon(1), noon(0)]).await;
    measured(&world, "heart_rate", "70", &[noon(3), noon(2), noon(1), noon(0)]).await;
    assert_eq!(lines(&world.db, PLANNED).await.len(), 2, "a watch measures the heart");
    world.db.set_now("2026-06-03T10:00:00Z");
    let looks = (0..4).map(|_| reminders::remind(&world.clinic));
    let looked = futures_util::future::join_all(looks).await;
    assert_eq!(looked.into_iter().map(Result::unwrap).sum::<usize>(), 2);
    assert_eq!(lines(&world.db, REMINDED).await.len(), 1);
}

/// How many mails Ana has got once all that waits is sent.
async fn mails(world: &World) -> i64 {
    for _ in 0..2 {
        // Whatever the clock of the database says.
        world.db.execute("UPDATE outbox SET available_at = '2026-06-03T09:00:00Z'").await;
        while mail::hand_out(&world.clinic).await.unwrap() > 0 {}
    }
    while mail::send_waiting(&world.clinic, "https://clinic.test").await.unwrap() > 0 {}
    world.db.count("demo_mails WHERE subject = 'Time for a reading?'").await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_wants_no_reminders_gets_none_and_nobody_gets_an_old_one() {
    for (wanted, later, expected) in
        [(true, "11:00:00", 1), (false, "11:00:00", 0), (true, "18:30:00", 0)]
    {
        let world = world().await;
        let person = world.db.caller::<Person>(&world.clinic, world.ana.user).await;
        // The other choice is about other mail.
        let choice = Notifications {
            health_reminders: wanted,
            email_notifications: !wanted,
            ..Notifications::default()
        };
        notifications::change(&world.clinic, &person, choice).await.unwrap();
        assert_eq!(at_time(&world, "2026-06-03T10:00:00Z").await, (1, 1));
        world.db.set_now(&format!("2026-06-03T{later}Z"));
        assert_eq!(mails(&world).await, expected, "{wanted} {later}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_no_account_any_more_is_not_reminded() {
    let world = world().await;
    world
        .db
        .execute(&format!("UPDATE users SET is_active = false WHERE id = '{}'", world.ana.user))
        .await;
    assert_eq!(at_time(&world, "2026-06-03T10:00:00Z").await, (1, 0));
    assert_eq!(lines(&world.db, PLANNED).await, Vec::<String>::new());
}
