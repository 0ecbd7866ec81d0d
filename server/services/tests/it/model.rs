//! Many people choose, book, move and cancel at random; a simple model says what must become of it.
use domain::{
    booking::{AppointmentId, BookingRequest, Slot, VisitKind},
    directory::ProviderId,
};
use jiff::{SignedDuration, Timestamp};
use services::{
    Clinic, Error,
    booking::{self, Change, IdempotencyKey},
    identity::{Caller, Patient},
};
use std::collections::BTreeMap;
use testkit::{TestDb, at};

const NOW: &str = "2026-03-02T06:00:00Z";
const SLOT: SignedDuration = SignedDuration::from_mins(30);

/// A small generator of numbers, so that a run can be told again by its seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        // Steele, Lea, Flood 2014: SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % u64::try_from(end).unwrap()).unwrap()
    }
}

/// Who has what: one time a doctor and person on hold, and visits.
#[derive(Default)]
struct Model {
    holds: BTreeMap<(usize, usize), Timestamp>,
    visits: Vec<(usize, usize, Timestamp, AppointmentId)>,
}

impl Model {
    /// Whether `doctor` has `start` for `person`, who brings `moving` along.
    fn is_free(
        &self,
        doctor: usize,
        person: usize,
        start: Timestamp,
        moving: Option<AppointmentId>,
    ) -> bool {
        let visited = self.visits.iter().any(|(d, p, at, id)| {
            (*d == doctor || *p == person) && *at == start && Some(*id) != moving
        });
        let held =
            self.holds.iter().any(|((d, p), at)| *d == doctor && *p != person && *at == start);
        !visited && !held
    }

    /// What `person` kept at `start` with others, or with `doctor`, is wanted no more.
    fn let_go(&mut self, doctor: usize, person: usize, start: Timestamp) {
        self.holds.retain(|(d, p), at| *p != person || (*d != doctor && *at != start));
    }
}

struct World {
    db: TestDb,
    clinic: Clinic,
    doctors: Vec<ProviderId>,
    people: Vec<Caller<Patient>>,
    starts: Vec<Timestamp>,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::at(NOW).await;
        let clinic = db.clinic();
        let (mut doctors, mut people) = (Vec::new(), Vec::new());
        for _ in 0..2 {
            doctors.push(db.provider().await);
        }
        for _ in 0..3 {
            people.push(db.patient(&clinic).await);
        }
        let nine = at("2026-03-04T09:00:00Z");
        let starts = (0..4).map(|slot| nine + SLOT * slot).collect();
        Self { db, clinic, doctors, people, starts }
    }

    async fn book(
        &self,
        doctor: usize,
        person: usize,
        start: Timestamp,
    ) -> services::Result<AppointmentId> {
        let key = IdempotencyKey::checked(&uuid::Uuid::now_v7().to_string()).unwrap();
        let request = BookingRequest {
            provider: self.doctors[doctor],
            start,
            kind: VisitKind::Video,
            reason: "Cough".into(),
            place: None,
        };
        let booked = booking::book(&self.clinic, &self.people[person], &key, request).await?;
        Ok(booked.appointment)
    }

    async fn hold(
        &self,
        doctor: usize,
        person: usize,
        start: Timestamp,
    ) -> services::Result<booking::Hold> {
        let provider = self.doctors[doctor];
        booking::hold(&self.clinic, &self.people[person], provider, start, None).await
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_people_do_the_clinic_does_what_the_model_says() {
    for seed in 1..=4 {
        let world = World::new().await;
        let (mut model, mut chance) = (Model::default(), Chance(seed));
        for turn in 0..60 {
            act(&world, &mut model, &mut chance).await;
            compare(&world, &model, &format!("seed {seed}, turn {turn}")).await;
        }
    }
}

async fn act(world: &World, model: &mut Model, chance: &mut Chance) {
    let (doctor, person) = (chance.below(2), chance.below(3));
    let start = world.starts[chance.below(4)];
    let free = model.is_free(doctor, person, start, None);
    match chance.below(10) {
        0..3 => {
            let booked = world.book(doctor, person, start).await;
            assert_eq!(booked.is_ok(), free, "{booked:?}");
            if let Ok(id) = booked {
                model.let_go(doctor, person, start);
                model.visits.push((doctor, person, start, id));
            }
        }
        3..6 => {
            let held = world.hold(doctor, person, start).await;
            assert_eq!(held.is_ok(), free, "{held:?}");
            if held.is_ok() {
                model.let_go(doctor, person, start);
                model.holds.insert((doctor, person), start);
            }
        }
        6 => {
            let (patient, provider) = (&world.people[person], world.doctors[doctor]);
            booking::release_hold(&world.clinic, patient, provider).await.unwrap();
            model.holds.remove(&(doctor, person));
        }
        7 => {
            world
                .db
                .execute("UPDATE appointments SET held_until = now() WHERE status = 'held'")
                .await;
            model.holds.clear();
            if chance.below(2) == 0 {
                booking::expire_holds(&world.clinic).await.unwrap();
            }
        }
        8 if !model.visits.is_empty() => {
            let (_, person, _, id) = model.visits.swap_remove(chance.below(model.visits.len()));
            booking::cancel(&world.clinic, &world.people[person], id, None, None).await.unwrap();
        }
        9 if !model.visits.is_empty() => {
            let index = chance.below(model.visits.len());
            let (doctor, person, before, id) = model.visits[index];
            let change = Change { start: Some(start), reason: None };
            let moved =
                booking::change(&world.clinic, &world.people[person], id, &change, None).await;
            let free = model.is_free(doctor, person, start, Some(id));
            assert_eq!(moved.is_ok(), free, "{moved:?}");
            if moved.is_ok() && start != before {
                model.holds.retain(|(_, p), at| *p != person || *at != start);
                model.visits[index].2 = start;
            }
        }
        _ => {}
    }
}

async fn compare(world: &World, model: &Model, when: &str) {
    let live = world.db.count("appointments WHERE held_until IS NULL AND status <> 'cancelled'");
    assert_eq!(usize::try_from(live.await).unwrap(), model.visits.len(), "{when}");
    let held = "appointments WHERE status = 'held' AND held_until > clock_timestamp()";
    let held = usize::try_from(world.db.count(held).await).unwrap();
    assert_eq!(held, model.holds.len(), "{when}");
    let window = Slot { start: world.starts[0], end: world.starts[3] + SLOT };
    for (index, doctor) in world.doctors.iter().enumerate() {
        let (_, free) = booking::free_times(&world.clinic, *doctor, window, None).await.unwrap();
        let free: Vec<_> = free.iter().map(|offer| offer.slot.start).collect();
        let wanted: Vec<_> = world
            .starts
            .iter()
            .copied()
            .filter(|start| {
                !model.visits.iter().any(|(d, _, at, _)| *d == index && at == start)
                    && !model.holds.iter().any(|((d, _), at)| *d == index && at == start)
            })
            .collect();
        assert_eq!(free, wanted, "{when}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_nothing_twice_and_nothing_half() {
    let world = std::sync::Arc::new(World::new().await);
    let crowd = (0..12_u64).map(|seed| {
        let world = world.clone();
        tokio::spawn(async move {
            let mut chance = Chance(seed);
            for _ in 0..25 {
                let (doctor, person) = (chance.below(2), chance.below(3));
                let start = world.starts[chance.below(4)];
                let outcome = match chance.below(3) {
                    0 => world.book(doctor, person, start).await.map(|_| ()),
                    1 => world.hold(doctor, person, start).await.map(|_| ()),
                    _ => {
                        let patient = &world.people[person];
                        booking::release_hold(&world.clinic, patient, world.doctors[doctor]).await
                    }
                };
                // Refused is well; an error of the database is not.
                assert!(matches!(outcome, Ok(()) | Err(Error::Refused(_))), "{outcome:?}");
            }
        })
    });
    for one in crowd.collect::<Vec<_>>() {
        one.await.unwrap();
    }
    let db = &world.db;
    let visits = db.count("appointments WHERE held_until IS NULL").await;
    assert!(visits > 0);
    for table in ["payments", "idempotency_keys", "outbox"] {
        assert_eq!(db.count(table).await, visits, "{table}");
    }
    let twice = "appointments a JOIN appointments b ON a.id < b.id AND a.during && b.during \
                 AND (a.provider_id = b.provider_id OR a.patient_id = b.patient_id) \
                 AND a.status IN ('held', 'scheduled') AND b.status IN ('held', 'scheduled')";
    assert_eq!(db.count(twice).await, 0);
}
