//! Everybody at once. Nobody can say any more what must become of each; but nothing may be there twice
//! or by halves, and whoever was told that something is done finds it done.
use super::{
    Chance,
    expected::{A_DAY, ACCOUNTS, CHILD, Person, STARTS, caller_of},
    world::World,
};
use crate::schema::lines;
use domain::{
    booking::AppointmentId,
    money::{Currency, Money},
    waitlist::WaitlistEntryId,
};
use services::{
    Error, Result,
    booking::{self, Change, IdempotencyKey},
    payments, waitlist,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};

const CROWD: u64 = 12;
const TURNS: usize = 40;

/// What somebody was told.
#[derive(Default)]
struct Told {
    /// By the key of the command, and the number in it.
    booked: BTreeMap<String, AppointmentId>,
    cancelled: Vec<AppointmentId>,
    visits: Vec<(Person, AppointmentId)>,
    waits: Vec<(Person, WaitlistEntryId)>,
}

/// Refused is well; an error of the database is not.
fn polite<T: std::fmt::Debug>(outcome: Result<T>) -> Option<T> {
    match outcome {
        Ok(done) => Some(done),
        Err(Error::Refused(_) | Error::Invalid(_) | Error::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    }
}

struct Crowd {
    world: World,
    told: Mutex<Told>,
    is_over: AtomicBool,
}

impl Crowd {
    fn told<T>(&self, tell: impl FnOnce(&mut Told) -> T) -> T {
        tell(&mut self.told.lock().unwrap())
    }

    fn a_visit(&self, chance: &mut Chance) -> Option<(Person, AppointmentId)> {
        self.told(|told| match told.visits.len() {
            0 => None,
            count => Some(told.visits[chance.below(count)]),
        })
    }

    fn booked(&self, key: &str, visits: &[(Person, AppointmentId)]) {
        self.told(|told| {
            for (index, &(person, id)) in visits.iter().enumerate() {
                told.booked.insert(format!("{key} {index}"), id);
                told.visits.push((person, id));
            }
        });
    }

    /// One of the crowd does something.
    async fn act(&self, chance: &mut Chance) {
        match chance.below(12) {
            0..7 => self.book_or_hold(chance).await,
            7..10 => self.change(chance).await,
            _ => self.wait(chance).await,
        }
    }

    async fn book_or_hold(&self, chance: &mut Chance) {
        let Self { world, .. } = self;
        let (doctor, start) = (chance.below(2), chance.below(STARTS));
        let (account, person) = (chance.below(ACCOUNTS), chance.below(CHILD + 1));
        let fresh = uuid::Uuid::now_v7().to_string();
        let key = IdempotencyKey::checked(&fresh).unwrap();
        match chance.below(8) {
            0..3 => {
                let booking = || world.book((doctor, person, start), &key);
                // Clicked twice.
                let (one, other) = tokio::join!(booking(), booking());
                let (one, other) = (polite(one), polite(other));
                assert!(one.is_none() || other.is_none() || one == other, "{one:?} {other:?}");
                if let Some(id) = one.or(other) {
                    self.booked(&fresh, &[(person, id)]);
                }
            }
            3 => {
                let visits = [0, 1, 2].map(|week| (person, start % A_DAY + week * A_DAY));
                let booked = polite(world.book_all(doctor, &visits, Some(1), &key).await);
                let ids = booked.unwrap_or_default();
                let each = visits.iter().map(|(person, _)| *person).zip(ids);
                self.booked(&fresh, &each.collect::<Vec<_>>());
            }
            4 => {
                let visits = [(0, start), (CHILD, (start + 1) % STARTS)];
                let booked = polite(world.book_all(doctor, &visits, None, &key).await);
                let ids = booked.unwrap_or_default();
                self.booked(&fresh, &[0, CHILD].into_iter().zip(ids).collect::<Vec<_>>());
            }
            5..7 => _ = polite(world.hold(doctor, account, start).await),
            _ => {
                let (patient, provider) = (&world.callers[account], world.doctors[doctor]);
                polite(booking::release_hold(&world.clinic, patient, provider).await);
            }
        }
    }

    /// Moves, gives back or pays for a visit of anybody's.
    async fn change(&self, chance: &mut Chance) {
        let Self { world, .. } = self;
        let Some((person, id)) = self.a_visit(chance) else { return };
        let (clinic, caller) = (&world.clinic, world.caller(person));
        let start = world.starts[chance.below(STARTS)];
        match chance.below(8) {
            0..2 => {
                let change = Change { start: Some(start), reason: None };
                polite(booking::change(clinic, caller, id, &change, None).await);
            }
            2..4 => {
                if polite(booking::cancel(clinic, caller, id, None, None).await).is_some() {
                    self.told(|told| told.cancelled.push(id));
                }
            }
            4 => {
                let nothing = Money::zero(Currency::EUR);
                polite(booking::cancel_following(clinic, caller, id, nothing).await);
            }
            5 => {
                let planned = booking::plan_following(clinic, caller, id, start).await;
                let moves = polite(planned).unwrap_or_default();
                let all = moves.iter().filter(|planned| planned.to.is_some());
                let all: Vec<_> = all.map(|planned| planned.id).collect();
                polite(booking::move_following(clinic, caller, id, start, &all).await);
            }
            _ => {
                let begun = polite(world.begin(person, id).await);
                if let Some(attempt) = begun.filter(|_| chance.tosses()) {
                    let pays = chance.below(3) > 0;
                    polite(world.answer((person, id), attempt, pays).await);
                }
            }
        }
    }

    /// Begins to wait, or says something to an offer.
    async fn wait(&self, chance: &mut Chance) {
        let Self { world, .. } = self;
        let person = chance.below(ACCOUNTS);
        let (clinic, caller) = (&world.clinic, &world.callers[person]);
        match chance.below(8) {
            0..3 => {
                if let Some(id) = polite(world.join(chance.below(2), person).await) {
                    self.told(|told| told.waits.push((person, id)));
                }
            }
            3 => {
                let wait = self.told(|told| told.waits.pop());
                if let Some((person, id)) = wait {
                    polite(waitlist::leave(clinic, &world.callers[person], id).await);
                }
            }
            _ => {
                let offers = polite(waitlist::open_offers(clinic, caller).await);
                let Some(offer) = offers.into_iter().flatten().next() else { return };
                match chance.below(3) {
                    0 => _ = polite(waitlist::decline(clinic, caller, offer.id).await),
                    _ => {
                        let accepted = waitlist::accept(clinic, caller, offer.id, None).await;
                        if let Some(id) = polite(accepted) {
                            self.booked(&offer.id.to_string(), &[(person, id)]);
                        }
                    }
                }
            }
        }
    }

    /// What the workers of a server do all the time, until nobody is there any more.
    async fn work(&self) {
        let clinic = &self.world.clinic;
        while !self.is_over.load(Ordering::SeqCst) {
            polite(booking::expire_holds(clinic).await);
            polite(waitlist::offer_openings(clinic).await);
            polite(payments::follow_up(clinic).await);
            tokio::task::yield_now().await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_leave_nothing_twice_and_nothing_half() {
    let world = World::new().await;
    let crowd = Arc::new(Crowd { world, told: Mutex::default(), is_over: AtomicBool::new(false) });
    let workers: Vec<_> = (0..2)
        .map(|_| {
            let crowd = crowd.clone();
            tokio::spawn(async move { crowd.work().await })
        })
        .collect();
    let people: Vec<_> = (0..CROWD)
        .map(|seed| {
            let crowd = crowd.clone();
            tokio::spawn(async move {
                let mut chance = Chance(seed);
                for turn in 0..TURNS {
                    crowd.act(&mut chance).await;
                    // Every now and then all that is kept ends.
                    if seed == 0 && turn % 10 == 9 {
                        crowd.world.let_time_pass().await;
                    }
                }
            })
        })
        .collect();
    for one in people {
        one.await.unwrap();
    }
    crowd.is_over.store(true, Ordering::SeqCst);
    for worker in workers {
        worker.await.unwrap();
    }

    let Crowd { world, told, .. } = &*crowd;
    world.let_time_pass().await;
    world.finish().await;
    world.db.check_rules_at_rest().await;
    let stored = "SELECT id || ' ' || patient_id || ' ' || status AS line FROM appointments WHERE held_until IS NULL";
    let stored: BTreeMap<_, _> = lines(&world.db, stored)
        .await
        .iter()
        .map(|line| {
            let (id, rest) = line.split_once(' ').unwrap();
            (id.to_owned(), rest.to_owned())
        })
        .collect();
    let told = told.lock().unwrap();
    let ids: BTreeSet<_> = told.booked.values().collect();
    assert!(ids.len() > 20 && !told.cancelled.is_empty(), "too little happened");
    for &(person, id) in &told.visits {
        let found = &stored[&id.to_string()];
        let patient = world.people.iter().position(|one| found.starts_with(&one.to_string()));
        // What was offered to somebody may have become a visit of their child.
        assert_eq!(patient.map(caller_of), Some(caller_of(person)), "{id} {found}");
    }
    for id in &told.cancelled {
        assert!(stored[&id.to_string()].ends_with(" cancelled"), "{id}");
    }
    // Nobody was given what nobody was told of.
    assert_eq!(stored.len(), ids.len());
}
