//! What somebody does next, in the clinic and in the model.
use super::{
    Chance,
    expected::{
        A_DAY, ACCOUNTS, Bill, CHILD, Doctor, Model, Offer, Person, STARTS, Start, Visit, Wait,
    },
    world::World,
};
use domain::{
    booking::AppointmentId,
    money::{Currency, Money},
    waitlist::{EntryStatus, OfferOutcome},
};
use services::{
    booking::{self, Change, IdempotencyKey},
    waitlist,
};

#[derive(Debug, Clone, Copy)]
pub enum Turn {
    Book(Doctor, Person, Start),
    /// The same time in three weeks.
    BookSeries(Doctor, Person, Start),
    /// The first person, and their child after them.
    BookTogether(Doctor, Start),
    Hold(Doctor, Person, Start),
    LetGo(Doctor, Person),
    /// All that is kept ends, and a worker notices it now or later.
    TimePasses {
        noticed: bool,
    },
    Move(usize, Start),
    Cancel(usize),
    CancelFollowing(usize),
    Join(Doctor, Person),
    Leave(usize),
    /// The waitlist's worker comes by.
    Offer {
        everywhere: bool,
    },
    Accept(usize, usize),
    Decline(usize, usize),
    BeginToPay(Person, AppointmentId),
    Pay(Person, AppointmentId, bool),
    SettlePayments,
}

/// A turn that somebody may take now; `None`: there is nothing of the kind to do.
pub fn pick(model: &Model, chance: &mut Chance) -> Option<Turn> {
    let (doctor, person) = (chance.below(2), chance.below(ACCOUNTS));
    let start = chance.below(STARTS);
    let one_of = |chance: &mut Chance, count| (count > 0).then(|| chance.below(count));
    let answer = |chance: &mut Chance| {
        let wait = one_of(chance, model.waits.len())?;
        let offer = one_of(chance, model.waits[wait].offers.len())?;
        Some((wait, offer))
    };
    Some(match chance.below(32) {
        0..5 => Turn::Book(doctor, chance.below(ACCOUNTS + 1), start),
        5 => Turn::BookSeries(doctor, chance.below(ACCOUNTS + 1), start % A_DAY),
        6 => Turn::BookTogether(doctor, start - usize::from(start % A_DAY == A_DAY - 1)),
        7..11 => Turn::Hold(doctor, person, start),
        11 => Turn::LetGo(doctor, person),
        12 => Turn::TimePasses { noticed: chance.tosses() },
        13..16 => Turn::Move(one_of(chance, model.visits.len())?, start),
        16..19 => Turn::Cancel(one_of(chance, model.visits.len())?),
        19 => {
            let visit = one_of(chance, model.visits.len())?;
            model.visits[visit].series.map(|_| Turn::CancelFollowing(visit))?
        }
        20..23 => Turn::Join(doctor, person),
        23 => Turn::Leave(one_of(chance, model.waits.len())?),
        24..27 => Turn::Offer { everywhere: chance.tosses() },
        27 => answer(chance).map(|(wait, offer)| Turn::Accept(wait, offer))?,
        28 => answer(chance).map(|(wait, offer)| Turn::Decline(wait, offer))?,
        29 => {
            // What was given back late can be paid, too.
            let (&id, &person) = model.people.iter().nth(one_of(chance, model.people.len())?)?;
            Turn::BeginToPay(person, id)
        }
        30 => {
            let open = model.bills.iter().filter(|(_, bill)| bill.open.is_some());
            let open: Vec<_> = open.map(|(id, _)| *id).collect();
            let id = open[one_of(chance, open.len())?];
            Turn::Pay(model.people.get(&id).copied()?, id, chance.below(3) > 0)
        }
        _ => Turn::SettlePayments,
    })
}

pub async fn play(turn: Turn, world: &World, model: &mut Model) {
    let clinic = &world.clinic;
    match turn {
        Turn::Book(doctor, person, start) => {
            let key = IdempotencyKey::fresh();
            let booked = world.book((doctor, person, start), &key).await;
            assert_eq!(booked.is_ok(), model.can_book(doctor, person, start), "{booked:?}");
            if let Ok(id) = booked {
                model.book(Visit { id, doctor, person, start, series: None });
                // The same command sent again is the same visit.
                let again = world.book((doctor, person, start), &key).await;
                assert_eq!(again.unwrap(), id);
            }
        }
        Turn::BookSeries(doctor, person, start) => {
            let visits = [0, 1, 2].map(|week| (person, start + week * A_DAY));
            book_all(world, model, doctor, &visits, Some(1)).await;
        }
        Turn::BookTogether(doctor, start) => {
            book_all(world, model, doctor, &[(0, start), (CHILD, start + 1)], None).await;
        }
        Turn::Hold(doctor, person, start) => {
            let held = world.hold(doctor, person, start).await;
            assert_eq!(held.is_ok(), model.can_hold(doctor, person, start), "{held:?}");
            if held.is_ok() {
                model.hold(doctor, person, start);
            }
        }
        Turn::LetGo(doctor, person) => {
            let (patient, provider) = (&world.callers[person], world.doctors[doctor]);
            booking::release_hold(clinic, patient, provider).await.unwrap();
            model.holds.remove(&(doctor, person));
        }
        Turn::TimePasses { noticed } => {
            world.let_time_pass().await;
            model.let_time_pass();
            if noticed {
                booking::expire_holds(clinic).await.unwrap();
            }
        }
        Turn::Move(index, start) => {
            let visit = model.visits[index];
            let change = Change { start: Some(world.starts[start]), reason: None };
            let caller = world.caller(visit.person);
            let moved = booking::change(clinic, caller, visit.id, &change, None).await;
            assert_eq!(moved.is_ok(), model.can_move(&visit, start), "{moved:?}");
            if moved.is_ok() {
                model.move_to(index, start);
            }
        }
        Turn::Cancel(index) => {
            let visit = model.visits[index];
            let caller = world.caller(visit.person);
            let cost = euros(model.cancel(visit.id));
            booking::cancel(clinic, caller, visit.id, Some(cost), None).await.unwrap();
        }
        Turn::CancelFollowing(index) => {
            let visit = model.visits[index];
            let all = model.following(&visit);
            let cost = all.iter().map(|visit| model.cancel(visit.id)).sum();
            let caller = world.caller(visit.person);
            booking::cancel_following(clinic, caller, visit.id, euros(cost)).await.unwrap();
        }
        Turn::Join(doctor, person) => {
            let joined = world.join(doctor, person).await;
            let waits = model.waits.iter().any(|wait| {
                (wait.doctor, wait.person, wait.status) == (doctor, person, EntryStatus::Waiting)
            });
            assert_eq!(joined.is_ok(), !waits, "{joined:?}");
            if let Ok(id) = joined {
                let (status, offers) = (EntryStatus::Waiting, Vec::new());
                model.waits.push(Wait { id, doctor, person, status, offers });
            }
        }
        Turn::Leave(index) => {
            let wait = &model.waits[index];
            waitlist::leave(clinic, &world.callers[wait.person], wait.id).await.unwrap();
            model.leave(index);
        }
        Turn::Offer { everywhere } => {
            booking::expire_holds(clinic).await.unwrap();
            if everywhere {
                waitlist::look_everywhere(clinic).await.unwrap();
            }
            // In which order doctors are looked at is chance to the model.
            let doctors = world.to_be_looked_at().await;
            waitlist::offer_openings(clinic).await.unwrap();
            model.offer(&doctors);
        }
        Turn::Accept(wait, offer) => accept(world, model, wait, offer).await,
        Turn::Decline(index, offer) => {
            let wait = &model.waits[index];
            let Offer { start, outcome, .. } = wait.offers[offer];
            let id = world.offer(wait.id, start).await;
            let declined = waitlist::decline(clinic, &world.callers[wait.person], id).await;
            assert_eq!(declined.is_ok(), outcome != OfferOutcome::Accepted, "{declined:?}");
            if outcome == OfferOutcome::Pending {
                model.decline(index);
            }
        }
        Turn::BeginToPay(person, id) => {
            let begun = world.begin(person, id).await;
            let bill = model.bills.get_mut(&id).unwrap();
            assert_eq!(begun.is_ok(), bill.can_be_paid(), "{begun:?}");
            if let Ok(attempt) = begun {
                let open = *bill.open.get_or_insert((attempt, bill.cost));
                assert_eq!(open.0, attempt);
            }
        }
        Turn::Pay(person, id, pays) => {
            let bill: &mut Bill = model.bills.get_mut(&id).unwrap();
            let (attempt, amount) = bill.open.take().unwrap();
            world.answer((person, id), attempt, pays).await.unwrap();
            if pays {
                bill.paid = amount;
            }
        }
        Turn::SettlePayments => {
            world.settle_payments().await;
            model.settle_payments();
        }
    }
}

async fn book_all(
    world: &World,
    model: &mut Model,
    doctor: Doctor,
    visits: &[(Person, Start)],
    every_weeks: Option<u8>,
) {
    let key = IdempotencyKey::fresh();
    let booked = world.book_all(doctor, visits, every_weeks, &key).await;
    let can = visits.iter().all(|&(person, start)| model.can_book(doctor, person, start));
    assert_eq!(booked.is_ok(), can, "{booked:?}");
    let Ok(ids) = booked else { return };
    let series = every_weeks.map(|_| model.bills.len());
    for (&id, &(person, start)) in ids.iter().zip(visits) {
        model.book(Visit { id, doctor, person, start, series });
    }
    let again = world.book_all(doctor, visits, every_weeks, &key).await;
    assert_eq!(again.unwrap(), ids);
}

async fn accept(world: &World, model: &mut Model, wait: usize, offer: usize) {
    let wait = &model.waits[wait];
    let (doctor, person) = (wait.doctor, wait.person);
    let Offer { start, outcome, visit } = wait.offers[offer];
    let id = world.offer(wait.id, start).await;
    let accepted = waitlist::accept(&world.clinic, &world.callers[person], id, None).await;
    match outcome {
        OfferOutcome::Pending => {
            let id = accepted.unwrap();
            model.book(Visit { id, doctor, person, start, series: None });
        }
        OfferOutcome::Accepted => assert_eq!(accepted.ok(), visit),
        _ => assert!(accepted.is_err(), "{accepted:?}"),
    }
}

fn euros(minor: i64) -> Money {
    Money::new(minor, Currency::EUR)
}
