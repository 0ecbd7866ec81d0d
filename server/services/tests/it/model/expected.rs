//! What must become of it: the rules of the clinic once more, as simple as one person can think them at
//! one desk.
use domain::{
    booking::{AppointmentId, PaymentStatus},
    payments::AttemptId,
    waitlist::{EntryStatus, LAPSES_AT_MOST, OfferOutcome, WaitlistEntryId},
};
use std::collections::{BTreeMap, BTreeSet};
use testkit::FEE;

/// Doctors, people and times go by their number in the [`World`](super::World).
pub type Doctor = usize;
pub type Person = usize;
pub type Start = usize;

/// Four times a day, on the same day of three weeks.
pub const A_DAY: usize = 4;
pub const STARTS: usize = 3 * A_DAY;

/// People with an account, and the child of the first of them.
pub const ACCOUNTS: usize = 3;
pub const CHILD: Person = ACCOUNTS;

/// Who books for `person`.
pub fn caller_of(person: Person) -> Person {
    if person == CHILD { 0 } else { person }
}

/// The first three times are less than a day away, and cost half of the fee to give back.
pub fn is_late(start: Start) -> bool {
    start < 3
}

#[derive(Debug, Clone, Copy)]
pub struct Visit {
    pub id: AppointmentId,
    pub doctor: Doctor,
    pub person: Person,
    pub start: Start,
    pub series: Option<usize>,
}

#[derive(Debug)]
pub struct Wait {
    pub id: WaitlistEntryId,
    pub doctor: Doctor,
    pub person: Person,
    pub status: EntryStatus,
    pub offers: Vec<Offer>,
}

#[derive(Debug)]
pub struct Offer {
    pub start: Start,
    pub outcome: OfferOutcome,
    pub visit: Option<AppointmentId>,
}

impl Wait {
    pub fn open(&self) -> Option<&Offer> {
        self.offers.iter().find(|offer| offer.outcome == OfferOutcome::Pending)
    }

    fn settle(&mut self, outcome: OfferOutcome) {
        for offer in &mut self.offers {
            if offer.outcome == OfferOutcome::Pending {
                offer.outcome = outcome;
            }
        }
    }

    fn silences(&self) -> usize {
        self.offers.iter().filter(|offer| offer.outcome == OfferOutcome::Lapsed).count()
    }
}

/// What a visit costs, and what was paid.
#[derive(Debug)]
pub struct Bill {
    pub cost: i64,
    pub paid: i64,
    /// A payment that is under way, and of how much.
    pub open: Option<(AttemptId, i64)>,
}

impl Bill {
    pub fn can_be_paid(&self) -> bool {
        self.open.is_some() || self.paid == 0 && self.cost > 0
    }

    /// Its state, what is or was to be paid, and what goes back.
    pub fn state(&self) -> (PaymentStatus, i64, i64) {
        match (self.paid, self.cost) {
            (0, 0) => (PaymentStatus::Cancelled, 0, 0),
            (0, cost) => (PaymentStatus::Pending, cost, 0),
            (paid, 0) => (PaymentStatus::Refunded, paid, paid),
            (paid, cost) => (PaymentStatus::Paid, paid, paid - cost),
        }
    }
}

#[derive(Debug, Default)]
pub struct Model {
    /// One time a doctor and account.
    pub holds: BTreeMap<(Doctor, Person), Start>,
    /// Those that stand.
    pub visits: Vec<Visit>,
    /// In the order in which they began.
    pub waits: Vec<Wait>,
    pub bills: BTreeMap<AppointmentId, Bill>,
    /// Whose visit each is, or was.
    pub people: BTreeMap<AppointmentId, Person>,
    /// Who has given back late with whom.
    pub late: BTreeSet<(Doctor, Person)>,
}

impl Model {
    /// What is kept for whom: chosen by themselves, or offered.
    pub fn kept(&self) -> impl Iterator<Item = (Doctor, Person, Start)> {
        let held = self.holds.iter().map(|(&(doctor, person), &start)| (doctor, person, start));
        held.chain(self.offered())
    }

    pub fn offered(&self) -> impl Iterator<Item = (Doctor, Person, Start)> {
        self.waits.iter().filter_map(|wait| Some((wait.doctor, wait.person, wait.open()?.start)))
    }

    /// Whether `doctor` has `start` for `caller`, to whom is free what is kept for them. The visit
    /// `but` is not in the way.
    fn is_free(
        &self,
        doctor: Doctor,
        caller: Person,
        start: Start,
        but: Option<AppointmentId>,
    ) -> bool {
        let mut visits = self.visits.iter().filter(|visit| Some(visit.id) != but);
        !visits.any(|visit| (visit.doctor, visit.start) == (doctor, start))
            && !self.kept().any(|(d, p, s)| (d, s) == (doctor, start) && p != caller)
    }

    fn is_busy(&self, person: Person, start: Start, but: Option<AppointmentId>) -> bool {
        let mut visits = self.visits.iter().filter(|visit| Some(visit.id) != but);
        visits.any(|visit| (visit.person, visit.start) == (person, start))
    }

    pub fn can_book(&self, doctor: Doctor, person: Person, start: Start) -> bool {
        self.is_free(doctor, caller_of(person), start, None) && !self.is_busy(person, start, None)
    }

    pub fn can_hold(&self, doctor: Doctor, person: Person, start: Start) -> bool {
        let elsewhere = |(d, p, s)| p == person && s == start && d != doctor;
        self.can_book(doctor, person, start) && !self.offered().any(elsewhere)
    }

    pub fn can_move(&self, visit: &Visit, start: Start) -> bool {
        let Visit { id, doctor, person, .. } = *visit;
        visit.start == start
            || !is_late(visit.start)
                && self.is_free(doctor, caller_of(person), start, Some(id))
                && !self.is_busy(person, start, Some(id))
    }

    pub fn hold(&mut self, doctor: Doctor, person: Person, start: Start) {
        if self.offered().any(|kept| kept == (doctor, person, start)) {
            return;
        }
        self.holds.retain(|&(_, p), s| p != person || *s != start);
        self.holds.insert((doctor, person), start);
    }

    pub fn book(&mut self, visit: Visit) {
        let Visit { id, doctor, person, start, .. } = visit;
        let caller = caller_of(person);
        self.holds.remove(&(doctor, caller));
        for wait in &mut self.waits {
            let offered = wait.offers.iter_mut().find(|offer| {
                (offer.start, offer.outcome) == (start, OfferOutcome::Pending)
                    && (wait.doctor, wait.person) == (doctor, caller)
            });
            if let Some(offer) = offered {
                (offer.outcome, offer.visit) = (OfferOutcome::Accepted, Some(id));
                wait.status = EntryStatus::Booked;
            }
        }
        self.let_go(person, start);
        self.visits.push(visit);
        self.people.insert(id, person);
        self.bills.insert(id, Bill { cost: FEE, paid: 0, open: None });
    }

    /// Who has a visit at `start` wants nothing else then.
    fn let_go(&mut self, person: Person, start: Start) {
        self.holds.retain(|&(_, p), s| p != person || *s != start);
        for wait in self.waits.iter_mut().filter(|wait| wait.person == person) {
            if wait.open().is_some_and(|offer| offer.start == start) {
                wait.settle(OfferOutcome::Withdrawn);
            }
        }
    }

    pub fn move_to(&mut self, index: usize, start: Start) {
        let Visit { doctor, person, .. } = self.visits[index];
        if self.visits[index].start == start {
            return;
        }
        self.let_go(person, start);
        let caller = caller_of(person);
        if self.holds.get(&(doctor, caller)) == Some(&start) {
            self.holds.remove(&(doctor, caller));
        }
        for wait in &mut self.waits {
            let is_same = (wait.doctor, wait.person) == (doctor, caller);
            if is_same && wait.open().is_some_and(|offer| offer.start == start) {
                wait.settle(OfferOutcome::Withdrawn);
            }
        }
        self.visits[index].start = start;
    }

    /// What giving the visit back costs now: half of the fee when it is late, but not the first time.
    pub fn cancel(&mut self, id: AppointmentId) -> i64 {
        let index = self.visits.iter().position(|visit| visit.id == id).unwrap();
        let visit = self.visits.swap_remove(index);
        let is_first = !is_late(visit.start) || self.late.insert((visit.doctor, visit.person));
        let cost = if is_first { 0 } else { FEE / 2 };
        if let Some(bill) = self.bills.get_mut(&id) {
            bill.cost = cost;
        }
        cost
    }

    /// The visits of a series that stand, from `visit` on.
    pub fn following(&self, visit: &Visit) -> Vec<Visit> {
        let same = |other: &&Visit| other.series == visit.series && other.start >= visit.start;
        let mut all: Vec<_> = self.visits.iter().filter(same).copied().collect();
        all.sort_by_key(|visit| visit.start);
        all
    }

    /// Nothing is kept any longer.
    pub fn let_time_pass(&mut self) {
        self.holds.clear();
        for wait in &mut self.waits {
            wait.settle(OfferOutcome::Lapsed);
        }
    }

    pub fn leave(&mut self, index: usize) {
        let wait = &mut self.waits[index];
        wait.settle(OfferOutcome::Withdrawn);
        if wait.status == EntryStatus::Waiting {
            wait.status = EntryStatus::Left;
        }
    }

    pub fn decline(&mut self, index: usize) {
        self.waits[index].settle(OfferOutcome::Declined);
    }

    /// Offers what `doctors` have free, soonest first, each to the first in the line who can come.
    pub fn offer(&mut self, doctors: &[Doctor]) {
        let patience = usize::try_from(LAPSES_AT_MOST).unwrap();
        for wait in &mut self.waits {
            if wait.status == EntryStatus::Waiting && wait.silences() >= patience {
                wait.status = EntryStatus::Expired;
            }
        }
        for &doctor in doctors {
            for start in 0..STARTS {
                // An offer to nobody: what is kept for anyone is not free.
                if !self.is_free(doctor, usize::MAX, start, None) {
                    continue;
                }
                let line = self.waits.iter().position(|wait| {
                    wait.doctor == doctor
                        && wait.status == EntryStatus::Waiting
                        && wait.open().is_none()
                        && wait.offers.iter().all(|offer| offer.start != start)
                        && !self.is_busy(wait.person, start, None)
                        && !self.kept().any(|(_, p, s)| (p, s) == (wait.person, start))
                });
                if let Some(first) = line {
                    let outcome = OfferOutcome::Pending;
                    self.waits[first].offers.push(Offer { start, outcome, visit: None });
                }
            }
        }
    }

    /// What nobody paid for a visit that is wanted no longer can be paid no longer.
    pub fn settle_payments(&mut self) {
        for bill in self.bills.values_mut() {
            if bill.state().0 != PaymentStatus::Pending {
                bill.open = None;
            }
        }
    }
}
