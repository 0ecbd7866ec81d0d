use crate::schema::lines;
use domain::{directory::SyncState, retry};
use services::{
    Clinic, Error,
    admin::{self, sync},
    database,
    gateways::{Affiliation, Answer, Gateways, HospitalSystem, Silence},
};
use std::{
    future::ready,
    sync::{Arc, Mutex, PoisonError},
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T06:00:00Z";

/// The system of the hospitals: hears what it is told, unless it is down.
#[derive(Debug, Default)]
struct Hospitals {
    heard: Mutex<Vec<Affiliation>>,
    is_down: Mutex<bool>,
}

impl Hospitals {
    fn heard(&self) -> Vec<bool> {
        let heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        heard.iter().map(|news| news.works_there).collect()
    }
}

impl HospitalSystem for Hospitals {
    fn name(&self) -> &str {
        "The test's hospitals"
    }

    fn tell<'a>(&'a self, news: &'a Affiliation) -> Answer<'a, ()> {
        if *self.is_down.lock().unwrap() {
            return Box::pin(ready(Err(Silence("it is down".into()))));
        }
        self.heard.lock().unwrap().push(news.clone());
        Box::pin(ready(Ok(())))
    }
}

fn connected(db: &TestDb) -> (Clinic, Arc<Hospitals>) {
    let hospitals = Arc::new(Hospitals::default());
    let pool = database::pool(&db.owner_url(), 1).unwrap();
    let gateways = Gateways { hospitals: hospitals.clone(), ..Gateways::of_demo(&pool) };
    (db.clinic().with_gateways(gateways), hospitals)
}

/// Messages come with the database's clock; here they are due at once.
async fn make_due(db: &TestDb) {
    db.execute("UPDATE outbox SET available_at = '2026-03-02'").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn hospitals_hear_who_comes_and_who_goes() {
    let db = TestDb::at(NOW).await;
    let (clinic, hospitals) = connected(&db);
    let admin = db.admin(&clinic).await;
    let provider = db.provider().await;
    let (first, second) = (db.hospital().await, db.hospital().await);

    let places =
        admin::set_hospitals(&clinic, &admin, provider, &[first, second, first]).await.unwrap();
    assert_eq!(places.iter().map(|place| place.id).collect::<Vec<_>>(), [first, second]);
    assert!(hospitals.heard().is_empty());
    make_due(&db).await;
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 2);
    assert_eq!(hospitals.heard(), [true, true]);
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 0);

    admin::set_hospitals(&clinic, &admin, provider, &[second]).await.unwrap();
    make_due(&db).await;
    sync::tell_waiting(&clinic).await.unwrap();
    let mut heard = hospitals.heard().split_off(2);
    heard.sort_unstable();
    assert_eq!(heard, [false, true]);
    let shown = sync::syncs(&clinic, &admin, first).await.unwrap();
    assert_eq!((shown.len(), shown[0].state, shown[0].works_there), (1, SyncState::Told, false));
    assert_eq!(shown[0].system.as_deref(), Some("The test's hospitals"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_heard_is_said_again_until_it_is_given_up() {
    let db = TestDb::at(NOW).await;
    let (clinic, hospitals) = connected(&db);
    let admin = db.admin(&clinic).await;
    let (provider, place) = (db.provider().await, db.hospital().await);
    *hospitals.is_down.lock().unwrap() = true;
    admin::set_hospitals(&clinic, &admin, provider, &[place]).await.unwrap();

    make_due(&db).await;
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 1);
    // Put off: not at once again.
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 0);
    let waiting = sync::syncs(&clinic, &admin, place).await.unwrap();
    assert_eq!(
        (waiting[0].state, waiting[0].problem.as_deref()),
        (SyncState::Waiting, Some("it is down"))
    );

    for _ in 1..retry::TRIES {
        make_due(&db).await;
        assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 1);
    }
    make_due(&db).await;
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 0);
    assert_eq!(db.count("outbox WHERE dead_at IS NOT NULL").await, 1);
    let failed = sync::syncs(&clinic, &admin, place).await.unwrap();
    assert_eq!(failed[0].state, SyncState::Failed);

    // The next change says all there is to say.
    *hospitals.is_down.lock().unwrap() = false;
    admin::set_hospitals(&clinic, &admin, provider, &[place]).await.unwrap();
    make_due(&db).await;
    sync::tell_waiting(&clinic).await.unwrap();
    assert_eq!(hospitals.heard(), [true]);
    assert_eq!(db.count("hospital_syncs WHERE state = 'told' AND problem IS NULL").await, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_message_is_one_readers_until_its_lease_ends_and_others_topics_stay() {
    let db = TestDb::at(NOW).await;
    let (clinic, hospitals) = connected(&db);
    let admin = db.admin(&clinic).await;
    let (provider, place) = (db.provider().await, db.hospital().await);
    admin::set_hospitals(&clinic, &admin, provider, &[place]).await.unwrap();
    db.execute(
        "INSERT INTO outbox (id, topic, unique_key, payload) \
         VALUES (gen_random_uuid(), 'booking.booked', 'b', '{}')",
    )
    .await;
    make_due(&db).await;

    // Another server has just taken it.
    db.execute("UPDATE outbox SET leased_until = '2026-03-02T06:01:00Z', attempts = 1").await;
    assert_eq!(sync::tell_waiting(&clinic).await.unwrap(), 0);
    db.set_now("2026-03-02T06:01:01Z");
    let (one, other) = tokio::join!(sync::tell_waiting(&clinic), sync::tell_waiting(&clinic));
    assert_eq!(one.unwrap() + other.unwrap(), 1);
    assert_eq!(hospitals.heard().len(), 1);
    let left = "SELECT topic AS line FROM outbox WHERE done_at IS NULL";
    assert_eq!(lines(&db, left).await, ["booking.booked"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn places_that_are_not_there_change_nothing() {
    let db = TestDb::at(NOW).await;
    let clinic = db.clinic();
    let admin = db.admin(&clinic).await;
    let (provider, place) = (db.provider().await, db.hospital().await);
    admin::set_hospitals(&clinic, &admin, provider, &[place]).await.unwrap();

    let nowhere = admin::set_hospitals(&clinic, &admin, provider, &[domain::Id::generate()]).await;
    assert!(matches!(nowhere, Err(Error::Invalid(_))), "{nowhere:?}");
    let nobody = admin::set_hospitals(&clinic, &admin, domain::Id::generate(), &[place]).await;
    assert!(matches!(nobody, Err(Error::NotFound)), "{nobody:?}");
    assert_eq!(db.count("provider_hospitals").await, 1);
    let none = admin::set_hospitals(&clinic, &admin, provider, &[]).await.unwrap();
    assert!(none.is_empty());
}
