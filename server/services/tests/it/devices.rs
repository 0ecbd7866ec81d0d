//! Devices of patients, from the first key to the last.
use crate::schema::lines;
use domain::{
    devices::{
        ApiKey, BodyPosition, DeviceId, DeviceStatus, Issue, NewDevice, PAUSED, REPLACED, REVOKED,
        TOO_MANY_DEVICES, UNVERIFIED, WRONG_STATUS,
    },
    identity::UserId,
};
use services::{
    Clinic, Error, Result,
    account::{closing, export::export},
    devices::{self, Device, Sender},
    directory::Page,
    identity::{Caller, Patient, Person, blocking},
};
use testkit::TestDb;

const NOW: &str = "2026-03-02T08:00:00Z";

/// Ana and Ben, and what they do with their devices.
pub struct World {
    pub db: TestDb,
    pub clinic: Clinic,
    pub ana: Caller<Patient>,
    pub ben: Caller<Patient>,
}

impl World {
    pub async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let (ana, ben) = (db.patient(&clinic).await, db.patient(&clinic).await);
        Self { db, clinic, ana, ben }
    }

    pub async fn register(&self, name: &str) -> (DeviceId, ApiKey) {
        devices::register(&self.clinic, &self.ana, &form(name)).await.unwrap()
    }

    /// Who sends with `key`.
    pub async fn sender(&self, key: &ApiKey) -> Result<Sender> {
        devices::identify(&self.clinic, key.reveal(), None).await
    }

    /// A verified device of Ana's.
    pub async fn sending(&self, name: &str) -> Sender {
        let (_, key) = self.register(name).await;
        let sender = self.sender(&key).await.unwrap();
        devices::verify(&self.clinic, &sender, None).await.unwrap();
        self.sender(&key).await.unwrap()
    }

    pub async fn device(&self, id: DeviceId) -> Device {
        devices::device(&self.clinic, &self.ana, id).await.unwrap()
    }

    async fn advance(&self, id: DeviceId, to: DeviceStatus) -> Result<()> {
        devices::advance(&self.clinic, &self.ana, id, to).await
    }

    async fn person(&self, user: UserId) -> Caller<Person> {
        self.db.caller(&self.clinic, user).await
    }
}

pub fn form(name: &str) -> NewDevice {
    NewDevice {
        name: name.into(),
        device_type: "heart_rate_monitor".into(),
        position: "left_wrist".into(),
        ..NewDevice::default()
    }
}

fn is_signed_out<T>(answer: &Result<T>) -> bool {
    matches!(answer, Err(Error::SignedOut))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_is_told_once_and_kept_as_a_hash() {
    let world = World::new().await;
    let (id, key) = world.register("Watch").await;
    let stored = lines(
        &world.db,
        "SELECT concat_ws(' ', k::text, d::text, e::text) AS line FROM device_keys k, devices d, audit_events e \
         WHERE e.action = 'device.register'",
    )
    .await;
    assert_eq!(stored.len(), 1);
    let secret = &key.reveal()[key.prefix().len()..];
    assert!(stored[0].contains(key.prefix()) && !stored[0].contains(secret), "{stored:?}");

    let device = world.device(id).await;
    assert_eq!((device.name.as_str(), device.status), ("Watch", DeviceStatus::Unverified));
    assert_eq!(device.keys[0].prefix, key.prefix());
    assert_eq!(device.health.issues(), [Issue::NeverSeen]);

    assert_eq!(world.sender(&key).await.unwrap().device(), id);
    let identify = async |key: &str, device| devices::identify(&world.clinic, key, device).await;
    let other = ApiKey::new(&[7; 25]);
    for key in ["", "mcd_", "' OR true --", other.reveal(), &key.reveal()[..43]] {
        assert!(is_signed_out(&identify(key, None).await), "{key}");
    }
    let (another, _) = world.register("Scale").await;
    assert!(identify(key.reveal(), Some(id)).await.is_ok());
    assert!(is_signed_out(&identify(key.reveal(), Some(another)).await), "another device's id");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_key_in_use_works_for_a_day_beside_the_new_one_however_often_that_is_asked_for() {
    let world = World::new().await;
    let (id, first) = world.register("Watch").await;
    let rotate = async || devices::rotate_key(&world.clinic, &world.ana, id).await.unwrap();
    let works = async |key| world.sender(key).await.is_ok();

    assert!(works(&first).await);
    let pressed_twice = rotate().await;
    assert_eq!(world.device(id).await.keys.len(), 2);
    let second = rotate().await;
    assert!(!works(&pressed_twice).await, "nobody has used it");
    assert!(works(&first).await && works(&second).await);
    let third = rotate().await;
    assert!(!works(&first).await, "the device has the next one");
    assert!(works(&second).await && works(&third).await);

    world.db.set_now("2026-03-03T07:59:59Z");
    assert!(works(&second).await);
    world.db.set_now("2026-03-03T08:00:00Z");
    assert!(!works(&second).await && works(&third).await);
    let left: Vec<_> = world.device(id).await.keys.into_iter().map(|key| key.prefix).collect();
    assert_eq!(left, [third.prefix()]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_verified_by_its_key_and_nobody_else() {
    let world = World::new().await;
    let (id, key) = world.register("Watch").await;
    let refused = world.advance(id, DeviceStatus::Active).await;
    assert!(matches!(refused, Err(Error::Refused(WRONG_STATUS))), "{refused:?}");
    let sender = world.sender(&key).await.unwrap();
    let verify = async |version| devices::verify(&world.clinic, &sender, version).await;

    let long = "1".repeat(81);
    let wrong = verify(Some(&long)).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
    assert_eq!(world.device(id).await.status, DeviceStatus::Unverified);
    verify(Some("1.2")).await.unwrap();
    verify(None).await.unwrap();
    let device = world.device(id).await;
    assert_eq!(device.status, DeviceStatus::Active);
    assert_eq!(device.firmware_version.as_deref(), Some("1.2"));
    assert!(device.health.is_online());
    let events = "audit_events WHERE action = 'device.verify'";
    assert_eq!(world.db.count(events).await, 1);

    world.advance(id, DeviceStatus::Paused).await.unwrap();
    let paused = verify(None).await;
    assert!(matches!(paused, Err(Error::Refused(PAUSED))), "{paused:?}");
    assert_eq!(world.device(id).await.status, DeviceStatus::Paused);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_asked_twice_of_a_device_is_done_once() {
    use DeviceStatus::{Active, Paused, Replaced, Revoked, Unverified};
    let world = World::new().await;
    let id = world.sending("Watch").await.device();
    for to in [Paused, Paused, Active, Active, Revoked, Revoked] {
        world.advance(id, to).await.unwrap();
        assert_eq!(world.device(id).await.status, to);
    }
    for to in [Active, Paused, Replaced, Unverified] {
        let refused = world.advance(id, to).await;
        assert!(matches!(refused, Err(Error::Refused(WRONG_STATUS))), "{to}: {refused:?}");
    }
    let refused = devices::rotate_key(&world.clinic, &world.ana, id).await;
    assert!(matches!(refused, Err(Error::Refused(WRONG_STATUS))), "{refused:?}");
    assert!(world.device(id).await.keys.is_empty(), "no key of it works any more");
    let done = lines(
        &world.db,
        "SELECT action AS line FROM audit_events WHERE subject_type = 'device' ORDER BY id",
    )
    .await;
    assert_eq!(
        done,
        ["device.register", "device.verify", "device.pause", "device.resume", "device.revoke"]
    );
    // Not even by a statement of its own.
    use diesel_async::SimpleAsyncConnection;
    let back = format!("UPDATE devices SET status = 'active' WHERE id = '{id}'");
    assert!(world.db.owner().await.batch_execute(&back).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_of_others_are_not_there() {
    let world = World::new().await;
    let (id, _) = world.register("Watch").await;
    let (clinic, ben) = (&world.clinic, &world.ben);
    let answers = [
        devices::device(clinic, ben, id).await.map(drop),
        devices::change(clinic, ben, id, &form("Mine")).await,
        devices::advance(clinic, ben, id, DeviceStatus::Revoked).await,
        devices::rotate_key(clinic, ben, id).await.map(drop),
        devices::replace(clinic, ben, id, &form("Mine")).await.map(drop),
        devices::serviced(clinic, ben, id).await,
    ];
    for answer in answers {
        assert!(matches!(answer, Err(Error::NotFound)), "{answer:?}");
    }
    assert_eq!(devices::devices(clinic, ben, Page::first()).await.unwrap().count, 0);
    assert_eq!(world.device(id).await.name, "Watch");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_is_described_anew_and_looked_after() {
    let world = World::new().await;
    let (id, _) = world.register("Watch").await;
    let anew = NewDevice {
        device_type: "smartwatch".into(),
        manufacturer: "Acme".into(),
        ..form("My watch")
    };
    devices::change(&world.clinic, &world.ana, id, &anew).await.unwrap();
    devices::serviced(&world.clinic, &world.ana, id).await.unwrap();
    let device = world.device(id).await;
    assert_eq!((device.name.as_str(), device.manufacturer.as_deref()), ("My watch", Some("Acme")));
    assert_eq!(device.last_maintenance, Some(world.clinic.now()));
    let wrong = devices::change(&world.clinic, &world.ana, id, &form(" ")).await;
    assert!(matches!(wrong, Err(Error::Invalid(_))), "{wrong:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_device_that_replaces_another_takes_its_position() {
    let world = World::new().await;
    let old = world.sending("Watch").await;
    let form = NewDevice { position: String::new(), ..form("New watch") };
    let replace = async || devices::replace(&world.clinic, &world.ana, old.device(), &form).await;

    let (new, key) = replace().await.unwrap();
    assert_eq!(
        world.device(new).await.position,
        Some(BodyPosition::LeftWrist),
        "as nothing else was said"
    );
    let gone = world.device(old.device()).await;
    assert_eq!((gone.status, gone.replaced_by), (DeviceStatus::Replaced, Some(new)));
    assert!(gone.keys.is_empty() && gone.health.issues().is_empty());
    let refused = devices::verify(&world.clinic, &old, None).await;
    assert!(matches!(refused, Err(Error::Refused(REPLACED))), "{refused:?}");
    assert_eq!(world.sender(&key).await.unwrap().status(), DeviceStatus::Unverified);
    assert!(matches!(replace().await, Err(Error::Refused(WRONG_STATUS))));
    let other_arm = NewDevice { position: "right_wrist".into(), ..form.clone() };
    let (third, _) = devices::replace(&world.clinic, &world.ana, new, &other_arm).await.unwrap();
    assert_eq!(world.device(third).await.position, Some(BodyPosition::RightWrist));
    // Those that live come first.
    let all = devices::devices(&world.clinic, &world.ana, Page::first()).await.unwrap();
    assert_eq!(
        all.items.iter().map(|device| device.id).collect::<Vec<_>>(),
        [third, new, old.device()]
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn of_two_that_would_be_the_twentieth_device_one_is() {
    let world = World::new().await;
    let mut last = None;
    for number in 0..19 {
        last = Some(world.register(&format!("Device {number}")).await.0);
    }
    let form = form("Another");
    let register = || devices::register(&world.clinic, &world.ana, &form);
    let mut gate = world.db.gate_in_line("devices").await;
    let open = async {
        gate.wait_for(2).await;
        gate.open().await;
    };
    let (one, other, ()) = tokio::join!(register(), register(), open);
    let refused: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(&refused[..], [Error::Refused(TOO_MANY_DEVICES)]), "{refused:?}");

    // One in the place of another is no more than before; and one that is revoked does not count.
    devices::replace(&world.clinic, &world.ana, last.unwrap(), &form).await.unwrap();
    assert!(register().await.is_err());
    let first = devices::devices(&world.clinic, &world.ana, Page::first()).await.unwrap();
    world.advance(first.items[0].id, DeviceStatus::Revoked).await.unwrap();
    register().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_newest_errors_of_a_device_are_kept() {
    let world = World::new().await;
    let sender = world.sending("Watch").await;
    let report = async |code: &str, message: &str| {
        devices::report_error(&world.clinic, &sender, code, message).await
    };
    let wrong = report("no spaces", &"m".repeat(501)).await;
    let Err(Error::Invalid(problems)) = wrong else { panic!("{wrong:?}") };
    let fields: Vec<_> = problems.iter().map(|problem| problem.field.as_ref()).collect();
    assert_eq!(fields, ["error_code", "message"]);
    for number in 0..103 {
        report(&format!("E{number}"), "").await.unwrap();
    }
    let kept = lines(&world.db, "SELECT code AS line FROM device_errors ORDER BY id").await;
    assert_eq!((kept.len(), kept[0].as_str()), (100, "E3"));
    let device = world.device(sender.device()).await;
    assert_eq!(device.last_error, Some(("E102".into(), world.clinic.now())));
    assert_eq!(device.health.issues(), [Issue::Error]);
    assert_eq!(world.db.count("outbox WHERE topic = 'device.failed'").await, 1, "once a day");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_device_that_may_not_send_reports_nothing() {
    use DeviceStatus::{Paused, Revoked};
    let world = World::new().await;
    let (id, key) = world.register("Watch").await;
    let report = async || {
        let sender = world.sender(&key).await.unwrap();
        devices::report_error(&world.clinic, &sender, "E", "").await
    };
    assert!(matches!(report().await, Err(Error::Refused(UNVERIFIED))));
    devices::verify(&world.clinic, &world.sender(&key).await.unwrap(), None).await.unwrap();
    for (status, refusal) in [(Paused, PAUSED), (Revoked, REVOKED)] {
        world.advance(id, status).await.unwrap();
        let refused = report().await;
        assert!(matches!(&refused, Err(Error::Refused(why)) if *why == refusal), "{refused:?}");
    }
    assert_eq!(world.db.count("device_errors").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn devices_of_a_blocked_account_are_unknown_and_young_ones_stay_revoked() {
    let world = World::new().await;
    let manager = world.db.role_manager(&world.clinic).await;
    let (old, old_key) = world.register("Old").await;
    let (_, thiefs) = world.register("Young").await;
    let month = "created_at = '2026-02-01T00:00:00Z'";
    world.db.execute(&format!("UPDATE devices SET {month} WHERE id = '{old}'")).await;
    world.db.execute(&format!("UPDATE device_keys SET {month} WHERE device_id = '{old}'")).await;
    world.sender(&old_key).await.unwrap();
    let rotated = devices::rotate_key(&world.clinic, &world.ana, old).await.unwrap();

    blocking::block(&world.clinic, &manager, world.ana.user).await.unwrap();
    for key in [&old_key, &rotated, &thiefs] {
        assert!(is_signed_out(&world.sender(key).await));
    }
    blocking::unblock(&world.clinic, &manager, world.ana.user).await.unwrap();
    assert!(world.sender(&old_key).await.is_ok(), "its owner has had it for long");
    assert!(is_signed_out(&world.sender(&rotated).await), "a thief may have made it");
    assert!(is_signed_out(&world.sender(&thiefs).await));
    let revoked =
        lines(&world.db, "SELECT name AS line FROM devices WHERE status = 'revoked'").await;
    assert_eq!(revoked, ["Young"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn who_closes_the_account_takes_the_list_of_devices_along_and_revokes_them() {
    let world = World::new().await;
    let person = world.db.person(&world.clinic).await;
    let owner: Caller<Patient> = world.db.caller(&world.clinic, person.user).await;
    let (id, key) = devices::register(&world.clinic, &owner, &form("Watch")).await.unwrap();
    let caller = world.person(person.user).await;
    let all = export(&world.clinic, &caller).await.unwrap();
    assert_eq!(all["devices"][0]["name"], "Watch");
    assert!(!all.to_string().contains(key.reveal()));

    closing::close(&world.clinic, &caller, person.password.into(), None).await.unwrap();
    assert!(is_signed_out(&world.sender(&key).await));
    let left = format!("devices WHERE id = '{id}' AND status = 'revoked'");
    assert_eq!(world.db.count(&left).await, 1);
    // Who was still signed in a moment ago.
    let late = devices::register(&world.clinic, &owner, &form("Watch")).await;
    assert!(is_signed_out(&late), "{late:?}");
}
