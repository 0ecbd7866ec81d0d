//! Corrections: what was typed wrong is right, counted once, and what it was can be read.
use crate::{
    devices::World,
    rollup_races::at_once,
    rollups::{check, item, send, weight, world},
    schema::lines,
};
use diesel_async::SimpleAsyncConnection;
use domain::readings::{
    ALREADY_THERE, CHANGED_MEANWHILE, CORRECTED_SINCE, CheckedManual, Correction,
    MEASURED_BY_DEVICE, ManualReading, MetricKind, REMOVED_MEANWHILE, ReadingId,
};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error, Result,
    account::export::export,
    directory::Page,
    identity::{Caller, Patient},
    readings::{self, History},
};
use testkit::at;

const MORNING: &str = "2026-04-20T07:00:00Z";

/// The weight and the time as they are typed anew; the note stays.
fn to(kilograms: &str, time: &str) -> Correction {
    Correction { form: weight(kilograms, at(time)), ..Correction::default() }
}

fn note(text: &str) -> Correction {
    let form = ManualReading { notes: text.into(), ..ManualReading::default() };
    Correction { form, has_same_values: true, has_same_time: true }
}

async fn all(world: &World) -> Vec<readings::StoredReading> {
    let page = Page::new(1, 100);
    readings::readings(&world.clinic, &world.ana, None, page).await.unwrap().items
}

async fn ids(world: &World) -> Vec<ReadingId> {
    all(world).await.iter().map(|reading| reading.id).collect()
}

async fn history(world: &World, id: ReadingId) -> History {
    readings::reading(&world.clinic, &world.ana, id).await.unwrap()
}

/// Corrects the reading as it is now.
pub async fn correct(world: &World, id: ReadingId, correction: &Correction) -> Result<ReadingId> {
    let now = history(world, id).await.now;
    assert_eq!(now.id, id);
    readings::change(&world.clinic, &world.ana, id, now.version, correction).await
}

async fn add(world: &World, kilograms: &str, time: &str) -> Result<ReadingId> {
    readings::add(&world.clinic, &world.ana, &weight(kilograms, at(time))).await
}

fn is(outcome: &Result<ReadingId>, refusal: domain::Refusal) -> bool {
    matches!(outcome, Err(Error::Refused(said)) if said.code == refusal.code)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_correction_counts_in_its_new_day_alone_and_what_it_was_can_be_read() {
    let world = world("Europe/Lisbon").await;
    let first = add(&world, "70.4", MORNING).await.unwrap();
    add(&world, "71", "2026-04-20T07:30:00Z").await.unwrap();
    let mut id = first;
    let steps = [
        ("74", MORNING),
        // Over midnight, into another month, and back to what it was once.
        ("74", "2026-04-19T23:30:00Z"),
        ("74.1", "2026-03-02T07:00:00Z"),
        ("74", MORNING),
        ("70.4", MORNING),
    ];
    for (step, (kilograms, time)) in steps.into_iter().enumerate() {
        world.db.set_now(&format!("2026-05-02T08:0{step}:00Z"));
        id = correct(&world, id, &to(kilograms, time)).await.unwrap();
        check(&world.db).await;
        assert_eq!(all(&world).await.len(), 2);
        let known = history(&world, id).await;
        assert_eq!((known.now.id, known.before.len()), (id, step + 1));
        assert_eq!(history(&world, first).await.now.id, id, "the old address leads there");
    }
    assert_eq!(id, first, "the same numbers at the same time are the same reading");
    let was: Vec<_> = history(&world, id)
        .await
        .before
        .iter()
        .map(|was| (was.reading.value(), was.recorded_at.to_string(), was.until.to_string()))
        .collect();
    let line = |value: f64, time: &str, minute: u8| {
        (value, time.to_owned(), format!("2026-05-02T08:0{minute}:00Z"))
    };
    assert_eq!(
        was,
        [
            line(74.0, MORNING, 4),
            line(74.1, "2026-03-02T07:00:00Z", 3),
            line(74.0, "2026-04-19T23:30:00Z", 2),
            line(74.0, MORNING, 1),
            line(70.4, MORNING, 0),
        ]
    );
    let done = "SELECT action AS line FROM audit_events WHERE subject_type = 'reading' ORDER BY id";
    let change = "reading.change";
    assert_eq!(lines(&world.db, done).await[2..], [change; 5]);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_wrong_does_not_come_back_when_it_is_sent_again() {
    let world = world("Europe/Lisbon").await;
    let wrong = add(&world, "704", MORNING).await;
    assert!(wrong.is_err(), "nobody weighs that");
    let wrong = add(&world, "7.4", MORNING).await.unwrap();
    let right = correct(&world, wrong, &to("70.4", MORNING)).await.unwrap();
    for _ in 0..5 {
        assert!(is(&add(&world, "7.4", MORNING).await, CORRECTED_SINCE));
        assert_eq!(add(&world, "70.4", MORNING).await.unwrap(), right);
    }
    assert_eq!(ids(&world).await, [right]);

    // Once what it was corrected to is gone, it is a reading like any other.
    readings::remove(&world.clinic, &world.ana, right).await.unwrap();
    assert_eq!(add(&world, "7.4", MORNING).await.unwrap(), wrong);
    assert_eq!(ids(&world).await, [wrong]);
    check(&world.db).await;
    let again = correct(&world, wrong, &to("70.5", MORNING)).await.unwrap();
    assert_eq!(ids(&world).await, [again]);
    check(&world.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn who_corrects_what_another_tab_has_changed_is_told_so() {
    let world = world("Europe/Lisbon").await;
    let id = add(&world, "70.4", MORNING).await.unwrap();
    let seen = history(&world, id).await.now.version;
    let change = async |correction: &Correction| {
        readings::change(&world.clinic, &world.ana, id, seen, correction).await
    };

    let one = change(&to("71.4", MORNING)).await.unwrap();

    assert_eq!(change(&to("71.4", MORNING)).await.unwrap(), one, "pressed twice, done once");
    assert!(is(&change(&to("72.4", MORNING)).await, CHANGED_MEANWHILE));
    assert!(is(&change(&note("After lunch")).await, CHANGED_MEANWHILE));
    assert_eq!(history(&world, one).await.before.len(), 1);
    // A note is a change, too.
    let seen = history(&world, one).await.now.version;
    let change_one = async |correction: &Correction| {
        readings::change(&world.clinic, &world.ana, one, seen, correction).await
    };
    assert_eq!(change_one(&note("Dressed")).await.unwrap(), one);
    assert_eq!(change_one(&note("Dressed")).await.unwrap(), one);
    assert!(is(&change_one(&note("Undressed")).await, CHANGED_MEANWHILE));
    assert_eq!(history(&world, one).await.now.notes.as_deref(), Some("Dressed"));

    // Nor does one reading become another that is there.
    let other = add(&world, "73", MORNING).await.unwrap();
    assert!(is(&correct(&world, one, &to("73", MORNING)).await, ALREADY_THERE));
    assert_eq!(ids(&world).await.len(), 2);
    readings::remove(&world.clinic, &world.ana, one).await.unwrap();
    assert!(is(&change(&to("72.4", MORNING)).await, REMOVED_MEANWHILE));
    let gone = readings::reading(&world.clinic, &world.ana, one).await;
    assert!(matches!(gone, Err(Error::NotFound)), "{gone:?}");
    assert_eq!(ids(&world).await, [other]);
    check(&world.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn of_what_a_device_measured_the_note_alone_is_changed() {
    let world = world("Europe/Lisbon").await;
    let scale = world.sending("Scale").await;
    let batch = [item("weight", 70.4, None, at(MORNING))];
    let id = send(&world, &scale, &batch).await[0];

    assert!(is(&correct(&world, id, &to("70", MORNING)).await, MEASURED_BY_DEVICE));
    let moved = Correction { has_same_values: true, ..to("70.4", "2026-04-20T08:00:00Z") };
    assert!(is(&correct(&world, id, &moved).await, MEASURED_BY_DEVICE));
    assert_eq!(correct(&world, id, &note("Dressed")).await.unwrap(), id);

    for _ in 0..5 {
        assert!(send(&world, &scale, &batch).await.is_empty(), "we have it already");
    }
    let known = history(&world, id).await;
    assert_eq!(known.now.notes.as_deref(), Some("Dressed"));
    assert_eq!((known.now.reading.value(), known.before.len()), (70.4, 1));
    assert_eq!(known.before[0].notes, None);
    check(&world.db).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_are_their_patients_and_stand_as_they_were_made() {
    let world = world("Europe/Lisbon").await;
    let id = add(&world, "70.4", MORNING).await.unwrap();
    let version = history(&world, id).await.now.version;
    for theirs in [id, ReadingId::generate(), uuid::Uuid::nil().into()] {
        let read = readings::reading(&world.clinic, &world.ben, theirs).await;
        assert!(matches!(read, Err(Error::NotFound)));
        let correction = to("71", MORNING);
        let changed =
            readings::change(&world.clinic, &world.ben, theirs, version, &correction).await;
        assert!(matches!(changed, Err(Error::NotFound)), "{changed:?}");
    }
    let wrong = correct(&world, id, &to("7000", "2031-01-01T00:00:00Z")).await;
    assert!(matches!(&wrong, Err(Error::Invalid(problems)) if problems.len() == 2), "{wrong:?}");
    correct(&world, id, &to("71", MORNING)).await.unwrap();

    let (ana, ben) = (world.ana.user, world.ben.user);
    let insert = format!(
        "INSERT INTO reading_corrections VALUES ('{ana}', '{id}', 9, '{id}', '{id}', 'weight', 1, NULL, 'kg', now(), NULL, now())"
    );
    for (reader, wanted, is_right) in [
        (ana, "UPDATE reading_corrections SET value = 1", false),
        (ana, "DELETE FROM reading_corrections", false),
        (ben, insert.as_str(), false),
        (ana, insert.as_str(), true),
    ] {
        let conn = &mut *world.clinic.db().await.unwrap();
        let begin = format!("BEGIN; SET LOCAL medconnect.reader = '{reader}'");
        conn.batch_execute(&begin).await.unwrap();
        let done = conn.batch_execute(wanted).await;
        conn.batch_execute("ROLLBACK").await.unwrap();
        assert_eq!(done.is_ok(), is_right, "{wanted}");
    }
    assert_eq!(world.db.count("reading_corrections").await, 1);
    let person = world.db.caller(&world.clinic, ana).await;
    let taken = export(&world.clinic, &person).await.unwrap();
    assert_eq!(taken["reading_corrections"][0]["value"], 70.4);
}

/// A correction on a server of its own.
async fn on(clinic: Clinic, ana: &Caller<Patient>, id: ReadingId, wanted: Correction) -> bool {
    let version = readings::reading(&clinic, ana, id).await.unwrap().now.version;
    match readings::change(&clinic, ana, id, version, &wanted).await {
        Ok(_) => true,
        Err(Error::Refused(_)) => false,
        Err(error) => panic!("{error:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn corrections_at_once_never_wait_for_each_other_for_ever() {
    let world = world("Europe/Lisbon").await;
    let scale = world.sending("Scale").await;
    let day = |day: i64, minute: i64| {
        let start = at("2026-04-01T08:00:00Z") + SignedDuration::from_hours(24 * day);
        start + SignedDuration::from_mins(minute)
    };
    let text = |time: Timestamp| time.to_string();
    for (round, table) in (0..).zip(["reading_hours", "reading_days", "reading_hours"]) {
        let (early, late) = (text(day(round, 0)), text(day(round + 10, 0)));
        let (one, other) = (add(&world, "70", &early).await, add(&world, "80", &late).await);
        let (one, other) = (one.unwrap(), other.unwrap());
        let (server, ana) = (|| world.db.clinic_with(1), &world.ana);
        // Each to what the other one is: both hold the two, in one order.
        let (swapped, back) = tokio::join!(
            on(server(), ana, one, to("80", &late)),
            on(server(), ana, other, to("70", &early))
        );
        assert!(!swapped && !back, "the other one is there");

        // To each other's day, while a device sends to both, the later one first.
        let both = [
            item("weight", 75.0, None, day(round + 10, 5)),
            item("weight", 75.0, None, day(round, 5)),
        ];
        let work: Vec<std::pin::Pin<Box<dyn Future<Output = bool> + '_>>> = vec![
            Box::pin(on(server(), ana, one, to("71", &late))),
            Box::pin(on(server(), ana, other, to("81", &early))),
            Box::pin(async {
                readings::ingest(&world.db.clinic_with(1), &scale, &both, None).await.is_ok()
            }),
        ];
        assert_eq!(at_once(&world, table, work).await, [true; 3], "{table}");
        check(&world.db).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_is_typed_corrected_and_removed_in_which_order_is_counted_as_it_stands() {
    let world = world("America/New_York").await;
    let scale = world.sending("Scale").await;
    let mut dice: u64 = 11;
    let mut roll = |sides: u64| {
        dice = dice.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (dice >> 33) % sides
    };
    for _ in 0..60 {
        let now = all(&world).await;
        let kilograms = (70 + roll(3)).to_string();
        // Around the edge of summer time there.
        let hours = SignedDuration::from_hours(i64::try_from(roll(4)).unwrap() * 7);
        let time = (at("2026-03-08T00:00:00Z") + hours).to_string();
        let picked = now.get(usize::try_from(roll(6)).unwrap());
        let before = now.len();
        match (roll(4), picked) {
            (0, _) | (_, None) => drop(add(&world, &kilograms, &time).await),
            (1, Some(reading)) => {
                readings::remove(&world.clinic, &world.ana, reading.id).await.unwrap();
            }
            (_, Some(reading)) => {
                drop(correct(&world, reading.id, &to(&kilograms, &time)).await);
                assert_eq!(all(&world).await.len(), before, "none is lost, and none is two");
            }
        }
        if !all(&world).await.is_empty() {
            check(&world.db).await;
        }
    }
    send(&world, &scale, &[item("weight", 70.0, None, at("2026-03-08T07:00:00Z"))]).await;
    check(&world.db).await;
    let kept = CheckedManual {
        reading: all(&world).await[0].reading,
        unit: MetricKind::Weight.unit(),
        recorded_at: at(MORNING),
        notes: None,
    };
    assert!(ManualReading::of(&kept).check(at("2026-05-02T08:00:00Z")).is_ok());
}
